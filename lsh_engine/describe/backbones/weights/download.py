"""A large file over HTTP: resumed where it broke off, checked by SHA-256, never taken half."""

import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from ....core.errors import WeightsError
from ....core.files import sha256_of
from ..card import BackboneCard
from . import folder

Progress = Callable[[int, int, str], None]

CHUNK = 1 << 18  # bytes between two calls of progress
TIMEOUT = 30.0  # seconds without a byte
ATTEMPTS = 20  # each must have brought something, or it is the last
PAUSE = 1.0  # seconds before the next attempt


class _Lost(Exception):
    """The connection failed. What came before is kept for the next attempt."""


def receive(card: BackboneCard, progress: Progress) -> Path:
    """The maker's own file as `.NAME.part` in the folder of weights, its SHA-256 the card's. WeightsError otherwise.

    progress(done, total, "download") counts bytes and may raise to stop; a later call goes on from there.
    """
    part = folder.folder() / f".{folder.file_name(card)}.part"
    resumed = _size(part) > 0
    _in_pieces(card, part, progress)
    digest = sha256_of(part)
    if digest.startswith(card.weights_sha256):
        return part
    part.unlink()
    if resumed:  # the piece from before may be what is wrong: once more from the beginning
        return receive(card, progress)
    raise _wrong(card, f"has SHA-256 {digest[:12]}...")


def _in_pieces(card: BackboneCard, part: Path, progress: Progress) -> None:
    for _ in range(ATTEMPTS):
        before = _size(part)
        try:
            return _one_answer(card, part, progress)
        except _Lost as lost:
            reason = lost
        except OSError as error:  # of the disk: those of the network are _Lost
            part.unlink(missing_ok=True)
            raise WeightsError(
                f"cannot write the weights of {card.name}: {error.strerror}; free {card.weights_bytes / 1e6:.0f} MB, "
                f"or let {folder.ENVIRONMENT} name another folder"
            ) from error
        if _size(part) <= before:
            break
        time.sleep(PAUSE)
    raise WeightsError(f"cannot download the weights of {card.name} ({reason}): {folder.how_to_get(card)}")


def _one_answer(card: BackboneCard, part: Path, progress: Progress) -> None:
    """One request for what is missing of the file."""
    start = _size(part)
    response = _ask(card.weights_source, start)
    if response is None:
        return
    with response:
        if response.status != 206:  # the server knows no ranges, or nothing was there
            start = 0
        length, most = response.length or 0, 2 * card.weights_bytes
        done, total = start, start + length if length else card.weights_bytes
        with open(part, "ab" if start else "wb") as stream:
            while done <= most and (chunk := _read(response)):
                stream.write(chunk)
                done += len(chunk)
                progress(done, total, "download")
    if done > most:  # whatever this is, it must not fill the disk
        part.unlink()
        raise _wrong(card, "is too large")
    if length and done < total:
        raise _Lost("the connection broke off")


def _wrong(card: BackboneCard, what: str) -> WeightsError:
    return WeightsError(
        f"what came as the weights of {card.name} {what} and is not what was asked for; "
        f"nothing was kept: {folder.how_to_get(card)}"
    )


def _ask(url: str, start: int):
    """The response from byte `start` on; None where nothing is left to ask for."""
    request = urllib.request.Request(url, headers={"User-Agent": "lookalike"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and start:
            return None
        raise _Lost(f"the server answered {error.code}") from error
    except (OSError, http.client.HTTPException) as error:
        raise _Lost(_reason(error)) from error


def _read(response) -> bytes:
    try:
        return response.read(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _Lost(_reason(error)) from error


def _reason(error: Exception) -> str:
    """A few words on what the network said."""
    cause = getattr(error, "reason", error)
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    return str(getattr(cause, "strerror", None) or cause or "no connection")[:80].lower()


def _size(path: Path) -> int:
    return os.path.getsize(path) if path.is_file() else 0
