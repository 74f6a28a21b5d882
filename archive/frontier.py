"""What the frontier knows of an address: how it is remembered, and what is handed out when its turn has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["robots", "seed", "list", "pager", "page", "file", "image", "feed", "sitemap", "data"]

#: Smaller comes first. Robots rules gate a host; a pager's state grows stale, so it is turned before pages are read.
PRIORITY: dict[str, int] = {
    "robots": 0,
    "pager": 10,
    "data": 12,
    "list": 14,
    "seed": 16,
    "sitemap": 18,
    "feed": 18,
    "page": 30,
    "file": 50,
    "image": 60,
}

#: Kinds visited in every run: they tell what is new.
STANDING: tuple[str, ...] = ("seed", "list", "pager", "feed", "sitemap", "data")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """An address to be remembered."""

    key: str
    url: str
    host: str
    kind: Kind
    method: str = "GET"
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    depth: int = 0
    via: str | None = None
    """Address of the page it was found on."""
    refused: str | None = None
    """Why it is never visited; None for an address that is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """A frontier row whose turn has come."""

    id: int
    key: str
    url: str
    host: str
    kind: Kind
    method: str
    body: bytes | None
    headers: tuple[tuple[str, str], ...]
    depth: int
    via: str | None
    attempts: int
    etag: str | None
    last_modified: str | None
    outcome: str | None
    """Outcome of the visit before, None on the first."""
