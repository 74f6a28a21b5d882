"""Writing: one exchange after the other into ``name.warc.gz.open``, which becomes ``name.warc.gz`` when it is complete.

An exchange is a response (or revisit) record and the request record that asked for it, in that order, each a gzip
member, written in one piece. What a killed process or a full disk leaves half-written is cut off again.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal
from urllib.parse import urlsplit

from archive.errors import WarcError
from archive.warc.message import head_bytes
from archive.warc.record import OPEN, SOURCE_URI, member, record_id, safe_uri, sha1_digest, warc_date

HeaderPairs = Iterable[tuple[str | bytes, str | bytes]]

NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"

FIDELITY = (
    "Payloads are as sent but de-chunked: content codings are kept, transfer coding is removed with its header. "
    "Header lines are grouped by name and their case is normalised; a missing reason phrase is the standard one."
)
"""What a reader of our files must know: they are not a bit-exact copy of the wire."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a response stands."""

    filename: str
    """Final name of the file, without folder and without ``.open``."""
    offset: int
    """Byte offset of the record's gzip member."""
    length: int
    """Bytes of that member."""
    digest: str
    """``sha1:`` and base32 of the payload as sent."""
    revisit: bool = False
    """The payload was not stored again: it is that of an earlier record."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Original:
    """The earlier capture whose payload an answer repeats."""

    url: str
    fetched_at: datetime
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where an answer was found that another archive had kept; no request of ours belongs to it."""

    uri: str
    """The address it was taken from, written as WARC-Source-URI."""
    taken_at: datetime
    """When it was taken from there, written as WARC-Creation-Date."""


def safe_stem(prefix: str) -> str:
    """How the names of files with this prefix begin: only letters, digits, dots, dashes and underscores."""
    return re.sub(r"[^0-9A-Za-z._-]+", "-", prefix) or "archive"


class WarcWriter:
    """Writes the WARC files of one process. A context manager; ``close`` completes the last file.

    ``now`` is when the process started: it names the files. ``info`` adds lines to the warcinfo record of every file.
    The first file is made with the first exchange, so that a process that fetches nothing leaves nothing.
    """

    def __init__(
        self,
        folder: Path,
        prefix: str,
        *,
        max_bytes: int = 1_000_000_000,
        software: str,
        now: datetime,
        user_agent: str = "",
        robots: str = "obey",
        info: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = Path(folder)
        self._stem = f"{safe_stem(prefix)}-{now:%Y%m%d%H%M%S}"
        self._max_bytes = max_bytes
        lines = {
            "software": software,
            "format": "WARC file version 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "robots": robots,
            "http-header-user-agent": user_agent,
            "description": FIDELITY,
            **(info or {}),
        }
        self._info = {key: value for key, value in lines.items() if value}
        self._serial = 0
        self._file: BinaryIO | None = None
        self._size = 0
        self.filename: str | None = None
        """Final name of the file being written; None between files."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot(self.folder, error) from error
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise WarcError(f"cannot write to {self.folder}; make the folder writable or choose another")

    def write_exchange(
        self,
        *,
        url: str,
        method: str = "GET",
        request_headers: HeaderPairs = (),
        request_body: bytes = b"",
        status: int,
        reason: str | None = None,
        protocol: str | None = None,
        response_headers: HeaderPairs = (),
        body: bytes = b"",
        ip: str | None = None,
        fetched_at: datetime,
        truncated: str | None = None,
        revisit_of: Original | None = None,
        notes: Iterable[tuple[str, str]] = (),
        origin: Origin | None = None,
    ) -> Place:
        """Record one answer and the request it answers; on return both are handed to the operating system.

        With ``origin`` the answer is another archive's: it is recorded alone, with where it came from. ``body`` is
        de-chunked and still content-coded. A 304, or a payload with the digest of ``revisit_of``, becomes a revisit
        record without payload. ``notes`` are further fields of the answer's WARC header. Raises WarcError when the disk
        is full or the file cannot be written; nothing of the exchange is kept then.
        """
        digest = sha1_digest(body)
        profile = _revisit_profile(status, digest, revisit_of)
        uri = safe_uri(url)
        file, name = self._ensure_open(fetched_at)
        offset = self._size
        answer_id, request_id = record_id(name, offset, "response"), record_id(name, offset, "request")
        headers = [(key, value) for key, value in response_headers if _lower(key) != "transfer-encoding"]
        head = head_bytes(_status_line(status, reason, protocol), headers)
        fields = [
            ("WARC-Type", "revisit" if profile else "response"),
            ("WARC-Record-ID", answer_id),
            ("WARC-Target-URI", uri),
            ("WARC-Date", warc_date(fetched_at)),
        ]
        fields += _of_origin(origin) if origin else [("WARC-Concurrent-To", request_id)]
        fields += [*_optional(ip=ip, protocol=protocol, truncated=truncated), *notes]
        if profile:
            block = head
            fields += _revisit_fields(profile, revisit_of)
            digest = revisit_of.digest if revisit_of else digest
        else:
            block = head + body
            fields += [("WARC-Payload-Digest", digest)]
        fields += [("WARC-Block-Digest", sha1_digest(block)), ("Content-Type", "application/http; msgtype=response")]
        answer = member(fields, block, coded=any(_lower(key) == "content-encoding" for key, _ in headers))
        if origin is None:
            asked = _request(uri, method, request_headers, request_body, fetched_at, request_id, answer_id)
            self._append(file, answer + asked)
        else:
            self._append(file, answer)
        if self._size >= self._max_bytes:
            self.close()
        return Place(filename=name, offset=offset, length=len(answer), digest=digest, revisit=profile is not None)

    def write_resource(
        self,
        *,
        url: str,
        mimetype: str,
        body: bytes,
        fetched_at: datetime,
        kind: Literal["resource", "conversion"] = "resource",
    ) -> Place:
        """Record bytes that came without an HTTP exchange: a saved page or file, or (``conversion``) a page's text."""
        file, name = self._ensure_open(fetched_at)
        offset = self._size
        digest = sha1_digest(body)
        fields = [
            ("WARC-Type", kind),
            ("WARC-Record-ID", record_id(name, offset, kind)),
            ("WARC-Target-URI", safe_uri(url)),
            ("WARC-Date", warc_date(fetched_at)),
            ("WARC-Payload-Digest", digest),
            ("WARC-Block-Digest", digest),
            ("Content-Type", mimetype),
        ]
        record = member(fields, body)
        self._append(file, record)
        if self._size >= self._max_bytes:
            self.close()
        return Place(filename=name, offset=offset, length=len(record), digest=digest)

    def write_metadata(self, *, uri: str, mimetype: str, body: bytes, moment: datetime) -> Place:
        """Record what is no answer of a server but is to be known with the answers."""
        file, name = self._ensure_open(moment)
        offset, digest = self._size, sha1_digest(body)
        fields = [
            ("WARC-Type", "metadata"),
            ("WARC-Record-ID", record_id(name, offset, "metadata")),
            ("WARC-Target-URI", uri),
            ("WARC-Date", warc_date(moment)),
            ("WARC-Block-Digest", digest),
            ("Content-Type", mimetype),
        ]
        record = member(fields, body)
        self._append(file, record)
        return Place(filename=name, offset=offset, length=len(record), digest=digest)

    def standing(self, filename: str) -> Path:
        """Where a file of that final name stands now: under its working name while it is being written."""
        return self.folder / (filename + OPEN if filename == self.filename else filename)

    def close(self) -> None:
        """Complete the file: it is on the disk, under its final name. A later exchange begins the next one."""
        if self._file is None or self.filename is None:
            return
        file, name = self._file, self.filename
        self._file = self.filename = None
        try:
            os.fsync(file.fileno())
            (self.folder / (name + OPEN)).rename(self.folder / name)
        except OSError as error:
            raise _cannot(self.folder / name, error) from error
        finally:
            file.close()

    def __enter__(self) -> WarcWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _ensure_open(self, moment: datetime) -> tuple[BinaryIO, str]:
        if self._file is not None and self.filename is not None:
            return self._file, self.filename
        self.filename, self._file = self._create()
        self._size = 0
        lines = head_bytes("", self._info.items()).lstrip(b"\r\n")[:-2]
        fields = [
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", record_id(self.filename, "warcinfo")),
            ("WARC-Date", warc_date(moment)),
            ("WARC-Filename", self.filename),
            ("WARC-Block-Digest", sha1_digest(lines)),
            ("Content-Type", "application/warc-fields"),
        ]
        self._append(self._file, member(fields, lines))
        return self._file, self.filename

    def _create(self) -> tuple[str, BinaryIO]:
        while True:
            name = f"{self._stem}-{self._serial:05d}.warc.gz"
            self._serial += 1
            path = self.folder / (name + OPEN)
            if (self.folder / name).exists():
                continue
            try:
                file = path.open("xb", buffering=0)
            except FileExistsError:
                continue
            except OSError as error:
                raise _cannot(path, error) from error
            # The lock tells a living writer's file from one a killed writer left; the kernel lets go of it.
            fcntl.flock(file, fcntl.LOCK_EX)
            return name, file

    def _append(self, file: BinaryIO, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[file.write(view) :]
        except OSError as error:
            self._cut_back(file)
            raise _cannot(self.folder / (self.filename or ""), error) from error
        self._size += len(data)

    def _cut_back(self, file: BinaryIO) -> None:
        """Take back a half-written exchange. Where even that fails, salvage does it at the next start."""
        with contextlib.suppress(OSError):
            file.truncate(self._size)
            file.seek(self._size)
        if self._size == 0 and self.filename is not None:
            with contextlib.suppress(OSError):
                (self.folder / (self.filename + OPEN)).unlink()
            file.close()
            self._file = self.filename = None


def _revisit_profile(status: int, digest: str, original: Original | None) -> str | None:
    if status == HTTPStatus.NOT_MODIFIED:
        return NOT_MODIFIED
    return SAME_PAYLOAD if original is not None and original.digest == digest else None


def _revisit_fields(profile: str, original: Original | None) -> list[tuple[str, str]]:
    fields = [("WARC-Profile", profile)]
    if original is not None:
        fields += [
            ("WARC-Payload-Digest", original.digest),
            ("WARC-Refers-To-Target-URI", safe_uri(original.url)),
            ("WARC-Refers-To-Date", warc_date(original.fetched_at)),
        ]
    return fields


def _of_origin(origin: Origin) -> list[tuple[str, str]]:
    return [(SOURCE_URI, safe_uri(origin.uri)), ("WARC-Creation-Date", warc_date(origin.taken_at))]


def _optional(*, ip: str | None, protocol: str | None, truncated: str | None) -> list[tuple[str, str]]:
    fields = []
    if ip:
        fields.append(("WARC-IP-Address", ip))
    if protocol and not protocol.upper().startswith("HTTP/1"):
        fields.append(("WARC-Protocol", protocol.lower()))
    if truncated:
        fields.append(("WARC-Truncated", truncated))
    return fields


def _status_line(status: int, reason: str | None, protocol: str | None) -> str:
    """Later protocols have no status line; it is written as HTTP/1.1 then and WARC-Protocol tells the rest."""
    version = protocol.upper() if protocol and re.fullmatch(r"HTTP/1\.[01]", protocol, re.IGNORECASE) else "HTTP/1.1"
    if reason is None:
        reason = HTTPStatus(status).phrase if status in _STANDARD else "Unknown"
    return f"{version} {status:03d} {reason}".rstrip()


_STANDARD = frozenset(int(status) for status in HTTPStatus)


def _lower(name: str | bytes) -> str:
    return (name.decode("latin-1") if isinstance(name, bytes) else name).strip().lower()


def _request(
    uri: str, method: str, headers: HeaderPairs, body: bytes, moment: datetime, own_id: str, answer_id: str
) -> bytes:
    parts = urlsplit(uri)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    pairs = list(headers)
    if not any(_lower(name) == "host" for name, _ in pairs):
        pairs.insert(0, ("Host", parts.netloc.rpartition("@")[2]))
    verb = re.sub(r"[^A-Z]", "", method.upper()) or "GET"
    block = head_bytes(f"{verb} {target} HTTP/1.1", pairs) + body
    fields = [
        ("WARC-Type", "request"),
        ("WARC-Record-ID", own_id),
        ("WARC-Target-URI", uri),
        ("WARC-Date", warc_date(moment)),
        ("WARC-Concurrent-To", answer_id),
        ("WARC-Block-Digest", sha1_digest(block)),
        ("Content-Type", "application/http; msgtype=request"),
    ]
    return member(fields, block)


def _cannot(path: Path, error: OSError) -> WarcError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return WarcError(f"the disk is full: {path} cannot grow; free some space and run the same command again")
    return WarcError(f"cannot write {path}: {error.strerror}; check the folder and its permissions")
