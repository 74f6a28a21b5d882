"""How far an article goes: up to the heading of related matter, without the portal's dress and rows of short links."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from lxml.etree import _Element as Element

from crawler.extract.blocks import Block
from crawler.extract.boilerplate import ends_content, is_chrome

#: Characters of a paragraph that can show where a text goes on.
_RESUMED = 100


def until_end(blocks: list[Block], own_chrome: frozenset[str], drop: Callable[[Block, str], None]) -> list[Block]:
    """Without chrome lines, cut at the heading of related matter; a box of it inside the text is passed over.

    ``own_chrome``: keys of the profile's own chrome lines; ``drop`` is told every line that is left out, and why.
    """
    kept: list[Block] = []
    index = 0
    while index < len(blocks):
        block = blocks[index]
        index += 1
        if block.text and ends_content(block.text) and any(len(known.text) > 20 for known in kept):
            resumed = _resumes(blocks, index, kept)
            end = len(blocks) if resumed is None else resumed
            for later in blocks[index - 1 : end]:
                drop(later, f"after the heading {block.text!r}")
            index = end
        elif block.text and is_chrome(block.text, own_chrome):
            drop(block, "line of the portal's dress")
        elif block.links and is_tag_row(block):
            drop(block, "a row of tags")
        elif block.text and is_menu(block):
            drop(block, "short links or a button, and nothing else")
        else:
            kept.append(block)
    return kept


def _resumes(blocks: list[Block], start: int, kept: list[Block]) -> int | None:
    """Where the text goes on below a box of related matter: at the next of two paragraphs that stand in the element
    most paragraphs above stand in; None where it does not."""
    homes = Counter(_home(block) for block in kept if block.kind == "p" and len(block.text) >= _RESUMED)
    if not homes:
        return None
    home, number = homes.most_common(1)[0]
    if home is None or number < 2:
        return None
    going = [
        index
        for index, block in enumerate(blocks[start:], start)
        if block.kind == "p"
        and len(block.text) >= _RESUMED
        and block.linked * 3 < len(block.text)
        and _home(block) is home
    ]
    return going[0] if len(going) >= 2 else None


def _home(block: Block) -> Element | None:
    """The element a paragraph stands in: its parent, or for text parted by line breaks the element itself."""
    element = block.element
    return element.getparent() if element is not None and element.tag == "p" else element


_TAGS = re.compile(
    r"(?:tags?|keywords?|topics?|categor(?:y|ies)|filed under|etiquetas|palabras clave|palavras-chave|mots[- ]clés"
    r"|schlag\w+|etiketler|теги|từ khóa|từ khoá|thẻ)\s*:",
    re.I,
)


def is_tag_row(block: Block) -> bool:
    """Whether a line labels an article with links to subjects."""
    return bool(block.links) and block.linked * 2 >= len(block.text) - 20 and _TAGS.match(block.text) is not None


def is_menu(block: Block) -> bool:
    """A line of three short links or more and nothing else (tabs), or a link that only runs a script (a button)."""
    if block.links and len(block.text) <= 30 and all(is_button(href) for href, _ in block.links):
        return block.linked >= 0.9 * len(block.text.replace(" ", ""))
    if block.kind != "p" or len(block.links) < 3 or block.linked < 0.9 * len(block.text.replace(" ", "")):
        return False
    return all(len(text) <= 24 for _, text in block.links)


def is_button(href: str) -> bool:
    """Whether a link leads nowhere: it runs a script or goes to the top of the page."""
    return href.strip().lower() in ("", "#", "#top") or href.strip().lower().startswith("javascript:")
