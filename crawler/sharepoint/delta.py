"""UpdatePanel answers (``text/plain``): ``length|type|id|content|`` records, read by their length.

A delta tells only what changed. Together with the request that asked for it, it can be written out as the page a
browser would then show, so that links and the next postback are read from it as from any other page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

_LENGTH = re.compile(r"([0-9]{1,9})\|")
_BEYOND = re.compile("[\U00010000-\U0010ffff]")
_START = re.compile(r"\ufeff?\s*[0-9]{1,9}\|[#A-Za-z][A-Za-z]*\|[^|]*\|")
#: Fields of the request that belong to one postback and not to the page's state.
_EVENT_FIELDS = frozenset({"__EVENTTARGET", "__EVENTARGUMENT", "__ASYNCPOST", "__LASTFOCUS"})


class DeltaRecord(NamedTuple):
    """One record as sent."""

    type: str
    id: str
    content: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Delta:
    """An UpdatePanel answer."""

    records: tuple[DeltaRecord, ...] = ()
    complete: bool = True
    """False where the text ends inside a record or goes on without one; what stands before is still read."""

    def contents(self, kind: str) -> list[tuple[str, str]]:
        """Id and content of all records of a type, in order."""
        return [(record.id, record.content) for record in self.records if record.type == kind]

    @property
    def panels(self) -> list[tuple[str, str]]:
        """Client id and new HTML of every panel that changed."""
        return self.contents("updatePanel")

    @property
    def hidden(self) -> dict[str, str]:
        """New values of hidden fields (``__VIEWSTATE``, ``__EVENTVALIDATION`` …)."""
        return dict(self.contents("hiddenField"))

    @property
    def redirect(self) -> str | None:
        """Where the browser is sent instead, percent-decoded."""
        return next((unquote(content) for _, content in self.contents("pageRedirect")), None)

    @property
    def error(self) -> str | None:
        """``500: message`` where the server refused or failed."""
        found = next(iter(self.contents("error")), None)
        return None if found is None else ": ".join(part for part in found if part)

    def first(self, kind: str) -> str | None:
        """Content of the first record of a type (``formAction``, ``pageTitle`` …)."""
        return next((content for _, content in self.contents(kind)), None)


def is_delta(text: str) -> bool:
    """Whether a text answer begins as an UpdatePanel delta does.

    >>> is_delta("1|#||4|0|hiddenField|__EVENTTARGET||"), is_delta("<html>")
    (True, False)
    """
    return _START.match(text) is not None


def parse_delta(text: str) -> Delta:
    """The records of a delta. Total: text that is none gives an incomplete Delta without records.

    Lengths count UTF-16 units, as .NET and scripts do, so that a sign beyond the first plane counts twice; an answer
    that only makes sense with whole characters is read so. The version record ``1|#||4|`` is left out of ``records``.
    """
    if _BEYOND.search(text) is None:
        return _parsed(text)
    units = _parsed(_BEYOND.sub(_as_units, text))
    whole = _parsed(text)
    if whole.complete and not units.complete:
        return whole
    return Delta(
        records=tuple(DeltaRecord(*map(_as_text, record)) for record in units.records), complete=units.complete
    )


def _as_units(found: re.Match[str]) -> str:
    code = ord(found[0]) - 0x10000
    return chr(0xD800 + (code >> 10)) + chr(0xDC00 + (code & 0x3FF))


def _as_text(units: str) -> str:
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _parsed(text: str) -> Delta:
    records: list[DeltaRecord] = []
    place = len(text) - len(text.lstrip("\ufeff \r\n\t"))
    end = len(text.rstrip("\r\n\t "))
    while place < end:
        step = _record(text, place)
        if step is None:
            return Delta(records=tuple(records), complete=False)
        record, place = step
        if record.type != "#":
            records.append(record)
    return Delta(records=tuple(records), complete=bool(text.strip()))


def _record(text: str, place: int) -> tuple[DeltaRecord, int] | None:
    found = _LENGTH.match(text, place)
    if found is None:
        return None
    kind_end = text.find("|", found.end())
    id_end = text.find("|", kind_end + 1) if kind_end >= 0 else -1
    if id_end < 0:
        return None
    start, stop = id_end + 1, id_end + 1 + int(found[1])
    if text[stop : stop + 1] != "|":
        return None
    return DeltaRecord(text[found.end() : kind_end], text[kind_end + 1 : id_end], text[start:stop]), stop + 1


@dataclass(frozen=True, kw_only=True, slots=True)
class DeltaPage:
    """What a browser would show after a delta."""

    html: str
    """A whole page: the form with its state, the panels that changed, and the script manager's set-up. Read it for
    links and postbacks like a page that was sent whole."""
    fields: dict[str, str]
    """The form's hidden fields as they now stand."""


def delta_page(delta: Delta, request_body: bytes) -> DeltaPage:
    """The page after a delta, from the answer and the form post that asked for it."""
    asked = dict(parse_qsl(request_body.decode("utf-8", "replace"), keep_blank_values=True))
    manager, pressed = _script_manager(asked)
    spent = _EVENT_FIELDS | {manager, pressed}
    fields = {name: value for name, value in asked.items() if name not in spent}
    fields.update(delta.hidden)
    fields = {"__EVENTTARGET": "", "__EVENTARGUMENT": "", **fields}
    parts = [
        f"<html><head><title>{escape(delta.first('pageTitle') or '')}</title></head><body>",
        f'<form method="post" action="{escape(delta.first("formAction") or "")}" id="aspnetForm">',
        *(f'<input type="hidden" name="{escape(n)}" value="{escape(v)}">' for n, v in fields.items()),
        *(f'<div id="{escape(panel)}">{content}</div>' for panel, content in delta.panels),
        _set_up(delta, manager) if manager else "",
        "</form></body></html>",
    ]
    return DeltaPage(html="\n".join(parts), fields=fields)


def _script_manager(asked: dict[str, str]) -> tuple[str, str]:
    """Name of the field that told the server which panel to draw (``panel|control``), and the control; or blanks."""
    if "__ASYNCPOST" in asked:
        for name, value in asked.items():
            control = value.partition("|")[2]
            if control and (control == asked.get("__EVENTTARGET") or control in asked):
                return name, control
    return "", ""


def _set_up(delta: Delta, manager: str) -> str:
    panels = _ids(delta.first("updatePanelIDs"))
    if not panels:  # an older framework does not repeat them
        panels = [f"t{panel.replace('_', '$')}" for panel, _ in delta.panels]
    lists = (panels, _ids(delta.first("asyncPostBackControlIDs")), _ids(delta.first("postBackControlIDs")))
    arrays = ", ".join(_script_array(ids) for ids in lists)
    return (
        '<script type="text/javascript">\n//<![CDATA[\n'
        f"Sys.WebForms.PageRequestManager._initialize({_script_string(manager)}, 'aspnetForm', {arrays}, 90, '');\n"
        "//]]>\n</script>"
    )


def _ids(content: str | None) -> list[str]:
    return content.split(",") if content else []


def _script_array(ids: Iterable[str]) -> str:
    return f"[{','.join(map(_script_string, ids))}]"


def _script_string(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("<", "\\x3c") + "'"
