"""What is left of the blocks: body text by the rules of a line, and the same as safe, simplified HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import groupby

from bs4 import BeautifulSoup, Tag
from bs4.element import PreformattedString

from archive.models import Image
from crawler.extract.addresses import safe_url
from crawler.extract.blocks import Block

#: Elements that stored HTML may hold, and the attributes each may carry.
SAFE: dict[str, frozenset[str]] = {
    name: frozenset(attributes)
    for name, attributes in {
        "p": (), "h2": (), "h3": (), "h4": (), "ul": (), "ol": (), "li": (), "table": (), "thead": (), "tbody": (),
        "tr": (), "td": ("colspan", "rowspan"), "th": ("colspan", "rowspan"), "a": ("href",), "img": ("src", "alt"),
        "figure": (), "figcaption": (), "blockquote": (), "strong": (), "em": (), "br": (),
    }.items()
}  # fmt: skip


def body_text(blocks: list[Block]) -> str:
    """Lines joined with one newline."""
    return "\n".join(block.text for block in blocks if block.text)


def body_html(blocks: list[Block], captions: dict[int, str]) -> str:
    """The blocks as safe HTML. ``captions``: index of a block -> caption of its last picture."""
    numbered = list(enumerate(blocks))
    pieces: list[str] = []
    for group, members in groupby(numbered, key=lambda pair: _group(pair[1])):
        pieces.append(_wrapped(group, list(members), captions))
    return sanitize("".join(pieces))


def _group(block: Block) -> tuple[str, int]:
    if block.kind == "li":
        return "ol" if block.ordered else "ul", 0
    if block.kind == "row":
        return "table", block.table
    return "blockquote" if block.quote else "", 0


def _wrapped(group: tuple[str, int], members: list[tuple[int, Block]], captions: dict[int, str]) -> str:
    tag = group[0]
    if tag == "table":
        return _table([block for _, block in members])
    inside = "".join(_piece(block, captions.get(index)) for index, block in members)
    return f"<{tag}>{inside}</{tag}>" if tag else inside


def _table(rows: list[Block]) -> str:
    head = [row for row in rows[:1] if row.header]
    body = rows[len(head) :]
    top = "".join(f"<tr>{row.html}</tr>" for row in head)
    rest = "".join(f"<tr>{row.html}</tr>" for row in body)
    return f"<table>{f'<thead>{top}</thead>' if top else ''}{f'<tbody>{rest}</tbody>' if rest else ''}</table>"


def _piece(block: Block, caption: str | None) -> str:
    figures = "".join(_figures(block.images, caption))
    if not block.text:
        return figures
    if block.kind == "li":
        return f"<li>{block.html}{figures}</li>"
    tag = f"h{min(max(block.level, 2), 4)}" if block.kind == "h" else "p"
    return f"{figures}<{tag}>{block.html}</{tag}>"


def _figures(images: tuple[Image, ...], caption: str | None) -> Iterator[str]:
    for index, image in enumerate(images):
        alt = f' alt="{html.escape(image.alt)}"' if image.alt else ""
        last = index == len(images) - 1
        note = f"<figcaption>{html.escape(caption, quote=False)}</figcaption>" if caption and last else ""
        yield f'<figure><img src="{html.escape(image.url)}"{alt}>{note}</figure>'


# Every tag of markup that needs no cleaning: a safe element, its attributes in the order they are written above.
_SAFE_TAGS = re.compile(
    r"</?(?:p|h[234]|[uo]l|li|table|thead|tbody|tr|t[dh]|figure|figcaption|blockquote|strong|em)>|<br/?>|</a>"
    r'|<t[dh](?: colspan="\d+")?(?: rowspan="\d+")?>|<a href="https?://[^"<>]*">'
    r'|<img src="https?://[^"<>]*"(?: alt="[^"<>]*")?/?>'
)
_EMPTY = re.compile(r"<(strong|em)>\s*</\1>")


def sanitize(markup: str) -> str:
    """The same HTML with nothing but ``SAFE`` elements and attributes and http(s) addresses in it.

    What is written here is safe already, and a look at every tag proves it; anything else is parsed and cleaned.
    """
    markup = _EMPTY.sub("", markup)
    if "<" not in _SAFE_TAGS.sub("", markup):
        return markup
    soup = BeautifulSoup(markup, "lxml")
    for remark in soup.find_all(string=lambda text: isinstance(text, PreformattedString)):
        remark.extract()
    for element in soup.find_all(True):
        if element.name in ("script", "style"):
            element.decompose()
        elif element.name not in SAFE:
            element.unwrap()
        elif element.attrs or element.name in ("a", "img"):
            _keep_attributes(element)
    return soup.decode(formatter="minimal")


def _keep_attributes(element: Tag) -> None:
    for attribute in list(element.attrs):
        address = attribute in ("href", "src")
        if attribute not in SAFE[element.name] or (address and safe_url("", str(element.attrs[attribute])) is None):
            del element.attrs[attribute]
    if element.name == "a" and "href" not in element.attrs:
        element.unwrap()
    elif element.name == "img" and "src" not in element.attrs:
        element.decompose()
