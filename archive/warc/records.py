"""Records of any WARC or ARC file, one after the other, each in its own block; damage is named and passed by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.errors import WarcError
from archive.warc.coding import FILE_LIMIT
from archive.warc.tape import Damaged, Tape

_HEAD_LIMIT = 64 * 1024
#: Bytes of a block that are read. More than the largest body that is kept, and room for its HTTP header.
BLOCK_LIMIT = FILE_LIMIT + 1024 * 1024
_ARC = re.compile(rb"(\S.*?) (\S+) (\d{12,14}) (\S+) (?:\S+ \S+ \S+ \S+ )?(\d+)$")


@dataclass(frozen=True, kw_only=True, slots=True)
class BadRecord:
    """A record that could not be read."""

    filename: str
    offset: int
    """Where it begins, as ``Capture.offset``; what is unreadable at its very start is given its member's offset."""
    reason: str
    """One line for a person."""
    url: str | None = None
    """Address it is about, where that could be read."""

    def __str__(self) -> str:
        about = f" ({self.url})" if self.url else ""
        return f"{self.filename}: record at {self.offset}{about}: {self.reason}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One record as it stands in the file."""

    kind: str
    """WARC-Type, or ``arc``."""
    fields: Mapping[str, str]
    """Named fields, names in lower case."""
    block: bytes
    size: int
    """Announced length of the block; more than ``block`` holds when that was cut at the limit."""
    offset: int
    length: int

    @property
    def url(self) -> str:
        """WARC-Target-URI, without the angle brackets some writers put around it."""
        return self.fields.get("warc-target-uri", "").strip("<> ")


def open_warc(path: Path) -> BinaryIO:
    """The file, which begins like a WARC or ARC file or is empty. Raises WarcError, one line, when it does not."""
    try:
        file = path.open("rb")
        start = file.read(512)
    except OSError as error:
        raise WarcError(f"cannot read {path}: {error.strerror}; check the path and its permissions") from error
    known = start[:2] == b"\x1f\x8b" or start.lstrip(b"\r\n").startswith((b"WARC/", b"filedesc:"))
    if start and not known and not _ARC.match(start.split(b"\n")[0].rstrip(b"\r")):
        file.close()
        raise WarcError(f"{path} is no WARC or ARC file; give a .warc, .warc.gz or .arc.gz file")
    return file


def final_name(path: Path) -> str:
    """The name captures are filed under: without ``.open``."""
    return path.name.removesuffix(".open")


def read_records(file: BinaryIO, name: str, start_offset: int = 0) -> Iterator[Record | BadRecord]:
    """Every record from the one at ``start_offset`` on. Damage costs the record it is in and is told as BadRecord."""
    tape = Tape(file, start_offset)
    while True:
        fields: dict[str, str] = {}
        try:
            if not tape.advance():
                return
            yield _read_record(tape, tape.place(), fields)
        except Damaged as damage:
            yield BadRecord(
                filename=name, offset=tape.here(), reason=str(damage), url=fields.get("warc-target-uri") or None
            )
            if not tape.resync():
                return


def _read_record(tape: Tape, offset: int, fields: dict[str, str]) -> Record:
    if not tape.starts_with(b"WARC/"):
        return _read_arc(tape, offset, fields)
    fields.update(_named_fields(tape.head(_HEAD_LIMIT)))
    size = _size(fields.get("content-length", ""))
    block = tape.read(size, BLOCK_LIMIT)
    if not tape.ended():
        raise Damaged("its announced length is too short")
    kind = fields.get("warc-type", "").lower()
    if not kind:
        raise Damaged("it has no WARC-Type")
    return Record(kind=kind, fields=fields, block=block, size=size, offset=offset, length=tape.length(offset))


def _read_arc(tape: Tape, offset: int, fields: dict[str, str]) -> Record:
    line = _ARC.match(tape.line(_HEAD_LIMIT))
    if not line:
        raise Damaged("it begins like no WARC or ARC record")
    url, ip, date, mimetype, size = (part.decode("latin-1") for part in line.groups())
    fields.update({"warc-target-uri": url, "warc-ip-address": ip, "warc-date": date, "content-type": mimetype})
    block = tape.read(int(size), BLOCK_LIMIT)
    return Record(kind="arc", fields=fields, block=block, size=int(size), offset=offset, length=tape.length(offset))


def _named_fields(head: bytes) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for raw in head.split(b"\n")[1:]:
        try:
            line = raw.decode("utf-8")
        except UnicodeDecodeError:
            line = raw.decode("latin-1")
        if line[:1] in (" ", "\t") and name:
            fields[name] += " " + line.strip()
            continue
        key, colon, value = line.partition(":")
        name = key.strip().lower()
        if colon and name not in fields:
            fields[name] = value.strip()
        elif colon:
            fields[name] += ", " + value.strip()
    return fields


def _size(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise Damaged("it has no Content-Length")
    return int(text)
