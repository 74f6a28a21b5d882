"""The text door: a page as a text corpus keeps it, without markup, header or HTTP answer."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from archive.cdx import surt, timestamp
from archive.errors import ArchiveError
from archive.models import Capture
from archive.store import Archive
from archive.warc import PAGE_LIMIT, WarcWriter, read_capture, safe_uri
from archive.warc.record import sha1_digest


class TextError(ArchiveError):
    """The text cannot be taken in; nothing was written."""


def read_text(path: Path, url: str) -> bytes:
    """The text of the page at that address, as the file has it.

    Raises TextError when the file cannot be read, is empty, too large or no UTF-8 text, or the address is no web
    address.
    """
    body = _content(path)
    if not url.lower().startswith(("http://", "https://")):
        raise TextError(f"{url!r} is no web address; give the page's own, beginning with http:// or https://")
    return body


def write_text(body: bytes, url: str, captured_at: datetime, writer: WarcWriter) -> Capture:
    """The page's text as a capture, recorded through ``writer`` as a ``conversion`` record like those of WET files.

    ``captured_at`` is when the text was taken from the portal, as well as that is known.
    """
    place = writer.write_resource(
        url=url, mimetype="text/plain; charset=utf-8", body=body, fetched_at=captured_at, kind="conversion"
    )
    return read_capture(writer.standing(place.filename), place.offset, place.length, source="text")


def known_text(archive: Archive, body: bytes, url: str, captured_at: datetime | None) -> Capture | None:
    """The capture that says just this of that address, where one came as text before; of that moment, unless None."""
    row = archive.conn.execute(
        'select filename, "offset", length from captures where urlkey = :key and original = :url and digest = :digest'
        " and source = 'text' and filename is not null and (:at is null or timestamp = :at) order by timestamp limit 1",
        {
            "key": surt(safe_uri(url)),
            "url": safe_uri(url),
            "digest": sha1_digest(body),
            "at": timestamp(captured_at) if captured_at else None,
        },
    ).fetchone()
    return read_capture(archive.warc_folder / row[0], row[1], row[2], source="text") if row else None


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
