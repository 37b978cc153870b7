"""Facts of a database: how much it holds, how it was made, how far apart its vectors lie, what its presets mean."""

import math
from pathlib import Path

import altair as alt
import streamlit as st

from lookalike_charts import GREY, ORANGE, TEAL, VIOLET
from lsh_engine import backbone_cards

from ..common.catalog import Database, facts
from ..common.charts import HEIGHT, chart_of, coloured, radians, show_chart
from ..common.text import one_line, percent, plain, size
from ..common.widgets import figure

LEAST_MEASURED = 50  # photos
MEANINGS = {  # what a measured preset promises
    "same picture": "95 of 100 mildly edited copies lie within: recompressed, cropped to 90 %, at 75 % of the size, "
    "brighter",
    "same thing": "by chance, one search in ten shows one photo that has nothing to do with it",
    "same kind": "by chance, two photos in a hundred show up",
}
RENEW = {  # kind of a stale artefact -> what renews it
    "calibration": "measure the presets again, under Maintenance",
    "evaluation": "run the experiment again, on the Evaluation page",
    "index": "build the index again",
}
USUAL = {  # what the network's own presets are meant for
    "same picture": "the same photo again, mildly edited",
    "same thing": "the same thing in another photo",
    "same kind": "another thing of its kind",
}


def facts_view(database: Database) -> None:
    info = facts(database)
    with st.container(horizontal=True, gap="medium", key="facts-figures"):
        figure("Photos", f"{info['images']:,}", width="content")
        figure("Vectors", f"{info['vectors']:,}", f"{info['patches_per_image']} a photo", width="content")
        figure("On disk", size(info["bytes"]), info["dtype"], width="content")
    st.header("How alike is alike?", anchor=False)
    _presets(info)
    _histogram(database, info)
    st.header("How it was made", anchor=False)
    _making(info)
    _artefacts(info)


def _presets(info: dict) -> None:
    measured = info["calibration"]
    meanings = MEANINGS if measured and not measured.get("note") else USUAL
    known = []
    for name, delta in sorted(info["presets"].items(), key=lambda pair: pair[1]):
        angle = f"{delta:.2f} rad ({math.degrees(delta):.0f}°)"
        meaning = meanings.get(name, "")
        if measured:
            meaning += f"; {percent(measured['others_within'].get(name, 0.0))} of other photos lie within"
        known.append(f"**{plain(name)}** · {angle}  \n{meaning}")
    with st.grid(3, min_column_width=240, gap="small", border=True, key="facts-presets"):
        for text in known:
            st.markdown(text)
    st.caption(_how_measured(info))


def _how_measured(info: dict) -> str:
    measured = info["calibration"]
    if measured and measured.get("note"):
        return f"The network's usual values: {measured['queries']} photos were tried, but {plain(measured['note'])}."
    if measured:
        return (
            f"Measured here: {measured['queries']} photos were edited mildly and searched for with a rectangle. "
            "Other photos are all others, those that do show the same thing too."
        )
    if info["images"] < LEAST_MEASURED:
        return f"The network's usual values: below {LEAST_MEASURED} photos there is too little to measure them on."
    return "The network's usual values, not yet measured on this database."


def _histogram(database: Database, info: dict) -> None:
    """How far apart two random patches lie, with the presets marked."""
    counts = database.engine.angle_histogram()
    step, total = math.pi / len(counts), max(1, sum(counts))
    rows = [{"angle": (i + 0.5) * step, "pairs": n / total} for i, n in enumerate(counts)]
    widest = max((row["angle"] for row in rows if row["pairs"]), default=0)
    end = min(math.pi, max(info["max_delta"], widest) + 0.1)
    area = chart_of(rows).mark_area(color=GREY, opacity=0.55, line={"color": GREY}, clip=True)
    area = area.encode(
        x=radians("Angle between two random patches, radians", end),
        y=alt.Y("pairs:Q", title="Share of pairs", axis=alt.Axis(format=".1%")),
    )
    marks = chart_of([{"angle": delta, "preset": name} for name, delta in info["presets"].items()])
    colour = coloured("preset", dict(zip(MEANINGS, (TEAL, ORANGE, VIOLET), strict=True)), columns=2)
    rules = marks.mark_rule(strokeDash=[5, 4], strokeWidth=2).encode(x="angle:Q", color=colour)
    caption = "Unrelated patches lie near a right angle, 1.57 rad. What a search finds lies left of its delta."
    show_chart((area + rules).properties(height=HEIGHT), rows, "random-pairs", "How far random patches lie", caption)


def _weights(weights: dict | None) -> str:
    """Which file of weights described the photos."""
    if weights is None:
        return "unknown: this database was built before weights were recorded"
    whose = "as published" if weights["published"] else "a file of one's own"
    source = plain(weights["source"].rpartition("/")[2], 60)
    return f"{source}, {whose}; SHA-256 {plain(weights['sha256'][:16])}…"


def _making(info: dict) -> None:
    card = backbone_cards()[info["backbone"]]
    layers = " + ".join(layer.name for layer in card.layers)
    transform = (
        f"centred, joined from {card.joined_dim} numbers, rotated to {info['dim']}; learned on its own photos"
        if card.learned
        else "none: pooled values as they are"
    )
    sizes = ", ".join(f"{100 * share:g} %" for share in info["patches"]["sizes"])
    lsh = info["lsh"]
    rows = (
        ("Backbone", f"{plain(card.title)} ({plain(layers)}), weights {card.weights_bytes / 1e6:.0f} MB"),
        ("Weights", _weights(info["weights"])),
        ("Runs on", plain(info["runtime"], 120)),
        ("Vectors", f"{info['dim']} numbers, {info['dtype']}; transform: {transform}"),
        ("Patches", f"{info['patches_per_image']} a photo, windows of {sizes} of each side"),
        ("Index", f"k = {lsh['n_hyperplanes']}, L = {lsh['n_tables']}, recall target {percent(lsh['recall_target'])}"),
        ("Photos", ", ".join(plain(Path(folder).name, 60) for folder in info["photos"])),
        ("Built", plain(info["created"].replace("T", " ").replace("+00:00", " UTC"))),
    )
    st.markdown(
        "\n".join(("| part | as it was built |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)))
    )


def _artefacts(info: dict) -> None:
    """What was computed from the photos and is kept with them; what no longer fits them is marked."""
    rows = [
        {
            "Name": one_line(kept["name"], 60),
            "Made": kept["created"][:16].replace("T", " "),
            "On disk": size(kept["bytes"]),
            "State": "current" if kept["current"] else f"stale: {RENEW.get(kept['kind'], 'make it anew')}",
        }
        for kept in info["artefacts"]
    ]
    st.header("What is kept with it", anchor=False)
    st.dataframe(rows, hide_index=True, width="stretch", key="facts-artefacts")
