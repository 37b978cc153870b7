"""Other libraries: their answers are exact where they find something, and tuning reaches the recall it promises."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lsh_engine import EngineError
from lsh_engine.evaluation.harness import measure
from lsh_engine.evaluation.peer import RECALL_TARGET, NearestPeer, Peer, powers_of_two
from lsh_engine.evaluation.peers import PEERS, build_peers, check_peers, missing_peers
from lsh_engine.evaluation.sources import SyntheticSource, part_of
from lsh_engine.evaluation.truth import ExactAnswers, recall

MAKERS = [maker for makers in PEERS.values() for maker in makers if issubclass(maker, Peer)]


@pytest.fixture(scope="module")
def dataset():
    return SyntheticSource("gem", 4000, 64, 4).dataset(4000)


@pytest.fixture(scope="module")
def tuning(dataset):
    return ExactAnswers(dataset.vectors, dataset.tuning, 0.6)


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.name)
def test_a_peer_reaches_the_recall_it_is_tuned_to(maker, dataset, tuning):
    pytest.importorskip(maker.package)
    peer = maker(dataset.vectors)
    truth = ExactAnswers(dataset.vectors, dataset.queries, 0.6)
    for delta in (0.4, 0.6):
        peer.prepare(tuning, delta)
        assert peer.value in peer.knob_values(delta)
        tuned = [peer.range_search(query, delta) for query in dataset.tuning]
        assert recall(tuned, [tuning.within(i, delta) for i in range(len(tuning))]) >= RECALL_TARGET
        found = []
        for i, query in enumerate(dataset.queries):
            answer = peer.answer(peer.range_search(query, delta))
            truth.check(peer.name, answer.ids, i, delta)
            assert len(answer.ids) <= answer.n_candidates <= 4000 and f"{peer.knob}=" in answer.plan
            found.append(answer.ids)
        assert recall(found, [truth.within(i, delta) for i in range(len(truth))]) >= 0.85
    assert peer.build_seconds > 0 and (peer.memory_mb is None or peer.memory_mb > 0)


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.name)
def test_the_last_value_of_a_knob_is_the_dearest(maker, dataset):
    pytest.importorskip(maker.package)
    values = list(maker(dataset.vectors[:500]).knob_values(0.4))
    assert values == sorted(set(values)) and len(values) > 1


class Stubborn(Peer):
    """Finds only the nearest rows it is allowed, whatever is asked."""

    name, package, install, knob = "stubborn", "numpy", "numpy", "k"

    def build(self, vectors):
        pass

    def knob_values(self, delta):
        return (1, 5, 10)

    def range_search(self, query, delta):
        nearest = np.argsort(self.vectors @ query)[::-1][: int(self.value)]
        return self.look_exactly(nearest, query, delta)


def test_a_peer_that_cannot_reach_it_says_so(dataset, tuning):
    peer = Stubborn(dataset.vectors)
    peer.prepare(tuning, 0.4)
    assert peer.value == 10 and peer.answer(np.arange(0)).plan == "k=10, tuning reached only 0.500"


def test_without_anything_to_tune_on_the_dearest_value_is_taken(dataset, tuning):
    peer = Stubborn(dataset.vectors)
    for known, delta in ((None, 0.4), (tuning, 0.001)):
        peer.prepare(known, delta)
        assert peer.value == 10 and "nothing to find" in peer.answer(np.arange(0)).plan


class Nearest(NearestPeer):
    """An exact k-NN index that notes what it is asked for."""

    name, package, install, knob = "nearest", "numpy", "numpy", "most"

    def build(self, vectors):
        self.asked = []

    def knob_values(self, delta):
        return (10, 4000)

    def nearest(self, query, k):
        self.asked.append(k)
        cosines = self.vectors @ query
        ids = np.argsort(cosines)[::-1][:k]
        return ids, float(cosines[ids[-1]])


def test_a_nearest_neighbour_index_is_asked_for_more_until_delta_is_covered(dataset, tuning):
    peer = Nearest(dataset.vectors)
    peer.prepare(tuning, 0.4)
    assert peer.value == 4000 and peer.first_k == 21  # 20 planted neighbours, and one to see the end
    peer.asked.clear()
    assert len(peer.range_search(dataset.queries[0], 0.6)) == 130 and peer.asked == [21, 84, 336]
    peer.value = 100
    assert len(peer.range_search(dataset.queries[0], 0.6)) == 100  # the knob ends


def test_the_last_look_is_exact(dataset):
    peer = Stubborn(dataset.vectors)
    query = dataset.queries[0]
    kept = peer.look_exactly(np.arange(4000), query, 0.4)
    assert set(kept) == set(np.flatnonzero(dataset.vectors @ query >= np.float32(math.cos(0.4))))


def test_peers_get_rows_and_the_naive_scan_is_exact(dataset):
    pytest.importorskip("faiss")
    rows = measure(dataset, (0.4,), peers=("faiss", "naive"), warm=True, extras=False)
    names = [row.index for row in rows]
    assert names[:2] == ["exhaustive", "LSH auto"] and names[-1] == "naive float64" and len(names) == 7
    assert (rows[-1].recall, rows[-1].n_candidates) == (1, 4000)
    assert all(row.recall > 0.8 and row.predicted_recall is None for row in rows[2:])


def test_rows_that_were_removed_are_in_no_answer(dataset):
    query = dataset.queries[0]
    everything = ExactAnswers(dataset.vectors, dataset.queries, 0.6).within(0, 0.6)
    gone = everything[:3]
    truth = ExactAnswers(dataset.vectors, dataset.queries, 0.6, gone)
    assert truth.within(0, 0.6).tolist() == everything[3:].tolist() and truth.n_vectors == 3997
    with pytest.raises(EngineError, match="any gave an id that was removed"):
        truth.check("any", gone, 0, 0.6)
    less = replace(dataset, removed=gone)
    (naive,) = build_peers(["naive"], less, lambda *call: None)
    truth.check("naive", naive.answer(naive.range_search(query, 0.6)).ids, 0, 0.6)
    rest = part_of(less, 3996)
    assert (len(less), len(rest)) == (3997, 3996)
    assert len(ExactAnswers(rest.vectors, rest.queries, 0.6).within(0, 0.6)) in (126, 127)


def test_a_peer_that_is_not_installed_is_named(dataset, monkeypatch):
    monkeypatch.setattr(PEERS["annoy"][0], "package", "no_such_package_here")
    assert missing_peers(["naive", "annoy"]) == {"annoy": "pip install annoy"}
    assert build_peers(["annoy"], dataset, lambda *call: None) == []
    with pytest.raises(EngineError, match="peers must be some of faiss, hnswlib, annoy, naive, got 'scann'"):
        check_peers(["faiss", "scann"])


def test_powers_of_two_end_with_the_end():
    assert powers_of_two(1, 8) == [1, 2, 4, 8] and powers_of_two(64, 200) == [64, 128, 200]
    assert powers_of_two(50, 50) == [50]
