"""The host that is no SharePoint: its old PHP pages, and the system it moved to, side by side."""

from __future__ import annotations

from html import escape

from tests.portal.pages import file_link, related
from tests.portal.rich import Ink, Rich
from tests.portal.templates import fragments
from tests.portal.world import Article, Told

FOREIGN = fragments("foreign")
SHELL_SIZE = 52199
Links = list[tuple[str, Article]]


def php_page(told: Told, links: Links) -> bytes:
    """An article of the PHP pages: the visit's date on top, the article's own date among counters."""
    content = told.content
    ink = Ink(letters=content.letters)
    main = FOREIGN["php_article"].fill(
        date=told.printed.line if told.printed else "",
        title=ink.text(told.title),
        body=Rich(content, origin="", key=f"php-{told.article.n}").html(),
        files="".join(f"<div>Đính kèm file: {file_link(file)}</div>" for file in content.files),
        source=f'<p align="right"><i>{content.source_line}</i></p>' if content.source_line else "",
        others=related("Các tin khác", links, dates=True),
    )
    return php_frame(ink.text(told.title), main)


def php_frame(title: str, main: str) -> bytes:
    """The table every PHP page stands in."""
    return FOREIGN["php"].fill(title=title, main=main).encode()


def new_page(told: Told, links: Links) -> bytes:
    """An article of the system the host moved to: captions are doubled by their alt texts."""
    content, section = told.content, told.article.section
    ink = Ink(letters=content.letters)
    main = FOREIGN["new_article"].fill(
        crumbs="".join(f'<li><a href="/{section.folder}">{escape(name)}</a></li>' for name in section.names),
        title=ink.text(told.title),
        date=told.printed.line if told.printed else "",
        sapo=f'<p class="sapo">{ink.text(content.lead)}</p>' if content.lead else "",
        body=Rich(content, origin="", key=f"new-{told.article.n}").html(signature=content.author_line),
        others=related("Tin liên quan", links, dates=False),
    )
    return new_frame(ink.text(told.title), main)


def new_frame(title: str, main: str) -> bytes:
    """The new system's page."""
    return FOREIGN["new"].fill(title=title, main=main).encode()


def shell() -> bytes:
    """What every address of the time before the move answers now: the same bytes, whatever was asked for."""
    page = new_frame("Không tìm thấy trang", FOREIGN["shell"].fill()).replace(b"\x02visits\x02", b"0")
    filler = b"<script>/*" + b"-" * (SHELL_SIZE - len(page) - 22) + b"*/</script>\n"
    return page + filler
