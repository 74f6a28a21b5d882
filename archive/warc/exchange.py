"""An answer as it was sent, ready to be recorded once more: what another archive keeps becomes a record of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from archive.warc.coding import dechunk, header_values
from archive.warc.message import parse_head, parse_status
from archive.warc.record import parse_date
from archive.warc.records import Record, read_records


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """An answer of a server, payload as sent but for chunks."""

    url: str
    fetched_at: datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    truncated: str | None = None


def exchange_of(file: BinaryIO, name: str) -> Exchange | str:
    """The answer held by the first record of a file named ``name``, or one line that says why there is none."""
    record = next(read_records(file, name), None)
    if record is None:
        return f"{name}: no record"
    if not isinstance(record, Record):
        return str(record)
    moment = parse_date(record.fields.get("warc-date", ""))
    head = parse_head(record.block)
    status = parse_status(head.start) if head else None
    if record.kind != "response" or head is None or status is None or moment is None:
        return f"{name}: a {record.kind} record that holds no answer of a server"
    body = record.block[head.end :]
    if "chunked" in header_values(head.headers, "Transfer-Encoding").lower():
        body, _ = dechunk(body)
    cut = "length" if record.size > len(record.block) else None
    return Exchange(
        url=record.url,
        fetched_at=moment,
        status=status,
        headers=head.headers,
        body=body,
        truncated=record.fields.get("warc-truncated") or cut,
    )
