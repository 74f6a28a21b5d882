"""A little web server in a process of its own that answers as a table says and notes when it was asked.

    python -m tests.little ROUTES.json LOG.jsonl ADDRESS

ROUTES maps a path to an answer or to a list of answers given one after the other, the last one for ever:
``{"status": 200, "headers": {...}, "body": "...", "seconds": 0}``. It prints its port and serves until it is ended.
"""

from __future__ import annotations

import http.server
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ARTICLE = (
    "<html><head><title>{title}</title></head><body><div id='s4-bodyContainer'><h1>{title}</h1>"
    "<div id='x__ControlWrapper_RichHtmlField'><p>Ủy ban nhân dân huyện đã họp bàn về việc làm đường và "
    "giao các xã thực hiện ngay trong quý này.</p><p>Nhân dân đồng tình và hiến thêm đất.</p></div></div></body></html>"
)


@dataclass(frozen=True, kw_only=True)
class Little:
    """A running little server."""

    address: str
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://{self.address}:{self.port}"

    def asked(self) -> list[tuple[str, float, float]]:
        """(path, seconds when it was asked, seconds when it had answered), in order."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [tuple(json.loads(line)) for line in lines]

    def sheet(self, folder: Path, extra: str = "") -> Path:
        """A profile sheet for this server; ``extra`` are more lines of its ``[polite]`` table and what follows."""
        path = folder / "little.toml"
        path.write_text(
            'extends = "sharepoint"\n'
            f'[scope]\nhosts = ["{self.address}:{self.port}"]\n[discover]\nseeds = ["{self.url}/"]\nsitemaps = []\n'
            f'[network]\nexempt_addresses = ["127.0.0.0/8"]\nexempt_ports = [{self.port}]\n'
            f"[expect]\nmin_articles = 0\nmin_fill = {{}}\nmax_failure_share = 1.0\n"
            f"[polite]\n{'' if 'backoff' in extra else 'backoff = 0.2'}\n{extra}"
        )
        return path


@contextmanager
def little(folder: Path, routes: dict[str, Any], address: str = "127.0.0.1") -> Iterator[Little]:
    """A little server that answers by these routes while the block runs."""
    table, log = folder / "routes.json", folder / "asked.jsonl"
    table.write_text(json.dumps(routes))
    command = [sys.executable, "-m", "tests.little", str(table), str(log), address]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Little(address=address, port=int(process.stdout.readline()), log=log)
    finally:
        process.terminate()
        process.wait(20)


def main(table: Path, log: Path, address: str) -> None:
    """Serve until ended."""
    routes = json.loads(table.read_text())
    given: Counter[str] = Counter()
    lock = threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            begun = time.time()
            answers = routes.get(self.path, {"status": 404, "body": "not here"})
            answers = answers if isinstance(answers, list) else [answers]
            with lock:
                answer = answers[min(given[self.path], len(answers) - 1)]
                given[self.path] += 1
            time.sleep(answer.get("seconds", 0))
            body = answer.get("body", "").encode()
            head = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body))}
            lines = [f"HTTP/1.1 {answer.get('status', 200)} OK"]
            lines += [f"{name}: {value}" for name, value in {**head, **answer.get("headers", {})}.items()]
            with lock, log.open("a") as note:
                note.write(json.dumps([self.path, begun, time.time()]) + "\n")
            self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer((address, 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
