"""Work over pictures on all cores."""

import threading

import pytest

from lsh_engine.core.threads import map_ahead, map_parallel, n_cores


def test_results_keep_the_order_of_the_items():
    assert map_parallel(lambda n: n * n, range(100)) == [n * n for n in range(100)]


@pytest.mark.skipif(n_cores() < 2, reason="one core runs one thing at a time")
def test_two_items_run_at_once():
    meeting = threading.Barrier(2, timeout=20)
    assert sorted(map_parallel(lambda _: meeting.wait(), range(2))) == [0, 1]


def test_an_exception_comes_out():
    with pytest.raises(ZeroDivisionError):
        map_parallel(lambda n: 1 // n, [1, 0])


def test_ahead_results_keep_the_order_of_the_items():
    assert list(map_ahead(lambda n: n * n, range(50), 5)) == [n * n for n in range(50)]
    assert list(map_ahead(lambda n: n * n, range(3), 5)) == [0, 1, 4] and list(map_ahead(str, [], 5)) == []


def test_no_more_items_than_asked_are_taken_ahead():
    taken = []
    results = map_ahead(lambda n: n, (taken.append(n) or n for n in range(50)), 5)
    for n in range(3):
        assert next(results) == n and len(taken) == n + 6
    results.close()
    assert len(taken) == 8


def test_the_next_items_are_worked_on_while_the_caller_is_busy():
    begun = threading.Event()
    results = map_ahead(lambda n: begun.set() if n == 1 else None, range(3), 2)
    next(results)
    assert begun.wait(20)
    results.close()


def test_closing_lets_go_of_what_has_not_begun():
    hold, begun = threading.Event(), []

    def work(n: int) -> None:
        begun.append(n)
        if n:
            hold.wait(20)

    results = map_ahead(work, range(100), 60)
    next(results)
    results.close()
    hold.set()
    map_parallel(str, range(20))  # the pool is free again
    assert len(begun) < 30


def test_an_exception_comes_out_of_its_turn():
    results = map_ahead(lambda n: 1 // n, [1, 1, 0, 1], 3)
    assert next(results) == next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)
