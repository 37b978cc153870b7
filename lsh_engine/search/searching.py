"""The one search of page, command line and evaluation: any kinds of index on one described query, then compared."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ..collection.collection import Collection
from ..core.errors import EngineError
from ..describe.describer import QueryDescriptors
from ..index import Hits
from ..index.hits import Law
from .matching import answer_of, matches_of
from .report import Answer, Match, QueryReport
from .settings import SearchSettings
from .success_probability import image_chances

METHODS = ("lsh", "exhaustive")
REFERENCE = "exhaustive"
REPEATED = 20_000_000  # comparisons of two vectors, about half a second: where there are more, all methods run once

log = logging.getLogger(__name__)

OnAnswer = Callable[[Answer], None]


def nobody(answer: Answer) -> None:
    """Of an answer that nobody waits for."""


def search(
    collection: Collection,
    described: QueryDescriptors,
    settings: SearchSettings,
    methods: Sequence[str] = METHODS,
    on_answer: OnAnswer = nobody,
    warm: bool = False,
) -> QueryReport:
    """Ask every method for all images within delta, and compare the answers with the reference where it is asked.

    on_answer: called with each answer as soon as it is there, in the order of `methods`. warm: ask every method twice
    and keep the quicker run: the first also compiles, plans, and reads the database from disk. Raises EngineError for
    a method that is no kind of index or is not built here.
    """
    if not methods or isinstance(methods, str):
        raise EngineError(f"name at least one method, such as {', '.join(METHODS)}; got {methods!r:.60}")
    n_runs = 2 if warm and len(collection.store) * len(described.vectors) <= REPEATED else 1
    hits: dict[str, list[Hits]] = {}
    answers: dict[str, Answer] = {}
    laws: dict[str, Law | None] = {}
    for name in methods:
        index, params = collection.index(name), settings.params.get(name)
        runs = [index.range_search_batch(described.vectors, settings.delta, params) for _ in range(n_runs)]
        hits[name] = min(runs, key=lambda run: sum(sum(hit.seconds.values()) for hit in run))
        answers[name] = answer_of(name, hits[name], described, collection)
        log.debug("%s: %d matches within %.4f rad", name, len(answers[name].matches), settings.delta)
        on_answer(answers[name])
        laws[name] = index.law(settings.delta, params, len(described.vectors))
    if REFERENCE not in answers:
        return QueryReport(answers, settings.delta)
    chances = {name: image_chances(hits[REFERENCE], law, described, collection) for name, law in laws.items() if law}
    answers[REFERENCE] = _annotated(answers[REFERENCE], next(iter(chances.values()), {}))
    matches = answers[REFERENCE].matches
    return QueryReport(
        answers, settings.delta, nearest=matches[0] if matches else nearest(collection, described), chances=chances
    )


def _annotated(answer: Answer, chances: dict[int, float]) -> Answer:
    """The answer, each of its matches with its chance to be found."""
    matches = (replace(match, found_probability=chances.get(match.image_id)) for match in answer.matches)
    return replace(answer, matches=tuple(matches))


def ranking(collection: Collection, described: QueryDescriptors) -> tuple[Match, ...]:
    """Every image of the database, nearest first."""
    hits = collection.index(REFERENCE).range_search_batch(described.vectors, np.pi)
    return matches_of(hits, described.scales, collection)


def nearest(collection: Collection, described: QueryDescriptors) -> Match:
    """The nearest image of the whole database, whatever delta."""
    exhaustive = collection.index(REFERENCE)
    hits = [exhaustive.search(vector, 1) for vector in described.vectors]
    return matches_of(hits, described.scales, collection)[0]
