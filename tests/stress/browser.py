"""The app in a real browser: a server on a free port, one tab, and what the tab asked for."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]


@dataclass
class Tab:
    page: object
    address: str
    ran: list[str] = field(default_factory=list)  # alerts that a script opened, errors of scripts
    asked: list[str] = field(default_factory=list)  # addresses outside the app


@contextmanager
def tab(environment: dict[str, str]) -> Iterator[Tab | None]:
    """None where there is no browser."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        yield None
        return
    from playwright.sync_api import sync_playwright

    with _server(environment) as address, sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=FLAGS)
        page = chromium.new_page(viewport={"width": 1360, "height": 1000})
        page.set_default_timeout(60_000)
        here = Tab(page, address)
        page.on("dialog", lambda dialog: (here.ran.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: here.ran.append(str(error)))
        ours = (address, "data:", "blob:", address.replace("http", "ws"))
        page.on("request", lambda asked: asked.url.startswith(ours) or here.asked.append(asked.url))
        try:
            yield here
        finally:
            chromium.close()


@contextmanager
def _server(environment: dict[str, str]) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    command += ["--server.fileWatcherType=none", "--server.headless=true"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, **quiet)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(20)
