"""WACZ, the zip file of a web archive: its WARC files taken out, and one written that others' tools read.

Version 1.1.1 is written; 1.0 and 1.1 are read, whatever their index. A digest that differs is told and costs no record,
for the records have digests of their own.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import lzma
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from archive.errors import WarcError

VERSION = "1.1.1"
_WARC = (".warc.gz", ".warc", ".arc.gz", ".arc")
_STEP = 1024 * 1024
#: What zipfile raises of one entry: damaged, broken off, its stream damaged, packed in a way it does not
#: know, under a password.
_UNREADABLE = (zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError)
#: Lines of an index block.
_BLOCK = 3_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Unpacked:
    """What was taken out of a WACZ file."""

    files: tuple[Path, ...]
    problems: tuple[str, ...]
    """Entries that could not be taken out, or differ from their digest; one line each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A line of ``pages.jsonl``."""

    url: str
    moment: datetime
    title: str
    text: str = ""


def is_wacz(path: Path) -> bool:
    """Is it a zip file?"""
    try:
        return zipfile.is_zipfile(path)
    except OSError:
        return False


def unpack(path: Path, folder: Path, *, most: int = 1 << 40) -> Unpacked:
    """The WARC files of a WACZ, in ``folder`` under the WACZ file's name and their own; what is there stays.

    Nothing is written outside the folder, whatever an entry is named, and ``most`` bytes at the most. Raises WarcError
    when the file is no zip file, holds no WARC file, or the disk is full.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            entries = [info for info in packed.infolist() if _is_warc(info.filename)]
            if not entries:
                raise WarcError(f"{path} holds no WARC file; it is no web archive")
            stated = _stated(packed)
            folder.mkdir(parents=True, exist_ok=True)
            files: list[Path] = []
            problems: list[str] = []
            for info in entries:
                target = folder / f"{path.stem}-{PurePosixPath(info.filename).name}"
                most -= info.file_size
                if most < 0:
                    problems.append(f"{path}: {info.filename} is left out: larger than what may be unpacked")
                    continue
                problem = _take_out(packed, info, target, stated.get(info.filename))
                if problem:
                    problems.append(f"{path}: {problem}")
                if target.exists():
                    files.append(target)
    except (zipfile.BadZipFile, NotImplementedError) as error:  # the second: a form of ZIP it does not know
        raise WarcError(f"{path} is no WACZ file that can be read: {error}") from error
    except OSError as error:
        raise WarcError(
            f"cannot unpack {path} into {folder}: {error.strerror}; check both and the space left"
        ) from error
    return Unpacked(files=tuple(files), problems=tuple(problems))


def _is_warc(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.name.endswith(_WARC) and "archive" in path.parts[:-1]


def _stated(packed: zipfile.ZipFile) -> dict[str, str]:
    """Entry -> its SHA-256 by the package's own list, where that can be read."""
    try:
        told: Any = json.loads(packed.read("datapackage.json"))
        return {str(one["path"]): str(one["hash"]).partition("sha256:")[2].lower() for one in told["resources"]}
    except (KeyError, ValueError, TypeError, *_UNREADABLE):
        return {}


def _take_out(packed: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, stated: str | None) -> str | None:
    half = target.with_name(f"{target.name}.part")
    counted, size = hashlib.sha256(), 0
    try:
        with packed.open(info) as source, half.open("wb") as out:
            while block := source.read(_STEP):
                size += len(block)
                if size > info.file_size:
                    return f"{info.filename} is longer than it says; left out"
                counted.update(block)
                out.write(block)
        half.rename(target)
    except _UNREADABLE as error:
        return f"{info.filename} cannot be read ({error}); left out"
    finally:
        half.unlink(missing_ok=True)
    return (
        f"{info.filename} differs from its digest in datapackage.json"
        if stated and stated != counted.hexdigest()
        else None
    )


def write_wacz(
    path: Path,
    warcs: Mapping[str, Path],
    index: Iterable[str],
    pages: Iterable[Page],
    about: Mapping[str, str],
    now: datetime,
) -> None:
    """A WACZ file of these WARC files, under their names in it.

    ``index`` holds their CDXJ lines, sorted; ``about`` title and description. The file takes its place when it is
    whole. Raises WarcError when it cannot be written.
    """
    half = path.with_name(f"{path.name}.part")
    try:
        with zipfile.ZipFile(half, "w", zipfile.ZIP_STORED) as packed:
            resources = [_add_file(packed, f"archive/{name}", warc) for name, warc in warcs.items()]
            blocks, idx = _blocks(index)
            resources.append(_add(packed, "indexes/index.cdx.gz", blocks))
            resources.append(_add(packed, "indexes/index.idx", idx))
            resources.append(_add(packed, "pages/pages.jsonl", b"".join(_page_lines(pages)), zipfile.ZIP_DEFLATED))
            package = {
                "profile": "data-package",
                "wacz_version": VERSION,
                "resources": resources,
                "created": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
                **about,
            }
            body = json.dumps(package, ensure_ascii=False, indent=2).encode()
            _add(packed, "datapackage.json", body)
            seal = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(body).hexdigest()}"}
            _add(packed, "datapackage-digest.json", json.dumps(seal, indent=2).encode())
        half.rename(path)
    except OSError as error:
        raise WarcError(f"cannot write {path}: {error.strerror}; check the folder and the space left") from error
    finally:
        half.unlink(missing_ok=True)


def _add(packed: zipfile.ZipFile, name: str, body: bytes, how: int = zipfile.ZIP_STORED) -> dict[str, Any]:
    packed.writestr(name, body, how)
    return _resource(name, hashlib.sha256(body).hexdigest(), len(body))


def _add_file(packed: zipfile.ZipFile, name: str, path: Path) -> dict[str, Any]:
    packed.write(path, name)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return _resource(name, digest, path.stat().st_size)


def _resource(name: str, digest: str, size: int) -> dict[str, Any]:
    return {"name": PurePosixPath(name).name, "path": name, "hash": f"sha256:{digest}", "bytes": size}


def _blocks(lines: Iterable[str]) -> tuple[bytes, bytes]:
    """The index in gzip blocks, and where each begins."""
    packed: list[bytes] = []
    told = [b'!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}\n']
    offset = 0
    for block in _cut(lines):
        data = gzip.compress("".join(f"{line}\n" for line in block).encode(), mtime=0)
        key = " ".join(block[0].split(" ", 2)[:2])
        place = json.dumps(
            {"offset": offset, "length": len(data), "digest": f"sha256:{hashlib.sha256(data).hexdigest()}"}
        )
        told.append(f"{key} {place}\n".encode())
        packed.append(data)
        offset += len(data)
    return b"".join(packed), b"".join(told)


def _cut(lines: Iterable[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in lines:
        block.append(line)
        if len(block) == _BLOCK:
            yield block
            block = []
    if block:
        yield block


def _page_lines(pages: Iterable[Page]) -> Iterator[bytes]:
    yield b'{"format": "json-pages-1.0", "id": "pages", "title": "All Pages", "hasText": true}\n'
    for page in pages:
        line = {
            "id": hashlib.sha256(f"{page.url} {page.moment}".encode()).hexdigest()[:20],
            "url": page.url,
            "ts": f"{page.moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "title": page.title,
            "text": page.text,
        }
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"
