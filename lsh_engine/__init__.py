"""Visual search you can trust: random-hyperplane LSH beside the exhaustive answer.

Importing this package loads neither torch nor a network; the first description of a picture does.
"""

from .analysis.thresholds import (
    ChanceAngles,
    CollisionRate,
    Nearness,
    PairSample,
    PastedCrop,
    StrategyPoint,
    TableCost,
    Thresholds,
)
from .collection.artefacts import Artefact
from .collection.comparing import changed_photos, vanished_photos
from .collection.deleting import delete_database
from .collection.estimating import Estimate
from .collection.removing import remove_vanished
from .collection.upgrading import upgrade_database
from .core.csv_text import csv_text
from .core.errors import BuildCancelled, DatabaseError, EngineError, ImageError, WeightsError
from .core.log import start_logging
from .describe.backbones import BackboneCard, weights_here
from .describe.backbones import cards as backbone_cards
from .describe.describer import QueryDescriptors
from .describe.patch_config import PatchConfig
from .engine import RetrievalEngine, estimate_build, find_databases, warm_up
from .evaluation.experiment_settings import EvaluationSettings
from .evaluation.experiment_text import busy_note as evaluation_busy
from .evaluation.experiment_text import left_out_line as evaluation_left_out
from .evaluation.experiments import evaluate_database
from .evaluation.foreseeing import Foreseen, seconds_per_copy
from .evaluation.foreseeing import foresee as foresee_evaluation
from .evaluation.labels import keep_labels as keep_evaluation_labels
from .evaluation.records import EvaluationRecord
from .evaluation.records import kept_records as kept_evaluations
from .evaluation.text_tables import as_csv as evaluation_csv
from .images.datasets import DATASETS
from .images.loading import jpeg_bytes, load_image
from .images.photo_folders import list_photos
from .images.uploads import keep_photos
from .images.web_picture import fetch_picture
from .index import Card, ExhaustiveIndex, Hits, HyperplaneLSH
from .index.lsh.amplification import amplified_probability, choose_k, sensitivity, tables_needed
from .index.lsh.config import PLANS, LSHConfig, LSHParams
from .running.jobs import Job, Request, cancel_job, find_jobs, forget_job, read_job, resume_job, start_job
from .search.crops import AskedCrops
from .search.folder_queries import COLUMNS as ANSWER_COLUMNS
from .search.folder_queries import FileAnswer, answer_rows, read_asked_boxes
from .search.heat import PatchMap
from .search.paired_times import Speed
from .search.report import Answer, Match, QueryReport
from .search.searching import METHODS, OnAnswer
from .search.settings import SCALES, SearchSettings
from .search.trace import LSHTrace, PlanTrace, ProbeTrace, SketchTrace, TableTrace, WhatIf

__version__ = "0.2.0"

__all__ = [
    "ANSWER_COLUMNS",
    "DATASETS",
    "METHODS",
    "PLANS",
    "SCALES",
    "Answer",
    "Artefact",
    "AskedCrops",
    "BackboneCard",
    "BuildCancelled",
    "Card",
    "ChanceAngles",
    "CollisionRate",
    "DatabaseError",
    "EngineError",
    "Estimate",
    "EvaluationRecord",
    "EvaluationSettings",
    "ExhaustiveIndex",
    "FileAnswer",
    "Foreseen",
    "Hits",
    "HyperplaneLSH",
    "ImageError",
    "Job",
    "LSHConfig",
    "LSHParams",
    "LSHTrace",
    "Match",
    "Nearness",
    "OnAnswer",
    "PairSample",
    "PastedCrop",
    "PatchConfig",
    "PatchMap",
    "PlanTrace",
    "ProbeTrace",
    "QueryDescriptors",
    "QueryReport",
    "Request",
    "RetrievalEngine",
    "SearchSettings",
    "SketchTrace",
    "Speed",
    "StrategyPoint",
    "TableCost",
    "TableTrace",
    "Thresholds",
    "WeightsError",
    "WhatIf",
    "amplified_probability",
    "answer_rows",
    "backbone_cards",
    "cancel_job",
    "changed_photos",
    "choose_k",
    "csv_text",
    "delete_database",
    "estimate_build",
    "evaluate_database",
    "evaluation_busy",
    "evaluation_csv",
    "evaluation_left_out",
    "fetch_picture",
    "find_databases",
    "find_jobs",
    "foresee_evaluation",
    "forget_job",
    "jpeg_bytes",
    "keep_evaluation_labels",
    "keep_photos",
    "kept_evaluations",
    "list_photos",
    "load_image",
    "read_asked_boxes",
    "read_job",
    "remove_vanished",
    "resume_job",
    "seconds_per_copy",
    "sensitivity",
    "start_job",
    "start_logging",
    "tables_needed",
    "upgrade_database",
    "vanished_photos",
    "warm_up",
    "weights_here",
]
