"""The charts of an experiment's results on the page, and the files they leave as."""

import streamlit as st

from lookalike_charts import Drawing, experiment_drawings, picture
from lsh_engine import EngineError, EvaluationRecord, evaluation_csv

from ..common.text import plain

HEIGHT = 380  # pixels of a panel on the page, title and legend included


def charts(record: EvaluationRecord) -> None:
    """Each with its title, panels and downloads."""
    try:
        found = experiment_drawings(record)
    except (KeyError, TypeError, IndexError):  # a record that someone changed by hand
        raise EngineError(f"the results {record.name} are damaged: run the experiment again") from None
    for name, drawing in found.items():
        with st.container(border=True, key=f"evaluation-chart-{name}"):
            st.markdown(f"##### {plain(drawing.title)}")
            st.caption(" · ".join(plain(line, 200) for line in drawing.notes))
            for n, (column, panel) in enumerate(zip(st.columns(len(drawing.panels)), drawing.panels, strict=True)):
                fixed = isinstance(panel.height, int)  # the others grow with their rows
                shown = panel.properties(height=HEIGHT) if fixed else panel
                column.altair_chart(shown, width="stretch", key=f"evaluation-panel-{name}-{n}")
            _downloads(name, drawing, record)


def _downloads(name: str, drawing: Drawing, record: EvaluationRecord) -> None:
    dark = st.context.theme.type == "dark"
    table = {"recall-precision": "ranges"}.get(name, name)
    with st.container(horizontal=True, gap="small"):
        for suffix, kind in ((".png", "image/png"), (".svg", "image/svg+xml")):
            st.download_button(
                suffix[1:].upper(),
                lambda suffix=suffix: picture(drawing, suffix, dark),
                f"{record.name}-{name}{suffix}",
                kind,
                key=f"evaluation-{name}{suffix}",
                icon=":material/download:",
                on_click="ignore",
            )
        download_csv(f"{record.name}-{table}", drawing.rows, name)


def download_csv(name: str, rows: list[dict], key: str) -> None:
    """A button that hands out a table."""
    st.download_button(
        "CSV",
        evaluation_csv(rows),
        f"{name}.csv",
        "text/csv",
        key=f"evaluation-csv-{key}",
        icon=":material/download:",
        on_click="ignore",
    )
