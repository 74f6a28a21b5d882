"""An article's stored HTML, built anew from a short list of harmless elements.

The extractor writes safe HTML, but an archive may have been made elsewhere. What is shown here is therefore never the
stored text: it is parsed, and only the elements and attributes named below are written again, every text escaped. There
is no address in it but http(s) links, and no picture but one of the archive's own captures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from urllib.parse import urlsplit

from lxml import etree, html
from markupsafe import Markup

#: Element -> attributes that are kept.
_KEPT: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        ("p", "br", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "li", "dl", "dt", "dd", "pre", "code", "hr"),
        frozenset[str](),
    ),
    **dict.fromkeys(("b", "strong", "i", "em", "u", "s", "sub", "sup", "figure", "figcaption"), frozenset[str]()),
    **dict.fromkeys(("table", "caption", "thead", "tbody", "tfoot", "tr"), frozenset[str]()),
    **dict.fromkeys(("td", "th"), frozenset({"colspan", "rowspan"})),
    "ol": frozenset({"start"}),
}
_EMPTY = frozenset({"br", "hr"})
#: Elements whose text is no text.
_DROPPED = frozenset({"script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "math", "title"})
#: Deeper than any real page; beyond it elements are left out, their text stays.
_DEPTH = 60

Picture = Callable[[str], str | None]


def safe_html(stored: str, picture: Picture) -> Markup:
    """The stored HTML as harmless HTML. ``picture`` gives the site's own address of a picture, None leaves it out."""
    try:
        root = html.fragment_fromstring(stored, create_parent="div")
    except (etree.LxmlError, ValueError):  # control characters, or nothing at all
        return Markup("<p>{}</p>").format(stored) if stored.strip() else Markup()
    return Markup("".join(_children(root, picture, 0)))


def web_address(url: object) -> str | None:
    """The address if a browser may be sent there from here: http or https, with a host."""
    text = str(url or "").strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme.lower() in ("http", "https") and parts.netloc else None


def _children(node: html.HtmlElement, picture: Picture, depth: int) -> Iterator[str]:
    if node.text:
        yield escape(node.text)
    for child in node:
        if isinstance(child.tag, str) and child.tag not in _DROPPED:
            yield from _element(child, picture, depth + 1)
        if child.tail:
            yield escape(child.tail)


def _element(node: html.HtmlElement, picture: Picture, depth: int) -> Iterator[str]:
    tag = "h2" if node.tag == "h1" else node.tag  # the page has its own headline
    if tag == "img":
        yield from _image(node, picture)
    elif tag == "a":
        yield from _link(node, picture, depth)
    elif tag not in _KEPT or depth > _DEPTH:
        yield from _children(node, picture, depth) if depth <= _DEPTH else [escape("".join(node.itertext()))]
    else:
        kept = "".join(f' {name}="{escape(value)}"' for name, value in node.attrib.items() if _keeps(tag, name, value))
        yield f"<{tag}{kept}>"
        if tag not in _EMPTY:
            yield from _children(node, picture, depth)
            yield f"</{tag}>"


def _keeps(tag: str, name: str, value: str) -> bool:
    return name in _KEPT[tag] and value.isdecimal() and value.isascii() and len(value) < 5


def _image(node: html.HtmlElement, picture: Picture) -> Iterator[str]:
    address = picture(node.get("src", ""))
    if address:
        yield f'<img src="{escape(address)}" alt="{escape(node.get("alt", ""))}" loading="lazy">'


def _link(node: html.HtmlElement, picture: Picture, depth: int) -> Iterator[str]:
    address = web_address(node.get("href"))
    if address:
        yield f'<a href="{escape(address)}" rel="noopener nofollow">'
    yield from _children(node, picture, depth)
    if address:
        yield "</a>"
