"""What a WARC file tells of the run that wrote it, so that a database made anew knows its runs.

Every file of ours says in its ``warcinfo`` record which run wrote it. When a run ends, a ``metadata`` record with its
row of ``runs`` closes its last file: how it ended, and when and by which rules missing articles were judged.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from archive.warc.record import MEMBER_HEAD, is_member_head, parse_date, sha1_digest
from archive.warc.records import BadRecord, Record, open_warc, read_records
from archive.warc.writer import Place, WarcWriter

MIMETYPE = "application/vnd.portal-archive.run+json"
#: Bytes at the end of a file in which a run's end is looked for.
_TAIL = 512 * 1024
_MAGIC = b"\x1f\x8b\x08"


@dataclass(frozen=True, kw_only=True)
class WrittenBy:
    """Who wrote a file."""

    begun: datetime | None
    """Time of the file's first record."""
    info: Mapping[str, str] = field(default_factory=dict)
    """Lines of its warcinfo record, names in lower case."""
    ended: tuple[RunEnd, ...] = ()
    """Ends of runs it tells."""


@dataclass(frozen=True, kw_only=True)
class RunEnd:
    """How a run ended, and where that stands in the file."""

    row: dict[str, Any]
    """The run's row as ``write_run`` wrote it."""
    offset: int
    length: int


def write_run(writer: WarcWriter, row: Mapping[str, Any], files: tuple[str, ...], now: datetime) -> Place:
    """The run's row, and the names of foreign files it took in, stand in the writer's file."""
    body = json.dumps({**row, "files": list(files)}, ensure_ascii=False, sort_keys=True).encode()
    uri = f"urn:portal-archive:run:{row['portal']}:{row['id']}"
    return writer.write_metadata(uri=uri, mimetype=MIMETYPE, body=body, moment=now)


def info_of(row: Mapping[str, Any]) -> dict[str, str]:
    """Lines for ``warcinfo``: enough to know the run by, should its end never be told."""
    return {
        "portal": str(row["portal"]),
        "run": str(row["id"]),
        "run-kind": str(row["kind"]),
        "run-started": str(row["started_at"]),
        "profile-name": str(row["profile"]),
        "profile": str(row["profile_digest"]),
        "extractor": str(row["extractor_version"]),
    }


def written_by(path: Path) -> WrittenBy:
    """What the file's first record and its end tell. Raises WarcError when it cannot be read or is no WARC file."""
    with open_warc(path) as file:
        first = next((r for r in read_records(file, path.name) if isinstance(r, Record)), None)
        begun = parse_date(first.fields.get("warc-date", "")) if first is not None else None
        info = _lines(first.block) if first is not None and first.kind == "warcinfo" else {}
        ended = tuple(_ended(file, path.name)) if "run" in info else ()
    return WrittenBy(begun=begun, info=info, ended=ended)


def _ended(file: BinaryIO, name: str) -> Iterator[RunEnd]:
    """Run ends in the last part of the file, the latest last."""
    size = file.seek(0, 2)
    start = max(0, size - _TAIL)
    file.seek(start)
    tail = file.read()
    at = tail.find(_MAGIC)
    while at >= 0:
        if MIMETYPE.encode() in _head(tail[at : at + 4096]):
            record = next(iter(read_records(file, name, start + at)), None)
            if isinstance(record, Record) and record.fields.get("content-type") == MIMETYPE:
                yield RunEnd(row=json.loads(record.block), offset=record.offset, length=record.length)
        at = tail.find(_MAGIC, at + 1)


def read_run(path: Path, name: str, offset: int) -> RunEnd | BadRecord | None:
    """The run's end that is told at ``offset``; None when the record there tells of none. Raises WarcError."""
    with open_warc(path) as file:
        record = next(iter(read_records(file, name, offset)), None)
        if not isinstance(record, Record):
            return record
        if record.offset != offset or record.fields.get("content-type") != MIMETYPE:
            return None
        if record.fields.get("warc-block-digest") != sha1_digest(record.block):
            return BadRecord(filename=name, offset=offset, reason="its block is not that of its digest")
        for place in (0, offset):
            file.seek(place)
            if not is_member_head(file.read(len(MEMBER_HEAD))):
                reason = f"the gzip header at {place} is not as it was written"
                return BadRecord(filename=name, offset=offset, reason=reason)
        return RunEnd(row=json.loads(record.block), offset=offset, length=record.length)


def _head(member: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(member, 1024)
    except zlib.error:
        return b""


def _lines(block: bytes) -> dict[str, str]:
    pairs = (line.partition(":") for line in block.decode("utf-8", "replace").splitlines())
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}
