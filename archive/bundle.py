"""A selection of captures given away as one WARC or WACZ file, its records as they stand in the archive's own files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from archive import __version__
from archive.cdx import surt
from archive.errors import WarcError
from archive.warc import Page, write_wacz
from archive.warc.reader import belong
from archive.warc.record import OPEN, member, parse_date, record_id, warc_date
from archive.warc.records import Record, open_warc, read_records

_COLUMNS = 'urlkey, timestamp, original, mimetype, statuscode, digest, filename, "offset", length'
_ALL = f'select {_COLUMNS} from captures where filename is not null order by filename, "offset"'
_OF_PAGE = f"select {_COLUMNS} from captures where urlkey = ? and filename is not null"
_ADDRESSES = """
select canonical_url from article_urls where article_id = ?1 union select url from articles where id = ?1
union select url from attachments where article_id = ?1 union select url from images where article_id = ?1 and url <> ''
"""
_PAGES = """
select a.canonical_url, a.title, a.body_text, c.original, c.timestamp
from articles a join captures c on c.id = a.capture_id
"""
#: Letters of a page's text in a WACZ file: what a replay's search needs.
_TEXT = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """One capture that is given away."""

    urlkey: str
    timestamp: str
    original: str
    mimetype: str
    statuscode: int
    digest: str | None
    filename: str
    offset: int
    length: int


@dataclass(kw_only=True)
class Bundled:
    """What was given away."""

    captures: int = 0
    lost: list[str]
    """Captures whose record could not be read, one line each."""


def chosen(conn: sqlite3.Connection, articles: Iterable[int] | None) -> list[Chosen]:
    """Every capture of the articles, of their files and of their pictures; of everything where ``articles`` is None.

    In the order in which they stand in the archive's files.
    """
    if articles is None:
        return [_chosen(row) for row in conn.execute(_ALL)]
    keys = {surt(row[0]) for one in articles for row in conn.execute(_ADDRESSES, (one,))}
    found = {_chosen(row) for key in sorted(keys) for row in conn.execute(_OF_PAGE, (key,))}
    return sorted(found, key=lambda one: (one.filename, one.offset))


def _chosen(row: Iterable[Any]) -> Chosen:
    names = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "filename", "offset", "length")
    return Chosen(**dict(zip(names, row, strict=True)))


def bundle_warc(
    captures: Iterable[Chosen], folder: Path, target: Path, now: datetime, told: Callable[[int], None] = lambda n: None
) -> Bundled:
    """Write the captures, each with its request, to one WARC file, which takes its place when it is whole.

    ``folder`` is the archive's warc folder. ``told`` hears of every capture. Raises WarcError when it cannot be
    written.
    """
    return _write(captures, folder, target, now, told)[0]


def bundle_wacz(
    conn: sqlite3.Connection,
    captures: Iterable[Chosen],
    folder: Path,
    target: Path,
    now: datetime,
    *,
    title: str,
    told: Callable[[int], None] = lambda n: None,
) -> Bundled:
    """Write the captures to a WACZ file, with an index and the articles among them as pages. Raises WarcError."""
    captures = list(captures)
    inside = target.with_name(f"{target.name}.warc.gz")
    try:
        done, index = _write(captures, folder, inside, now, told)
        about = {"title": title, "software": f"portal-archive/{__version__}"}
        write_wacz(target, {f"{target.stem}.warc.gz": inside}, sorted(index), _pages(conn, captures), about, now)
    finally:
        inside.unlink(missing_ok=True)
    return done


def _write(
    captures: Iterable[Chosen], folder: Path, target: Path, now: datetime, told: Callable[[int], None]
) -> tuple[Bundled, list[str]]:
    half = target.with_name(f"{target.name}.part")
    done, index = Bundled(lost=[]), []
    try:
        with half.open("wb") as out:
            out.write(_info(target.name, now))
            for number, (capture, data) in enumerate(_records(captures, folder, done), 1):
                index.append(_line(capture, out.tell(), len(data[0]), f"{target.name.removesuffix('.wacz.warc.gz')}"))
                out.writelines(data)
                done.captures += 1
                told(number)
        half.rename(target)
    except OSError as error:
        raise WarcError(f"cannot write {target}: {error.strerror}; check the folder and the space left") from error
    finally:
        half.unlink(missing_ok=True)
    return done, index


def _records(captures: Iterable[Chosen], folder: Path, done: Bundled) -> Iterator[tuple[Chosen, list[bytes]]]:
    """Each capture's record, and its request where that follows, as bytes."""
    file: BinaryIO | None = None
    name = None
    try:
        for capture in captures:
            try:
                if file is None or name != capture.filename:
                    if file is not None:
                        file.close()
                    file, name = _opened(folder / capture.filename), capture.filename
                yield capture, _found(file, capture)
            except WarcError as error:
                done.lost.append(str(error))
    finally:
        if file is not None:
            file.close()


def _opened(path: Path) -> BinaryIO:
    return open_warc(path if path.exists() else path.with_name(path.name + OPEN))


def _found(file: BinaryIO, capture: Chosen) -> list[bytes]:
    records = read_records(file, capture.filename, max(capture.offset, 0))
    found = next((r for r in records if capture.offset >= 0 or r.offset == capture.offset), None)
    if not isinstance(found, Record) or found.offset != capture.offset or found.length != capture.length:
        raise WarcError(f"{capture.filename}: the record at {capture.offset} is not the one that was filed; run verify")
    request = next(records, None)
    data = [_as_it_stands(file, found)]
    if isinstance(request, Record) and belong(found, request):
        data.append(_as_it_stands(file, request))
    return data


def _as_it_stands(file: BinaryIO, record: Record) -> bytes:
    """The record's own gzip member, or one made of it where it has none."""
    if record.offset >= 0:
        file.seek(record.offset)
        data = file.read(record.length)
        if data[:2] == b"\x1f\x8b":
            return data
    fields = [(name, value) for name, value in record.fields.items() if name != "content-length"]
    return member(fields, record.block)


def _info(name: str, now: datetime) -> bytes:
    lines = f"software: portal-archive/{__version__}\r\nformat: WARC file version 1.1\r\n".encode()
    fields = [
        ("WARC-Type", "warcinfo"),
        ("WARC-Record-ID", record_id(name, "warcinfo")),
        ("WARC-Date", warc_date(now)),
        ("WARC-Filename", name),
        ("Content-Type", "application/warc-fields"),
    ]
    return member(fields, lines)


def _line(capture: Chosen, offset: int, length: int, stem: str) -> str:
    told = {
        "url": capture.original,
        "mime": capture.mimetype,
        "status": str(capture.statuscode),
        "digest": capture.digest or "-",
        "length": str(length),
        "offset": str(offset),
        "filename": f"{stem}.warc.gz",
    }
    return f"{capture.urlkey} {capture.timestamp} {json.dumps(told, ensure_ascii=False)}"


def _pages(conn: sqlite3.Connection, captures: list[Chosen]) -> Iterator[Page]:
    """The articles that are read from one of the captures."""
    held = {(one.original, one.timestamp) for one in captures}
    for canonical, title, text, original, stamp in conn.execute(_PAGES):
        moment = parse_date(stamp)
        if (original, stamp) in held and moment is not None:
            yield Page(url=original or canonical, moment=moment.astimezone(UTC), title=title, text=text[:_TEXT])
