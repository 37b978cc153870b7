"""The sources' experiments on a user's own database, with intervals, and what the sources published beside them.

Reading order: transformations (near duplicates), collection (what is asked, among what), counting and table (recall,
precision, accuracy), near_duplicates, similar_images, growth, triplet_distances (the experiments), published, record
(how results are kept), charts, report, command.
"""

from .chart_frame import picture
from .charts import charts_of
from .labels import keep_labels
from .record import Record, kept_records
from .report import as_csv, busy_note, left_out_line
from .run import evaluate_database
from .settings import EXPERIMENTS, Settings

__all__ = [
    "EXPERIMENTS",
    "Record",
    "Settings",
    "as_csv",
    "busy_note",
    "charts_of",
    "evaluate_database",
    "keep_labels",
    "kept_records",
    "left_out_line",
    "picture",
]
