"""Matrix products on one thread: for as long as anybody asks for it, and no longer."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lsh_engine.core.threads import BLAS, one_blas_thread, set_blas_threads


def n_threads() -> list[int]:
    return [library.get_num_threads() for library in BLAS]


@pytest.fixture
def several():
    """Every library at two threads, put back afterwards."""
    before = n_threads()
    if not before:
        pytest.skip("this NumPy has no BLAS whose threads can be set")
    set_blas_threads([2] * len(BLAS))
    if n_threads() != [2] * len(BLAS):
        pytest.skip("this BLAS runs on one thread only")
    yield [2] * len(BLAS)
    set_blas_threads(before)


def test_the_limit_ends_with_its_last_holder(several):
    first, second = one_blas_thread(), one_blas_thread()
    first.__enter__()
    second.__enter__()
    assert set(n_threads()) == {1}
    first.__exit__(None, None, None)
    assert set(n_threads()) == {1}, "the second still asks for one thread"
    second.__exit__(None, None, None)
    assert n_threads() == several


def test_the_limit_ends_after_an_exception(several):
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        raise ZeroDivisionError
    assert n_threads() == several


def test_threads_that_come_and_go_leave_the_libraries_as_they_were(several):
    together = threading.Barrier(4)

    def limited(_: int) -> None:
        together.wait(20)
        for _ in range(300):
            with one_blas_thread():
                assert set(n_threads()) == {1}

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(limited, range(4)))
    assert n_threads() == several
