"""Ten visitors click samples at once: what a search costs the server, and how long each waits for both answers.

The visitors are connections, not browsers: ten Chromiums on the server's own cores would measure themselves. Each
speaks Streamlit's protocol as its page does, clicks a sample, and waits for the board with both answers.

    python -m benchmarks.ten_visitors [--visitors 10] [--searches 4]
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

ROOT = Path(__file__).parents[1]
BOARD = "lookalike_board"
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 120  # seconds


class Visitor:
    """One open page."""

    def __init__(self, port: int) -> None:
        address = f"ws://127.0.0.1:{port}/_stcore/stream"
        self.leaving = ExitStack()
        self.socket: ClientConnection = self.leaving.enter_context(
            connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None)
        )
        self.buttons: dict[str, str] = {}
        self.page = ""

    def open(self) -> None:
        """The Search page, until it stands."""
        self._run("Search")

    def click(self, key: str) -> float:
        """Seconds from the click to the board."""
        started = time.perf_counter()
        return self._run("", self.buttons[key]) - started

    def _run(self, page_name: str, button: str | None = None) -> float:
        """Ask for a run and read what comes until it has ended; when the board came, or the end, by `perf_counter`."""
        ask = BackMsg()
        ask.rerun_script.page_script_hash = self.page
        ask.rerun_script.page_name = page_name
        if button:
            pressed = ask.rerun_script.widget_states.widgets.add()
            pressed.id, pressed.trigger_value = button, True
        self.socket.send(ask.SerializeToString())
        came = 0.0
        while True:
            message = ForwardMsg.FromString(bytes(self.socket.recv(timeout=PATIENCE)))  # type: ignore[arg-type]
            if message.HasField("new_session"):
                self.page = message.new_session.page_script_hash
            if message.HasField("delta") and message.delta.HasField("new_element"):
                came = self._seen(message) or came
            if message.HasField("script_finished") and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return came or time.perf_counter()

    def _seen(self, message: ForwardMsg) -> float:
        """When the board came; 0 for anything else."""
        element = message.delta.new_element
        if element.HasField("button"):
            self.buttons[element.button.id.rpartition("-open-")[2]] = element.button.id
        is_board = element.HasField("bidi_component") and element.bidi_component.component_name == BOARD
        return time.perf_counter() if is_board else 0.0


@contextmanager
def served() -> Iterator[tuple[int, int]]:
    """(port, process id) of the app."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    command += ["--server.fileWatcherType=none", "--server.headless=true"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2)
                break
            except OSError:
                time.sleep(0.2)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(10)


def processor_seconds(process: int) -> float:
    """Of a process and all its threads, so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def visit(port: int, first: int, n_searches: int, ready: threading.Barrier, waits: list[float]) -> None:
    """Click samples one after the other, each visitor beginning at another."""
    visitor = Visitor(port)
    visitor.open()
    samples = sorted(key for key in visitor.buttons if key.startswith("sample-"))
    ready.wait()
    for number in range(n_searches):
        waits.append(visitor.click(samples[(first + number) % len(samples)]))
        visitor.leaving.close()
        visitor = Visitor(port)  # as a new visitor: the samples stand on a fresh page
        visitor.open()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=10)
    parser.add_argument("--searches", type=int, default=4, help="of each visitor")
    options = parser.parse_args()
    with served() as (port, process):
        warm: list[float] = []
        for first in range(8):  # every sample once: the network is loaded, loops are compiled
            visit(port, first, 1, threading.Barrier(1), warm)
        alone: list[float] = []
        for first in range(8):
            visit(port, first, 1, threading.Barrier(1), alone)
        ready, waits = threading.Barrier(options.visitors + 1), list[float]()
        arguments = [(port, first, options.searches, ready, waits) for first in range(options.visitors)]
        threads = [threading.Thread(target=visit, args=each) for each in arguments]
        for thread in threads:
            thread.start()
        ready.wait()
        before = processor_seconds(process)
        for thread in threads:
            thread.join()
        each = (processor_seconds(process) - before) / len(waits)
    one = f"one visitor alone, warm: median {statistics.median(alone):.2f} s, most {max(alone):.2f} s"
    print(f"{os.cpu_count()} cores; {one}")
    print(
        f"{options.visitors} visitors at once, {len(waits)} searches: {each:.2f} processor seconds a search and page, "
        f"wait {statistics.median(waits):.2f} s median, {max(waits):.2f} s most"
    )


if __name__ == "__main__":
    main()
