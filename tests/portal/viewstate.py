"""A form's state as ASP.NET guards it: signed, bound to its page, and refused when altered."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any


class StateError(Exception):
    """The posted state was refused; the message is ASP.NET's own."""


INVALID_EVENT = (
    'Invalid postback or callback argument.  Event validation is enabled using <pages enableEventValidation="true"/>'
    ' in configuration or <%@ Page EnableEventValidation="true" %> in a page.'
)
INVALID_MAC = "Validation of viewstate MAC failed."


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """What one answer remembers: the list, its page, and the events it offers."""

    list_key: str
    page: int
    events: tuple[tuple[str, str], ...]


class StateKeeper:
    """Writes and checks the hidden fields of one server; the key depends on the seed alone."""

    def __init__(self, seed: int) -> None:
        self._key = hashlib.sha256(f"state/{seed}".encode()).digest()

    def fields(self, state: State) -> tuple[str, str]:
        """``__VIEWSTATE`` and ``__EVENTVALIDATION`` for a page in that state."""
        view = self._sealed({"list": state.list_key, "page": state.page})
        events = self._sealed(
            {"view": self._mac(view.encode())[:16], "events": [list(event) for event in state.events]}
        )
        return view, events

    def check(self, form: dict[str, str], list_key: str) -> tuple[int, str, str]:
        """Page the form was on, event target and argument; StateError when anything does not fit."""
        view = self._opened(form.get("__VIEWSTATE", ""), INVALID_MAC)
        if view.get("list") != list_key:
            raise StateError(INVALID_MAC)
        events = self._opened(form.get("__EVENTVALIDATION", ""), INVALID_EVENT)
        if events.get("view") != self._mac(form["__VIEWSTATE"].encode())[:16]:
            raise StateError(INVALID_EVENT)
        target, argument = form.get("__EVENTTARGET", ""), form.get("__EVENTARGUMENT", "")
        if [target, argument] not in events["events"]:
            raise StateError(INVALID_EVENT)
        return int(view["page"]), target, argument

    def _mac(self, data: bytes) -> str:
        return hmac.new(self._key, data, hashlib.sha256).hexdigest()

    def _sealed(self, value: dict[str, object]) -> str:
        data = json.dumps(value, separators=(",", ":")).encode()
        filler = hashlib.sha256(data).hexdigest() * 8  # as long as real states are
        sealed = f"{self._mac(data)}{len(data):06d}".encode() + data + filler.encode()
        return "/wEP" + base64.b64encode(sealed).decode()

    def _opened(self, text: str, message: str) -> dict[str, Any]:
        try:
            raw = base64.b64decode(text.removeprefix("/wEP").encode(), validate=True)
            length = int(raw[64:70])
        except ValueError as error:
            raise StateError(message) from error
        data = raw[70 : 70 + length]
        filler = hashlib.sha256(data).hexdigest() * 8
        if not hmac.compare_digest(raw[:64], self._mac(data).encode()) or raw[70 + length :] != filler.encode():
            raise StateError(message)
        value: dict[str, Any] = json.loads(data)
        return value
