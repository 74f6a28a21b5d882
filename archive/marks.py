"""Text in which hits are marked, and its safe forms for page, terminal and data.

Marks are two control characters that no kept text holds, so they survive any escaping and are told apart from whatever
a page said.
"""

from __future__ import annotations

import html
import re

START, END = "\x02", "\x03"

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_RUN = re.compile(f"{START}([^{START}{END}]*){END}")


def to_html(marked: str) -> str:
    """Escaped HTML, hits in ``<mark>``; always well-formed, whatever the text holds."""
    return rendered(html.escape(marked), "<mark>", "</mark>")


def to_ansi(marked: str, *, on: str = "\x1b[1m", off: str = "\x1b[0m") -> str:
    """For a terminal, hits bold; control characters of the text itself are gone."""
    return rendered(marked, on, off)


def to_plain(marked: str) -> str:
    """The text without marks."""
    return rendered(marked, "", "")


def to_brackets(marked: str) -> str:
    """For data and plain logs: hits in square brackets."""
    return rendered(marked, "[", "]")


def joined(marked: str) -> str:
    """Hits with one blank between become one."""
    return marked.replace(f"{END} {START}", " ")


def runs(marked: str) -> list[str]:
    """The marked pieces in order."""
    return _RUN.findall(marked)


def rendered(marked: str, on: str, off: str) -> str:
    """Control characters gone, ``on`` before every hit and ``off`` after it."""
    pieces = []
    end = 0
    for run in _RUN.finditer(marked):
        pieces += [_CONTROL.sub("", marked[end : run.start()]), on, _CONTROL.sub("", run[1]), off]
        end = run.end()
    return "".join((*pieces, _CONTROL.sub("", marked[end:])))
