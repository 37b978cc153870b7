"""The charts of an experiment's results on the page, and the files they leave as."""

import streamlit as st

from lsh_engine import EngineError, EvaluationRecord, chart_picture, evaluation_charts, evaluation_csv

from ..common.text import plain


def charts(record: EvaluationRecord) -> None:
    """Each with its title, panels and downloads."""
    dark = st.context.theme.type == "dark"
    try:
        found = evaluation_charts(record, dark)
    except (KeyError, TypeError, IndexError):  # a record that someone changed by hand
        raise EngineError(f"the results {record.name} are damaged: run the experiment again") from None
    for name, spec in found.items():
        with st.container(border=True, key=f"evaluation-chart-{name}"):
            title = spec["title"]
            st.markdown(f"##### {plain(title['text'])}")
            st.caption(" · ".join(plain(line, 200) for line in title["subtitle"]))
            panels = panels_of(spec)
            for column, panel in zip(st.columns(len(panels)), panels, strict=True):
                column.vega_lite_chart(panel, theme=None, width="stretch")
            _downloads(name, spec, record)


def panels_of(spec: dict) -> list[dict]:
    """Each panel as a chart of its own, which fills its column: a phone shows them one below the other."""
    shared = {"$schema": spec["$schema"], "config": spec["config"], "background": "transparent"}
    panels = spec.get("hconcat") or [{name: spec[name] for name in spec if name not in ("title", "padding", *shared)}]
    room = {"height": 380} if "layer" in panels[0] and "height" in panels[0] else {}  # title and legend fit in it, too
    return [shared | panel | room | {"width": "container"} for panel in panels]


def _downloads(name: str, spec: dict, record: EvaluationRecord) -> None:
    table = {"recall-precision": "ranges"}.get(name, name)
    with st.container(horizontal=True, gap="small"):
        for suffix, kind in ((".png", "image/png"), (".svg", "image/svg+xml")):
            st.download_button(
                suffix[1:].upper(),
                lambda suffix=suffix: chart_picture(spec, suffix),
                f"{record.name}-{name}{suffix}",
                kind,
                key=f"evaluation-{name}{suffix}",
                icon=":material/download:",
                on_click="ignore",
            )
        download_csv(f"{record.name}-{table}", record.tables[table], name)


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
