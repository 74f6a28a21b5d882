"""Which controls of a page turn its list forward, and to which page."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from unicodedata import normalize

from lxml.etree import _Element as Element

from crawler.sharepoint.controls import Control, form_fields, inner_text

_NUMBER = re.compile(r"[\[(]?\s*(\d{1,5})\s*[\])]?")
_GRID = re.compile(r"Page\$(?:(\d{1,5})|(Next|Last|First|Prev))", re.IGNORECASE)
_OTHER_COMMAND = re.compile(r"[A-Za-z]+\$", re.IGNORECASE)
_POSITION = re.compile(r"(?:trang|page)\s*:?\s*(\d{1,5})\s*(?:/|trên|tren|of)\s*\d{1,6}", re.IGNORECASE)
_CONTAINER = re.compile(r"ctl\d+", re.IGNORECASE)

_NEXT_WORDS = frozenset(
    {
        *("xem thêm", "xem tiếp", "tải thêm", "trang sau", "trang tiếp", "trang tiếp theo", "trang kế", "kế tiếp"),
        *("tiếp", "tiếp theo", "sau", "next", "next page", "more", "view more", "load more", "show more", "older"),
        *("older posts", ">", ">>", "›", "»", "→"),
    }
)
_LAST_WORDS = frozenset({"cuối", "trang cuối", "cuối cùng", "last", "last page", ">|", ">>|", "»|"})
_MORE_WORDS = ("xem thêm ", "tải thêm ", "view more ", "load more ", "show more ")
_ELLIPSES = frozenset({"...", "…", ". . ."})
_NEXT_NAME = re.compile(r"(?:view|load|show|see|btn|lnk|lb|lbtn)_?more|xem_?thems?|next|trang_?sau|trang_?tiep", re.I)
_PAGER_NAME = re.compile(r"pag(?:e|er|ing)|phan_?trang|_?trang|pgr", re.IGNORECASE)
_NEVER_NAME = re.compile(
    r"sign_?(?:in|out|up)|log_?(?:in|on|out)|search|tim_?kiem|btn_?tim|sort|filter|loc_?tin|calendar|lich|vote|binh_?chon"
    r"|print|export|send|gui_?|submit|comment|binh_?luan|language|prev|first|trang_?truoc|trang_?dau|delete|subscribe",
    re.IGNORECASE,
)
_CURRENT_CLASS = re.compile(r"(?:^|[\s_-])(?:active|current|selected|curpage)(?:$|[\s_-])", re.IGNORECASE)
_STATE_NAME = re.compile(r"paging|page_?(?:index|no|num|number|info)|cur(?:rent)?_?page|hdn_?page|trang", re.IGNORECASE)
#: A paging state that names the entry it stands at, as SharePoint lists keep it.
_CURSOR = re.compile(r"\bp_\w+=", re.IGNORECASE)
_NO_ADDRESS = re.compile(r"#|javascript:", re.IGNORECASE)
_CLIMB = 5
_PAGER_TEXT = 600
_LIST_LINKS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """A control that leads to a list page further on."""

    control: Control
    key: str
    """List and page number, or list and what the page before it shows; the same on whichever page it is met."""


@dataclass(kw_only=True, slots=True)
class _Pager:
    """The controls of one list."""

    name: str
    numbered: dict[int, Control] = field(default_factory=dict)
    following: list[Control] = field(default_factory=list)
    last: list[Control] = field(default_factory=list)
    offset: int = 0
    """Shown number less the number in the argument: 1 where the script counts from zero."""


def forward_turns(controls: list[Control], form: Element) -> list[Turn]:
    """The controls to press so that every list page is reached once: all numbers beyond the current page, else the one
    that says "next" or "more". ``form`` is theirs, for lists that keep their place in a hidden field."""
    turns: list[Turn] = []
    for pager in _pagers([control for control in controls if not _is_never(control)]):
        turns += _turns(pager, form)
    return turns


def _turns(pager: _Pager, form: Element) -> Iterator[Turn]:
    current = _current(pager)
    ahead = {number: control for number, control in pager.numbered.items() if number > (current or 0)}
    for number, control in sorted(ahead.items()):
        yield Turn(control=control, key=f"{pager.name} page={number}")
    if ahead:
        return
    for control in (pager.following or pager.last)[:1]:
        beyond = current + 1 if current and pager.following else None
        page = _stated(control, pager) or beyond
        place = f"page={page}" if page else f"after={_place(control, form)}"
        yield Turn(control=control, key=f"{pager.name} {place}")


def _pagers(controls: list[Control]) -> list[_Pager]:
    pagers: dict[str, _Pager] = {}
    loose: list[Control] = []
    for control in controls:
        number = _page_number(control)
        if number is not None:
            pager = pagers.setdefault(_list_name(control), _Pager(name=_list_name(control)))
            pager.numbered.setdefault(number, control)
            pager.offset = number - int(control.argument) if control.argument.isdigit() else 0
        elif _direction(control) == "ellipsis":
            if _home(control, pagers):  # before the first number it leads to the window before
                loose.append(control)
        elif _direction(control):
            loose.append(control)
    for control in loose:
        home = _home(control, pagers) or pagers.setdefault(_list_name(control), _Pager(name=_list_name(control)))
        (home.last if _direction(control) == "last" else home.following).append(control)
    return [pager for pager in pagers.values() if _is_believable(pager)]


def _home(control: Control, pagers: dict[str, _Pager]) -> _Pager | None:
    """A "next" belongs to the numbers that share its web part: their pager is named below its own name."""
    name = _list_name(control)
    below = (pager for pager in pagers.values() if pager.numbered and pager.name.startswith(f"{name}$"))
    return pagers.get(name) or next(below, None)


def _is_believable(pager: _Pager) -> bool:
    """One lone number is a pager only if its name says so; it could be a count of comments."""
    if len(pager.numbered) != 1 or pager.following or pager.last:
        return True
    control = next(iter(pager.numbered.values()))
    return bool(control.argument or _PAGER_NAME.search(control.target)) or _current(pager) is not None


def _is_never(control: Control) -> bool:
    words = control.target.split("$")
    if _NEVER_NAME.search(words[-1]) and not _NEXT_NAME.search(words[-1]):
        return True
    command = _OTHER_COMMAND.match(control.argument)
    if command and not _GRID.fullmatch(control.argument):
        return True  # Sort$, Select$, Edit$
    return _is_calendar(control)


def _is_calendar(control: Control) -> bool:
    """ASP.NET's calendar posts days since 2000 under the number of the day, and months behind a V."""
    if re.search(r"calendar", control.target, re.IGNORECASE) or re.fullmatch(r"[VR]\d+", control.argument):
        return True
    shown = _NUMBER.fullmatch(control.label)
    day = shown is not None and int(shown[1]) <= 31
    return day and control.argument.isdigit() and len(control.argument) > 3


def _page_number(control: Control) -> int | None:
    grid = _GRID.fullmatch(control.argument)
    if grid:
        return int(grid[1]) if grid[1] else None
    shown = _NUMBER.fullmatch(control.label)
    if shown and int(shown[1]) > 0 and (not control.argument or control.argument.isdigit()):
        return int(shown[1])
    return None


def _stated(control: Control, pager: _Pager) -> int | None:
    """Page number a "next" names itself; not where the argument counts entries."""
    if abs(pager.offset) > 1 or not re.fullmatch(r"\d{1,5}", control.argument):
        return None
    return int(control.argument) + pager.offset


def _direction(control: Control) -> str | None:
    """``next``, ``last`` or ``ellipsis`` for a control without a number that leads on."""
    grid = _GRID.fullmatch(control.argument)
    if grid:
        return {"next": "next", "last": "last"}.get((grid[2] or "").lower())
    label = normalize("NFC", control.label).casefold()
    if label in _ELLIPSES:
        return "ellipsis"
    words = label.strip(" .:-›»→>…") or label
    if words in _LAST_WORDS or label in _LAST_WORDS:
        return "last"
    if words in _NEXT_WORDS or label in _NEXT_WORDS or label.startswith(_MORE_WORDS):
        return "next"
    return "next" if _NEXT_NAME.search(control.target.split("$")[-1]) else None


def _list_name(control: Control) -> str:
    """The part of a target that stays while the window of page numbers moves: grid, repeater or web part."""
    if control.argument:
        return control.target
    parts = control.target.split("$")[:-1]
    while len(parts) > 1 and _CONTAINER.fullmatch(parts[-1]):
        parts.pop()
    return "$".join(parts) or control.target


# --- where the page is now --------------------------------------------------------------------------------------------


def _current(pager: _Pager) -> int | None:
    """The page shown now: the number that is marked or is no link, or ``Trang 2/15``; None where nothing tells."""
    for number, control in pager.numbered.items():
        marked = (control.element, control.element.getparent())
        if any(_CURRENT_CLASS.search(element.get("class") or "") for element in marked if element is not None):
            return number
    controls = [*pager.numbered.values(), *pager.following, *pager.last]
    pressed = {control.element for control in controls}
    for area in _areas(controls[0].element):
        plain = list(_plain_texts(area, pressed))
        position = _POSITION.search(" ".join(plain))
        if position:
            return int(position[1])
        numbers = [int(found[1]) for found in map(_NUMBER.fullmatch, plain) if found]
        fitting = [n for n in numbers if not pager.numbered or n - 1 in pager.numbered or n + 1 in pager.numbered]
        if fitting and pager.numbered:
            return fitting[0]
    return 1 if pager.numbered and min(pager.numbered) == 2 else None


def _areas(element: Element) -> Iterator[Element]:
    for level, area in enumerate(element.iterancestors()):
        if level == _CLIMB or area.tag in ("form", "body") or len(inner_text(area)) > _PAGER_TEXT:
            return
        yield area


def _plain_texts(area: Element, pressed: set[Element]) -> Iterator[str]:
    """Texts of an area outside its links, each blank-trimmed."""
    if area.text and area.text.strip():
        yield area.text.strip()
    for child in area:
        is_link = child in pressed or (child.tag == "a" and (child.get("href") or "").strip("#") != "")
        if isinstance(child.tag, str) and not is_link:
            yield from _plain_texts(child, pressed)
        if child.tail and child.tail.strip():
            yield child.tail.strip()


def _place(control: Control, form: Element) -> str:
    """What tells one page of a list without page numbers from the next: the paging state it keeps in a hidden field
    and the entries it shows. The same on every visit while the list does not change."""
    named = [(name, value) for name, value in form_fields(form) if value and _STATE_NAME.search(name.split("$")[-1])]
    state = max(named, key=lambda field: _shared(field[0], control.target))[1] if named else ""
    return state if _CURSOR.search(state) else f"{state}:{_shown(control.element)}".lstrip(":")


def _shown(element: Element) -> str:
    """Digest of the addresses in the nearest block around a control that looks like a list."""
    links: list[str] = []
    for area in element.iterancestors():
        links = [href for href in (a.get("href", "#") for a in area.iter("a")) if not _NO_ADDRESS.match(href)]
        if len(links) >= _LIST_LINKS:
            break
    return hashlib.sha256("\n".join(links).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _shared(name: str, target: str) -> int:
    count = 0
    for mine, wanted in zip(name.split("$"), target.split("$"), strict=False):
        if mine != wanted:
            break
        count += 1
    return count
