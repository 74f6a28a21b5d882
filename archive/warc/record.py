"""One WARC record as bytes: named fields, a block, one gzip member."""

from __future__ import annotations

import base64
import hashlib
import re
import struct
import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

from isal import isal_zlib

from archive.warc.message import header_bytes

VERSION = b"WARC/1.1"
OPEN = ".open"
"""Suffix of a file that is still being written."""

SOURCE_URI = "WARC-Source-URI"
"""Field of a record that was copied from another archive: its address there."""

#: Levels of ISA-L: its highest takes a quarter of the time of zlib's level 4 on portal pages and a thirtieth more room;
#: a payload that is compressed already gains nothing from any level.
_LEVEL = 3
_LEVEL_CODED = 0
#: How a member's gzip header begins: no name, no time; the ninth byte tells the level.
MEMBER_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
_LEVELS = (0, 4)
#: What ClueWeb09's writer put for a date: year, month, and the day of the year.
_YEAR_DAY = re.compile(r"(\d{4})-(\d\d)-(\d{2,3})(?=T)")
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)[T ]?(\d\d):?(\d\d):?(\d\d)(?:[.,](\d+))?\s*(Z|[+-]\d\d:?\d\d)?$")


def is_member_head(head: bytes) -> bool:
    """Does a member of ours begin like this? No checksum covers these bytes."""
    return head[:8] + head[9:] == MEMBER_HEAD[:8] + MEMBER_HEAD[9:] and head[8] in _LEVELS


def sha1_digest(data: bytes) -> str:
    """``sha1:`` and base32, as the field writes digests."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode("ascii")


def is_digest(stated: str, data: bytes) -> bool:
    """Is this the SHA-1 of the data, in base32 or, as some writers have it, in hexadecimal?"""
    value = stated.partition(":")[2]
    counted = hashlib.sha1(data, usedforsecurity=False)
    return value.upper() == sha1_digest(data)[5:] or value.lower() == counted.hexdigest()


def record_id(*parts: object) -> str:
    """A record id derived from what makes the record unique, so that the same input writes the same bytes."""
    seed = hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")).digest()
    return f"<urn:uuid:{uuid.UUID(bytes=seed[:16], version=5)}>"


def warc_date(moment: datetime) -> str:
    """``2026-11-24T08:05:00Z``, with a fraction where there is one (WARC 1.1).

    >>> warc_date(datetime(2026, 1, 2, 3, 4, 5, 600000, tzinfo=UTC))
    '2026-01-02T03:04:05.600000Z'
    """
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def parse_date(text: str) -> datetime | None:
    """A WARC, ARC or CDX time as an aware UTC datetime; None when it is none.

    >>> parse_date("20260102030405") == parse_date("2026-01-02T03:04:05Z")
    True
    >>> parse_date("2008-10-294T05:21:46-0700") == parse_date("2008-10-20T12:21:46Z")
    True
    """
    found = _DATE.match(_YEAR_DAY.sub(_day_of_year, text.strip()))
    if not found:
        return None
    *numbers, fraction, zone = found.groups()
    try:
        day, time = "-".join(numbers[:3]), ":".join(numbers[3:])
        parsed = datetime.fromisoformat(
            f"{day}T{time}.{(fraction or '0')[:6]:0<6}{(zone or 'Z').replace('Z', '+00:00')}"
        )
        return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _day_of_year(found: re.Match[str]) -> str:
    """The date by its month and day, where the third number can only be the day of the year."""
    year, month, number = map(int, found.groups())
    if number <= 31 or not 1 <= year <= 9998:
        return found[0]
    day = date(year, 1, 1) + timedelta(days=number - 1)
    return day.isoformat() if (day.year, day.month) == (year, month) else found[0]


def safe_uri(url: str) -> str:
    """The address with everything that may not stand in a header line percent-encoded.

    >>> safe_uri("http://a.vn/Thông báo.pdf")
    'http://a.vn/Th%C3%B4ng%20b%C3%A1o.pdf'
    """
    return quote(url.strip(), safe="!#$%&'()*+,-./:;=?@[]_~|^`{}\\\"", errors="replace")


def member(fields: Iterable[tuple[str, str]], block: bytes, *, coded: bool = False) -> bytes:
    """A record in its own gzip member; Content-Length is added. ``coded``: the block is compressed already."""
    lines = [
        VERSION,
        *(name.encode("ascii") + b": " + header_bytes(value.encode("utf-8", "replace")) for name, value in fields),
    ]
    lines.append(b"Content-Length: %d" % len(block))
    packer = isal_zlib.compressobj(_LEVEL_CODED if coded else _LEVEL, isal_zlib.DEFLATED, -15)
    pieces, checksum, length = [MEMBER_HEAD], 0, 0
    for plain in (b"\r\n".join(lines) + b"\r\n\r\n", block, b"\r\n\r\n"):
        pieces.append(packer.compress(plain))
        checksum = isal_zlib.crc32(plain, checksum)
        length += len(plain)
    return b"".join((*pieces, packer.flush(), struct.pack("<II", checksum, length & 0xFFFFFFFF)))
