"""The controls of a WebForms page that post it back, and the form state they post."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from lxml import etree
from lxml.etree import _Element as Element

from crawler.sharepoint.address import decoded

_PRESSED = ("a", "input", "button")
_SCRIPTS = etree.XPath("string(//script[contains(., 'PageRequestManager')][1])")
# From the attribute to its element: a quarter of the time of a predicate on every element.
_CLICKED = etree.XPath("descendant-or-self::*/@onclick/..")
_STRING = r"""(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")"""
_POSTBACK = re.compile(rf"__doPostBack\(\s*{_STRING}\s*,\s*{_STRING}")
_OPTIONS = re.compile(rf"WebForm_PostBackOptions\(\s*{_STRING}\s*,\s*{_STRING}")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_INITIALIZE = re.compile(
    rf"PageRequestManager\._initialize\(\s*{_STRING}\s*,[^\[\]]*?(?:\[([^\]]*)\]\s*,\s*\[([^\]]*)\]\s*,\s*\[([^\]]*)\])?"
    r"[^\[\]]*\)",
)
_UPDATE_CONTROLS = re.compile(r"\._updateControls\(\s*\[([^\]]*)\]\s*,\s*\[([^\]]*)\]\s*,\s*\[([^\]]*)\]")
_ITEM = re.compile(_STRING)

_UNSAFE = re.compile(rb"[^A-Za-z0-9._~-]")
_NOT_SENT = frozenset({"submit", "image", "button", "reset", "file", "password"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Control:
    """Something to press: a link that calls ``__doPostBack``, or a submit button."""

    element: Element
    target: str
    argument: str
    label: str
    """Shown text (or value, or title), blanks collapsed."""
    button: bool = False
    """A submit button: its own name and value are sent, and no event target."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScriptManager:
    """What the page says of its UpdatePanels."""

    name: str
    panels: dict[str, tuple[str, bool]]
    """Client id of a panel -> its unique id, and whether controls inside it post asynchronously."""
    asynchronous: frozenset[str]
    """Unique ids of outside controls that update a panel."""
    full: frozenset[str]
    """Unique ids of inside controls that post the whole page all the same."""


def script_text(text: str) -> str:
    """The value of a script string literal, given without its quotes.

    >>> script_text(r"Paged=TRUE\\u0026p_ID=30")
    'Paged=TRUE&p_ID=30'
    """
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)) if found[1] or found[2] else found[3], text)


def inner_text(element: Element) -> str:
    """Everything written inside an element, as it stands."""
    if not len(element):
        return element.text or ""
    # Serialising takes a seventh of the time that joining the pieces takes.
    return etree.tostring(element, encoding="unicode", method="text", with_tail=False)


def clicked(tree: Element) -> list[Element]:
    """The elements of a page that a click runs a script of, in document order."""
    return cast("list[Element]", _CLICKED(tree))


def posting_controls(tree: Element, scripted: list[Element] | None = None) -> list[Control]:
    """Every control of the page that posts it back, in document order. ``scripted``: what ``clicked`` found."""
    scripted = clicked(tree) if scripted is None else scripted
    calling = {element for element in scripted if "PostBack" in element.get("onclick", "")}
    # Others than links and buttons are rare: the order of the document is found by going through all of it.
    tags = _PRESSED if all(element.tag in _PRESSED for element in calling) else ()
    found = (_control(element) for element in tree.iter(*tags) if _posts(element) or element in calling)
    return [control for control in found if control is not None]


def _posts(element: Element) -> bool:
    """Whether a link or button may post the page back by its address or its kind."""
    tag = element.tag
    if tag == "a":
        return "PostBack" in element.get("href", "")
    if tag == "button":
        return element.get("name") is not None
    return tag == "input" and element.get("type") in ("submit", "image")


def _control(element: Element) -> Control | None:
    if element.get("disabled") is not None or "aspNetDisabled" in (element.get("class") or ""):
        return None
    href = element.get("href") or ""
    if "%" in href:
        href = decoded(href.replace("+", "%2B")).decode("utf-8", "replace")
    for script in (href, element.get("onclick") or ""):
        called = (_POSTBACK.search(script) or _OPTIONS.search(script)) if "PostBack" in script else None
        if called:
            target, argument = (script_text(called[n] or called[n + 1] or "") for n in (1, 3))
            is_button = element.tag in ("input", "button") and element.get("type") in ("submit", "image")
            return Control(
                element=element,
                target=target,
                argument=argument,
                label=_label(element),
                button=is_button and element.get("name") == target,
            )
    name = element.get("name") or ""
    if element.tag in ("input", "button") and name and (element.get("type") or "submit") in ("submit", "image"):
        return Control(element=element, target=name, argument="", label=_label(element), button=True)
    return None


def _label(element: Element) -> str:
    shown = " ".join(inner_text(element).split())
    return shown or " ".join((element.get("value") or element.get("title") or element.get("alt") or "").split())


def script_manager(tree: Element) -> ScriptManager | None:
    """The page's script manager, or None where it posts whole pages only."""
    script = cast(str, _SCRIPTS(tree))
    found = _INITIALIZE.search(script) if script else None
    if found is None:
        return None
    lists = found.group(3, 4, 5)
    if lists[0] is None:  # before .NET 4 the lists are told by a second call
        later = _UPDATE_CONTROLS.search(script)
        lists = later.group(1, 2, 3) if later else ("", "", "")
    panels, asynchronous, full = (_items(content or "") for content in lists)
    return ScriptManager(
        name=script_text(found[1] or found[2] or ""),
        panels=dict(_panels(panels)),
        asynchronous=frozenset(asynchronous),
        full=frozenset(full),
    )


def _items(content: str) -> list[str]:
    return [script_text(found[1] or found[2] or "") for found in _ITEM.finditer(content)]


def _panels(ids: list[str]) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Panels of the list, which names each by its unique id behind ``t`` or ``f``; since .NET 4 a client id follows,
    empty where it is the unique id with underscores."""
    place = 0
    while place < len(ids):
        unique = ids[place][1:]
        plain = unique.replace("$", "_")
        following = ids[place + 1] if place + 1 < len(ids) else None
        paired = following is not None and (following in ("", plain) or following[:1] not in ("t", "f"))
        yield (following or plain) if paired else plain, (unique, ids[place][:1] == "t")
        place += 2 if paired else 1


def form_of(element: Element, tree: Element) -> Element | None:
    """The form a control stands in, else the page's WebForms form."""
    around = next(element.iterancestors("form"), None)
    if around is not None:
        return around
    forms = list(tree.iter("form"))
    return next((form for form in forms if form.get("id") == "aspnetForm"), forms[0] if forms else None)


def form_fields(form: Element) -> list[tuple[str, str]]:
    """What a browser would send of a form without pressing anything, in order; buttons and passwords left out."""
    fields: list[tuple[str, str]] = []
    for element in form.iter("input", "select", "textarea"):
        name = element.get("name")
        if not name or element.get("disabled") is not None:
            continue
        if element.tag == "select":
            fields += [(name, value) for value in _selected(element)]
        elif element.tag == "textarea":
            fields.append((name, inner_text(element)))
        elif _is_sent(element):
            default = "on" if element.get("type") in ("checkbox", "radio") else ""
            fields.append((name, element.get("value", default)))
    return fields


def _is_sent(element: Element) -> bool:
    kind = (element.get("type") or "text").lower()
    return kind not in _NOT_SENT and (kind not in ("checkbox", "radio") or element.get("checked") is not None)


def _selected(element: Element) -> list[str]:
    options = [option for option in element.iter("option") if option.get("disabled") is None]
    chosen = [option for option in options if option.get("selected") is not None]
    if not chosen and element.get("multiple") is None:
        chosen = options[:1]
    return [option.get("value", " ".join(inner_text(option).split())) for option in chosen]


def form_encoded(fields: list[tuple[str, str]]) -> bytes:
    """The fields as ``application/x-www-form-urlencoded``, UTF-8. View states are long: this must be fast."""
    return b"&".join(b"%s=%s" % (_escaped(name), _escaped(value)) for name, value in fields)


def _escaped(text: str) -> bytes:
    return _UNSAFE.sub(lambda found: b"%%%02X" % found[0][0], text.encode("utf-8", "surrogatepass"))
