"""Delta presets measured on a database itself: what an angle means depends on the photos it is measured among.

Some photos are edited mildly and asked for as a user would ask, with a rectangle at the usual query scales. How near
the same photo comes gives "same picture"; how near all others come gives the false alarms (SPEC section 8, idea 4).
Others that show the same thing are no false alarms. They are told apart by fitting two bodies (`mixture`): chance is
the lower tail of the far one. Angles are those of whole photos, the least over patches and scales: the more of them,
the smaller the least.
"""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import NormalDist
from time import perf_counter

import numpy as np
from PIL import Image, ImageEnhance

from ..collection.artefacts import still_holds
from ..collection.collection import Collection
from ..collection.id_map import IdMap
from ..core.angles import angles_from_cosines
from ..core.errors import DatabaseError, EngineError
from ..core.progress import Progress
from ..describe.describer import Describer
from ..describe.transform import Transform
from ..describe.windows import Box
from ..images.loading import load_image
from ..index.store import VectorStore
from ..search.settings import SCALES
from .mixture import fit_bodies

MEANINGS = "same picture", "same thing", "same kind"
N_QUERIES = 32  # 128 vectors: some 5 seconds
LEAST_PHOTOS, LEAST_QUERIES = 50, 12  # fewer say too little: the backbone's own presets stay
N_TIMED = 6  # trials of an estimate, half a second
STAY_WITHIN = 0.95  # share of the edited copies that "same picture" holds
ALARMS_A_SEARCH = 0.1  # photos that show up by chance within "same thing", a search
ALARM_SHARE = 0.02  # share of the photos that shows up by chance within "same kind"
TAIL = 1.5  # times as far as that of a normal body reaches the real lower tail: docs/measured.md
APART = 0.1  # radians: presets that are nearer to each other say the same
MOST_MISFIT = 0.08  # real folders of one to ten subjects stay below .04
TOO_ALIKE = "edited copies come hardly nearer than other photos do, the photos are so alike"
NO_GROUPS = "the angles to other photos form no two groups, the like and the unlike"
ONCE = 128  # photos compared at once: 16 MiB of vectors


def calibrate_anew(
    describer: Describer,
    transform: Transform | None,
    store: VectorStore,
    id_map: IdMap,
    file: Callable[[int], Path],
    former: dict | None,
    progress: Progress,
) -> dict | None:
    """`calibrate`, or None where the collection is about as large as when `former` was measured."""
    if former and still_holds(former, id_map.n_images):
        return None
    return calibrate(describer, transform, store, id_map, file, progress)


def calibrate_collection(collection: Collection, progress: Progress) -> dict:
    """`calibrate` of an opened collection. Raises DatabaseError where there are too few photos."""
    collection.check_weights()
    collection.generation.check()
    describer, transform, id_map = collection.describer, collection.transform, collection.id_map
    measured = calibrate(describer, transform, collection.store, id_map, collection.file, progress)
    if measured is None:
        raise DatabaseError(
            f"{collection.root.name} holds {collection.n_images:,} photos, too few to measure presets on, or their "
            "originals are not where they were: the presets of the backbone stay"
        )
    return measured


def calibrate(
    describer: Describer,
    transform: Transform | None,
    store: VectorStore,
    id_map: IdMap,
    file: Callable[[int], Path],
    progress: Progress,
) -> dict | None:
    """Presets of a collection and how they came about, fit for JSON; None where it is too small to tell.

    file: image id -> where its original lies, or EngineError.
    """
    n_images = id_map.n_images
    if n_images < LEAST_PHOTOS:
        return None
    random = np.random.default_rng(0)
    asked, queries = [], []
    for n, image_id in enumerate(random.permutation(n_images)[:N_QUERIES].tolist()):
        progress(n, N_QUERIES, "calibrate")
        try:
            queries.append(describe_trial(describer, transform, file(image_id), n, random))
            asked.append(image_id)
        except EngineError:  # its original has gone or is too small: another speaks for it
            continue
    if len(asked) < LEAST_QUERIES:
        return None
    angles = image_angles(queries, store, id_map)
    own = angles[np.arange(len(asked)), asked]
    others = np.delete(angles.ravel(), np.arange(len(asked)) * n_images + asked)
    presets, note = presets_from(own, others, n_images, describer.card.presets, describer.card.max_delta)
    within = {name: round(float((others <= delta).mean()), 4) for name, delta in presets.items()}
    return {"presets": presets, "images": n_images, "queries": len(asked), "others_within": within, "note": note}


def describe_trial(
    describer: Describer, transform: Transform | None, file: Path, number: int, random: np.random.Generator
) -> np.ndarray:
    """A photo edited mildly and asked for with a rectangle: (s, d) float32. Raises EngineError for what is no photo."""
    edited = edit(load_image(file), number)
    return describer.describe_query(edited, random_box(edited.size, random), SCALES["default"], transform).vectors


def time_trials(describer: Describer, files: list[Path], n_images: int) -> float:
    """Seconds that measuring so many photos takes, from trials with some of them: the network is loaded."""
    if n_images < LEAST_PHOTOS:
        return 0.0
    random, seconds = np.random.default_rng(0), []
    for number, file in enumerate(files[:N_TIMED]):
        started = perf_counter()
        try:
            describe_trial(describer, None, file, number, random)
        except EngineError:  # too small: the calibration passes it over
            continue
        seconds.append(perf_counter() - started)
    return min(N_QUERIES, n_images) * float(np.median(seconds)) if seconds else 0.0


def presets_from(
    own: np.ndarray, others: np.ndarray, n_images: int, usual: Mapping[str, float], max_delta: float
) -> tuple[dict[str, float], str]:
    """(meaning -> delta in radians, ascending and APART; why they are the `usual` ones, "" where they were measured).

    own: (q,) angles of edited copies to their own photo. others: (m,) angles to all other photos, some of which show
    the same thing. usual: presets of the backbone, for angles that do not tell chance from likeness.
    """
    bodies, normal = fit_bodies(others), NormalDist()

    def by_chance(share: float) -> float:
        return bodies.middles[1] + TAIL * bodies.spread * normal.inv_cdf(share)

    picture = max(float(np.quantile(own, STAY_WITHIN)), 0.01)
    kind = min(by_chance(ALARM_SHARE), max_delta)
    if kind < picture + 2 * APART:
        return dict(usual), TOO_ALIKE
    if bodies.misfit > MOST_MISFIT:
        return dict(usual), NO_GROUPS
    thing = min(max(by_chance(ALARMS_A_SEARCH / n_images), picture + APART), kind - APART)
    return {name: round(delta, 2) for name, delta in zip(MEANINGS, (picture, thing, kind), strict=True)}, ""


def image_angles(queries: list[np.ndarray], store: VectorStore, id_map: IdMap) -> np.ndarray:
    """(q, n_images) float32 radians: the least angle over the vectors of a query and the patches of an image.

    queries: (s_i, d) float32 unit rows each.
    """
    stacked, first = np.concatenate(queries), np.cumsum([0, *map(len, queries)])[:-1]
    cosines = np.empty((len(queries), id_map.n_images), np.float32)
    for images, rows in id_map.groups(ONCE):
        best = np.maximum.reduceat(stacked @ store.part(rows.start, rows.stop).T, id_map.starts_in(images), axis=1)
        cosines[:, images] = np.maximum.reduceat(best, first)
    return angles_from_cosines(cosines)


def edit(photo: Image.Image, number: int) -> Image.Image:
    """A mild edit, another one for each of four numbers: recompressed, cropped to 90 %, at 75 % of its size, brighter.

    Raises EngineError where nothing is left of a tiny photo.
    """
    width, height = photo.size
    match number % 4:
        case 0:
            stream = io.BytesIO()
            photo.save(stream, "JPEG", quality=50)
            return load_image(stream.getvalue())
        case 1:
            return photo.crop((width // 20, height // 20, width - width // 20, height - height // 20))
        case 2:
            return photo.resize((max(1, round(0.75 * width)), max(1, round(0.75 * height))), Image.Resampling.BICUBIC)
        case _:
            return ImageEnhance.Brightness(photo).enhance(1.25)


def random_box(size: tuple[int, int], random: np.random.Generator) -> Box:
    """(left, top, right, bottom) in pixels: 30 to 60 % of each side, anywhere."""
    width, height = (random.uniform(0.3, 0.6) * side for side in size)
    left, top = random.uniform(0, size[0] - width), random.uniform(0, size[1] - height)
    return left, top, left + width, top + height
