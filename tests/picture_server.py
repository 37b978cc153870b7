"""A server on the loopback address that answers as it is told, and stands in for hosts of the public internet."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable

from lsh_engine.images import public_hosts, web_picture

PUBLIC = "93.184.216.34"
ALSO_PUBLIC = "2606:2800:220:1:248:1893:25c8:1946"
Answer = bytes | Callable[[socket.socket], None]


def answered(body: bytes = b"", status: str = "200 OK", length: bool = True, **headers: str) -> bytes:
    """An answer as it goes over the wire. headers: with underscores for hyphens."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}"] if length else []
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body


def moved(location: str) -> bytes:
    return answered(status="302 Found", Location=location)


class PictureServer:
    """Gives its answers one after the other, the last again and again; it keeps what was asked for."""

    def __init__(self, answers: Iterable[Answer], tls: ssl.SSLContext | None = None):
        self.answers, self.asked, self.tls = list(answers), [], tls
        self.listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def port(self) -> int:
        return self.listening.getsockname()[1]

    def close(self) -> None:
        self.listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connected, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connected,), daemon=True).start()

    def _answer(self, connected: socket.socket) -> None:
        try:
            if self.tls:
                connected = self.tls.wrap_socket(connected, server_side=True)
            with connected:
                asked = b""
                while b"\r\n\r\n" not in asked and asked[:1] != b"\x16":  # the sign of TLS
                    part = connected.recv(65_536)
                    if not part:
                        return
                    asked += part
                self.asked.append(asked.decode("latin-1"))
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if callable(answer):
                    answer(connected)
                else:
                    connected.sendall(answer)
        except OSError:  # the other side has heard enough
            pass


class Internet:
    """What names lead to, and who is asked: the guard itself stays as it is.

    names: host -> what the resolver says, each time it is asked; the last again and again. looked_up: hosts asked for.
    reached: (address, port) of every connection, all of which end at the server.
    """

    def __init__(self, monkeypatch, server: PictureServer | None, **names: list[list[str]]):
        self.names = {name.replace("_", "."): list(answers) for name, answers in names.items()}
        self.server, self.looked_up, self.reached = server, [], []
        monkeypatch.setattr(public_hosts, "_resolve", self._resolve)
        monkeypatch.setattr(web_picture, "_connect", self._connect)

    def _resolve(self, host: str) -> list[str]:
        self.looked_up.append(host)
        answers = self.names.get(host)
        if answers is None:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def _connect(self, address: str, port: int, seconds: float) -> socket.socket:
        self.reached.append((address, port))
        assert self.server is not None, "nothing is to be reached"
        return socket.create_connection(("127.0.0.1", self.server.port), seconds)
