"""Twelve bars of reliability, each measured by a module of its own: `python -m tests.stress`."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
if (tests := str(ROOT / "tests")) not in sys.path:  # what tests share: small_photos, build_help
    sys.path.insert(0, tests)
