"""Records into captures: the same capture for the same answer, whoever wrote the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urldefrag

from archive.errors import WarcError
from archive.models import Capture, Source
from archive.warc.coding import dechunk, decode_payload, header_values, limit_for
from archive.warc.message import Head, parse_head, parse_status
from archive.warc.record import SOURCE_URI, is_digest, parse_date, safe_uri, sha1_digest
from archive.warc.records import BadRecord, Record, final_name, open_warc, read_records
from archive.warc.tape import Damaged

__all__ = ["BadRecord", "read_capture", "read_captures"]

_ANSWERS = frozenset({"response", "revisit", "arc"})
_WEB = ("http://", "https://")
#: Requests kept in case the response they belong to comes later.
_WAITING = 64
#: The address of a raw replay: time, ``id_``, and the address it is of.
_REPLAY = re.compile(r"/\d{14}id_/https?:", re.IGNORECASE)


def read_captures(
    path: Path, *, start_offset: int = 0, source: Source = "warc", name: str | None = None, verify: bool = False
) -> Iterator[Capture | BadRecord]:
    """Every capture of a WARC or ARC file, in file order, and every record that could not be read.

    ``start_offset`` is the offset of a record. Captures are filed under ``name``, by default the file's own without
    ``.open``. With ``verify`` a block or payload that differs from its stated SHA-1 is a BadRecord. Text records
    (``conversion``, as in WET files) become captures of media type text/plain and source ``text``. Raises WarcError
    when the file cannot be opened or begins like no WARC file; damage further on never raises.
    """
    filename = name or final_name(path)
    with open_warc(path) as file:
        records = read_records(file, filename, start_offset)
        yield from _paired(_proved(records, filename) if verify else records, filename, source, verify)


def read_capture(
    path: Path, offset: int, length: int | None = None, *, source: Source = "warc", name: str | None = None
) -> Capture:
    """The capture whose record stands at that place, with its request when that follows.

    ``length`` is the record's length as it was filed; another one now means the file is not the one that was filed.
    Raises WarcError when no capture stands there.
    """
    filename = name or final_name(path)
    with open_warc(path) as file:
        start = max(offset, 0)
        records = read_records(file, filename, start)
        record = next((r for r in records if offset >= 0 or r.offset == offset), None)
        if not isinstance(record, Record) or record.offset != offset:
            raise WarcError(f"{path}: no record at {offset}; the file is damaged or not the one that was filed")
        if length is not None and record.length != length:
            raise WarcError(
                f"{path}: the record at {offset} has another length; the file was changed after it was filed"
            )
        following = next(records, None)
        request = following if isinstance(following, Record) and belong(record, following) else None
        try:
            capture = _capture(record, request, filename, source, verify=False)
        except Damaged as damage:
            raise WarcError(f"{path}: record at {offset}: {damage}") from damage
    if capture is None:
        raise WarcError(f"{path}: the record at {offset} is a {record.kind}, no answer of a server")
    return capture


def _proved(records: Iterator[Record | BadRecord], filename: str) -> Iterator[Record | BadRecord]:
    """The records, of which one that differs from its block's stated SHA-1 is a bad one."""
    for record in records:
        stated = record.fields.get("warc-block-digest", "").strip() if isinstance(record, Record) else ""
        if (
            isinstance(record, Record)
            and stated[:5].lower() == "sha1:"
            and record.size == len(record.block)
            and not is_digest(stated, record.block)
        ):
            reason = "its block is not the one its digest was counted over"
            yield BadRecord(filename=filename, offset=record.offset, reason=reason, url=record.url or None)
        else:
            yield record


def _paired(
    records: Iterator[Record | BadRecord], filename: str, source: Source, verify: bool
) -> Iterator[Capture | BadRecord]:
    """Join each answer with its request, whichever comes first, holding one answer back at a time."""
    requests: list[Record] = []
    held: Record | None = None
    for record in records:
        if isinstance(record, BadRecord):
            yield from _finished(held, None, filename, source, verify)
            held = None
            yield record
        elif record.kind == "request":
            if held is not None and belong(held, record):
                yield from _finished(held, record, filename, source, verify)
                held = None
            else:
                requests = [*requests[1 - _WAITING :], record]
        elif record.kind not in ("metadata", "warcinfo"):
            yield from _finished(held, None, filename, source, verify)
            held = None
            request = next((r for r in requests if belong(record, r)), None)
            if request is not None:
                requests.remove(request)
                yield from _finished(record, request, filename, source, verify)
            else:
                held = record
    yield from _finished(held, None, filename, source, verify)


def belong(answer: Record, request: Record) -> bool:
    """Is this the request that the answer was given to?"""
    if request.kind != "request":
        return False
    said, asked = answer.fields, request.fields
    return said.get("warc-record-id", "-") in asked.get("warc-concurrent-to", "") or asked.get(
        "warc-record-id", "-"
    ) in said.get("warc-concurrent-to", "")


def _finished(
    record: Record | None, request: Record | None, filename: str, source: Source, verify: bool
) -> Iterator[Capture | BadRecord]:
    if record is None:
        return
    try:
        capture = _capture(record, request, filename, source, verify)
    except Damaged as damage:
        yield BadRecord(filename=filename, offset=record.offset, reason=str(damage), url=record.url or None)
        return
    if capture is not None:
        yield capture


def _capture(record: Record, request: Record | None, filename: str, source: Source, verify: bool) -> Capture | None:
    """The capture a record holds; None for a record of another kind (DNS, metadata). Raises Damaged."""
    if not record.url.lower().startswith(_WEB):
        return None
    if record.kind in _ANSWERS:
        return _answer(record, request, filename, source, verify)
    if record.kind in ("resource", "conversion"):
        return _bare(record, filename, "text" if record.kind == "conversion" else source, verify)
    return None


def _answer(record: Record, request: Record | None, filename: str, source: Source, verify: bool) -> Capture | None:
    if record.kind != "arc" and not record.fields.get("content-type", "application/http").startswith(
        "application/http"
    ):
        return None
    head, status = _head(record)
    asked = parse_head(request.block) if request is not None else None
    method = asked.start.split(b" ")[0].decode("latin-1") if asked else "GET"
    payload = record.block[head.end :]
    sent, body, cut = _body(record, head, payload, method, status)
    return Capture(
        url=_address(record),
        fetched_at=_moment(record),
        status=status,
        headers=head.headers,
        body=body,
        method=method,
        request_body=request.block[asked.end :] if request is not None and asked else b"",
        source=_door(record, source),
        # Some writers call a revisit truncated because it leaves the payload out.
        truncated=None if record.kind == "revisit" else record.fields.get("warc-truncated") or cut,
        digest=_digest(record, payload, sent, verify),
        filename=filename,
        offset=record.offset,
        length=record.length,
        revisit=record.kind == "revisit",
    )


def _head(record: Record) -> tuple[Head, int]:
    head = parse_head(record.block)
    status = parse_status(head.start) if head else None
    if head is not None and status is not None:
        return head, status
    if record.kind == "revisit" and not record.block.strip():
        return Head(start=b"", headers=(), end=len(record.block)), 304  # a revisit may leave the HTTP part out
    raise Damaged("its HTTP part has no status line")


def _body(record: Record, head: Head, payload: bytes, method: str, status: int) -> tuple[bytes, bytes, str | None]:
    """The payload de-chunked, the body it decodes to, and how that is cut."""
    if record.kind == "revisit":
        return payload, b"", None
    sent, whole = payload, True
    if "chunked" in header_values(head.headers, "Transfer-Encoding").lower():
        sent, whole = dechunk(payload)
    body, cut = decode_payload(sent, head.headers)
    return sent, body, _shortfall(record, head, sent, method, status) or cut or (None if whole else "unspecified")


def _bare(record: Record, filename: str, source: Source, verify: bool) -> Capture:
    mimetype = record.fields.get("content-type", "")
    if record.kind == "conversion":
        mimetype = "text/plain; charset=utf-8"
    limit = limit_for(mimetype.split(";")[0].strip().lower())
    cut = "length" if record.size > len(record.block) or len(record.block) > limit else None
    return Capture(
        url=_address(record),
        fetched_at=_moment(record),
        status=200,
        headers=(("Content-Type", mimetype),) if mimetype else (),
        body=record.block[:limit],
        source=source,
        truncated=record.fields.get("warc-truncated") or cut,
        digest=_digest(record, record.block, record.block, verify),
        filename=filename,
        offset=record.offset,
        length=record.length,
    )


def _door(record: Record, source: Source) -> Source:
    """Which other archive our own record was copied from, where it says so."""
    uri = record.fields.get(SOURCE_URI.lower(), "")
    if not uri:
        return source
    return "wayback" if _REPLAY.search(uri) else "commoncrawl"


def _address(record: Record) -> str:
    return urldefrag(safe_uri(record.url)).url


def _moment(record: Record) -> datetime:
    moment = parse_date(record.fields.get("warc-date", ""))
    if moment is None:
        raise Damaged("it has no readable WARC-Date")
    return moment


def _shortfall(record: Record, head: Head, sent: bytes, method: str, status: int) -> str | None:
    """How a payload is cut that no WARC-Truncated field speaks of."""
    if record.size > len(record.block):
        return "length"
    announced = header_values(head.headers, "Content-Length").split(",")[0].strip()
    chunked = header_values(head.headers, "Transfer-Encoding")
    if not announced.isdigit() or chunked or method == "HEAD" or status in (204, 304):
        return None
    return "disconnect" if len(sent) < int(announced[:15]) else None


def _digest(record: Record, payload: bytes, sent: bytes, verify: bool) -> str:
    """The payload digest as stated, or counted where none is."""
    stated = record.fields.get("warc-payload-digest", "").strip()
    if not stated:
        return sha1_digest(sent)
    checkable = record.kind != "revisit" and record.size == len(record.block) and stated[:5].lower() == "sha1:"
    # Writers disagree on whether a chunked payload is counted as sent or joined.
    if verify and checkable and not any(is_digest(stated, data) for data in (payload, sent)):
        raise Damaged("its payload is not the one its digest was counted over")
    return stated
