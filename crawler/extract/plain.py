"""Text records: pages that a text corpus keeps as lines, without markup. Fields come from the order of lines.

Families of the Bắc Kạn portal by their order: A1 and B (title, ``(Cập nhật lúc: …)``, lead, body, signature, with
``Sign In`` glued to the end), A2 (web-part titles as marks around date, title and lead), C (the visitor's date on top,
``Ngày đăng`` before the title), D (title and body only).
"""

from __future__ import annotations

import re
from html import escape

from crawler.extract.article import Context, Draft, read_article
from crawler.extract.blocks import Block
from crawler.extract.boilerplate import is_chrome, without_sign_in
from crawler.extract.captions import take_plain_captions
from crawler.extract.dates import DateLine, date_line, split_title
from crawler.extract.dom import squash
from crawler.extract.repair import resolved

_MARK = re.compile(r"^\w+ - \w*Block_\w+$")
_TOP = 14


def read_plain(text: str, context: Context) -> Draft | None:
    """The article of a text record, or None when its lines hold none."""
    return read_blocks(plain_blocks(text), context)


def plain_blocks(text: str) -> list[Block]:
    """The lines of a text record that are not empty, a sign-in link at their end taken off."""
    numbered = enumerate(resolved(text).splitlines(), 1)
    lines = ((number, without_sign_in(squash(line))) for number, line in numbered)
    return [Block(kind="p", text=line, html=escape(line, quote=False), line=number) for number, line in lines if line]


def read_blocks(blocks: list[Block], context: Context) -> Draft | None:
    """The article among the lines of a text record, or None when they hold none."""
    marks = [index for index, block in enumerate(blocks) if _MARK.match(block.text)]
    if len(marks) >= 2:
        return _between_marks(blocks, marks, context)
    return _by_order(_without_chrome(blocks, context), context)


def _without_chrome(blocks: list[Block], context: Context) -> list[Block]:
    kept: list[Block] = []
    for block in blocks:
        if is_chrome(block.text, context.own_chrome):
            context.drop(block, "line of the portal's dress")
        else:
            kept.append(block)
    return kept


def _between_marks(blocks: list[Block], marks: list[int], context: Context) -> Draft | None:
    """A2: date, buttons, title and lead stand between two web-part titles, the body after the second."""
    first, second = marks[0], marks[1]
    for block in blocks[: first + 1]:
        context.drop(block, "above the toolbar's mark")
    top = _without_chrome(blocks[first + 1 : second], context)
    dates = [date_line(block.text, context.timezone) for block in top]
    named = [block for block, line in zip(top, dates, strict=True) if line is None]
    if not named:
        return None
    body = _without_chrome(blocks[second + 1 :], context)
    draft = read_article(body, None, named[0].text, context)
    captioned = take_plain_captions(draft.blocks, first=True)
    draft.blocks, draft.images = captioned.blocks, [*draft.images, *captioned.images]
    lead = named[1:]
    draft.blocks[:0] = lead
    draft.lead = lead[0].text if lead else None
    draft.note("title", "first line after the toolbar's mark", named[0])
    draft.note("body_text", "lines of the record", next((block for block in body if block.text), None))
    if lead:
        draft.note("lead", "line before the body's mark", lead[0])
    else:
        draft.evidence.pop("lead", None)
    at = next((index for index, line in enumerate(dates) if line is not None), None)
    if at is not None:
        _date(draft, dates[at], "date line after the toolbar's mark", top[at])
    return draft


def _by_order(blocks: list[Block], context: Context) -> Draft | None:
    """Title above its date line, or below it where nothing stands above; without a date the first line."""
    while blocks and _is_clock(blocks[0], context):
        context.drop(blocks[0], "the visitor's date")
        blocks = blocks[1:]
    if not blocks:
        return None
    at, line = _first_date(blocks, context)
    if line is None:
        named, rest, rule = blocks[0], blocks[1:], "first line"
    elif at > 0:
        named, rest, rule = blocks[at - 1], blocks[at + 1 :], "line above the date line"
        for block in blocks[: at - 1]:
            context.drop(block, "above the title")
    elif len(blocks) > 1:
        named, rest, rule = blocks[1], blocks[2:], "line below the date line"
    else:
        return None
    title = named.text
    if line is None:
        title, beside = split_title(title, context.timezone)
        line = DateLine(date=beside, role=None) if beside else None
    if not title:
        return None
    draft = read_article(rest, None, title, context)
    draft.note("title", rule, named)
    draft.note("body_text", "lines of the record", next((block for block in draft.blocks if block.text), None))
    _date(draft, line, "date line beside the title", blocks[max(at, 0)])
    return draft


def _first_date(blocks: list[Block], context: Context) -> tuple[int, DateLine | None]:
    for index, block in enumerate(blocks[:_TOP]):
        line = date_line(block.text, context.timezone)
        if line is not None:
            return index, line
        if len(block.text) > 200:
            break
    return -1, None


def _is_clock(block: Block, context: Context) -> bool:
    """A weekday with a day and no time on top of everything: the visitor's date."""
    line = date_line(block.text, context.timezone)
    return line is not None and line.role is None and line.date.weekday and "T" not in line.date.at


def _date(draft: Draft, line: DateLine | None, rule: str, block: Block) -> None:
    if line is None:
        return
    if line.role == "updated":
        draft.updated = line.date
        draft.note("updated_at", rule, block)
    else:
        draft.published = line.date
        draft.note("published_at", rule, block)
