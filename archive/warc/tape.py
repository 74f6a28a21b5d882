"""A reading head over a WARC or ARC file, plain or gzip, that knows where each record begins and survives damage."""

from __future__ import annotations

import re
import zlib
from typing import BinaryIO

_READ = 64 * 1024
_GROW = 256 * 1024
#: Bytes thrown away in search of the end of one gzip member. What is larger is a bomb; the search goes on in the file.
_MAX_SKIP = 1024 * 1024 * 1024
_MAGIC = b"\x1f\x8b\x08"
_GAP = re.compile(rb"\r*\n\r*\n")
_BEGIN = rb"WARC/\d\.\d+\r*\n|https?://[^\n]{1,4000} \d{14} \S+ \d+\r?\n"
_BEGINS = re.compile(_BEGIN)
_NEXT = re.compile(rb"\n(?=" + _BEGIN + rb")")
_LONGEST_BEGIN = 4200


class Damaged(Exception):
    """The record at hand cannot be read; the message says why."""


class Tape:
    """Reads records one after the other.

    ``advance`` puts the head on a record's first byte; ``place`` then says where that is. A record that does not begin
    a gzip member has no byte offset of its own; it is given minus its position in the uncompressed stream, which is as
    unique and as lasting.
    """

    def __init__(self, file: BinaryIO, offset: int = 0) -> None:
        self._file = file
        file.seek(0)
        self.gzipped = file.read(2) == _MAGIC[:2]
        file.seek(offset)
        self._raw = b""
        """Input not yet uncompressed."""
        self._raw_end = offset
        self._buffer = b""
        self._at = 0
        self._base = 0 if self.gzipped else offset
        """Position in the uncompressed stream of the buffer's first byte."""
        self._inflater: zlib._Decompress | None = None
        self._member = offset
        """Offset of the gzip member the head is in."""
        self._shared = False
        """The member at hand holds more than one record."""
        self._first = True
        self._broken = False
        """The gzip data of the member at hand is damaged or ends early."""
        self._stream_known = offset == 0
        self._start = 0
        """Position in the uncompressed stream of the record at hand."""

    def advance(self) -> bool:
        """Go to the next record; False at the end of the file. Raises Damaged when the next bytes begin nothing."""
        self._skip_breaks()
        if self._at < len(self._buffer):
            self._shared, self._first = self.gzipped, False
        while self._at >= len(self._buffer):
            if not self.gzipped or not self._open_member():
                return False
            self._shared, self._first = False, True
            self._skip_breaks()
        self._start = self._base + self._at
        return True

    def place(self) -> int:
        """Where the record begins whose first byte the head is on."""
        if not self.gzipped:
            return self._base + self._at
        if self._first:
            return self._member
        if not self._stream_known:
            raise Damaged("it shares a gzip member with others; read the file from its start")
        return -(self._base + self._at)

    def here(self) -> int:
        """``place``, or for what has none the offset of its member: for telling where damage is."""
        if not self.gzipped:
            return self._start
        return self._member if self._first or not self._stream_known else -self._start

    def length(self, place: int) -> int:
        """Bytes of the record at ``place`` that was just read: of its member where it has one to itself."""
        self._skip_breaks()
        if not self.gzipped or place < 0 or self._at < len(self._buffer):
            return self._base + self._at - self._start
        return self._raw_end - len(self._raw) - place

    def ended(self) -> bool:
        """Nothing but line breaks stands between the head and the next record."""
        self._skip_breaks()
        return self._at >= len(self._buffer) or _BEGINS.match(self._peek(16)) is not None

    def head(self, limit: int) -> bytes:
        """The lines up to the next empty one, which is consumed."""
        while True:
            gap = _GAP.search(self._buffer, self._at, self._at + limit)
            if gap:
                found = self._buffer[self._at : gap.start()]
                self._at = gap.end()
                return found
            if len(self._buffer) - self._at > limit:
                raise Damaged("its header is too long")
            if not self._fill():
                raise Damaged("its header has no end")

    def line(self, limit: int) -> bytes:
        """The next line without its end, which is consumed."""
        while True:
            end = self._buffer.find(b"\n", self._at, self._at + limit)
            if end >= 0:
                found = self._buffer[self._at : end]
                self._at = end + 1
                return found.rstrip(b"\r")
            if len(self._buffer) - self._at > limit or not self._fill():
                raise Damaged("its first line has no end")

    def starts_with(self, prefix: bytes) -> bool:
        """Do these bytes come next?"""
        return self._peek(len(prefix)) == prefix

    def read(self, size: int, keep: int) -> bytes:
        """The next ``size`` bytes, of which the first ``keep`` are returned. Raises Damaged when there are fewer."""
        parts: list[bytes] = []
        kept = 0
        while size > 0:
            if self._at >= len(self._buffer) and not self._fill():
                raise Damaged("it ends before its announced length")
            part = self._buffer[self._at : self._at + size]
            self._at += len(part)
            size -= len(part)
            if kept < keep:
                parts.append(part[: keep - kept])
                kept += len(parts[-1])
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def resync(self) -> bool:
        """After damage: go to where the next record may begin. False at the end of the file."""
        if self._broken:
            return self._next_member()
        try:
            if self._shared or not self.gzipped:
                return self._next_in_stream() or (self.gzipped and self._next_member())
            self._drain()
            return True
        except Damaged:
            return self._next_member()

    def _peek(self, size: int) -> bytes:
        while len(self._buffer) - self._at < size and self._fill():
            pass
        return self._buffer[self._at : self._at + size]

    def _skip_breaks(self) -> None:
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at] in b"\r\n":
                self._at += 1
            if self._at < len(self._buffer) or not self._fill():
                return

    def _fill(self) -> bool:
        """More uncompressed bytes in the buffer; False at the end of the member, or of a plain file."""
        data = self._inflate() if self.gzipped else self._file.read(_READ)
        if not data:
            return False
        self._base += self._at
        self._buffer = self._buffer[self._at :] + data
        self._at = 0
        return True

    def _inflate(self) -> bytes:
        inflater = self._inflater
        while inflater is not None and not inflater.eof:
            if not self._raw:
                self._raw = self._file.read(_READ)
                self._raw_end += len(self._raw)
                if not self._raw:
                    self._inflater, self._broken = None, True
                    raise Damaged("the file is cut off inside it")
            try:
                data = inflater.decompress(self._raw, _GROW)
            except zlib.error as error:
                self._inflater, self._broken = None, True
                raise Damaged("its gzip data is damaged") from error
            self._raw = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
            if data:
                return data
        self._inflater = None
        return b""

    def _open_member(self) -> bool:
        """Begin the next gzip member; False at the end of the file. Raises Damaged when none begins here."""
        if not self._raw:
            self._raw = self._file.read(_READ)
            self._raw_end += len(self._raw)
        if not self._raw:
            return False
        self._member = self._raw_end - len(self._raw)
        self._base += len(self._buffer)
        self._buffer, self._at = b"", 0
        self._inflater = zlib.decompressobj(31)
        self._first = True
        return True

    def _drain(self) -> None:
        """Throw the rest of the member away."""
        skipped = 0
        while self._inflater is not None:
            self._at = len(self._buffer)
            before = self._base + self._at
            if not self._fill():
                break
            skipped += self._base + len(self._buffer) - before
            if skipped > _MAX_SKIP:
                self._inflater = None
                raise Damaged("its member has no end")
        self._at = len(self._buffer)

    def _next_in_stream(self) -> bool:
        """Look for a record's first line in the uncompressed stream, after the first byte of the damaged one."""
        if self._base + self._at > self._start and _BEGINS.match(self._peek(_LONGEST_BEGIN)):
            return True
        while True:
            found = _NEXT.search(self._buffer, self._at)
            if found:
                self._at = found.end()
                return True
            self._at = max(self._at, len(self._buffer) - _LONGEST_BEGIN)
            if not self._fill():
                self._at = len(self._buffer)
                return False

    def _next_member(self) -> bool:
        """Look for a gzip member that begins a record, from after the start of the damaged one on."""
        self._file.seek(self._member + 1)
        self._stream_known = self._broken = False
        start = self._member + 1
        window = b""
        while True:
            data = self._file.read(_READ)
            window += data
            at = window.find(_MAGIC)
            while at >= 0:
                if (len(window) - at >= 1024 or not data) and _begins_record(window[at : at + 1024]):
                    return self._restart(start + at)
                if len(window) - at < 1024 and data:
                    break
                at = window.find(_MAGIC, at + 1)
            if not data:
                return False
            keep = len(window) - at if at >= 0 else min(2, len(window))
            start += len(window) - keep
            window = window[-keep:]

    def _restart(self, offset: int) -> bool:
        self._file.seek(offset)
        self._raw, self._raw_end = b"", offset
        self._base += len(self._buffer)
        self._buffer, self._at = b"", 0
        self._inflater = None
        return True


def _begins_record(member: bytes) -> bool:
    try:
        start = zlib.decompressobj(31).decompress(member, 64)
    except zlib.error:
        return False
    return start.startswith((b"WARC/", b"http://", b"https://", b"filedesc:"))
