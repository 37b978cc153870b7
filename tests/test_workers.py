"""Work over pictures on all cores."""

import threading

import pytest

from lsh_engine.workers import map_parallel, n_cores


def test_results_keep_the_order_of_the_items():
    assert map_parallel(lambda n: n * n, range(100)) == [n * n for n in range(100)]


@pytest.mark.skipif(n_cores() < 2, reason="one core runs one thing at a time")
def test_two_items_run_at_once():
    meeting = threading.Barrier(2, timeout=20)
    assert sorted(map_parallel(lambda _: meeting.wait(), range(2))) == [0, 1]


def test_an_exception_comes_out():
    with pytest.raises(ZeroDivisionError):
        map_parallel(lambda n: 1 // n, [1, 0])
