"""The charts of an experiment's results on the page, and the files they leave as."""

from functools import partial

import streamlit as st

from lookalike_charts import experiment_drawings, picture
from lsh_engine import EngineError, EvaluationRecord, evaluation_csv

from ..common.charts import readable
from ..common.downloads import download
from ..common.text import plain

HEIGHT = 440  # pixels of a panel on the page, title and legend included


def charts(record: EvaluationRecord) -> None:
    """Each with its title, panels and downloads."""
    dark = st.context.theme.type == "dark"
    try:
        found = experiment_drawings(record)
    except (KeyError, TypeError, IndexError):  # a record that someone changed by hand
        raise EngineError(f"the results {record.name} are damaged: run the experiment again") from None
    for name, drawing in found.items():
        with st.container(border=True, key=f"evaluation-chart-{name}"):
            st.markdown(f"### {plain(drawing.title)}")
            st.caption(" · ".join(plain(line, 200) for line in drawing.notes))
            for n, (column, panel) in enumerate(zip(st.columns(len(drawing.panels)), drawing.panels, strict=True)):
                fixed = isinstance(panel.height, int)  # the others grow with their rows
                shown = panel.properties(height=HEIGHT) if fixed else panel
                column.altair_chart(readable(shown), width="stretch", key=f"evaluation-panel-{name}-{n}")
            with st.container(horizontal=True, gap="small"):
                file, key = f"{record.name}-{name}", f"evaluation-{name}"
                download("png", file, partial(picture, drawing, ".png", dark), f"{key}.png")
                download("svg", file, partial(picture, drawing, ".svg", dark), f"{key}.svg")
                download("csv", file, partial(evaluation_csv, list(drawing.rows)), f"{key}.csv")
