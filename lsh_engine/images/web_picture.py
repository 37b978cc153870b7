"""The content of an address on the web, fetched by the server for a visitor whom it does not know.

Such a visitor could make the server ask its own network, or hold it up. So nothing here is left to a library that
follows redirects, looks names up again or asks the environment for a proxy: every step is checked, then done.
"""

import http.client
import io
import ipaddress
import re
import socket
import ssl
import time
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from ..core.errors import EngineError
from .formats.base import MAX_FILE_BYTES
from .public_hosts import public_addresses

SECONDS = 10.0  # for everything: names, redirects, reading
SECONDS_OF_ONE = 4.0  # to reach one of a host's addresses, before the next is tried
REDIRECTS = 3
PORTS = {"http": 80, "https": 443}
LONGEST = 2_000  # letters of an address
CHUNK = 1 << 16  # bytes
OVERHEAD = 1 << 20  # bytes: what headers and the marks of chunks may take besides the content
SAFE = "/?%:=&+!$,;'@()*~"  # signs of paths and queries that go as they are
MOVED = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class _Place:
    """A checked address."""

    scheme: str
    host: str  # ASCII
    port: int
    target: str  # path and query, ASCII

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.name}{self.target}"

    @property
    def name(self) -> str:
        """The host as requests name it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def fetch_picture(url: str) -> bytes:
    """What lies at a public http or https address: at most 20 MB, within 10 seconds in all.

    Whether it is a picture, `load_image` tells. Raises EngineError, in one line, for every address that must not be
    asked, and for every answer that is none.
    """
    place, until = _place(url), time.monotonic() + SECONDS
    try:
        for _ in range(REDIRECTS + 1):
            found = _ask(place, until)
            if isinstance(found, bytes):
                return found
            place = _next(place, found)
    except EngineError:
        raise
    except TimeoutError:
        raise EngineError(f"{place.host:.60} took longer than {SECONDS:g} seconds; upload the picture") from None
    except ssl.SSLCertVerificationError:
        raise EngineError(f"{place.host:.60} has no valid certificate; upload the picture") from None
    except (OSError, http.client.HTTPException, ValueError):  # http.client takes a length below nothing for a number
        raise EngineError(f"the connection to {place.host:.60} failed; check the address or upload it") from None
    raise EngineError(f"expected a picture after {REDIRECTS} redirects at most, got more; use the address they lead to")


def _place(url: str) -> _Place:
    """The parts of an address. EngineError where it is none that may be asked."""
    url = url.strip()
    if len(url) > LONGEST:
        raise EngineError(f"expected an address of at most {LONGEST} letters, got {len(url)}; upload the picture")
    if re.search(r"[\x00-\x20\x7f\\]", url):
        raise EngineError("expected an address without blanks and backslashes; copy it from the browser's address bar")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
        host = _bare_address(host) if "[" in parts.netloc else host.encode("idna").decode("ascii").lower()
        target = quote(parts.path or "/", safe=SAFE) + (f"?{quote(parts.query, safe=SAFE)}" if parts.query else "")
    except ValueError:  # UnicodeError is one
        raise EngineError("expected a valid address of a picture, such as https://example.org/bin.jpg") from None
    if parts.scheme not in PORTS:
        raise EngineError("expected an address that begins with https:// or http://; copy it from the address bar")
    if "@" in parts.netloc:
        raise EngineError("expected an address without a user name or password; upload the picture if it needs one")
    if not re.fullmatch(r"[a-z0-9_.:-]+", host):
        raise EngineError("expected the name of a host in the address, such as https://example.org/bin.jpg")
    if port is not None and port not in PORTS.values():
        raise EngineError(f"expected an address of port 80 or 443, got {port}; upload the picture")
    return _Place(parts.scheme, host, PORTS[parts.scheme] if port is None else port, target)


def _bare_address(host: str) -> str:
    address = ipaddress.IPv6Address(host)
    if address.scope_id:
        raise ValueError(host)
    return str(address)


def _next(place: _Place, location: str) -> _Place:
    """Where a redirect leads, checked as if a visitor had written it."""
    try:
        url = urljoin(place.url, location)
    except ValueError:
        raise EngineError("expected a redirect to a valid address; use the address of the picture itself") from None
    to = _place(url)
    if place.scheme == "https" and to.scheme == "http":
        raise EngineError(f"expected https all the way, but {place.host:.60} leads back to http; upload the picture")
    return to


def _ask(place: _Place, until: float) -> bytes | str:
    """One request: the content, or the address that it moved to, as the server wrote it."""
    with closing(_reach(place, until)) as connected:
        guarded = _Guarded(connected, until)
        guarded.send(
            f"GET {place.target} HTTP/1.1\r\nHost: {place.name}\r\nUser-Agent: lookalike\r\nAccept: image/*\r\n"
            "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
        )
        response = http.client.HTTPResponse(guarded, method="GET")  # type: ignore[arg-type] # it only asks for makefile
        response.begin()
        location = response.getheader("Location")
        if response.status in MOVED and location:
            return location
        if not 200 <= response.status < 300:
            raise EngineError(f"{place.host:.60} answered with status {response.status}; check the address")
        if (response.getheader("Content-Type") or "").lower().startswith("text/html"):
            raise EngineError("expected a picture, got a web page; copy the address of the picture itself")
        return _content(response)


def _reach(place: _Place, until: float) -> socket.socket:
    """A connection to one of the host's addresses, all of which were checked; its name is not looked up again."""
    for address in public_addresses(place.host, _left(until)):
        try:
            connected = _connect(address, place.port, min(_left(until), SECONDS_OF_ONE))
            return connected if place.scheme == "http" else _secured(connected, place.host, until)
        except ssl.SSLError:
            raise
        except OSError:
            _left(until)  # for another try
    raise ConnectionError


def _connect(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to this very address. ConnectionError where it is one of our own machine."""
    connected = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        connected.settimeout(seconds)
        connected.connect((address, port))
        if connected.getsockname()[0] == connected.getpeername()[0]:
            raise ConnectionError("this machine itself")
    except BaseException:
        connected.close()
        raise
    return connected


def _secured(connected: socket.socket, host: str, until: float) -> socket.socket:
    """The same connection with TLS, once the other side has proved that it is `host`."""
    try:
        connected.settimeout(_left(until))
        return ssl.create_default_context().wrap_socket(connected, server_hostname=host)
    except BaseException:
        connected.close()
        raise


def _content(response: http.client.HTTPResponse) -> bytes:
    """The whole body. What the server says of its length is believed only where it speaks against it."""
    _check_size(response.length or 0)
    content = bytearray()
    while part := response.read(CHUNK):
        content += part
        _check_size(len(content))
    if response.length:
        raise ConnectionError("it broke off")
    return bytes(content)


def _check_size(n_bytes: int) -> None:
    if n_bytes > MAX_FILE_BYTES:
        raise EngineError(f"expected a picture of at most {MAX_FILE_BYTES // 2**20} MB, got more; make it smaller")


def _left(until: float) -> float:
    """Seconds until then. TimeoutError where it has passed."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Guarded(io.RawIOBase):
    """A connection that ends at a moment and after so many bytes, whatever its two sides are at.

    A socket's own timeout begins anew with every byte that drips in; and http.client reads on for ever where a server
    writes one of its lengths below nothing.
    """

    def __init__(self, connected: socket.socket, until: float) -> None:
        self._connected, self._until = connected, until
        self._n_bytes = 0

    def send(self, text: str) -> None:
        self._connected.settimeout(_left(self._until))
        self._connected.sendall(text.encode("ascii"))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # any writable buffer
        self._connected.settimeout(_left(self._until))
        n_bytes = self._connected.recv_into(buffer)
        self._n_bytes += n_bytes
        _check_size(self._n_bytes - OVERHEAD)
        return n_bytes

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)
