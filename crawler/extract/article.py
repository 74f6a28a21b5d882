"""From blocks to an article: where it begins and ends, and which lines are not its text.

The article runs from the headline to the first heading of related matter. Dates, byline, source and attachment lines
are taken out of it wherever they stand near its head or its end; captions go to their pictures.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from archive.models import Attachment, Image
from crawler.extract.blocks import Block
from crawler.extract.captions import Captioned, take_captions, take_plain_captions
from crawler.extract.dates import DateLine, PrintedDate, date_line, labelled_date, read_date
from crawler.extract.dom import names_up, short_key
from crawler.extract.evidence import TOLD, Spot, Trace
from crawler.extract.extent import until_end
from crawler.extract.labels import LONGEST_BYLINE, Labelled, byline_name, credited, is_byline, read_labels
from crawler.extract.lead import lead_of
from crawler.extract.stated import timed

_PROSE = 140
_HEAD_BLOCKS = 10
_TAIL_BLOCKS = 10
_LONGEST_TIME = 40
_MOST_ABOVE = 3
_LONGEST_CREDIT = 120
# Labels beside the times of something that happens.
_WHEN = re.compile(r"^(?:start|end|begin|when|until)s?\b|\b(?:start|end|location|venue)s?$", re.I)
_BYLINE_NAMES = re.compile(r"\b(?:by ?line|author(?: ?name)?)\b")
_DATE_NAMES = re.compile(
    r"\b(?:date|news ?date|publish\w*|posted|time|ngay|thoi ?gian|cap ?nhat|meta|created|byline)\b"
)
_NEWS = re.compile(
    r"news|press|media|release|article|blog|stor(?:y|ies)\b|speech|statement|announce|notici|comunica|prensa|imprensa"
    r"|actualit|presse|nachricht|aktuell|haber|duyuru|basin|novost|nieuws|nyhe|berita|bulletin",
    re.I,
)
_EVENT = re.compile(r"\bevents?\b|\bformat ?date\b|calendar|sự kiện", re.I)
_CLOSE = re.compile(r"\./\.?[\"”’)]*$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What the reading of one page may lean on."""

    url: str
    timezone: str = "+07:00"
    month_first: bool = False
    """Numeric dates of this page begin with the month."""
    vietnamese: bool = True
    plain: bool = False
    """A text record: no pictures, no elements."""
    own_chrome: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()
    """Keys of lines that only repeat the headline."""
    trace: Trace | None = None
    """Is told of every block that is left out, where a person wants to see it."""

    def date_line(self, text: str) -> DateLine | None:
        """The date of a line that tells nothing else, read as this page writes dates."""
        return date_line(text, self.timezone, month_first=self.month_first)

    def drop(self, block: Block, why: str) -> None:
        """The block is no part of the text."""
        if self.trace is not None:
            self.trace.drop(block, why)


@dataclass(slots=True)
class Draft:
    """An article being read."""

    title: str = ""
    lead: str | None = None
    blocks: list[Block] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    captions: dict[int, str] = field(default_factory=dict)
    author: str | None = None
    author_raw: str | None = None
    source: str | None = None
    source_raw: str | None = None
    section: str | None = None
    published: PrintedDate | None = None
    updated: PrintedDate | None = None
    linked: list[tuple[str, str]] = field(default_factory=list)
    """Links of the text: address as written, text."""
    offered: list[tuple[str, str]] = field(default_factory=list)
    """Links of lines that offer files, which are no text."""
    attachments: tuple[Attachment, ...] = ()
    evidence: dict[str, str] = field(default_factory=dict)
    """Field -> rule that found it."""
    spots: dict[str, Spot] = field(default_factory=dict)
    """Field -> where it stands."""

    def note(self, name: str, rule: str, spot: Spot = None) -> None:
        """What tells a field, and where."""
        self.evidence[name] = rule
        self.spots[name] = spot


def read_article(blocks: list[Block], head: int | None, title: str, context: Context) -> Draft:
    """The article among ``blocks``; ``head`` is the headline's index, None when it stands outside them."""
    draft = Draft(title=title)
    start = 0 if head is None else head + 1
    before = blocks[: head or 0]
    rest = until_end(blocks[start:], context.own_chrome, context.drop)
    for block in before:
        context.drop(block, "above the headline")
    dates_above(draft, before, context)
    next((block for block in before[-_MOST_ABOVE:] if _take_credit(draft, block, context)), None)
    body = _without_titles(_take_metadata(draft, rest, context), context)
    body = _take_byline(draft, body, context)
    captioned = take_plain_captions(body, first=False) if context.plain else take_captions(body)
    if context.trace is not None:
        _trace_captions(body, captioned, context)
    draft.linked += [link for block in body for link in block.links]
    draft.blocks, draft.images, draft.captions = captioned.blocks, captioned.images, captioned.by_block
    found = (
        lead_of(captioned.blocks, vietnamese=context.vietnamese, plain=context.plain) if draft.lead is None else None
    )
    if found is not None:
        draft.lead = found[0].text
        draft.note("lead", found[1], found[0])
    return draft


def _without_titles(blocks: list[Block], context: Context) -> list[Block]:
    """Without lines that only repeat the headline."""
    kept: list[Block] = []
    titles = context.titles - {""}
    longest = max(map(len, titles), default=0)
    for block in blocks:
        if block.kind == "row" or short_key(block.text, longest) not in titles:
            kept.append(block)
        else:
            context.drop(block, "repeats the headline")
    return kept


def _trace_captions(blocks: list[Block], captioned: Captioned, context: Context) -> None:
    kept = {(id(block.element), block.text) for block in captioned.blocks}
    for block in blocks:
        if block.text and (id(block.element), block.text) not in kept:
            context.drop(block, TOLD)


def dates_above(draft: Draft, before: list[Block], context: Context) -> None:
    """A date right above the headline. One that names the weekday may be the page's clock and is not taken."""
    for block in reversed(before[-6:]):
        line = context.date_line(block.text)
        if line is None:
            if len(block.text) > _PROSE:
                return
            continue
        if line.role is not None or (not line.date.weekday and _dates_article(block, context)):
            _set_date(draft, line, "date line above the headline", block)
            context.drop(block, TOLD)
            return


def take_bar_date(draft: Draft, block: Block, context: Context) -> bool:
    """A date from a bar beside the headline that holds nothing else but buttons; whether it was one."""
    line = context.date_line(block.text)
    if line is None or (line.role is None and (line.date.weekday or not _dates_article(block, context))):
        return False
    _set_date(draft, line, "date in a bar beside the headline", block)
    return True


def is_event_url(url: str) -> bool:
    """Whether an address is one of something that happens: its dates are those of the event."""
    return _EVENT.search(url) is not None


def _dates_article(block: Block, context: Context) -> bool:
    """Whether a date line without label can be the article's; outside Vietnamese its element must be called a date,
    or the page's address be one of news."""
    if _EVENT.search(context.url) and not context.vietnamese:
        return False
    if block.kind in ("h", "row", "li"):
        return False
    if context.vietnamese:
        return True
    names = names_up(block.element, 3)
    if _EVENT.search(names):
        return False
    return _DATE_NAMES.search(names) is not None or _NEWS.search(urlsplit(context.url).path) is not None


def _take_metadata(draft: Draft, blocks: list[Block], context: Context) -> list[Block]:
    """Takes date, byline, source and attachment lines out of the head and the tail."""
    body: list[Block] = []
    head_over = False
    seen = 0
    files_follow = False
    last = len(blocks) - _TAIL_BLOCKS
    for index, block in enumerate(blocks):
        near_head = not head_over and seen < _HEAD_BLOCKS
        if block.text and block.kind != "row":
            if files_follow and _only_links(block):
                draft.offered += block.links
                context.drop(block, TOLD)
                continue
            files_follow = _opens_files(block)
            if (near_head or index >= last) and _metadata(draft, blocks, index, near_head, context):
                context.drop(block, TOLD)
                continue
            seen += 1
            head_over = head_over or len(block.text) > _PROSE
        body.append(block)
    return body


def take_around(draft: Draft, blocks: list[Block], context: Context) -> None:
    """Dates, credits and files from the blocks around a body that a layout names; none of them becomes text."""
    _take_metadata(draft, until_end(blocks, context.own_chrome, context.drop), context)


def take_labelled(draft: Draft, row: Block, context: Context) -> bool:
    """Date, author, source or section from a labelled cell of a form; False when the row is none of them."""
    if len(row.cells) != 2 or not row.cells[1]:
        return True
    line = f"{row.cells[0]}: {row.cells[1]}"
    found = context.date_line(line)
    if found is not None and found.role is not None:
        _set_date(draft, found, "field of a list item's form", row)
        return True
    labels = read_labels(line)
    for label in labels:
        _set_label(draft, label, row)
    return bool(labels)


def _opens_files(block: Block) -> bool:
    """A label such as ``Tệp đính kèm:`` with its files on lines of their own below."""
    labels = read_labels(block.text)
    return len(labels) == 1 and labels[0].name == "attachment" and not labels[0].value


def _only_links(block: Block) -> bool:
    return bool(block.links) and block.linked >= 0.9 * len(block.text.replace(" ", ""))


def _neighbour(blocks: list[Block], index: int) -> str:
    return " ".join(blocks[i].text for i in (index - 1, index + 1) if 0 <= i < len(blocks))


def _metadata(draft: Draft, blocks: list[Block], index: int, near_head: bool, context: Context) -> bool:
    """Whether the block of that index was such a line; what it says is then in the draft."""
    block = blocks[index]
    line = context.date_line(block.text) if not block.links else None
    if line is None and near_head and draft.published is None and len(block.text) <= _LONGEST_TIME:
        line = _timed_line(block, context)
    if line is not None and _acceptable(line, block, near_head, _neighbour(blocks, index), context):
        _set_date(draft, line, "date line with label" if line.role else "date line below the headline", block)
        return True
    if line is None and near_head:
        loose = labelled_date(block.text, context.timezone, month_first=context.month_first)
        if loose is not None and len(block.text) < 90 and len(read_labels(block.text)) == 0:
            _set_date(draft, loose, "labelled date", block)
            return True
    labels = read_labels(block.text)
    for label in labels:
        _set_label(draft, label, block)
    return bool(labels) or (near_head and _take_credit(draft, block, context))


def _take_credit(draft: Draft, block: Block, context: Context) -> bool:
    """``By Jane Doe`` near the head, alone or beside the date; a line in an element named byline needs no ``By``."""
    if context.vietnamese or draft.author is not None or block.kind != "p" or len(block.text) > _LONGEST_CREDIT:
        return False
    found = credited(block.text, named=_BYLINE_NAMES.search(names_up(block.element, 2)) is not None)
    if found is None:
        return False
    name, rest = found
    line = context.date_line(rest) if rest else None
    if rest and line is None:
        return False
    draft.author, draft.author_raw = name, block.text
    draft.note("author", "byline", block)
    if line is not None:
        _set_date(draft, line, "date line below the headline", block)
    return True


def _timed_line(block: Block, context: Context) -> DateLine | None:
    """A line that a ``time`` element fills, whose attribute says in full what is printed short (``1 Feb 18``)."""
    if not any(sign.isdigit() for sign in block.text):
        return None
    found = timed(block.element, block.text, context.timezone)
    return DateLine(date=replace(found, raw=block.text), role=None) if found is not None else None


def _acceptable(line: DateLine, block: Block, near_head: bool, beside: str, context: Context) -> bool:
    if line.role is not None:
        return True
    # Two dates one after the other are the beginning and the end of something that happens.
    if not near_head or context.date_line(beside) or _is_range(beside, context):
        return False
    return _dates_article(block, context)


def _is_range(beside: str, context: Context) -> bool:
    if len(beside) >= 60 or context.vietnamese:
        return False
    return _WHEN.search(beside) is not None or read_date(beside, context.timezone) is not None


def _set_date(draft: Draft, line: DateLine, rule: str, block: Block) -> None:
    if line.role == "updated":
        if draft.updated is None:
            draft.updated = line.date
            draft.note("updated_at", rule, block)
    elif draft.published is None:
        draft.published = line.date
        draft.note("published_at", rule, block)


def _set_label(draft: Draft, label: Labelled, block: Block) -> None:
    value = label.value or None
    if label.name == "author" and draft.author is None and value:
        draft.author, draft.author_raw = value, label.raw
        draft.note("author", "label", block)
    elif label.name == "source" and draft.source is None and value:
        draft.source, draft.source_raw = value, label.raw
        draft.note("source", "label", block)
    elif label.name == "section" and draft.section is None and value:
        draft.section = value
        draft.note("section", "label", block)
    elif label.name == "attachment":
        draft.offered += block.links


def _take_byline(draft: Draft, body: list[Block], context: Context) -> list[Block]:
    """The signature: the last line, short and shaped like names, or after ``./.`` like an office."""
    if draft.author is not None or not context.vietnamese:
        return body
    texts = [index for index, block in enumerate(body) if block.text]
    if len(texts) < 2 or len(body[texts[-1]].text) > LONGEST_BYLINE:
        return body
    index = texts[-1]
    block = body[index]
    home = Counter(other.table for other in body if other.text).most_common(1)[0][0]
    if block.kind not in ("p", "h") or block.links or block.images or block.table != home:
        return body
    previous = body[texts[-2]].text
    closed = any(_CLOSE.search(body[i].text) for i in texts[-5:-1])
    if not is_byline(block.text, after_close=bool(_CLOSE.search(previous)) or block.right or (closed and index > 0)):
        return body
    draft.author, draft.author_raw = byline_name(block.text), block.text
    draft.note("author", "last line", block)
    context.drop(block, TOLD)
    return body[:index] + body[index + 1 :]
