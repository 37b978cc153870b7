"""A row of choices: one is always taken, and every run says which."""

from streamlit.testing.v1 import AppTest


def _row() -> None:
    import streamlit as st

    from pages.common.widgets import choose_one, take_one

    if "set" in st.query_params:
        take_one("row", st.query_params["set"])
    st.text(choose_one("Row", {"a": "A", "b": "B", "c": "C"}, "row"))


def row(**address: str) -> AppTest:
    at = AppTest.from_function(_row)
    at.query_params.update(address)
    return at.run()


def told(at: AppTest) -> list[str]:
    """What a browser that sees the row for the first time in this run lights up."""
    assert not at.exception and not at.warning
    proto = at.segmented_control(key="row").proto
    return list(proto.raw_values) if proto.set_value else [proto.options[number].content for number in proto.default]


def test_every_run_says_what_is_taken():
    at = row()
    assert at.text[0].value == "a" and told(at) == ["A"]
    assert told(at.run()) == ["A"], "the first run may never have reached the browser"
    at.segmented_control(key="row").set_value("c").run()
    assert at.text[0].value == "c"
    assert told(at.run()) == ["C"]


def test_code_takes_one_and_takes_it_again():
    at = row(set="b")
    assert at.text[0].value == "b" and told(at) == ["B"]
    assert told(at.run()) == ["B"]
    del at.query_params["set"]
    assert told(at.run()) == ["B"] and at.text[0].value == "b"


def test_what_is_no_longer_offered_gives_way_to_the_first():
    at = row(set="gone")
    assert at.text[0].value == "a" and told(at) == ["A"]
