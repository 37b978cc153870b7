"""The one search of page, command line and evaluation: any kinds of index on one described query, then compared."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from ..collection.collection import Collection
from ..core.bounds import check_whole
from ..core.errors import EngineError
from ..describe.describer import QueryDescriptors
from ..index import Hits
from ..index.hits import Law
from .crops import AskedCrops
from .judging import measured
from .matching import answer_of, matches_from, matches_of
from .neighbourhood import neighbourhood
from .paired_times import Ask, Run, median_stages, rounds_of, speed_of, timed
from .report import Answer, Match, QueryReport
from .settings import SearchSettings
from .success_probability import match_chances

METHODS = ("lsh", "exhaustive")
REFERENCE = "exhaustive"
REPEATED = 20_000_000  # comparisons of two vectors, about half a second: where there are more, all methods run once

log = logging.getLogger(__name__)

OnAnswer = Callable[[Answer], None]


def nobody(answer: Answer) -> None:
    """Of an answer that nobody waits for."""


def search(
    collection: Collection,
    asked: QueryDescriptors | AskedCrops,
    settings: SearchSettings,
    methods: Sequence[str] = METHODS,
    on_answer: OnAnswer = nobody,
    warm: bool = False,
) -> QueryReport:
    """Ask every method for all images within delta, and compare the answers with the reference where it is asked.

    on_answer: called with each answer as soon as it is there, in the order of `methods`. warm: then ask all of them on
    in turns for a moment, so that the report's times are those of a running program: the first run also compiles, and
    reads the database from disk. A plan made for this question counts in the seconds of its answer; `speeds` are of the
    turns, where it is kept. Raises EngineError for a method that is no kind of index or is not built here.
    """
    check_methods(collection, methods)
    asked = checked(collection, asked)
    asks: dict[str, Ask] = {}
    hits: dict[str, list[Hits]] = {}
    runs: dict[str, list[Run]] = {}
    answers: dict[str, Answer] = {}
    laws: dict[str, Law | None] = {}
    for name in methods:
        index, params = collection.index(name), settings.params.get(name)
        asks[name] = partial(index.range_search_batch, asked.vectors, settings.delta, params)
        hits[name], first = timed(asks[name])
        runs[name] = [first]
        answers[name] = answer_of(name, hits[name], asked, collection)
        log.debug("%s: %d matches within %.4f rad", name, len(answers[name].matches), settings.delta)
        on_answer(answers[name])
        laws[name] = index.law(settings.delta, params, len(asked.vectors))
    if warm and len(collection.store) * len(asked.vectors) <= REPEATED:
        runs = rounds_of(asks)
        answers = {name: _timed(answer, runs[name]) for name, answer in answers.items()}
    own = _own(collection, asked)
    if REFERENCE not in answers:
        return QueryReport(answers, settings.delta, own=own)
    matches = answers[REFERENCE].matches
    chances = {
        name: match_chances(hits[REFERENCE], law, asked, matches, collection) for name, law in laws.items() if law
    }
    answers[REFERENCE] = _annotated(answers[REFERENCE], next(iter(chances.values()), {}))
    matches = answers[REFERENCE].matches or neighbourhood(collection, asked, 1)
    return QueryReport(
        answers,
        settings.delta,
        nearest=matches[0] if matches else None,
        chances=chances,
        own=own,
        speeds={name: speed_of(own_runs, runs[REFERENCE]) for name, own_runs in runs.items() if name != REFERENCE},
    )


def check_methods(collection: Collection, methods: Sequence[str]) -> None:
    """EngineError unless all of them can be asked here, and there is one."""
    if not methods or isinstance(methods, str):
        raise EngineError(f"name at least one method, such as {', '.join(METHODS)}; got {methods!r:.60}")
    for name in methods:
        collection.index(name)


def checked(collection: Collection, asked: QueryDescriptors | AskedCrops) -> AskedCrops:
    """The question, or EngineError where its own photo is none of the collection."""
    asked = AskedCrops.of(asked)
    if asked.own is not None:
        check_whole("own photo", asked.own, 0, collection.n_images - 1)
    return asked


def _timed(answer: Answer, runs: Sequence[Run]) -> Answer:
    """The answer with the times of its median run, and of the first what is done once for a delta and then kept."""
    once = {stage: answer.seconds[stage] for stage in ("describe", "plan") if stage in answer.seconds}
    return replace(answer, seconds=once | median_stages(runs) | once)


def _annotated(answer: Answer, chances: Mapping[int, float]) -> Answer:
    """The answer, each of its matches with its chance to be found."""
    matches = (replace(match, found_probability=chances.get(match.image_id)) for match in answer.matches)
    return replace(answer, matches=tuple(matches))


def _own(collection: Collection, asked: AskedCrops) -> Match | None:
    """The photo that was asked about, as a match of itself."""
    if asked.own is None:
        return None
    return matches_from(measured(asked, np.array([asked.own]), collection), asked, collection)[0]


def ranking(collection: Collection, described: QueryDescriptors) -> tuple[Match, ...]:
    """Every image of the database, nearest first."""
    hits = collection.index(REFERENCE).range_search_batch(described.vectors, np.pi)
    return matches_of(hits, described, collection)


def nearest(collection: Collection, described: QueryDescriptors) -> Match:
    """The nearest image of the whole database, whatever delta."""
    exhaustive = collection.index(REFERENCE)
    hits = [exhaustive.search(vector, 1) for vector in described.vectors]
    return matches_of(hits, described, collection)[0]
