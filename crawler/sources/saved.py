"""Pages a person or a tool saved as files: which address a file says it comes from."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urljoin

from lxml import etree, html

#: Browsers put this comment on top of a saved page; the number is the address's length.
_SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)\s*(\S+)\s*-->", re.IGNORECASE)

#: Bytes of a page that are looked through for its address: it stands in the head.
_HEAD = 200_000


def stated_address(page: bytes) -> str | None:
    """The web address a saved page gives itself: the saving browser's comment, else its canonical link.

    >>> stated_address(b"<!-- saved from url=(0020)https://x.vn/a.aspx --><html>")
    'https://x.vn/a.aspx'
    """
    head = page[:_HEAD]
    if found := _SAVED_FROM.search(head):
        return _web(found[1].decode("utf-8", "replace"))
    try:
        tree = html.document_fromstring(head)
    except (etree.ParserError, ValueError):
        return None
    base = next((element.get("href", "") for element in tree.iter("base")), "")
    told = [e.get("href", "") for e in tree.iter("link") if e.get("rel", "").lower() == "canonical"]
    told += [e.get("content", "") for e in tree.iter("meta") if e.get("property") == "og:url"]
    return next((address for value in told if (address := _web(urljoin(base, value.strip())))), None)


def noted_address(path: Path) -> str | None:
    """The ``url`` in the JSON note beside a saved page: ``page.gold.json`` or ``page.json`` beside ``page.html``."""
    for name in (f"{path.stem}.gold.json", f"{path.stem}.json"):
        note = path.with_name(name)
        if note.is_file():
            try:
                told = json.loads(note.read_text("utf-8"))
            except ValueError:
                continue
            if isinstance(told, dict) and isinstance(told.get("url"), str):
                return _web(told["url"])
    return None


def _web(address: str) -> str | None:
    return address if address.lower().startswith(("http://", "https://")) else None
