"""Public data sets through torchvision's own loaders: downloaded once, then a folder of photos like any other."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from ..core.errors import EngineError
from ..core.progress import Progress

# name -> (options of the loader, folder of its photos; None where the loader only gives pictures, size of the download)
DATASETS: dict[str, tuple[dict[str, Any], str | None, str]] = {
    "Caltech101": ({}, "caltech101/101_ObjectCategories", "137 MB, 9,144 photos of things"),
    "OxfordIIITPet": ({}, "oxford-iiit-pet/images", "792 MB, 7,390 photos of cats and dogs"),
    "Flowers102": ({}, "flowers-102/jpg", "345 MB, 8,189 photos of flowers"),
    "CIFAR100": ({"train": False}, None, "169 MB, 10,000 pictures of 32 pixels a side"),
}
STEP = 100  # pictures between two calls of the progress


def fetch_dataset(name: str, folder: Path, progress: Progress) -> Path:
    """The folder of the data set's photos below `folder`, downloaded where it is not there yet.

    Raises EngineError, in one line, for an unknown name, without a connection, or when torchvision cannot be used.
    """
    if name not in DATASETS:
        raise EngineError(f"unknown data set {name!r:.60}: choose one of {', '.join(DATASETS)}")
    options, photos, _ = DATASETS[name]
    progress(0, 0, "fetch")
    loaded = _load(name, folder, options)
    if photos is None:
        return _written(loaded, folder / name, progress)
    if not (folder / photos).is_dir():
        raise EngineError(f"{name} was downloaded but has no folder {photos}: empty {folder.name} and try again")
    return folder / photos


def _load(name: str, folder: Path, options: dict) -> Any:  # one of torchvision's data sets
    try:
        folder.mkdir(parents=True, exist_ok=True)
        from torchvision import datasets

        return getattr(datasets, name)(str(folder), download=True, **options)
    except (ImportError, AttributeError) as error:
        raise EngineError(f"torchvision has no loader of {name} here: install it, or use a folder of photos") from error
    except (OSError, RuntimeError, ValueError) as error:  # no network, a full disk, a torn archive
        for path in folder.glob("*"):
            with suppress(OSError):  # only empty folders go
                path.rmdir()
        raise EngineError(
            f"could not get {name} ({type(error).__name__}): it takes a connection to the internet and room on the "
            f"disk; or put its files into {folder.name} yourself and try again"
        ) from error


def _written(pictures: Any, folder: Path, progress: Progress) -> Path:
    """Write pictures that a loader keeps in memory as PNG files, a folder a class; files that are there stay.
    Returns `folder`.
    """
    classes = getattr(pictures, "classes", None)
    for number in range(len(pictures)):
        if number % STEP == 0:
            progress(number, len(pictures), "unpack")
        picture, label = pictures[number]
        kind = folder / (str(classes[label]) if classes else str(label))
        file = kind / f"{number:06d}.png"
        if not file.is_file():
            try:
                kind.mkdir(parents=True, exist_ok=True)
                picture.save(file.with_suffix(".part"), "PNG")
                file.with_suffix(".part").replace(file)
            except OSError as error:
                raise EngineError(f"could not write to {folder.name}: {error.strerror}; free some space") from error
    return folder
