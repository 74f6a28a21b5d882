"""The text door: a page as a text corpus keeps it, without markup, header or HTTP answer."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from archive.errors import ArchiveError
from archive.models import Capture
from archive.warc import PAGE_LIMIT, WarcWriter, read_capture


class TextError(ArchiveError):
    """The text cannot be taken in; nothing was written."""


def text_capture(path: Path, url: str, captured_at: datetime, writer: WarcWriter) -> Capture:
    """The page's text as a capture, recorded through ``writer`` as a ``conversion`` record like those of WET files.

    ``captured_at`` is when the text was taken from the portal, as well as that is known. Raises TextError when the file
    cannot be read, is empty, too large or no UTF-8 text, or the address is no web address.
    """
    body = _content(path)
    if not url.lower().startswith(("http://", "https://")):
        raise TextError(f"{url!r} is no web address; give the page's own, beginning with http:// or https://")
    place = writer.write_resource(
        url=url, mimetype="text/plain; charset=utf-8", body=body, fetched_at=captured_at, kind="conversion"
    )
    return read_capture(writer.standing(place.filename), place.offset, place.length, source="text")


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > PAGE_LIMIT:
            raise TextError(f"{path} is larger than {PAGE_LIMIT} bytes; give the text of one page")
        body = path.read_bytes()
    except OSError as error:
        raise TextError(f"cannot read {path}: {error.strerror}; check the path and its permissions") from error
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TextError(f"{path} is no UTF-8 text (byte {error.start}); convert it first") from error
    if not text.strip():
        raise TextError(f"{path} is empty; give the text of a page")
    return body
