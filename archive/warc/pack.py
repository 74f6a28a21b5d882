"""Saved pages packed into a WARC file, so that they pass through the archive like any other capture."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.errors import WarcError
from archive.warc.coding import FILE_LIMIT
from archive.warc.writer import Place, WarcWriter


@dataclass(frozen=True, kw_only=True, slots=True)
class Saved:
    """A file that holds what an address once answered."""

    path: Path
    url: str
    saved_at: datetime | None = None
    """When the answer was saved; None gives it the time of packing."""
    mimetype: str | None = None
    """Media type with parameters; None takes it from the file's name."""


def pack(
    pages: Iterable[Saved],
    folder: Path,
    *,
    prefix: str = "packed",
    software: str,
    now: datetime,
    max_bytes: int = 1_000_000_000,
) -> list[Place]:
    """Write every page as a ``resource`` record, for the HTTP exchange it came from is not known.

    Returns where each stands, in order. Raises WarcError when a file cannot be read, is larger than a file may be, or
    has no web address; what was packed before stays packed.
    """
    places = []
    with WarcWriter(folder, prefix, max_bytes=max_bytes, software=software, now=now) as writer:
        for page in pages:
            places.append(
                writer.write_resource(
                    url=_web_address(page),
                    mimetype=page.mimetype or _guessed(page.path),
                    body=_content(page.path),
                    fetched_at=page.saved_at or now,
                )
            )
    return places


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > FILE_LIMIT:
            raise WarcError(f"{path} is larger than {FILE_LIMIT} bytes; leave it out")
        return path.read_bytes()
    except OSError as error:
        raise WarcError(f"cannot read {path}: {error.strerror}; check the path and its permissions") from error


def _web_address(page: Saved) -> str:
    if not page.url.lower().startswith(("http://", "https://")):
        raise WarcError(f"{page.path}: {page.url!r} is no web address; give one that begins with http:// or https://")
    return page.url


def _guessed(path: Path) -> str:
    if path.suffix.lower() in (".aspx", ".asp", ".php", ".htm", ".html", ""):
        return "text/html"
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"
