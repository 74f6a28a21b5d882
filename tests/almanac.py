"""A small portal that lives through a year, a day at a time, with the accidents portals have.

    python -m tests.almanac

It prints its ports. ``POST /day?n=90`` on the control port makes it day 90; ``GET /truth`` tells every article that
stands. Everything is a function of the day, so that the same year comes again each time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

FIRST = date(2024, 1, 1)
DAYS = 365
OLD = 60
A_PAGE = 12
LEAK = "Chuyên trang thuộc Cổng thông tin huyện Mẫu"
MARKET = (
    "chợ phiên",
    "đường liên xã",
    "trường mầm non",
    "rừng trồng",
    "hợp tác xã",
    "cầu treo",
    "trạm y tế",
    "vụ xuân",
)

#: Days of a quiet new year, and of a silence that is none of the calendar's doing.
TET, SILENCE = range(40, 47), range(200, 226)

#: Accident -> days.
ACCIDENTS: dict[str, range] = {
    "down": range(60, 62),
    "no author": range(90, 100),
    "casino": range(130, 131),
    "forbidden": range(150, 151),
    "leak": range(170, 171),
    "robots": range(250, 251),
    "canary": range(280, 281),
    "errors": range(300, 301),
    "no dates": range(320, 326),
    "empty lists": range(340, 342),
}
SLOW = frozenset({20, 110, 111, 275})


def accident(day: int) -> str:
    """What goes wrong on that day; empty on most."""
    return next((name for name, days in ACCIDENTS.items() if day in days), "")


@dataclass(frozen=True, kw_only=True)
class Story:
    """One article over its life."""

    number: int
    born: int
    """Day; negative before the year begins."""
    edited: int
    """Day its text changes; never for most."""
    removed: int

    @property
    def path(self) -> str:
        return f"/pages/tin-{self.number}.aspx"

    def stands(self, day: int) -> bool:
        return self.born <= day < self.removed

    def title(self) -> str:
        return f"Xã số {self.number} bàn việc {MARKET[self.number % 8]} năm {FIRST.year}"

    def text(self, day: int) -> str:
        place = MARKET[(self.number * 3) % 8]
        added = f" Số liệu đã đính chính lần thứ nhất cho xã {self.number}." if day >= self.edited else ""
        villages = self.number % 9 + 2
        return f"Sáng nay, cán bộ xã số {self.number} họp dân về {place} và chia việc cho {villages} thôn.{added}"

    def published(self) -> date:
        return FIRST + timedelta(days=self.born)


def stories() -> list[Story]:
    """Every article of the year."""
    rng, told = random.Random(1997), []
    for number in range(OLD):
        told.append(Story(number=number, born=-3 * (OLD - number), edited=9999, removed=9999))
    for day in range(1, DAYS):
        if (FIRST + timedelta(days=day)).weekday() > 4 or day in TET or day in SILENCE:
            continue
        for _ in range(rng.randrange(1, 4)):
            edited = day + rng.randrange(1, 12) if rng.random() < 0.15 else 9999
            removed = day + rng.randrange(5, 40) if rng.random() < 0.03 else 9999
            told.append(Story(number=len(told), born=day, edited=edited, removed=removed))
    return told


STORIES = stories()
BY_PATH = {story.path: story for story in STORIES}


def quiet_since(day: int) -> int:
    """Days since the latest article that stands was new."""
    return day - max(story.born for story in STORIES if story.born <= day)


def article(story: Story, day: int) -> str:
    """An article's page under that day's template."""
    wrong = accident(day)
    when = "" if wrong == "no dates" else f"<div>Ngày đăng: {story.published():%d/%m/%Y} 07:30</div>"
    author = "" if wrong == "no author" else f"<p>Tác giả: Ban Biên tập {story.number % 5}</p>"
    leak = f"<p>{LEAK}</p>" if wrong == "leak" else ""
    title = "Một tựa đề khác hẳn" if wrong == "canary" and story.number == 3 else story.title()
    return (
        f"<div id='s4-bodyContainer'><h1>{title}</h1>{when}<div id='x__ControlWrapper_RichHtmlField'>"
        f"<p>{story.text(day)}</p><p>Bà con đồng tình, việc làm xong trước mùa mưa năm nay.</p>{leak}</div>"
        f"{author}</div>"
    )


def listing(number: int, day: int) -> str:
    """Page ``number`` of the list, newest first; page 0 links to all others."""
    standing = [story for story in reversed(STORIES) if story.stands(day)]
    shown = standing[number * A_PAGE : (number + 1) * A_PAGE]
    items = "".join(f'<li><a href="{story.path}">{story.title()}</a></li>' for story in shown)
    pages = range(1, -(-len(standing) // A_PAGE))
    more = "".join(f'<a href="/pages/trang-{n}/default.aspx">{n}</a>' for n in pages) if number == 0 else ""
    return f"<ul>{'' if accident(day) == 'empty lists' else items}</ul>{more}"


def answer(path: str, day: int) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers of a page on that day."""
    wrong = accident(day)
    if path == "/robots.txt":
        rule = "/" if wrong == "robots" else "/cam/"
        return 200, f"User-agent: *\nDisallow: {rule}\n", {"Content-Type": "text/plain"}
    if wrong == "casino":
        return 302, "", {"Location": "https://casino.example/"}
    if wrong == "forbidden":
        return 403, "no", {}
    story = BY_PATH.get(path)
    if story is not None and wrong == "errors" and story.number % 2:
        return 500, "broken", {}
    if story is not None and story.stands(day):
        body, title = article(story, day), story.title()
    elif path == "/":
        body, title = listing(0, day), "Trang chủ"
    elif path.startswith("/pages/trang-") and path.endswith("/default.aspx"):
        body, title = listing(int(path.split("-")[1].split("/")[0]), day), "Danh sách"
    else:
        return 404, "not here", {}
    return 200, f"<html lang='vi'><head><title>{title}</title></head><body>{body}</body></html>", {}


class Almanac:
    """The portal on its present day."""

    def __init__(self) -> None:
        self.day = 0
        self.port = 0
        self.asked = 0
        self.server: asyncio.Server | None = None

    async def become(self, day: int) -> None:
        """It is that day; on some the portal cannot be reached at all."""
        self.day, self.asked = day, 0
        down = accident(day) == "down"
        if down and self.server is not None:
            self.server.close()
            self.server = None
        elif not down and self.server is None:
            self.server = await asyncio.start_server(self.visit, "127.0.0.1", self.port)
            self.port = self.server.sockets[0].getsockname()[1]

    async def visit(self, r: asyncio.StreamReader, w: asyncio.StreamWriter) -> None:
        """Requests of one connection."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                target = (await r.readuntil(b"\r\n\r\n")).decode("latin-1").split(" ")[1]
                self.asked += 1
                if self.day in SLOW:
                    await asyncio.sleep(0.03)
                status, text, headers = answer(urlsplit(target).path.lower(), self.day)
                body = text.encode()
                pairs = {"Content-Type": "text/html; charset=utf-8", **headers, "Content-Length": str(len(body))}
                head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in pairs.items())
                w.write(head.encode() + b"\r\n" + body)
                await w.drain()
        w.close()

    async def control(self, r: asyncio.StreamReader, w: asyncio.StreamWriter) -> None:
        """One request on the control port."""
        line = (await r.readuntil(b"\r\n\r\n")).decode("latin-1").split(" ")
        parts = urlsplit(line[1])
        value: Any = {"asked": self.asked, "day": self.day}
        if parts.path == "/day":
            await self.become(int(parse_qs(parts.query)["n"][0]))
        elif parts.path == "/truth":
            value = list(truth(self.day))
        body = json.dumps(value).encode()
        w.write(b"HTTP/1.1 200 X\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await w.drain()
        w.close()


def truth(day: int) -> Iterator[dict[str, str]]:
    """Every article that was ever shown, as a perfect archive holds it."""
    for story in STORIES:
        if story.born <= day:
            last = min(day, story.removed - 1)
            yield {
                "path": story.path,
                "title": story.title(),
                "text": story.text(last),
                "date": story.published().isoformat(),
                "status": "live" if story.stands(day) else "gone",
            }


async def main() -> None:
    """Serve until ended."""
    almanac = Almanac()
    await almanac.become(0)
    control = await asyncio.start_server(almanac.control, "127.0.0.1", 0)
    print(json.dumps({"port": almanac.port, "control": control.sockets[0].getsockname()[1]}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
