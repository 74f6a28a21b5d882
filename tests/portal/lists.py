"""Section lists: how their entries look, how their pages are turned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from tests.portal.blocks import clean
from tests.portal.plan import Section
from tests.portal.rich import address
from tests.portal.slugs import guid
from tests.portal.templates import fragments
from tests.portal.world import Article, World

LISTS = fragments("lists")
Event = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class ListPage:
    """One page of a section's list."""

    section: Section
    number: int
    """From 1."""
    pages: int
    entries: tuple[Article, ...]

    @property
    def window(self) -> list[int]:
        """The page numbers its pager shows."""
        first = max(1, min(self.number - 2, self.pages - 4))
        return list(range(first, min(self.pages, first + 4) + 1))


def list_page(world: World, section: Section, number: int) -> ListPage:
    """Page ``number`` of the section's list; a number beyond the end gives a page without entries."""
    live = world.live(section.key)
    size = section.page_size
    return ListPage(
        section=section,
        number=number,
        pages=max(1, -(-len(live) // size)),
        entries=tuple(live[(number - 1) * size : number * size]),
    )


def entries(world: World, page: ListPage) -> str:
    """The page's entries in the section's own markup."""
    return "".join(entry(world, article) for article in page.entries)


def entry(world: World, article: Article) -> str:
    """One entry of a list; on sub-portals the title is only a picture, so that the text of its link is empty."""
    pictured = article.section.family == "B"
    name = "image_item" if pictured else "service_item" if article.section.family == "D" else "item"
    return LISTS[name].fill(
        href=address(article.path),
        title=escape(world.tell(article).title),
        date=f"{article.created:%d/%m/%Y}",
        sapo=escape(sapo(world, article, 300 if pictured else 160)),
    )


def sapo(world: World, article: Article, length: int) -> str:
    """The entry's summary, cut blindly with three dots."""
    content = world.tell(article).content
    runs = (run for block in content.blocks for run in getattr(block, "runs", ()) if isinstance(run, str))
    text = clean(content.lead or next(runs, ""))
    return text if len(text) <= length else text[:length] + "..."


def pager(page: ListPage, link: Callable[[int], str]) -> str:
    """Page numbers in a window, the page itself as plain text, then the next and the last page."""
    if page.pages == 1:
        return ""
    numbers = " ".join(
        f"<span>{n}</span>" if n == page.number else f'<a href="{escape(link(n))}">{n}</a>' for n in page.window
    )
    tail = ""
    if page.number < page.pages:
        tail = f' <a href="{escape(link(page.number + 1))}">Trang sau</a> <a href="{escape(link(page.pages))}">Cuối</a>'
    return f'<div class="paging">{numbers}{tail}</div>'


def link_pager(page: ListPage) -> str:
    """Plain links: ``?Page=N``, or ``page=N`` where the product writes it so."""
    if page.section.family == "C":
        return pager(page, lambda n: f"/index.php?com=tintuc&id={page.section.folder}&page={n}")
    name = "page" if page.section.paging == "lower" else "Page"
    return pager(page, lambda n: f"?{name}={n}")


def post_link(event: Event) -> str:
    """A link that posts the form back, ready to stand in an attribute."""
    return escape(f"javascript:__doPostBack('{event[0]}','{event[1]}')", quote=False)


def control(section: Section, name: str, *, manager: bool = False) -> str:
    """Unique id of a control in the section's web part."""
    where = "SPWebPartManager1" if manager else "ctl30"
    return f"ctl00${where}$g_{guid('control', section.key).replace('-', '_')}$ctl00${name}"


def grid_events(page: ListPage) -> tuple[Event, ...]:
    """The events a posted-back grid offers on this page."""
    target = control(page.section, "GridView1")
    return tuple((target, f"Page${n}") for n in sorted({*page.window, page.pages} - {page.number}))


def grid_pager(page: ListPage) -> str:
    """A grid's own pager row."""
    target = control(page.section, "GridView1")
    shown = [*page.window, page.pages] if page.window[-1] < page.pages else page.window
    cells = (
        f"<span>{n}</span>" if n == page.number else f'<a href="{post_link((target, f"Page${n}"))}">{n}</a>'
        for n in shown
    )
    return f'<table class="GridPager"><tr>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr></table>'


def more_events(page: ListPage) -> tuple[Event, ...]:
    """The one event of a list that only goes on."""
    return ((control(page.section, "btnViewMore", manager=True), ""),) if page.number < page.pages else ()


def more_state(page: ListPage) -> tuple[str, str]:
    """Name and value of the hidden field in which such a list keeps its place, as SharePoint's lists write it."""
    last = page.entries[-1]
    moment = quote(f"{last.created:%Y%m%d %H:%M:%S}", safe="").replace("%3A", "%3a")
    return control(
        page.section, "hdnPagingInfo", manager=True
    ), f"Paged=TRUE&p_PublishedDate={moment}&p_ID={last.item_id}"


def more_button(page: ListPage) -> str:
    """The link that shows what comes after."""
    return "".join(f'<a id="btnViewMore" href="{post_link(event)}">Xem thêm</a>' for event in more_events(page))


def panel_events(page: ListPage) -> tuple[Event, ...]:
    """The events an UpdatePanel list offers on this page; the last one leaves the list."""
    target = control(page.section, "lbtPage")
    shown = {*page.window, page.number + 1, page.pages} - {page.number}
    numbers = tuple((target, str(n)) for n in sorted(shown) if n <= page.pages)
    return (*numbers, (control(page.section, "lbtTatCa"), ""))


def panel_content(world: World, page: ListPage) -> str:
    """What stands inside the UpdatePanel; bars and line ends in it are meant to trip careless readers of deltas."""
    target = control(page.section, "lbtPage")
    everything = (control(page.section, "lbtTatCa"), "")

    def link(number: int) -> str:
        return f"javascript:__doPostBack('{target}','{number}')"

    return LISTS["panel"].fill(
        number=str(page.number),
        pages=str(page.pages),
        entries=entries(world, page),
        turns=pager(page, link),
        everything=post_link(everything),
    )


def delta(records: list[tuple[str, str, str]]) -> str:
    """An UpdatePanel answer: lengths count characters (UTF-16 code units, as .NET does), not bytes."""
    return "1|#||4|" + "".join(f"{units(text)}|{kind}|{name}|{text}|" for kind, name, text in records)


def units(text: str) -> int:
    """UTF-16 code units of a text."""
    return len(text.encode("utf-16-le")) // 2
