"""Section lists: how their entries look, how their pages are turned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from tests.portal.blocks import clean
from tests.portal.plan import Section
from tests.portal.rich import address
from tests.portal.slugs import guid
from tests.portal.world import Article, World


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
    draw = _image_entry if page.section.family == "B" else _service_entry if page.section.family == "D" else _entry
    return "".join(draw(world, article) for article in page.entries)


def sapo(world: World, article: Article, length: int = 160) -> str:
    """The entry's summary, cut blindly with three dots."""
    content = world.tell(article).content
    text = clean(content.lead or "") or next(
        (clean(run) for b in content.blocks for run in getattr(b, "runs", ()) if isinstance(run, str)), ""
    )
    return text if len(text) <= length else text[:length] + "..."


def _entry(world: World, article: Article) -> str:
    title = escape(world.tell(article).title)
    date = f"{article.created:%d/%m/%Y}"
    return (
        f'<div class="item"><a class="tieude" href="{address(article.path)}">{title}</a> <span class="date">({date})</span>'
        f"<p>{escape(sapo(world, article))}</p></div>\n"
    )


def _image_entry(world: World, article: Article) -> str:
    """An entry whose title is only a picture: the text of its link is empty."""
    return (
        f'<div class="item"><a href="{address(article.path)}"><img src="/Style%20Library/portal/images/tin.png" alt=""></a>'
        f"<div>{escape(sapo(world, article, 300))}</div></div><br><br>\n"
    )


def _service_entry(world: World, article: Article) -> str:
    title = escape(world.tell(article).title)
    return (
        f'<div class="channel-news"><div class="channel-news-title"><a href="{address(article.path)}">{title}</a></div>'
        f'<div class="channel-news-des">{escape(sapo(world, article))}</div></div>\n'
    )


def pager(page: ListPage, link: Callable[[int], str], *, last: bool = True) -> str:
    """Page numbers in a window, the page itself as plain text, then the next and the last page."""
    if page.pages == 1:
        return ""
    numbers = " ".join(
        f"<span>{n}</span>" if n == page.number else f'<a href="{escape(link(n))}">{n}</a>' for n in page.window
    )
    tail = ""
    if page.number < page.pages and last:
        tail = f' <a href="{escape(link(page.number + 1))}">Trang sau</a> <a href="{escape(link(page.pages))}">Cuối</a>'
    return f'<div class="paging">{numbers}{tail}</div>'


def link_pager(page: ListPage) -> str:
    """Plain links: ``?Page=N``, or ``page=N`` where the product writes it so."""
    if page.section.family == "C":
        return pager(page, lambda n: f"/index.php?com=tintuc&id={page.section.folder}&page={n}")
    name = "page" if page.section.paging == "lower" else "Page"
    return pager(page, lambda n: f"?{name}={n}")


def post_link(target: str, argument: str) -> str:
    """A link that posts the form back."""
    return f"javascript:__doPostBack('{target}','{argument}')"


def grid_target(section: Section) -> str:
    """Event target of a posted-back list."""
    return f"ctl00$ctl30$g_{guid('grid', section.key).replace('-', '_')}$ctl00$GridView1"


def grid_events(page: ListPage) -> tuple[tuple[str, str], ...]:
    """The events a posted-back list offers on this page."""
    target = grid_target(page.section)
    shown = {*page.window, page.pages} - {page.number}
    return tuple((target, f"Page${n}") for n in sorted(shown))


def grid_pager(page: ListPage) -> str:
    """A grid's own pager row."""
    target = grid_target(page.section)
    cells = "".join(
        f"<td><span>{n}</span></td>"
        if n == page.number
        else f'<td><a href="{escape(post_link(target, f"Page${n}"))}">{n}</a></td>'
        for n in page.window
    )
    if page.window[-1] < page.pages:
        cells += f'<td><a href="{escape(post_link(target, f"Page${page.pages}"))}">{page.pages}</a></td>'
    return f'<table class="GridPager"><tr>{cells}</tr></table>'


def panel_names(section: Section) -> tuple[str, str]:
    """Unique id of a section's UpdatePanel and of its pager's links."""
    base = f"ctl00$ctl30$g_{guid('panel', section.key).replace('-', '_')}$ctl00"
    return f"{base}$upList", f"{base}$lbtPage"


def panel_events(page: ListPage) -> tuple[tuple[str, str], ...]:
    """The events an UpdatePanel list offers on this page."""
    _, target = panel_names(page.section)
    shown = {*page.window, page.number + 1, page.pages} - {page.number}
    numbers = tuple((target, str(n)) for n in sorted(shown) if n <= page.pages)
    return (*numbers, (target.replace("lbtPage", "lbtTatCa"), ""))


def panel_content(world: World, page: ListPage) -> str:
    """What stands inside the UpdatePanel; bars and line ends in it are meant to trip careless readers of deltas."""
    _, target = panel_names(page.section)
    turns = pager(page, lambda n: post_link(target, str(n)))
    everything = post_link(target.replace("lbtPage", "lbtTatCa"), "")
    return (
        f'\n<div class="dieuhuong">Tin trong tỉnh | Trang {page.number}/{page.pages} |</div>\n{entries(world, page)}{turns}'
        f'<a href="{escape(everything)}">Tất cả tin tức</a>\n'
    )


def delta(records: list[tuple[str, str, str]]) -> str:
    """An UpdatePanel answer: lengths count characters (UTF-16 code units, as .NET does), not bytes."""
    return "1|#||4|" + "".join(f"{units(text)}|{kind}|{name}|{text}|" for kind, name, text in records)


def units(text: str) -> int:
    """UTF-16 code units of a text."""
    return len(text.encode("utf-16-le")) // 2
