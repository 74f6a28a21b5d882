"""A fixity manifest: the SHA-256 of every file of an archive, laid out as a BagIt bag (RFC 8493).

A bag keeps its files below ``data/``. The archive's files are linked there, not copied, so that a bag of many large
WARC files costs their names alone; the database goes in as a copy of one moment. WARC files do not change once they
have their final name, so a manifest that is written again counts only those that are new or were touched.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import quote, unquote

from archive import __version__
from archive.backup import copy_database
from archive.database import open_readonly, warc_folder
from archive.errors import ArchiveError
from archive.warc.record import OPEN

DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST, TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
#: Beside the manifest: size and time of each file when its digest was counted. A tag file like any other.
SEEN = "portal-archive-seen.txt"

Told = Callable[[str, int, int], None]


class FixityError(ArchiveError):
    """There is no bag, or it cannot be written; the message says what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A bag that was written."""

    files: int
    bytes: int
    counted: int
    """Files whose digest was counted now; the others were known and untouched."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Differing:
    """A file of the bag that is not as the manifest has it."""

    path: str
    wrong: str


def write_bag(path: Path, bag: Path, day: date, *, told: Told = lambda step, done, whole: None) -> Written:
    """The bag holds the archive at ``path`` as it is now; a crawl may go on, its open WARC file is left for later.

    Raises FixityError when the folder holds something else, OSError or DatabaseError when it cannot be written.
    """
    if bag.exists() and any(bag.iterdir()) and not (bag / "bagit.txt").exists():
        raise FixityError(f"{bag} holds other things; name an empty folder or a bag")
    data = bag / "data"
    (data / "warc").mkdir(parents=True, exist_ok=True)
    _put_database(path, data / path.name)
    kept = {f"data/{path.name}"}
    for source in warc_files(warc_folder(path)):
        name = f"data/warc/{source.relative_to(warc_folder(path)).as_posix()}"
        _link(source, bag / name)
        kept.add(name)
    for old in [file for file in data.rglob("*") if file.is_file()]:
        if old.relative_to(bag).as_posix() not in kept:
            old.unlink()
    known = _seen(bag)
    stats = {name: (bag / name).stat() for name in sorted(kept)}
    fresh = [name for name, stat in stats.items() if known.get(name, ("",))[:1] != (_mark(stat),)]
    counted = dict(zip(fresh, _digests(bag, fresh, told), strict=True))
    digests = {name: counted.get(name) or known[name][1] for name in stats}
    size = sum(stat.st_size for stat in stats.values())
    _write_tags(bag, path, digests, {name: _mark(stat) for name, stat in stats.items()}, size, day)
    return Written(files=len(stats), bytes=size, counted=len(fresh))


def check_bag(bag: Path, *, told: Told = lambda step, done, whole: None) -> list[Differing]:
    """Every file of the bag that is missing, too many, or not as its manifests have it.

    Raises FixityError when there is no bag or its manifest cannot be read.
    """
    found: list[Differing] = []
    for manifest in (TAG_MANIFEST, MANIFEST):
        wanted = read_manifest(bag, manifest)
        names = [name for name in wanted if (bag / name).is_file()]
        found += [Differing(path=name, wrong="it is missing") for name in wanted if name not in set(names)]
        for name, digest in zip(names, _digests(bag, names, told), strict=True):
            if digest != wanted[name]:
                found.append(Differing(path=name, wrong=f"its SHA-256 is {digest}, the manifest has {wanted[name]}"))
        if manifest == MANIFEST:
            there = {file.relative_to(bag).as_posix() for file in (bag / "data").rglob("*") if file.is_file()}
            found += [Differing(path=name, wrong="no manifest names it") for name in sorted(there - wanted.keys())]
    return found


def read_manifest(bag: Path, name: str = MANIFEST) -> dict[str, str]:
    """File -> SHA-256, as a manifest of the bag has it. Raises FixityError."""
    try:
        lines = (bag / name).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FixityError(f"{bag} is no bag that can be read; write one with: portal-archive fixity write") from error
    found = {}
    for line in lines:
        digest, _, file = line.partition("  ")
        pure = Path(_unescaped(file))
        if len(digest) != 64 or not file or pure.is_absolute() or ".." in pure.parts:
            raise FixityError(f"{bag / name}: {line[:100]!r} is no line of a manifest; restore the file")
        found[_unescaped(file)] = digest
    return found


def warc_files(folder: Path) -> Iterator[Path]:
    """Complete WARC files, in order."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.is_file() and OPEN not in path.name and not path.name.startswith("."):
            yield path


def _put_database(path: Path, place: Path) -> None:
    with open_readonly(path):
        pass  # refuses what is no archive
    part = place.with_name(f".{place.name}.part")
    part.unlink(missing_ok=True)
    copy_database(path, part)
    if place.exists() and _sha256(place) == _sha256(part):
        part.unlink()
    else:
        part.replace(place)


def _link(source: Path, place: Path) -> None:
    """The file stands in the bag as well: under a second name, or as a copy on another disk."""
    if place.exists() and place.stat().st_ino == source.stat().st_ino:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.part")
    part.unlink(missing_ok=True)
    try:
        os.link(source, part)
    except OSError:
        shutil.copy2(source, part)
    part.replace(place)


def _digests(bag: Path, names: list[str], told: Told) -> Iterator[str]:
    """SHA-256 of each, two files at a time: the counting leaves Python's lock."""
    whole, done = sum((bag / name).stat().st_size for name in names), 0
    with ThreadPoolExecutor(2) as pool:
        for name, digest in zip(names, pool.map(lambda name: _sha256(bag / name), names), strict=True):
            done += (bag / name).stat().st_size
            told("fixity", done, whole)
            yield digest


def _write_tags(bag: Path, path: Path, digests: dict[str, str], marks: dict[str, str], size: int, day: date) -> None:
    info = {
        "Source-Organization": "portal-archive",
        "External-Identifier": path.stem,
        "Bagging-Date": day.isoformat(),
        "Payload-Oxum": f"{size}.{len(digests)}",
        "Bag-Software-Agent": f"portal-archive {__version__}",
    }
    texts = {
        MANIFEST: "".join(f"{digest}  {_escaped(name)}\n" for name, digest in digests.items()),
        "bagit.txt": DECLARATION,
        "bag-info.txt": "".join(f"{key}: {value}\n" for key, value in info.items()),
        SEEN: "".join(f"{marks[name]}  {digests[name]}  {_escaped(name)}\n" for name in digests),
    }
    (bag / TAG_MANIFEST).unlink(missing_ok=True)  # a bag that is cut off here is seen to be one
    for name, text in texts.items():
        _replace(bag / name, text)
    told = "".join(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in sorted(texts.items()))
    _replace(bag / TAG_MANIFEST, told)


def _replace(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, "utf-8")
    part.replace(path)


def _seen(bag: Path) -> dict[str, tuple[str, str]]:
    """File -> mark and digest of the manifest before; nothing where that is not to be trusted."""
    found: dict[str, tuple[str, str]] = {}
    with suppress(FixityError, OSError, ValueError):
        if _sha256(bag / SEEN) != read_manifest(bag, TAG_MANIFEST).get(SEEN):
            return {}
        for line in (bag / SEEN).read_text("utf-8").splitlines():
            mark, digest, name = line.split("  ", 2)
            found[_unescaped(name)] = (mark, digest)
    return found


def _mark(stat: os.stat_result) -> str:
    return f"{stat.st_size}.{stat.st_mtime_ns}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _escaped(name: str) -> str:
    """A name as a manifest's line holds it: line ends and the percent sign escaped (RFC 8493, 2.1.3)."""
    return "".join(quote(letter) if letter in "%\r\n" else letter for letter in name)


def _unescaped(name: str) -> str:
    return unquote(name)
