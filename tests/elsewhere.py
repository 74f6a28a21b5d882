"""Other archives in a process of their own: WARC files served as the Wayback Machine and as Common Crawl would.

    python -m tests.elsewhere LOG.jsonl FAULTS.json FILE.warc.gz ...

It speaks the dialects pywb does not: index rows as one JSON array with a resume key after an empty row, answers under
``X-Archive-Orig-`` headers, the nearest capture by redirect; a list of crawls, numbered index pages, 404 for a host a
crawl has not, and WARC records by range. FAULTS maps a path's beginning to a list of what its first requests get:
``429``, ``503``, ``504``, ``reset`` or ``slow``. Every request is noted with its time. It prints its port.
"""

from __future__ import annotations

import http.server
import io
import json
import struct
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archive.cdx import surt, timestamp
from archive.warc import Exchange, exchange_of
from archive.warc.records import Record, read_records
from tests.little import ROOT

#: Rows of one answer, whatever limit is asked for: resume keys and pages are used.
ROWS = 40


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One record of the archive."""

    urlkey: str
    stamp: str
    exchange: Exchange
    digest: str
    filename: str
    offset: int
    length: int


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """A running archive."""

    port: int
    log: Path

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def asked(self) -> list[tuple[float, str, int]]:
        """(seconds, path, status; 0 for a broken answer) of every request, in order."""
        return [tuple(json.loads(line)) for line in self.log.read_text().splitlines()]


@contextmanager
def elsewhere(folder: Path, files: Sequence[Path], faults: dict[str, list[Any]] | None = None) -> Iterator[Elsewhere]:
    """The archive runs while the block does."""
    folder.mkdir(parents=True, exist_ok=True)
    log, told = folder / "elsewhere.jsonl", folder / "faults.json"
    log.write_text("")
    told.write_text(json.dumps(faults or {}))
    command = [sys.executable, "-m", "tests.elsewhere", str(log), str(told), *map(str, files)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Elsewhere(port=int(process.stdout.readline()), log=log)
    finally:
        process.terminate()
        process.wait(20)


def read(files: Sequence[Path]) -> list[Kept]:
    """The GET answers of the files, in the order of their keys."""
    kept = []
    for path in files:
        posted: set[str] = set()
        records = []
        with path.open("rb") as file:
            for record in read_records(file, path.name):
                assert isinstance(record, Record), record
                if record.kind == "request" and not record.block.startswith(b"GET "):
                    posted.add(record.fields["warc-concurrent-to"])
                if record.kind == "response":
                    records.append(record)
            for record in records:
                if record.fields["warc-record-id"] in posted:
                    continue
                exchange = _exchange(path, record)
                kept.append(
                    Kept(
                        urlkey=surt(record.url),
                        stamp=timestamp(exchange.fetched_at),
                        exchange=exchange,
                        digest=record.fields["warc-payload-digest"].removeprefix("sha1:"),
                        filename=path.name,
                        offset=record.offset,
                        length=record.length,
                    )
                )
    return sorted(kept, key=lambda one: (one.urlkey, one.stamp))


def _exchange(path: Path, record: Record) -> Exchange:
    with path.open("rb") as file:
        file.seek(record.offset)
        data = file.read(record.length)
    exchange = exchange_of(io.BytesIO(data), path.name)
    assert isinstance(exchange, Exchange), exchange
    return exchange


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers from what the server was given."""

    protocol_version = "HTTP/1.1"
    kept: list[Kept]
    folder: dict[str, Path]
    faults: dict[str, list[Any]]
    log: Any
    lock = threading.Lock()

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        fault = self._fault()
        if fault == "reset":
            self._note(0)
            self.connection.setsockopt(1, 13, struct.pack("ii", 1, 0))  # SO_LINGER: close with a reset
            self.connection.close()
            self.close_connection = True
        elif fault == "slow":
            self._note(0)
            time.sleep(4)
            self.close_connection = True
        elif isinstance(fault, int):
            self._send(fault, b"slow down", {"Retry-After": "1"} if fault == 429 else {})
        elif path == "/cdx/search/cdx":
            self._wayback_index()
        elif path.startswith("/web/"):
            self._replay()
        elif path == "/collinfo.json":
            crawls = ("CC-MAIN-2022-05", "CC-MAIN-2021-04")
            body = json.dumps([{"id": name, "name": name, "cdx-api": f"/{name}-index"} for name in crawls])
            self._send(200, body.encode(), {})
        elif path.endswith("-index"):
            self._crawl_index(path)
        else:
            self._range(path)

    def _fault(self) -> Any:
        with self.lock:
            for start, left in self.faults.items():
                if self.path.startswith(start) and left:
                    return left.pop(0)
        return None

    def _matching(self, query: dict[str, list[str]]) -> list[Kept]:
        host = query["url"][0].partition("/")[0]
        since, until = query.get("from", [""])[0], query.get("to", ["9"])[0]
        return [
            one
            for one in self.kept
            if urlsplit(one.exchange.url).netloc == host and since <= one.stamp and one.stamp[: len(until)] <= until
        ]

    def _wayback_index(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        found = self._matching(query)
        start = int(query.get("resumeKey", ["0"])[0])
        page = found[start : start + ROWS]
        fields = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
        rows: list[list[str]] = [fields] if page else []
        for one in page:
            mime = {k.lower(): v for k, v in one.exchange.headers}.get("content-type", "-").split(";")[0]
            row = [one.urlkey, one.stamp, one.exchange.url, mime, str(one.exchange.status), one.digest, str(one.length)]
            rows.append(row)
        if start + ROWS < len(found):
            rows += [[], [str(start + ROWS)]]
        self._send(200, json.dumps(rows).encode(), {"Content-Type": "application/json"})

    def _replay(self) -> None:
        stamp, _, url = self.path.removeprefix("/web/").partition("id_/")
        same = [one for one in self.kept if one.exchange.url == url]
        if not same:
            self._send(404, b"not archived", {})
            return
        one = min(same, key=lambda one: abs(int(one.stamp) - int(stamp)))
        if one.stamp != stamp:
            self._send(302, b"", {"Location": f"/web/{one.stamp}id_/{url}"})
            return
        headers = {f"X-Archive-Orig-{name}": value for name, value in one.exchange.headers}
        for name, value in one.exchange.headers:
            if name.lower() in ("content-type", "content-encoding"):
                headers[name] = value
            if name.lower() == "location":
                headers["Location"] = f"/web/{stamp}id_/{value}"
        headers["Memento-Datetime"] = format_datetime(one.exchange.fetched_at.replace(microsecond=0), usegmt=True)
        self._send(one.exchange.status, one.exchange.body, headers)

    def _crawl_index(self, path: str) -> None:
        query = parse_qs(urlsplit(self.path).query)
        found = self._matching(query) if "2022" in path else []
        if not found:
            self._send(404, b'{"message": "No Captures found"}', {})
            return
        pages = -(-len(found) // ROWS)
        if "showNumPages" in query:
            self._send(200, json.dumps({"pages": pages, "pageSize": 1, "blocks": pages}).encode(), {})
            return
        number = int(query["page"][0])
        lines = [
            json.dumps(
                {
                    "urlkey": one.urlkey,
                    "timestamp": one.stamp,
                    "url": one.exchange.url,
                    "mime": "text/html",
                    "status": str(one.exchange.status),
                    "digest": one.digest,
                    "filename": f"crawl-data/{one.filename}",
                    "offset": str(one.offset),
                    "length": str(one.length),
                }
            )
            for one in found[number * ROWS : (number + 1) * ROWS]
        ]
        self._send(200, "\n".join(lines).encode(), {})

    def _range(self, path: str) -> None:
        file = self.folder.get(path.removeprefix("/crawl-data/"))
        first, _, last = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
        if file is None or not last:
            self._send(404, b"", {})
            return
        with file.open("rb") as opened:
            opened.seek(int(first))
            self._send(206, opened.read(int(last) - int(first) + 1), {})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self._note(status)
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _note(self, status: int) -> None:
        with self.lock:
            self.log.write(json.dumps([time.time(), self.path, status]) + "\n")
            self.log.flush()

    def log_message(self, *args: object) -> None:
        """Nothing on standard error."""


class Server(http.server.ThreadingHTTPServer):
    """Says nothing of visitors that were killed."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def main(log: str, faults: str, *files: str) -> None:
    """Serve until ended."""
    paths = [Path(file) for file in files]
    Handler.kept = read(paths)
    Handler.folder = {path.name: path for path in paths}
    Handler.faults = defaultdict(list, json.loads(Path(faults).read_text()))
    Handler.log = Path(log).open("a")  # noqa: SIM115 - open while the server runs
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
