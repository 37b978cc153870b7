"""CSV for spreadsheets: commas are quoted, formulas stay text, any name of a file can be written."""

import pytest

from lsh_engine.core.csv_text import csv_cell, csv_text

ROWS = [{"angle": 0.25, "n": 3, "name": "=1+1"}, {"angle": 0.5, "n": None, "name": "bin, green"}]


def test_rows_become_lines_below_their_names():
    assert csv_text(ROWS) == 'angle,n,name\n0.25,3,\'=1+1\n0.5,,"bin, green"\n'
    assert csv_text([{"b": 1}], ("a", "b")) == "a,b\n,1\n"
    assert csv_text([]) == "\n"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_a_cell_is_never_a_formula(start):
    assert csv_cell(f"{start}1+1") == f"'{start}1+1"
    assert (csv_cell("a=1.jpg"), csv_cell(-1.5)) == ("a=1.jpg", -1.5)


def test_a_name_that_is_no_unicode_can_be_written():
    csv_cell("\ud800.png").encode("utf-8")
