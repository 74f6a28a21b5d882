"""The Common Crawl door: each crawl's index is asked for a host, every record is read by its place in a WARC file."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urljoin

from archive.holdings import Held, Slice
from archive.warc import FILE_LIMIT, Exchange, exchange_of
from crawler.errors import CrawlError
from crawler.sources.listing import Page, parse_rows
from crawler.sources.pace import Limits
from crawler.sources.service import Service, Unanswered

INDEX = "https://index.commoncrawl.org"
DATA = "https://data.commoncrawl.org"

#: One connection and one request a second or fewer, say its documents; 503 means slow down, 403 a block that lasts.
LIMITS = Limits(per_minute={"index": 40.0, "data": 60.0}, throttled_pause=60.0, refused_pause=3600.0)

LISTING_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Library:
    """Where Common Crawl's index and data are asked."""

    index: str = INDEX
    data: str = DATA


@dataclass(frozen=True, kw_only=True, slots=True)
class CrawlIndex:
    """One crawl."""

    name: str
    """``CC-MAIN-2019-09``."""
    api: str


def crawls(service: Service, library: Library) -> list[CrawlIndex]:
    """Every crawl, newest first. Raises CrawlError when the list cannot be read."""
    address = f"{library.index}/collinfo.json"
    answer = service.get("index", address, most=LISTING_BYTES)
    try:
        told: Any = json.loads(answer.body) if answer.status == HTTPStatus.OK else None
        found = [CrawlIndex(name=str(one["id"]), api=urljoin(address, str(one["cdx-api"]))) for one in told]
    except (ValueError, TypeError, KeyError) as error:
        raise CrawlError(f"{address} answers {answer.status} and is no list of crawls; try again later") from error
    return found


def list_page(service: Service, crawl: CrawlIndex, part: Slice, scope: str) -> Page:
    """The next page of a crawl's index; ``Slice.resume`` is its number. 404 means that the crawl holds nothing."""
    query = {"url": part.query, "matchType": scope, "output": "json"}
    number = int(part.resume) if part.resume and part.resume.isdigit() else 0
    pages = _pages(service, crawl, query)
    if number >= pages:
        return Page(rows=())
    address = f"{crawl.api}?{urlencode(query | {'page': str(number)})}"
    answer = service.get("index", address, most=LISTING_BYTES)
    if answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST):
        return Page(rows=())
    if answer.status != HTTPStatus.OK or answer.truncated:
        raise Unanswered(f"{address}: it answers {answer.status}")
    page = parse_rows(answer.body.decode("utf-8", "replace"), crawl.name)
    return Page(rows=page.rows, bad=page.bad, resume=str(number + 1) if number + 1 < pages else None)


def _pages(service: Service, crawl: CrawlIndex, query: dict[str, str]) -> int:
    address = f"{crawl.api}?{urlencode(query | {'showNumPages': 'true'})}"
    answer = service.get("index", address, most=LISTING_BYTES)
    if answer.status == HTTPStatus.NOT_FOUND:
        return 0
    try:
        told: Any = json.loads(answer.body) if answer.status == HTTPStatus.OK else None
        return int(told["pages"] if isinstance(told, dict) else told)
    except (ValueError, TypeError, KeyError) as error:
        raise Unanswered(f"{address}: it answers {answer.status} and names no number of pages") from error


def fetch(service: Service, library: Library, held: Held) -> tuple[Exchange, str] | str:
    """The record's exchange and its address, or why there is none. Raises Unanswered and Blocked."""
    if held.filename is None or held.offset is None or held.length is None:
        return "its index row names no place"
    if held.length > FILE_LIMIT:
        return f"its record is larger than {FILE_LIMIT} bytes"
    address = f"{library.data}/{held.filename}"
    last = held.offset + held.length - 1
    answer = service.get("data", address, headers={"Range": f"bytes={held.offset}-{last}"}, most=held.length)
    if answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE):
        return f"no record there ({answer.status})"
    if answer.status != HTTPStatus.PARTIAL_CONTENT:
        raise Unanswered(f"{address}: it answers {answer.status} to a range")
    exchange = exchange_of(io.BytesIO(answer.body), held.filename)
    if isinstance(exchange, str):
        return exchange
    if exchange.url != held.original:
        return f"another record stands there, of {exchange.url[:200]}"
    return exchange, f"{address}#{held.offset}-{last}"
