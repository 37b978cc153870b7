"""Logging: quiet, unless LOOKALIKE_LOG names a level."""

import logging

import pytest

from lsh_engine import EngineError
from lsh_engine.core.log import VARIABLE, start_logging


@pytest.fixture
def engine_log(monkeypatch):
    """The logger of the engine, without handlers, put back afterwards."""
    log = logging.getLogger("lsh_engine")
    monkeypatch.setattr(log, "handlers", [])
    level = log.level
    yield log
    log.setLevel(level)


def test_nothing_is_written_unless_asked(engine_log, monkeypatch, capsys):
    monkeypatch.delenv(VARIABLE, raising=False)
    start_logging()
    logging.getLogger("lsh_engine.core").info("hidden")
    assert engine_log.handlers == [] and capsys.readouterr().err == ""


def test_the_variable_wins_over_the_default(engine_log, monkeypatch, capsys):
    monkeypatch.setenv(VARIABLE, "DEBUG")
    start_logging("info")
    start_logging("info")
    logging.getLogger("lsh_engine.core").debug("seen once")
    assert capsys.readouterr().err.count("seen once") == 1


def test_another_word_is_refused(engine_log, monkeypatch):
    monkeypatch.setenv(VARIABLE, "loud")
    with pytest.raises(EngineError, match="LOOKALIKE_LOG must be one of debug, info"):
        start_logging()
