"""An empty archive, and Datasette as a reader runs it: a process of its own on a free loopback port."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPMessage
from pathlib import Path
from typing import Any

import pytest

from archive.store import Archive, RunContext
from tests.archive.samples import begin

ROOT = Path(__file__).parents[2]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An empty archive."""
    with Archive.open(tmp_path / "archive.db", create=True) as opened:
        yield opened


@pytest.fixture
def run(archive: Archive) -> RunContext:
    """A run of it."""
    return begin(archive)


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    status: int
    headers: HTTPMessage
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """A running site."""

    url: str

    def get(self, path: str, **params: str) -> Page:
        query = f"?{urllib.parse.urlencode(params)}" if params else ""
        try:
            with urllib.request.urlopen(f"{self.url}/{path}{query}", timeout=30) as answer:
                return Page(status=answer.status, headers=answer.headers, text=answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Page(status=error.code, headers=error.headers, text=error.read().decode())

    def rows(self, path: str, **params: str) -> list[dict[str, Any]]:
        page = self.get(f"{path}.json", _shape="array", **params)
        assert page.status == 200, page.text
        rows: list[dict[str, Any]] = json.loads(page.text)
        return rows


@contextmanager
def running(command: list[str], port: int) -> Iterator[Site]:
    """The site a command serves on that port, until the block ends."""
    site = Site(url=f"http://127.0.0.1:{port}")
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                site.get("-/versions.json")
                break
            except OSError:
                assert process.poll() is None, process.communicate()[0]
                assert time.monotonic() < deadline, "no answer within a minute"
                time.sleep(0.1)
        yield site
    finally:
        process.terminate()
        process.communicate(timeout=20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def stock_datasette() -> Iterator[Callable[[Path], Site]]:
    """Starts plain Datasette on a file: no metadata, no plugin, no settings."""
    stack: list[Any] = []

    def start(path: Path) -> Site:
        port = free_port()
        context = running([sys.executable, "-m", "datasette", str(path), "-p", str(port)], port)
        stack.append(context)
        return context.__enter__()

    yield start
    for context in stack:
        context.__exit__(None, None, None)


def command(path: Path, port: int, host: str = "127.0.0.1", **terms: object) -> list[str]:
    """The command line that serves an archive's reading room."""
    code = (
        "import sys; from archive.site.serve import Terms, serve; serve(sys.argv[1], host=sys.argv[3],"
        f" port=int(sys.argv[2]), terms=Terms(**{terms!r}), announce=lambda url: print(url, flush=True))"
    )
    return [sys.executable, "-c", code, str(path), str(port), host]


@pytest.fixture(scope="module")
def site(path: Path) -> Iterator[Site]:
    """The reading room of the module's archive, ``path``."""
    port = free_port()
    with running(command(path, port), port) as opened:
        yield opened
