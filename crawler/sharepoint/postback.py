"""Form posts that turn a list's page, as a browser would send them."""

from __future__ import annotations

from lxml.etree import _Element as Element

from archive.models import Postback
from crawler.profile import SiteProfile
from crawler.sharepoint.address import cleaned, joined, normal_path, parse
from crawler.sharepoint.controls import (
    Control,
    ScriptManager,
    form_encoded,
    form_fields,
    form_of,
    posting_controls,
    script_manager,
)
from crawler.sharepoint.pagers import Turn, forward_turns

_ASYNC_HEADERS = (("X-MicrosoftAjax", "Delta=true"), ("X-Requested-With", "XMLHttpRequest"))
_EVENT_FIELDS = frozenset({"__EVENTTARGET", "__EVENTARGUMENT", "__ASYNCPOST"})


def page_postbacks(
    tree: Element, base_url: str, profile: SiteProfile, scripted: list[Element] | None = None
) -> tuple[Postback, ...]:
    """The posts that lead to the list pages after this one, ready to send; empty on a page without such a list.

    Only pager controls are pressed (numbers, "next", "view more"), never sign-in, searches or sort headers, and only
    forwards. A control in an UpdatePanel is posted as the script manager would (the answer is a delta), any other as
    the whole form. ``scripted``: what ``controls.clicked`` found, if known. ``url`` is the form's action as
    written, absolute: a post must not meet a redirect.
    """
    controls = posting_controls(tree, scripted)
    if not controls:
        return ()
    form = form_of(controls[0].element, tree)
    if form is None:
        return ()
    turns = forward_turns(controls, form)
    url = _action(form, base_url) if turns else None
    if url is None:
        return ()
    manager = script_manager(tree)
    unsent = _EVENT_FIELDS | {manager.name if manager else ""}
    state = form_encoded([(name, value) for name, value in form_fields(form) if name not in unsent])
    return tuple(_postback(turn, url, state, manager) for turn in turns)


def plain_post(body: bytes) -> bytes:
    """An asynchronous post's body as the whole form: for farms that answer partial posts with an error.

    The script manager's field names the panel and the control, ``panel|control``; it and ``__ASYNCPOST`` go.
    """
    first, *rest = body.split(b"&")
    manager = b"%7C" in first.partition(b"=")[2].upper()
    parts = rest if manager else [first, *rest]
    return b"&".join(part for part in parts if part.partition(b"=")[0] != b"__ASYNCPOST")


def _action(form: Element, base_url: str) -> str | None:
    address = parse(joined(base_url, cleaned(form.get("action") or "")))
    if address is None:
        return None
    query = f"?{address.query}" if address.query else ""
    return f"{address.scheme}://{address.netloc}{normal_path(address.path)}{query}".replace(" ", "%20")


def _postback(turn: Turn, url: str, state: bytes, manager: ScriptManager | None) -> Postback:
    control = turn.control
    panel = _panel(control, manager)
    pressed: list[tuple[str, str]] = []
    if manager is not None and panel:
        pressed.append((manager.name, f"{panel}|{control.target}"))
    pressed.append(("__EVENTTARGET", "" if control.button else control.target))
    pressed.append(("__EVENTARGUMENT", "" if control.button else control.argument))
    after = _button(control) if control.button else []
    if panel:
        after.append(("__ASYNCPOST", "true"))
    body = b"&".join(part for part in (form_encoded(pressed), state, form_encoded(after)) if part)
    return Postback(url=url, key=turn.key, body=body, headers=_ASYNC_HEADERS if panel else ())


def _button(control: Control) -> list[tuple[str, str]]:
    if control.element.get("type") == "image":  # a browser sends where it was pressed
        return [(f"{control.target}.x", "1"), (f"{control.target}.y", "1")]
    return [(control.target, control.element.get("value") or "")]


def _panel(control: Control, manager: ScriptManager | None) -> str | None:
    """Unique id of what is to be drawn anew, or None where the whole form is posted."""
    if manager is None or control.target in manager.full:
        return None
    for around in control.element.iterancestors():
        known = manager.panels.get(around.get("id") or "")
        if known:
            unique, triggers = known
            if triggers or control.target in manager.asynchronous:
                return unique
            return None
    return manager.name if control.target in manager.asynchronous else None
