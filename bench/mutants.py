"""Mutilated pages: golden pages, replica pages and the saved real ones, cut, crossed and scrambled.

The same page for the same seed and number, on any machine that has the same pages.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import get_args

from archive.models import Capture, Source
from bench.gold import replica
from bench.real_pages import PAGES

GOLDEN = Path(__file__).parents[1] / "tests" / "golden"
FETCHED = datetime(2024, 3, 4, tzinfo=UTC)
MOST = 60_000

TOKENS = (
    b"<div>", b"</div>", b"<p>", b"</p>", b"<table>", b"<tr>", b"<td>", b"</table>", b"<ul><li>", b"</li></ul>",
    b"<li>", b"<a href='/x-1a2b.aspx'>", b"</a>", b"<h1>", b"</h1>", b"<form>", b"</form>", b"<!--", b"-->",
    b"<script>", b"</script>", b"<style>", b"<title>", b"<base href='http://[x'>", b"<div style='display:none'>",
    b"<div id='DeltaPlaceHolderMain'>", b"<img src='a.jpg'>", b"<br>", b"&#0;", b"&#x110000;", b"&nbsp;",
    b"&amp;nbsp;", b"\x00", b"\xff\xfe", "\ufeff".encode(), "\u200b".encode(), "\u0323".encode(), b"14/01/2022",
    b"31/02/2022", b"Thu hai, 04/03/2024", "Tác giả: ".encode(), "Nguồn:".encode(), "Số ký hiệu: 1/QĐ-UBND".encode(),
    "Cập nhật lúc: 23/10/2019".encode(), "Tin khác".encode(), b"./.", b"<![CDATA[", b"]]>", b"<?xml version='1.0'?>",
    b"<svg><title>", b"<math>", b"<select><option>", b"<plaintext>", b"<td colspan='99999999999'>",
    b"12|updatePanel|x|", b"1|#||4|", b'{"d":[', b"<rss><channel><item>", b"<urlset>", b"Block_BanTin_ViewData",
    b"\r\n\r\n",
)  # fmt: skip
URLS = (
    "https://backan.gov.vn/Pages/tin-1a2b.aspx", "https://backan.gov.vn/", "https://x.vn/a.aspx?ItemID=1&Page=2",
    "https://x.vn/Lists/A/DispForm.aspx?ID=1", "https://backan.gov.vn/sitemap.xml", "https://backan.gov.vn/robots.txt",
    "https://x.vn/_layouts/15/inplview.aspx", "http://[::1]/x", "https://x.vn/Documents/a.pdf", "not an address",
    "https://x.vn/\ud800",
)  # fmt: skip
TYPES = (
    "text/html; charset=utf-8", "text/html", "text/plain", "text/html; charset=utf-16", "application/json", "text/xml",
    "image/png", "", "\x00;charset=",
)  # fmt: skip

Mutation = Callable[[bytearray, random.Random, bytes], None]


@lru_cache(1)
def pool() -> tuple[bytes, ...]:
    """The pages that are mutilated; the saved real ones where they are at hand."""
    golden = [path.read_bytes() for path in sorted(GOLDEN.glob("*/*/page.*"))]
    made = [page.body for page in replica().pages[::8]]
    real = [path.read_bytes()[:MOST] for path in sorted(PAGES.glob("*.html"))] if PAGES.is_dir() else []
    return (*golden, *made, *real)


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A mutilated page and what was done to it."""

    capture: Capture
    done: tuple[str, ...]


def mutant(seed: int, number: int) -> Mutant:
    """The page of that number; nothing else decides it."""
    chance = random.Random(f"{seed}:{number}")
    pages = pool()
    body, other = bytearray(chance.choice(pages)), chance.choice(pages)
    done = []
    for _ in range(chance.choice((1, 1, 2, 3, 6, 12))):
        name = chance.choice(tuple(MUTATIONS))
        MUTATIONS[name](body, chance, other)
        done.append(name)
    capture = Capture(
        url=chance.choice(URLS),
        fetched_at=FETCHED,
        status=chance.choice((200,) * 12 + (204, 301, 404, 500)),
        headers=(("Content-Type", chance.choice(TYPES[:1] * 12 + TYPES)),),
        body=bytes(body[: 4 * MOST]),
        method=chance.choice(("GET",) * 9 + ("POST",)),
        source=chance.choice(("live",) * 9 + get_args(Source)),
    )
    return Mutant(capture=capture, done=tuple(done))


def _place(body: bytearray, chance: random.Random, longest: int = 4000) -> tuple[int, int]:
    start = chance.randrange(len(body) + 1)
    return start, min(len(body), start + chance.randrange(1, longest))


def _cut(body: bytearray, chance: random.Random, other: bytes) -> None:
    start, end = _place(body, chance)
    del body[start:end]


def _end(body: bytearray, chance: random.Random, other: bytes) -> None:
    del body[chance.randrange(len(body) + 1) :]


def _flip(body: bytearray, chance: random.Random, other: bytes) -> None:
    for _ in range(chance.randrange(1, 40)):
        if body:
            body[chance.randrange(len(body))] = chance.randrange(256)


def _insert(body: bytearray, chance: random.Random, other: bytes) -> None:
    for _ in range(chance.randrange(1, 20)):
        start, _ = _place(body, chance)
        body[start:start] = chance.choice(TOKENS)


def _repeat(body: bytearray, chance: random.Random, other: bytes) -> None:
    start, end = _place(body, chance, 400)
    body[start:start] = bytes(body[start:end]) * chance.randrange(2, 60)


def _nest(body: bytearray, chance: random.Random, other: bytes) -> None:
    start, _ = _place(body, chance)
    body[start:start] = chance.choice(
        (b"<div>", b"<ul><li>", b"<table><tr><td>", b"<b>", b"<span class='a'>", b"<form>")
    ) * (chance.choice((10, 200, 2000)))


def _cross(body: bytearray, chance: random.Random, other: bytes) -> None:
    start, end = _place(body, chance)
    at = chance.randrange(len(other) + 1)
    body[start:end] = other[at : at + chance.randrange(1, 8000)]


def _swap(body: bytearray, chance: random.Random, other: bytes) -> None:
    first, second = sorted((_place(body, chance), _place(body, chance)))
    if first[1] <= second[0]:
        one, two = bytes(body[slice(*first)]), bytes(body[slice(*second)])
        body[slice(*second)] = one
        body[slice(*first)] = two


def _untag(body: bytearray, chance: random.Random, other: bytes) -> None:
    for _ in range(chance.randrange(1, 30)):
        at = body.find(chance.choice((b"<", b">", b'"', b"=", b"/")), chance.randrange(len(body) + 1))
        if at >= 0:
            del body[at]


def _recode(body: bytearray, chance: random.Random, other: bytes) -> None:
    text = bytes(body).decode("utf-8", "replace")
    body[:] = text.encode(chance.choice(("utf-16", "utf-16-be", "cp1252", "cp1258", "utf-32")), "replace")


def _mangle(body: bytearray, chance: random.Random, other: bytes) -> None:
    start, end = _place(body, chance)
    body[start:end] = bytes(body[start:end]).decode("latin-1").encode()


MUTATIONS: dict[str, Mutation] = {
    "cut": _cut, "end": _end, "flip": _flip, "insert": _insert, "repeat": _repeat, "nest": _nest, "cross": _cross,
    "swap": _swap, "untag": _untag, "recode": _recode, "mangle": _mangle,
}  # fmt: skip
