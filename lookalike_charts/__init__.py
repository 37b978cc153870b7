"""Charts of measurements, drawn from plain rows with Altair: the Evaluation page shows them, commands write them.

Knows neither the engine nor Streamlit: a row is a dict of figures, and a record anything with `tables`, `published`
and `ran_on`.
"""

from .benchmark_charts import benchmark_drawing
from .experiment_charts import experiment_drawings
from .frame import BLUE, GREY, ORANGE, PINK, TEAL, VIOLET, Drawing, for_file, picture

__all__ = [
    "BLUE",
    "GREY",
    "ORANGE",
    "PINK",
    "TEAL",
    "VIOLET",
    "Drawing",
    "benchmark_drawing",
    "experiment_drawings",
    "for_file",
    "picture",
]
