"""The control port: the truth, the watch's figures, other epochs. Crawls never meet it."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.portal.faults import OUTAGES
from tests.portal.server import Portal
from tests.portal.site import Site
from tests.portal.truth import history, truth
from tests.portal.world import World

HEAD = (
    "HTTP/1.1 {status} Told\r\nContent-Type: application/json; charset=utf-8\r\n"
    "Content-Length: {length}\r\nConnection: close\r\n\r\n"
)


class Control:
    """Answers ``/__replica__/…`` for one portal."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self._truths: dict[int, dict[str, Any]] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, then the connection ends."""
        try:
            line = (await reader.readline()).decode("latin-1").split(" ")
            while (await reader.readline()).strip():
                pass
            status, value = self.answer(line[0], line[1]) if len(line) > 1 else (400, {"error": "no request"})
            body = json.dumps(value, ensure_ascii=False).encode()
            head = HEAD.format(status=status, length=len(body))
            writer.write(head.encode() + body)
            await writer.drain()
        except ConnectionError:
            return  # the asker went away; there is nobody left to answer
        finally:
            writer.close()

    def answer(self, method: str, target: str) -> tuple[int, Any]:
        """Status and JSON value for a control request."""
        parts = urlsplit(target)
        match (method, parts.path):
            case ("GET", "/__replica__/truth"):
                return 200, self.truth()
            case ("GET", "/__replica__/history"):
                return 200, history(self.portal.site.world, self.portal.site.port)
            case ("GET", "/__replica__/stats"):
                return 200, self.portal.watch.stats()
            case ("GET", "/__replica__/requests"):
                return 200, self.portal.watch.answers()
            case ("POST", "/__replica__/reset"):
                self.portal.watch.reset()
                self.portal.attempts.clear()
                return 200, {"reset": True}
            case ("POST", "/__replica__/outage"):
                kind = parse_qs(parts.query).get("kind", [""])[0]
                if kind and kind not in OUTAGES:
                    return 400, {"error": f"kind must be one of {', '.join(OUTAGES)}, or empty"}
                self.portal.outage = kind
                return 200, {"outage": kind}
            case ("POST", "/__replica__/epoch"):
                number = parse_qs(parts.query).get("n", [""])[0]
                if not number.isdigit():
                    return 400, {"error": "n must be a whole number from 0"}
                return 200, self.epoch(int(number))
        return 404, {"error": f"no control {method} {parts.path}"}

    def truth(self) -> dict[str, Any]:
        """The truth of the present epoch, made once."""
        world = self.portal.site.world
        if world.epoch not in self._truths:
            self._truths[world.epoch] = truth(world, self.portal.site.port)
        return self._truths[world.epoch]

    def epoch(self, number: int) -> dict[str, int]:
        """The portal changes to that epoch."""
        old = self.portal.site.world
        world = World(seed=old.seed, size=old.total, epoch=number, faults=old.faults)
        self.portal.become(Site(world, self.portal.site.port))
        return {"epoch": number}
