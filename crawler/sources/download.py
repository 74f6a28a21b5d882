"""A web archive's file fetched over HTTP, in pieces where the connection breaks: a second start goes on."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from archive import __version__
from crawler.errors import CrawlError

TRIES = 5
_STEP = 256 * 1024


def download(url: str, folder: Path, told: Callable[[int, int | None], None] = lambda done, whole: None) -> Path:
    """The file at a web address, in ``folder``; one that is there already is not fetched again.

    ``told`` hears how many bytes of how many are there. Raises CrawlError when the server refuses, breaks off five
    times in a row, or the disk is full; what is there of the file stays for the next start.
    """
    target = folder / _name(url)
    if target.exists():
        return target
    part = target.with_name(f"{target.name}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trouble = ""
        with httpx.Client(timeout=60.0, follow_redirects=True, headers={"User-Agent": _agent()}) as client:
            for _ in range(TRIES):
                trouble = _go_on(client, url, part, told)
                if not trouble:
                    part.rename(target)
                    return target
    except OSError as error:
        raise CrawlError(f"cannot write {part}: {error.strerror}; check the folder and the space left") from error
    raise CrawlError(f"cannot fetch {url}: {trouble}; run the same command again to go on")


def _go_on(client: httpx.Client, url: str, part: Path, told: Callable[[int, int | None], None]) -> str:
    """Fetch what is missing; an empty text when the file is whole, else what went wrong."""
    there = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={there}-"} if there else {})
    try:
        with client.stream("GET", url, headers=headers) as answer:
            if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and there:
                return "" if answer.headers.get("Content-Range") == f"bytes */{there}" else _begin_again(part)
            if answer.status_code not in (200, 206):
                raise CrawlError(f"cannot fetch {url}: it answers {answer.status_code}; check the address")
            if answer.status_code == 200:
                there = 0
            announced = answer.headers.get("Content-Length", "")
            whole = there + int(announced) if announced.isdigit() else None
            with part.open("r+b" if there else "wb") as file:
                file.seek(0, os.SEEK_END if there else os.SEEK_SET)
                for block in answer.iter_raw(_STEP):
                    file.write(block)
                    there += len(block)
                    told(there, whole)
            return "" if whole is None or there == whole else f"it ends after {there} of {whole} bytes"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{type(error).__name__} {error}".strip()


def _begin_again(part: Path) -> str:
    part.unlink()
    return "the file has changed"


def _name(url: str) -> str:
    last = unquote(urlsplit(url).path).rpartition("/")[2]
    return re.sub(r"[^0-9A-Za-z._-]+", "-", last).lstrip(".") or "download"


def _agent() -> str:
    return f"portal-archive/{__version__}"
