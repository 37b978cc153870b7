"""A server of one file on the loopback address."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from small_nets import NAME


class FileServer:
    """Serves one file on the loopback address, and can be told to misbehave.

    breaks: after how many bytes to cut each of the next answers. ranges: whether it knows them. status: what to answer
    in place of the file. asked: the Range header of every request.
    """

    def __init__(self, data: bytes):
        self.data, self.breaks, self.ranges, self.status, self.asked = data, [], True, None, []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/{NAME}-{{}}.pth"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _handler(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked = self.headers.get("Range")
                outer.asked.append(asked)
                if outer.status:
                    return self.send_error(outer.status)
                start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and outer.ranges else 0
                if start and start >= len(outer.data):
                    return self.send_error(416)
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(outer.data) - start))
                self.end_headers()
                most = outer.breaks.pop(0) if outer.breaks else len(outer.data)
                self.wfile.write(outer.data[start : start + most])
                self.close_connection = True

            def log_message(self, *arguments):
                pass

        return Handler
