"""A large file over HTTP: resumed where it broke off, checked by SHA-256, never taken half.

torch.hub and pooch download too, but cannot go on with half a file, nor be watched and stopped by a callback; pooch
cannot check the eight digits of the SHA-256 that torchvision publishes either.
"""

import errno
import http.client
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from ....core.errors import WeightsError
from ....core.files import sha256_of
from ....core.progress import Progress

CHUNK = 1 << 18  # bytes between two calls of progress
TIMEOUT = 30.0  # seconds without a byte
ATTEMPTS = 20  # each must have brought something, or it is the last
PAUSE = 1.0  # seconds before the next attempt


def receive(url: str, part: Path, sha256: str, size: int, progress: Progress) -> None:
    """Download what `part` lacks of a file of about `size` bytes whose SHA-256 begins with `sha256`.

    progress(bytes done, bytes in all, "download") may raise to stop; a later call goes on from there.
    Raises WeightsError with the reason where the network or the disk fails, or something else came.
    """
    for _ in range(ATTEMPTS):
        before = _size(part)
        try:
            _request(url, part, size, progress)
            digest = sha256_of(part)
            if digest.startswith(sha256):
                return
            part.unlink()
            reason = f"what came has SHA-256 {digest[:12]}... and is not what was asked for"
            if not before:  # else what lay here may be the wrong piece: once more from the beginning
                break
        except (OSError, http.client.HTTPException) as error:
            cause = getattr(error, "reason", error)  # urllib wraps what the network said
            reason = str(getattr(cause, "strerror", None) or cause)[:80]
            if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
                part.unlink(missing_ok=True)  # a full disk gets its space back
            if _size(part) <= before:
                break
            time.sleep(PAUSE)
    raise WeightsError(reason)


def _request(url: str, part: Path, size: int, progress: Progress) -> None:
    """Append to `part` what it lacks of the file. OSError or HTTPException where that fails."""
    start = _size(part)
    headers = {"User-Agent": "lookalike"} | ({"Range": f"bytes={start}-"} if start else {})
    try:
        response = urlopen(Request(url, headers=headers), timeout=TIMEOUT)
    except HTTPError as error:
        error.close()
        if error.code == 416 and start:  # the file is whole: there is nothing from byte `start` on
            return
        raise
    with response, open(part, "ab" if response.status == 206 else "wb") as stream:
        done = stream.tell()
        total = done + response.length if response.length else size
        while done <= 2 * size and (chunk := response.read(CHUNK)):  # an endless answer must not fill the disk
            stream.write(chunk)
            done += len(chunk)
            progress(done, total, "download")
    if done > 2 * size:
        part.unlink()
        raise OSError("what came is too large and not what was asked for")
    if response.length:
        raise ConnectionError("the connection broke off")


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
