"""Visual search you can trust: random-hyperplane LSH beside the exhaustive answer.

Importing this package loads neither torch nor a network; the first description of a picture does.
"""

from .backbones import facts as backbone_facts
from .backbones import prepare as prepare_backbone
from .config import PLANS, SCALES, LSHConfig, PatchConfig, SearchSettings
from .engine import RetrievalEngine, find_databases, warm_up
from .errors import BuildCancelled, DatabaseError, EngineError, ImageError, WeightsError
from .images import jpeg_bytes, load_image
from .index import ExhaustiveIndex, Hits, HyperplaneLSH
from .report import Answer, Match, QueryReport

__version__ = "0.1.0"

__all__ = [
    "PLANS",
    "SCALES",
    "Answer",
    "BuildCancelled",
    "DatabaseError",
    "EngineError",
    "ExhaustiveIndex",
    "Hits",
    "HyperplaneLSH",
    "ImageError",
    "LSHConfig",
    "Match",
    "PatchConfig",
    "QueryReport",
    "RetrievalEngine",
    "SearchSettings",
    "WeightsError",
    "backbone_facts",
    "find_databases",
    "jpeg_bytes",
    "load_image",
    "prepare_backbone",
    "warm_up",
]
