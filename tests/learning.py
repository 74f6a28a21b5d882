"""The replica's pages for learning, made in this process, and how what is read of them compares with the truth.

``undressed`` takes from a page what general rules go by: no name of the vendor's elements means anything, no headline
is a heading, the title element names the site alone, and blocks nobody has seen before stand around the text.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from archive.models import ArticleFound, Capture
from bench.real_pages import capture_of
from crawler.extract import extract
from crawler.profile import SiteProfile
from tests.portal.noise import Noise
from tests.portal.plan import HOSTS
from tests.portal.replies import Request
from tests.portal.rich import address
from tests.portal.site import Site
from tests.portal.truth import BOILERPLATE, told_article
from tests.portal.world import World

#: What a perfect archive holds of one article, see ``tests.portal.truth``.
Told = dict[str, Any]

PORT = 8080
#: What stands on undressed pages and is no content.
PHRASES = ("đường dây 0209 3 870 000", "Cuộc thi tìm hiểu lịch sử", "Số người đã đọc", "Bạn có thể đọc")

_WORD = re.compile(r"\w+")
_STOCK = re.compile(rb"ms-|s4-|MSO|Delta|aspnet|__|ExternalClass|startNav|suite|ctl00_PlaceHolder|hidZone")
_NAMES = re.compile(rb"(\b(?:class|id)=\")([^\"]*)\"")
_HEADS = ("Các tin khác", "Tin cùng chuyên mục", "Xem thêm", "Tin khác", "Những bài viết liên quan", "Tin liên quan")
_ABOVE = "<div class='zkabove'><div>Mời bà con phản ánh về đường dây 0209 3 870 000 trong giờ hành chính.</div></div>"
_BELOW = (
    "<div class='zkbelow'><div>Cuộc thi tìm hiểu lịch sử quê hương đang nhận bài dự thi đến hết tháng.</div>"
    "<div>Số người đã đọc: {}</div></div>"
)


@dataclass(kw_only=True)
class Figures:
    """How the articles of one family were read."""

    articles: int = 0
    f1: float = 0.0
    """Sum over the articles."""
    titles: int = 0
    dates: int = 0
    leaks: int = 0

    def line(self) -> str:
        """The means and counts."""
        return (
            f"{self.articles:4} articles  F1 {self.f1 / self.articles:.4f}  titles {self.titles / self.articles:.4f}"
            f"  dates {self.dates / self.articles:.4f}  leaks {self.leaks}"
        )


def replica(size: str | int, epoch: int = 0) -> tuple[list[Capture], dict[str, Told]]:
    """Article pages, home pages and first list pages of a replica, and the truth of each article by its address.

    Every epoch of the portal is captured a year after the one before.
    """
    world, day = World(size=size, epoch=epoch, faults=False), datetime(2025 + epoch, 1, 1, tzinfo=UTC)
    site, noise = Site(world, PORT), Noise(1, day)
    live = [a for a in world.every() if a.fate.live and a.section.host != "hoinongdan"]
    told = {(truth := told_article(world, article, PORT))["url"]: truth for article in live}
    wanted = [(article.section.host, address(article.path)) for article in live]
    lists = {(section.host, section.list_path) for section in world.sections} | {(host, "/") for host in HOSTS}
    wanted += sorted((host, target) for host, target in lists if host not in ("hoinongdan", "www"))
    replies = [(site.origins[h] + target, site.respond(Request(host=h, target=target))) for h, target in wanted]
    captures = [capture_of(noise.fill(reply.pieces), url, "text/html") for url, reply in replies]
    return [replace(capture, fetched_at=day) for capture in captures], told


def undressed(capture: Capture) -> Capture:
    """The page in a dress that no rule knows; the same on every page of the portal."""
    body = _NAMES.sub(_renamed, capture.body)
    body = re.sub(rb"<(/?)h[123]\b", rb"<\1div", body)
    body = re.sub(rb"<title>.*?</title>", "<title>Cổng thông tin điện tử</title>".encode(), body, flags=re.DOTALL)
    for head in _HEADS:
        body = body.replace(f"<h4>{head}</h4>".encode(), "<div>Bạn có thể đọc</div>".encode())
    start, end = _main(body)
    count = int(hashlib.md5(body, usedforsecurity=False).hexdigest()[:4], 16)
    return replace(
        capture, body=body[:start] + _ABOVE.encode() + body[start:end] + _BELOW.format(count).encode() + body[end:]
    )


def _main(body: bytes) -> tuple[int, int]:
    """Where a page's main part begins and ends."""
    at = body.find(b"DeltaPlaceHolderMain")
    at = at if at >= 0 else body.find(b"<body")
    end = body.find(b"id='hidZone'")
    return body.find(b">", at) + 1, body.rfind(b"<div", 0, end) if end >= 0 else body.find(b"</body>")


def _renamed(match: re.Match[bytes]) -> bytes:
    return match[1] + b" ".join(map(_meaningless, match[2].split())) + b'"'


def _meaningless(name: bytes) -> bytes:
    if _STOCK.search(name):
        return name
    return bytes(97 + byte % 26 for byte in hashlib.md5(name, usedforsecurity=False).digest()[:7])


def measured(captures: Iterable[Capture], told: Mapping[str, Told], profile: SiteProfile) -> dict[str, Figures]:
    """Figures by family for those captures that are articles in truth."""
    found: dict[str, Figures] = defaultdict(Figures)
    for capture in captures:
        truth = told.get(capture.url)
        if truth is None:
            continue
        figures = found[truth["layout_family"]]
        figures.articles += 1
        outcome = extract(capture, profile)
        if isinstance(outcome, ArticleFound):
            article = outcome.article
            text = f"{article.title}\n{article.lead}\n{article.body_text}"
            figures.f1 += token_f1(article.body_text, truth["body_text"])
            figures.titles += article.title == truth["title"]
            dates = article.published_at, article.updated_at
            figures.dates += dates == (truth["published_at"], truth["updated_at"])
            figures.leaks += sum(phrase in text for phrase in (*BOILERPLATE, *PHRASES))
    return dict(sorted(found.items()))


def token_f1(one: str, other: str) -> float:
    """F1 of two texts as multisets of words."""
    mine, theirs = Counter(_WORD.findall(one.casefold())), Counter(_WORD.findall(other.casefold()))
    both = mine.total() + theirs.total()
    return 2 * (mine & theirs).total() / both if both else 1.0
