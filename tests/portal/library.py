"""The list of documents: SharePoint's own view, its paging, its sort headers, its feeds."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from tests.portal.lists import LISTS
from tests.portal.plan import Section
from tests.portal.rich import address
from tests.portal.slugs import guid
from tests.portal.world import Article, World

VIEW = guid("view", "vanban").upper()
HEADS = (("SoKyHieu", "Số ký hiệu"), ("NgayBanHanh", "Ngày ban hành"), ("Title", "Tên văn bản"))


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A stretch of the list as one view page shows it."""

    entries: tuple[Article, ...]
    first: int
    """Row number of the first entry, from 1."""
    total: int


def view(world: World, section: Section, query: dict[str, str]) -> View:
    """The rows a view's address asks for: those after ``p_ID`` in the list's order, newest first."""
    live = world.live(section.key)
    first = 1
    if query.get("paged", "").upper() == "TRUE":
        ids = [article.item_id for article in live]
        asked = query.get("p_id", "0")
        place = ids.index(int(asked)) if asked.isdigit() and int(asked) in ids else -1
        first = max(1, place + 1 - section.page_size) if query.get("pagedprev") else place + 2
    return View(entries=tuple(live[first - 1 : first - 1 + section.page_size]), first=first, total=len(live))


def view_page(world: World, section: Section, shown: View, query: dict[str, str]) -> str:
    """The view's HTML: sort headers that lead nowhere new, rows, two paging arrows, and a folder that never ends."""
    base = f"/{section.folder}/AllItems.aspx"
    return LISTS["view"].fill(
        heads="".join(LISTS["view_head"].fill(base=base, name=name, label=label, view=VIEW) for name, label in HEADS),
        rows="".join(_row(world, article) for article in shown.entries),
        arrows=_arrows(base, section, shown),
        base=base,
        view=VIEW,
        folder=quote(query.get("rootfolder") or "/Lists/VanBan", safe="") + "%2F2022",
    )


def _row(world: World, article: Article) -> str:
    papers = world.tell(article).content.papers
    assert papers is not None
    return LISTS["view_row"].fill(
        number=escape(papers.number_raw or ""),
        issued=papers.issued_raw or "",
        href=address(article.path),
        title=escape(article.title),
    )


def _arrows(base: str, section: Section, shown: View) -> str:
    last = shown.first + len(shown.entries) - 1
    html = ""
    if shown.first > 1 and shown.entries:
        back = _paging(base, shown.entries[0], shown.first - section.page_size, back=True)
        html += f'<td><a href="{escape(back)}">◄</a></td>'
    html += f'<td class="ms-paging">{shown.first} - {last}</td>'
    if last < shown.total:
        html += f'<td><a href="{escape(_paging(base, shown.entries[-1], last + 1, back=False))}">►</a></td>'
    return html


def _paging(base: str, edge: Article, first: int, *, back: bool) -> str:
    prev = "&PagedPrev=TRUE" if back else ""
    moment = quote(f"{edge.created:%Y%m%d %H:%M:%S}", safe="").replace("%3A", "%3a")
    place = f"p_NgayBanHanh={moment}&p_ID={edge.item_id}&PageFirstRow={max(1, first)}"
    return f"{base}?Paged=TRUE{prev}&{place}&View=%7b{VIEW}%7d"


def list_feed(world: World, section: Section, origin: str) -> tuple[str, tuple[str, ...]]:
    """The list's RSS as ``listfeed.aspx`` writes it, and the entries' addresses."""
    live = world.live(section.key)[:25]
    links = tuple(f"{origin}{article.path}" for article in live)
    items = (
        LISTS["list_feed_item"].fill(title=escape(article.title), link=escape(link), date=_gmt(article))
        for article, link in zip(live, links, strict=True)
    )
    return LISTS["list_feed"].fill(link=f"{origin}{section.list_path}", items="".join(items)), links


def part_feed(world: World, section: Section, origin: str) -> tuple[str, tuple[str, ...]]:
    """A content-query web part's RSS: no line end after the declaration, escaped HTML, a zero-width blank in front."""
    live = world.live(section.key)[:10]
    links = tuple(f"{origin}{article.path}" for article in live)
    items = (
        LISTS["part_feed_item"].fill(
            title=escape(article.title),
            link=escape(link),
            description=escape(f"\u200b<div>{escape(article.title)}</div>"),
            date=_gmt(article),
        )
        for article, link in zip(live, links, strict=True)
    )
    return LISTS["part_feed"].fill(title=escape(section.names[-1]), link=origin, items="".join(items)), links


def _gmt(article: Article) -> str:
    return f"{article.created:%a, %d %b %Y %H:%M:%S} GMT"
