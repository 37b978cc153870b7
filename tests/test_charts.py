"""Charts as files: pictures that are pictures."""

import altair as alt
import pandas as pd
import pytest

from pages.common.charts import as_picture, radians, rule_at

ROWS = [{"angle": 0.25, "n": 3, "name": "=1+1"}, {"angle": 0.5, "n": 4, "name": "bin, green"}]


@pytest.mark.parametrize(("kind", "start"), [("png", b"\x89PNG"), ("svg", b"<svg")])
def test_a_chart_becomes_a_picture(kind, start):
    points = alt.Chart(pd.DataFrame(ROWS)).mark_point().encode(x=radians("Angle, radians", 1), y="n:Q")
    picture = as_picture(points + rule_at(0.4, "delta 0.40", 1.57), kind)
    assert picture.startswith(start) and len(picture) > 1000
    if kind == "svg":
        assert b"delta 0.40" in picture and b"Angle, radians" in picture
