"""HTTP/1.1 on several loopback addresses at once, counting what it sees of its visitors' manners."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import IO

from tests.portal import faults
from tests.portal.evolution import OUT, OUTAGES
from tests.portal.noise import Noise
from tests.portal.plan import HOSTS
from tests.portal.replies import Reply, Request, standing_headers
from tests.portal.site import Site

REASONS = {
    200: "OK", 301: "Moved Permanently", 302: "Found", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 429: "Too Many Requests",
    500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip


class Watch:
    """What the server saw: simultaneous requests, gaps between them, answers by address."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything seen so far."""
        self.requests: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.paths: Counter[tuple[str, str, str, int]] = Counter()
        self.active: Counter[str] = Counter()
        self.most: dict[str, int] = {}
        self.gaps: dict[str, float] = {}
        self.ended: dict[str, float] = {}
        self.early: list[dict[str, object]] = []
        self.not_before: dict[str, float] = {}

    def begin(self, host: str, target: str) -> None:
        """A request has arrived whole."""
        now = time.monotonic()
        self.requests[host] += 1
        self.active[host] += 1
        self.most[host] = max(self.most.get(host, 0), self.active[host])
        if host in self.ended and self.active[host] == 1:
            self.gaps[host] = min(self.gaps.get(host, 1e9), now - self.ended[host])
        if now < self.not_before.get(host, 0.0):
            self.early.append({"host": host, "target": target, "seconds": round(self.not_before[host] - now, 3)})

    def end(self, host: str, method: str, target: str, reply: Reply) -> None:
        """Its answer has been written."""
        now = time.monotonic()
        self.active[host] -= 1
        self.ended[host] = now
        self.statuses[reply.status] += 1
        self.paths[host, method, target, reply.status] += 1
        wait = dict(reply.headers).get("Retry-After", "")
        if wait.isdigit():
            # A tenth of a second is left for clocks and the loop's own delay.
            self.not_before[host] = now + int(wait) - 0.1

    def stats(self) -> dict[str, object]:
        """Everything as JSON values; hosts by name, gaps in milliseconds."""
        return {
            "requests": dict(self.requests),
            "total": sum(self.requests.values()),
            "max_simultaneous": dict(self.most),
            "min_gap_ms": {host: round(gap * 1000, 2) for host, gap in self.gaps.items()},
            "statuses": {str(status): count for status, count in self.statuses.items()},
            "asked_before_retry_after": self.early,
        }

    def answers(self) -> list[dict[str, object]]:
        """How often each address was answered with which status."""
        return [
            {"host": host, "method": method, "target": target, "status": status, "count": count}
            for (host, method, target, status), count in self.paths.items()
        ]


class Portal:
    """The replica behind its sockets: the present site, its watch, and the faults' memory of earlier tries."""

    def __init__(self, site: Site, *, latency: float = 0.0, log: IO[str] | None = None) -> None:
        self.site, self.latency, self.log = site, latency, log
        self.watch = Watch()
        self.attempts: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.count = 0
        self.outage = ""
        """How every article answers; empty while the portal is well. Lists and files still do."""

    def become(self, site: Site) -> None:
        """Show another epoch; faults start over, and hosts are out for as long as the epoch says."""
        self.site = site
        self.attempts.clear()

    def answer(self, request: Request) -> tuple[Reply, bytes, bytes]:
        """The reply with its head and body as bytes."""
        self.count += 1
        key = (request.host, request.place)
        request = Request(
            host=request.host, target=request.target, method=request.method, headers=request.headers, body=request.body,
            attempt=self.attempts[key],
        )  # fmt: skip
        reply = self.site.respond(request)
        host = "main" if request.host == "www" else request.host
        outage = self.outage or (OUTAGES.get(self.site.world.epoch, "") if host in OUT else "")
        if outage and (reply.article is not None or reply.outcome == "article"):
            reply = faults.outage(outage, self.site.origins[request.host], request.path)
        failed = reply.outcome in ("throttled", "server_error", "truncated")
        self.attempts[key] = self.attempts[key] + 1 if failed else 0
        noise = Noise(self.count, datetime.now(UTC))
        return reply, *self._bytes(request, reply, noise)

    def _bytes(self, request: Request, reply: Reply, noise: Noise) -> tuple[bytes, bytes]:
        host = HOSTS[request.host]
        body = noise.fill(reply.pieces)
        headers = standing_headers(reply, host, noise)
        if (
            host.gzip
            and reply.kind == "page"
            and reply.status == 200
            and "gzip" in request.headers.get("accept-encoding", "")
        ):
            body = gzip.compress(body, 2, mtime=0)
            headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
        chunked = reply.kind == "php"
        if reply.kind == "php":
            headers = [("Content-Type", "text/html; charset=UTF-8"), ("X-Powered-By", "PHP/5.6.40"), *headers]
            headers += [("Set-Cookie", f"PHPSESSID={noise.hex[:26]}; path=/"), ("Transfer-Encoding", "chunked")]
        elif reply.status != 304:
            headers.append(("Content-Length", str(len(body))))
        head = f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, 'Unknown')}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n"
        if request.method == "HEAD" or reply.status == 304:
            body = b""
        elif chunked:
            half = len(body) // 2
            body = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (body[:half], body[half:]) if c) + b"0\r\n\r\n"
        elif reply.drop_after is not None:
            body = body[: reply.drop_after]
        return head.encode("latin-1", "replace"), body


class Connection(asyncio.Protocol):
    """One kept-alive connection; its requests are answered one after the other."""

    def __init__(self, portal: Portal, host: str) -> None:
        self.portal, self.host = portal, host
        self.buffer = b""
        self.busy = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self._next()

    def _next(self) -> None:
        if self.busy or self.transport is None:
            return
        head, mark, rest = self.buffer.partition(b"\r\n\r\n")
        if not mark:
            if len(self.buffer) > 65536:
                self.transport.close()
            return
        lines = head.decode("latin-1").split("\r\n")
        parts = lines[0].split(" ")
        if len(parts) != 3:
            self.transport.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            self.transport.close()
            return
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = int(headers.get("content-length", "0") or 0)
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        self.busy = True
        target = parts[1] if parts[1].startswith("/") else "/" + parts[1].split("/", 3)[-1]
        self._serve(Request(host=self.host, target=target, method=parts[0], headers=headers, body=rest[:length]))

    def _serve(self, request: Request) -> None:
        self.portal.watch.begin(self.host, request.target)
        reply, head, body = self.portal.answer(request)
        wait = self.portal.latency + reply.delay
        if wait:
            asyncio.get_running_loop().call_later(wait, self._write, request, reply, head, body)
        else:
            self._write(request, reply, head, body)

    def _write(self, request: Request, reply: Reply, head: bytes, body: bytes) -> None:
        self.portal.watch.end(self.host, request.method, request.target, reply)
        if self.portal.log:
            line = {
                "at": time.time(),
                "host": self.host,
                "method": request.method,
                "target": request.target,
                "status": reply.status,
            }
            self.portal.log.write(json.dumps(line) + "\n")
        self.busy = False
        if self.transport is None:
            return
        if reply.hang_up:
            self.transport.abort()
            return
        self.transport.write(head + body)
        if reply.drop_after is not None or request.headers.get("connection", "").lower() == "close":
            self.transport.close()
        elif self.buffer:
            asyncio.get_running_loop().call_soon(self._next)


def sockets(port: int) -> list[tuple[str, socket.socket]]:
    """A listening socket for every host on one port; port 0 finds one that is free on all addresses."""
    for _ in range(50):
        found: list[tuple[str, socket.socket]] = []
        wanted = port
        try:
            for name, host in HOSTS.items():
                listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                found.append((name, listener))
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((host.address, wanted))
                wanted = listener.getsockname()[1]
                listener.listen(256)
                listener.setblocking(False)
        except OSError:
            for _, listener in found:
                listener.close()
            if port:
                raise
            continue
        return found
    raise OSError("no port is free on all loopback addresses")
