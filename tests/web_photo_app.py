"""The app with photos.example behind it, which answers after a second: python tests/web_photo_app.py PORT."""

import os
import socket
import sys
import time
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from page_data import drawn_photo, jpeg  # noqa: E402
from picture_server import PUBLIC, Internet, PictureServer, answered  # noqa: E402
from streamlit.web import cli  # noqa: E402


def later(connected: socket.socket) -> None:
    time.sleep(1)
    connected.sendall(answered(jpeg(drawn_photo(7, (900, 1200)))))


if __name__ == "__main__":
    os.environ["LOOKALIKE_URLS"] = "on"
    names = {"photos_example": [[PUBLIC]], "inside_example": [["10.0.0.1"]]}
    Internet(SimpleNamespace(setattr=setattr), PictureServer([later]), **names)
    sys.argv = ["streamlit", "run", str(ROOT / "app.py"), f"--server.port={sys.argv[1]}"]
    sys.argv += ["--server.fileWatcherType=none", "--server.headless=true"]
    cli.main()
