"""Which lines are captions, and of which picture.

A caption is a short paragraph without a final full stop right after a picture, whatever stands with a picture in its
own small layout table, or a figcaption. In plain text, where pictures are lost, it is a short paragraph without final
punctuation between two paragraphs of prose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from archive.models import Image
from crawler.extract.blocks import Block
from crawler.extract.dom import key
from crawler.extract.labels import is_byline

_LONGEST = 240
_STOP = re.compile(r"[.;:!?…,。！？；：؟।][\"'”’)\]」』）]*$")
_PHOTO = re.compile(r"^\(?(?:ảnh|photo|hình)\b.{0,40}[:.]|\(?(?:ảnh|nguồn|photo)\s*:", re.I)
_NUMBERED = re.compile(
    r"^(?:[IVXivx]{1,5}|\d{1,2}|[a-zđ])[.)/-]\s|^(?:điều|chương|mục|phần)\s+[\dIVX]+|^[-+*•–]\s", re.I
)


@dataclass(slots=True)
class Captioned:
    """Body blocks without caption lines, and the pictures with their captions."""

    blocks: list[Block] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    by_block: dict[int, str] = field(default_factory=dict)
    """Index in ``blocks`` -> caption of the last picture there."""


def take_captions(blocks: list[Block]) -> Captioned:
    """Splits the captions off. The same picture shown twice is kept once."""
    if not any(block.images for block in blocks):
        return Captioned(blocks=list(blocks))
    out = Captioned()
    pictures = _tables_with_pictures(blocks)
    for index, block in enumerate(blocks):
        if block.images and block.text and len(block.images) == 1 and _captions_itself(block):
            _add(out, replace(block, kind="image", text="", html=""), block.text)
        elif _is_caption(block, out.blocks, blocks[index + 1 :], pictures):
            _caption_last(out, block.text)
        else:
            _add(out, block, None)
    return out


def _tables_with_pictures(blocks: list[Block]) -> set[int]:
    """Layout tables that hold pictures and a line or two: made to keep a picture and its caption together."""
    texts: dict[int, int] = {}
    pictures: set[int] = set()
    for block in blocks:
        if block.table and block.kind != "row":
            texts[block.table] = texts.get(block.table, 0) + len(block.text)
            if block.images:
                pictures.add(block.table)
    whole = sum(len(block.text) for block in blocks)
    # The table a whole page stands in keeps nothing together: most of the text must be elsewhere.
    return {table for table in pictures if texts[table] <= 2 * _LONGEST and texts[table] * 2 <= whole}


def _captions_itself(block: Block) -> bool:
    """Whether a block with a picture and words in one paragraph is a picture and its caption."""
    return block.kind == "p" and len(block.text) <= _LONGEST and not _STOP.search(block.text)


def _is_caption(block: Block, before: list[Block], after: list[Block], pictures: set[int]) -> bool:
    if not before or not before[-1].images or not block.text or block.images:
        return False
    if block.figure:
        return True
    if block.kind in ("h", "row", "li") or len(block.text) > _LONGEST:
        return False
    if block.table and block.table in pictures and not block.links and before[-1].table == block.table:
        return True
    if before[-1].text or block.linked * 2 > len(block.text):
        return False
    if _PHOTO.search(block.text):
        return True
    if _STOP.search(block.text) or _NUMBERED.match(block.text) or block.right:
        return False
    return any(later.text for later in after) or not is_byline(block.text)


def _add(out: Captioned, block: Block, caption: str | None) -> None:
    if not block.images:
        out.blocks.append(block)
        return
    known = {image.url for image in out.images}
    fresh = tuple(image for image in block.images if image.url not in known)
    out.blocks.append(replace(block, images=fresh) if len(fresh) != len(block.images) else block)
    out.images.extend(fresh)
    if caption and fresh:
        _caption_last(out, caption)


def _caption_last(out: Captioned, text: str) -> None:
    """Gives a line to the last picture as its caption; a second line is joined, the same line twice is not."""
    if not out.images:
        return
    last = out.images[-1]
    if last.caption and key(last.caption) != key(text):
        text = f"{last.caption} {text}"
    elif last.caption:
        text = last.caption
    out.images[-1] = Image(url=last.url, caption=text, alt=last.alt)
    out.by_block[len(out.blocks) - 1] = text


def take_plain_captions(blocks: list[Block], *, first: bool) -> Captioned:
    """Captions of a text record. ``first``: the opening paragraph may be one, for the template sets the lead apart."""
    out = Captioned()
    for index, block in enumerate(blocks):
        between = _is_prose(blocks[index + 1]) if index + 1 < len(blocks) else False
        before = _is_prose(blocks[index - 1]) if index else first
        if between and before and _is_loose(block.text):
            out.images.append(Image(url="", caption=block.text))
        else:
            out.blocks.append(block)
    return out


def _is_prose(block: Block) -> bool:
    return len(block.text) > 60 and _STOP.search(block.text) is not None


def _is_loose(text: str) -> bool:
    """A line that ends in the air: neither sentence nor numbered heading."""
    return (
        12 <= len(text) <= _LONGEST
        and len(text.split()) >= 4
        and (not _STOP.search(text) or _PHOTO.search(text) is not None)
        and not _NUMBERED.match(text)
    )
