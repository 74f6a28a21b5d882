"""pywb from its own environment as another archive: WARC files indexed and replayed, also by a ZipNum index."""

from __future__ import annotations

import gzip
import http.server
import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.replica import ROOT

PYWB = ROOT / ".peers" / "pywb" / "bin"
ABSENT = "pywb is not installed in .peers/pywb; run: make peers"

#: Rows of a block of the ZipNum index; small, so that a host of a few dozen captures has pages.
BLOCK = 2
CRAWL = "CC-MAIN-2022-05"


def is_there() -> bool:
    """Is pywb installed?"""
    return (PYWB / "wayback").exists()


@contextmanager
def collection(folder: Path, files: Sequence[Path]) -> Iterator[str]:
    """The files as a pywb collection; its address on loopback."""
    run(folder, "wb-manager", "init", "crawl")
    for file in files:
        shutil.copy(file, folder / file.name)
    run(folder, "wb-manager", "add", "crawl", *(file.name for file in files))
    with _served(folder) as address:
        yield f"{address}/crawl"


@contextmanager
def library(folder: Path, files: Sequence[Path]) -> Iterator[str]:
    """The files as a crawl of Common Crawl's: pywb answers from a ZipNum index, a front serves crawls and ranges."""
    index = folder / "indexes"
    index.mkdir(parents=True)
    lines = run(folder, "cdx-indexer", "-j", "-s", *(str(file) for file in files)).splitlines()
    zipnum(index, [line for line in lines if "{" in line])
    told = f"collections:\n  {CRAWL}:\n    index: zipnum+{index}/cluster.idx\n    archive_paths: {folder}/\n"
    (folder / "config.yaml").write_text(told)
    with _served(folder) as address, _front(f"{address}/{CRAWL}/cdx", files) as front:
        yield front


def zipnum(folder: Path, lines: Sequence[str]) -> None:
    """``cluster.idx``, its shard and ``cluster.loc``: sorted CDXJ lines in gzip blocks of their own."""
    summary, shard = [], b""
    for number in range(0, len(lines), BLOCK):
        rows = lines[number : number + BLOCK]
        block = gzip.compress("".join(f"{row}\n" for row in rows).encode())
        key = rows[0].partition(" {")[0]
        summary.append(f"{key}\tcdx-00000.gz\t{len(shard)}\t{len(block)}\t{number // BLOCK + 1}\n")
        shard += block
    (folder / "cdx-00000.gz").write_bytes(shard)
    (folder / "cluster.idx").write_text("".join(summary))
    (folder / "cluster.loc").write_text(f"cdx-00000.gz\t{folder / 'cdx-00000.gz'}\n")


def run(folder: Path, tool: str, *words: str) -> str:
    """One of pywb's tools; what it prints."""
    return subprocess.run([str(PYWB / tool), *words], cwd=folder, check=True, capture_output=True, text=True).stdout


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "pywb.log").open("w") as log:
        line = [str(PYWB / "wayback"), "-b", "127.0.0.1", "-p", str(port)]
        server = subprocess.Popen(line, cwd=folder, stdout=log, stderr=log)
        try:
            _wait(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("pywb did not start")


@contextmanager
def _front(index: str, files: Sequence[Path]) -> Iterator[str]:
    """What pywb has not: the list of crawls in Common Crawl's form, and records by range. The index is pywb's."""
    paths = {file.name: file for file in files}

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path == "/collinfo.json":
                told = [{"id": CRAWL, "name": CRAWL, "cdx-api": f"/{CRAWL}-index"}]
                self.answer(200, json.dumps(told).encode())
            elif asked.path == f"/{CRAWL}-index":
                self.answer(*_asked(f"{index}?{asked.query}"))
            else:
                first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
                data = paths[asked.path.rpartition("/")[2]].read_bytes()
                self.answer(206, data[int(first) : int(last) + 1])

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nothing on standard error."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _asked(address: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
