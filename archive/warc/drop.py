"""Records taken out of a WARC file so that everything else stays where it stands.

In place of a dropped record comes a ``metadata`` record of the very same length that says what was dropped and why. So
no other record moves: places in captures, CDX files and other people's indexes stay true.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from archive.errors import WarcError
from archive.warc.reader import belong
from archive.warc.record import record_id, safe_uri
from archive.warc.records import BadRecord, Record, final_name, open_warc, read_records

MIMETYPE = "application/vnd.portal-archive.tombstone+json"
_PART = ".forgetting"
#: Bytes of one gzip member that is written anew; one that holds a whole file of records may be large.
_MOST = 1 << 30
_NOTE = b"\x1f\x8b\x08\x12"
_FLAGS = 0x10 | 0x02  # a comment, which fills the member up, and a checksum over it


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """What stands in place of a dropped record."""

    url: str
    reason: str
    at: str
    """ISO 8601 in UTC."""
    digest: str | None = None
    """Payload digest of what was dropped."""


def drop(path: Path, notes: dict[int, Note]) -> int:
    """Drop the records at these offsets, and the requests they answer; how many were there to be dropped.

    The file is written anew beside itself and takes its own place when it is on the disk. A record that was dropped
    before is none any more. Raises WarcError, and then the file is as it was, when it cannot be read or written, or
    when a record cannot be replaced at its place.
    """
    places = _places(path, notes)
    if not places:
        return 0
    part = path.with_name(path.name + _PART)
    try:
        with path.open("rb") as source, part.open("wb") as target:
            _rewrite(path, source, target, places)
            target.flush()
            os.fsync(target.fileno())
        part.rename(path)
    except OSError as error:
        raise WarcError(f"cannot write {part}: {error.strerror}; check the folder and the space left") from error
    finally:
        part.unlink(missing_ok=True)
    return sum(offset in notes for offset in places)


def may_hold_notes(path: Path) -> bool:
    """False when surely no record of the file was dropped: told by the first bytes of members, without reading any."""
    with open_warc(path) as file:
        file.seek(0)
        start = file.read(2)
        file.seek(0)
        if start != _NOTE[:2]:
            return True
        held = b""
        while data := file.read(1 << 20):
            if _NOTE in held + data:
                return True
            held = data[-3:]
    return False


def dropped(path: Path) -> Iterator[tuple[int, Note]]:
    """Offset and note of every record that was dropped from the file. Raises WarcError when it is no WARC file."""
    with open_warc(path) as file:
        for record in read_records(file, final_name(path)):
            if isinstance(record, Record) and record.fields.get("content-type") == MIMETYPE:
                told = _told(record.block)
                if told.get("url"):
                    yield (
                        record.offset,
                        Note(
                            url=str(told["url"]),
                            reason=str(told.get("reason") or ""),
                            at=str(told.get("at") or ""),
                            digest=told.get("digest"),
                        ),
                    )


def _told(block: bytes) -> dict[str, Any]:
    try:
        told = json.loads(block)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _places(path: Path, notes: dict[int, Note]) -> dict[int, tuple[int, Note | None]]:
    """Offset of every record to be replaced -> its length and note; requests have none."""
    found: dict[int, tuple[int, Note | None]] = {}
    requests: list[Record] = []
    answers: list[Record] = []
    with open_warc(path) as file:
        for record in read_records(file, final_name(path)):
            if isinstance(record, BadRecord):
                if record.offset in notes:
                    raise WarcError(f"{path}: the record at {record.offset} cannot be read; restore the file first")
            elif record.kind == "request":
                requests.append(_bare(record))
            elif record.offset in notes and record.kind != "metadata":
                found[record.offset] = (record.length, notes[record.offset])
                answers.append(_bare(record))
    for request in requests:
        if any(belong(answer, request) for answer in answers):
            found[request.offset] = (request.length, None)
    return found


def _bare(record: Record) -> Record:
    return Record(kind=record.kind, fields=record.fields, block=b"", size=0, offset=record.offset, length=record.length)


def _rewrite(path: Path, source: BinaryIO, target: BinaryIO, places: dict[int, tuple[int, Note | None]]) -> None:
    source.seek(0)
    gzipped = source.read(2) == b"\x1f\x8b"
    pieces = _members(path, source, places) if gzipped else _plain(source, places)
    at = 0
    for start, data in pieces:
        _copy(source, target, at, start)
        target.write(data)
        at = start + len(data)
    _copy(source, target, at, os.fstat(source.fileno()).st_size)


def _plain(source: BinaryIO, places: dict[int, tuple[int, Note | None]]) -> Iterator[tuple[int, bytes]]:
    for offset in sorted(places):
        length, note = places[offset]
        source.seek(offset)
        arc = source.read(5) != b"WARC/"
        yield offset, _arc(length) if arc else _whole(length, note)


def _members(path: Path, source: BinaryIO, places: dict[int, tuple[int, Note | None]]) -> Iterator[tuple[int, bytes]]:
    """Every gzip member that holds a record to be replaced: where it begins, and as it is afterwards."""
    for start, end, base in _extents(source, places):
        data = _inflated(path, source, start, end)
        chosen = []
        for number, record in enumerate(read_records(BytesIO(data), path.name)):
            place = start if number == 0 else -(base + record.offset)
            if place in places and isinstance(record, Record):
                chosen.append((record.offset, record.length, record.kind == "arc", places[place][1]))
        yield start, _fitting(path, data, chosen, end - start)


def _extents(source: BinaryIO, places: dict[int, Any]) -> Iterator[tuple[int, int, int]]:
    """Begin and end of the members to be written anew, and where they begin in the uncompressed stream."""
    if min(places) >= 0:
        for start in sorted(places):
            yield start, _end(source, start)[0], 0
        return
    start = base = 0
    size = os.fstat(source.fileno()).st_size
    while start < size:
        end, inflated = _end(source, start)
        if end == start:
            return
        if start in places or any(base < -place < base + inflated for place in places):
            yield start, end, base
        start, base = end, base + inflated


def _end(source: BinaryIO, start: int) -> tuple[int, int]:
    """Where the member that begins at ``start`` ends, and its uncompressed length."""
    source.seek(start)
    inflater = zlib.decompressobj(31)
    read = inflated = 0
    while not inflater.eof:
        data = inflater.unconsumed_tail or source.read(1 << 16)
        if not data:
            return start, 0
        read += 0 if inflater.unconsumed_tail else len(data)
        inflated += len(inflater.decompress(data, 1 << 20))
    return start + read - len(inflater.unused_data), inflated


def _inflated(path: Path, source: BinaryIO, start: int, end: int) -> bytes:
    source.seek(start)
    inflater = zlib.decompressobj(31)
    data = inflater.decompress(source.read(end - start), _MOST)
    if not inflater.eof:
        raise WarcError(f"{path}: the gzip member at {start} is too large to be written anew; split the file first")
    return data


def _fitting(path: Path, data: bytes, chosen: list[tuple[int, int, bool, Note | None]], length: int) -> bytes:
    """The member with its chosen records replaced, in exactly ``length`` bytes; notes give way where room is short."""
    makers: tuple[Callable[[Note | None], Note | None], ...] = (
        lambda note: note,
        _short,
        _bare_note,
        lambda note: None,
    )
    for shortened in makers:
        plain = bytearray(data)
        for offset, size, arc, note in chosen:
            plain[offset : offset + size] = _arc(size) if arc else _whole(size, shortened(note))
        packed = _packed(bytes(plain), length)
        if packed is not None:
            return packed
    raise WarcError(f"{path}: a record cannot be replaced in its place; its file is packed too tightly")


def _short(note: Note | None) -> Note | None:
    return note and Note(url=note.url, reason=note.reason[:80], at=note.at)


def _bare_note(note: Note | None) -> Note | None:
    return note and Note(url=note.url, reason="", at=note.at)


#: What becomes of a note, from as it is to nothing.
_SHORTER: tuple[Callable[[Note | None], Note | None], ...] = (
    lambda note: note,
    _short,
    _bare_note,
    lambda note: None,
)


def _packed(plain: bytes, length: int) -> bytes | None:
    """The data as a gzip member of that many bytes, filled up with a comment; None when it needs more."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(plain) + packer.flush()
    room = length - len(body) - 10 - 1 - 2 - 8
    if room < 0:
        return None
    head = b"\x1f\x8b\x08" + bytes([_FLAGS]) + bytes(4) + b"\x02\x03" + b" " * room + b"\0"
    head += struct.pack("<H", zlib.crc32(head) & 0xFFFF)
    return head + body + struct.pack("<II", zlib.crc32(plain), len(plain) & 0xFFFFFFFF)


def _whole(length: int, note: Note | None) -> bytes:
    """A metadata record of that many bytes."""
    told = {name: getattr(note, name) for name in Note.__dataclass_fields__} if note else {}
    block = json.dumps(told, ensure_ascii=False).encode()
    fields = [("WARC-Type", "metadata"), ("WARC-Record-ID", record_id("forgotten", length, block.hex()))]
    if note:
        fields += [("WARC-Target-URI", safe_uri(note.url)), ("Content-Type", MIMETYPE)]
    fields.append(("WARC-Date", note.at if note else "1970-01-01T00:00:00Z"))
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    start = f"WARC/1.1\r\n{lines}Content-Length: ".encode()
    rest = length - len(start) - len(b"\r\n\r\n\r\n\r\n")
    size = next((n for n in range(max(0, rest - 12), max(0, rest)) if n + len(str(n)) == rest), -1)
    if size < len(block):
        if note:
            return _whole(length, _short(note) if note != _short(note) else None)
        raise WarcError(f"a record of {length} bytes is too short to be replaced")
    return start + b"%d\r\n\r\n" % size + block.ljust(size) + b"\r\n\r\n"


def _arc(length: int) -> bytes:
    """An ARC record of that many bytes that is no answer of a server."""
    for size in range(length, -1, -1):
        line = f"dns:forgotten 0.0.0.0 19700101000000 text/plain {size}\n".encode()
        if len(line) + size + 1 == length:
            return line + b" " * size + b"\n"
    raise WarcError(f"an ARC record of {length} bytes is too short to be replaced")


def _copy(source: BinaryIO, target: BinaryIO, begin: int, end: int) -> None:
    source.seek(begin)
    left = end - begin
    while left > 0 and (data := source.read(min(left, 1 << 20))):
        target.write(data)
        left -= len(data)
