"""Which tables hold data: cells that belong together by rows; all others only arrange a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lxml.etree import _Element as Element

from crawler.extract.dom import squash
from crawler.sharepoint.controls import inner_text

_PLAIN_CELL = 400
# The head and foot of a document, which Word sets in two columns.
_PASTED = re.compile(r"cộng\s+h(?:òa|oà)\s+xã\s+hội|độc\s+lập\s+-\s+tự\s+do|nơi\s+nhận\s*:", re.I)


def rows_of(table: Element) -> Iterator[Element]:
    """The table's own rows, not those of tables inside it."""
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("tbody", "thead", "tfoot"):
            yield from (row for row in child if row.tag == "tr")


def is_data_table(table: Element, skip: Callable[[Element], bool]) -> bool:
    """Whether the table's cells belong together by rows: two columns or more, short cells, nothing nested."""
    if table.get("role") == "presentation" or next(table.iterdescendants("table"), None) is not None:
        return False
    rows = [[cell for cell in row if cell.tag in ("td", "th") and not skip(cell)] for row in rows_of(table)]
    if not any(len(row) >= 2 for row in rows):
        return False
    return _belong(table, rows) and not _PASTED.search(inner_text(table))


def _belong(table: Element, rows: list[list[Element]]) -> bool:
    """Whether the cells, by their sizes and marks, are data."""
    filled = [[(cell, size) for cell in row if (size := _size(cell))] for row in rows]
    wide = sum(len(row) >= 2 for row in filled)
    if not wide:
        return False
    cells = [cell for row in filled for cell, _ in row]
    marked = any(cell.tag == "th" for cell in cells) or next(table.iterchildren("caption"), None) is not None
    if len(filled) < 2 or (wide < 2 and not marked):
        return marked and len(filled) >= 2
    long = sum(size > _PLAIN_CELL for row in filled for _, size in row)
    if not marked and any(next(cell.iterdescendants("h1", "h2", "h3", "img"), None) is not None for cell in cells):
        return False
    return long * 4 <= len(cells) or marked


def _size(element: Element) -> int:
    return len(squash(inner_text(element)))
