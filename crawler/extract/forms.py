"""Pages of single list items (DispForm, View_Detail in its stock form): a label cell and a value cell in every row."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

from lxml.etree import _Element as Element

from crawler.extract.blocks import Block, blocks_of
from crawler.extract.dom import key, text_of
from crawler.extract.zone import Zone

_TITLES = frozenset(("tiêu đề", "title", "tên bài viết", "tiêu đề tin"))
_BODIES = frozenset(
    (
        "nội dung",
        "body",
        "content",
        "page content",
        "nội dung chi tiết",
        "chi tiết",
        "nội dung bài viết",
        "mô tả",
        "description",
    )
)
_FILES = frozenset(("tệp đính kèm", "attachments", "file đính kèm", "đính kèm", "tài liệu đính kèm"))


@dataclass(slots=True)
class ItemForm:
    """What a list item's form shows."""

    title: str = ""
    rows: list[Block] = field(default_factory=list)
    """Label and value of every other field, as data rows."""
    body: list[Block] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)
    """Address as written and text of the attached files."""


def read_form(zone: Zone, base_url: str) -> ItemForm | None:
    """The item's form in the main zone; None where there is none of at least two rows."""
    form = ItemForm()
    count = 0
    for value in zone.root.iter("td"):
        classes = value.get("class", "")
        if "ms-formbody" not in classes or "ms-formbody" not in classes.split():
            continue
        label = value.getprevious()
        if label is None or value in zone.hidden:
            continue
        count += 1
        _take(form, text_of(label).rstrip(" *:"), value, zone, base_url)
    if count < 2:
        return None
    if not form.body:
        _largest_as_body(form)
    return form


def _take(form: ItemForm, label: str, value: Element, zone: Zone, base_url: str) -> None:
    name = key(label)
    blocks = blocks_of(value, base_url, zone.hidden.__contains__)
    if name in _TITLES:
        form.title = text_of(value)
    elif name in _BODIES:
        form.body += blocks
    elif name in _FILES:
        form.files += [link for block in blocks for link in block.links]
    else:
        text = text_of(value)
        form.rows.append(
            Block(kind="row", text=f"{label} | {text}" if text else label, cells=(label, text), element=value)
        )


def _largest_as_body(form: ItemForm) -> None:
    """Where no field is called the body, one long field is it."""
    rows = [row for row in form.rows if row.element is not None and len(row.cells[1]) > 200]
    if len(rows) == 1:
        form.rows.remove(rows[0])
        text = rows[0].cells[1]
        form.body = [Block(kind="p", text=text, html=escape(text, quote=False), element=rows[0].element)]
