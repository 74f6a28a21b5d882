"""What stands before every page: the headers that keep it harmless, and the doors that stay shut.

Nothing but reading is answered. Datasette's pages about itself (settings, plugins, the place of the file) do not exist
here. A table's CSV is made harmless for spreadsheets on its way out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from archive.site import NAME
from archive.spreadsheet import harmless_csv

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Where our style sheet and script stand, under the site's prefix.
STATIC_PATH = "-/room/"

#: No script, style, picture, font or request but the site's own; nothing inline; in no frame.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "content-security-policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_RAW_HEADERS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
_POLICY_NAME = b"content-security-policy"
_FOREVER = [(b"cache-control", b"public, max-age=31536000, immutable")]
_ANEW = [(b"cache-control", b"no-cache"), (b"vary", b"Cookie")]


def guarded(app: App, base_url: str) -> App:
    """The application behind the gate. ``base_url`` is the path the site stands under, with a slash at both ends."""

    async def gate(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            await _refuse(send)
            return
        path = str(scope["path"]).removeprefix(base_url.rstrip("/")).lstrip("/")
        static = path.startswith(STATIC_PATH)
        if path.startswith("-/") and not static:
            nowhere = f"{base_url}-/nowhere"
            scope = {**scope, "path": nowhere, "raw_path": nowhere.encode()}
        caching = _FOREVER if static and scope.get("query_string") else _ANEW
        dressed = _Dressed(send, caching, table_csv=path.endswith(".csv") and path.startswith((f"{NAME}.", f"{NAME}/")))
        await app(scope, receive, dressed)

    return gate


class _Dressed:
    """Sends messages on with our headers; Datasette's CSV of a table is gathered and made harmless first."""

    def __init__(self, send: Send, caching: list[tuple[bytes, bytes]], *, table_csv: bool) -> None:
        self.send, self.caching, self.gathers = send, caching, table_csv
        self.start: Message = {}
        self.body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": self._headers(message)}
            self.gathers = self.gathers and message["status"] == 200
            if self.gathers:
                self.start = message
                return
        elif self.gathers:
            self.body += message.get("body", b"")
            if message.get("more_body"):
                return
            await self.send(self.start)
            message = {"type": "http.response.body", "body": harmless_csv(self.body.decode()).encode()}
        await self.send(message)

    def _headers(self, message: Message) -> list[tuple[bytes, bytes]]:
        given = [(bytes(name).lower(), bytes(value)) for name, value in message.get("headers", [])]
        if self.gathers:
            given = [pair for pair in given if pair[0] != b"content-length"]
        private = any(name == b"cache-control" and b"no-store" in value for name, value in given)
        if not private:  # ours says more than Datasette's "max-age=5"
            given = [pair for pair in given if pair[0] not in (b"cache-control", b"vary")] + self.caching
        # A picture or a file has a policy of its own, stricter than the site's; in all else ours counts.
        strict = any(name == _POLICY_NAME for name, _ in given)
        ours = [pair for pair in _RAW_HEADERS if not (strict and pair[0] == _POLICY_NAME)]
        named = {name for name, _ in ours}
        return [*(pair for pair in given if pair[0] not in named), *ours]


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"allow", b"GET, HEAD"), *_RAW_HEADERS]
    await send({"type": "http.response.start", "status": 405, "headers": headers})
    await send({"type": "http.response.body", "body": b"only reading is answered here\n"})
