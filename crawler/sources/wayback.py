"""The Wayback door: what a Wayback machine holds of a host is listed, then fetched raw, one capture at a time.

Works with web.archive.org and with pywb. The time of a capture is the one its answer states (``Memento-Datetime``),
for the nearest one is served where the one asked for is not there; an answer without that header is the machine's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import quote, urlencode, urljoin

from archive.holdings import Held, Slice
from archive.warc import FILE_LIMIT, Exchange
from crawler.sources.listing import Page, parse_rows
from crawler.sources.pace import Limits
from crawler.sources.service import Answer, Service, Unanswered

SERVER = "https://web.archive.org"
CDX = f"{SERVER}/cdx/search/cdx"
REPLAY = f"{SERVER}/web"

#: What the service's own documents and its clients' maintainers say: 30 and 600 requests a minute are the hard limits,
#: 429 wants a minute of silence, and ignoring it means an hour behind a firewall that refuses connections.
LIMITS = Limits(per_minute={"cdx": 24.0, "replay": 240.0}, throttled_pause=60.0, refused_pause=3600.0)

#: Rows of one listing answer, and bytes of it that are read.
ROWS, LISTING_BYTES = 5_000, 64 * 1024 * 1024
#: Redirects to the time nearest to the one asked for.
HOPS = 5
FIRST_YEAR = 1996

#: Headers of the machine, not of the page. A page's own come under a prefix from web.archive.org; pywb leaves most of
#: them as they are and puts the prefix before those it sets itself.
_PREFIX = "x-archive-orig-"
_MACHINE = frozenset(
    name
    for line in (
        "memento-datetime link content-location preference-applied vary server date connection keep-alive",
        "transfer-encoding server-timing referrer-policy permissions-policy content-security-policy x-servername",
        "x-archive-src x-archive-guessed-content-type x-archive-guessed-charset x-archive-redirect-reason",
        "x-archive-playback x-archive-wayback-perf x-app-server x-ts x-tr x-location x-cache-key x-rl x-na x-nid",
        "x-page-cache",
    )
    for name in line.split()
)
_WRAPPED = re.compile(r"(?:https?://[^/]+)?/(?:[^/]+/)?\d{1,14}(?:id_|[a-z]{2}_)?/(https?:/+.*)$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """Where a Wayback machine is asked."""

    cdx: str = CDX
    replay: str = REPLAY
    """The address before ``/<time>id_/<url>``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """The machine does not have what its index promised, or does not show it."""

    reason: str


def list_page(service: Service, machine: Machine, part: Slice, scope: str) -> Page:
    """The next rows of a slice. Raises Unanswered when the server cannot, which a smaller slice may cure."""
    query = {"url": part.query, "matchType": scope, "output": "json", "limit": str(ROWS), "showResumeKey": "true"}
    query |= {name: value for name, value in (("from", part.since), ("to", part.until)) if value}
    # The key comes as it is to be sent: encoding it once more would ask for something else.
    resume = f"&resumeKey={part.resume}" if part.resume else ""
    address = f"{machine.cdx}?{urlencode(query)}{resume}"
    answer = service.get("cdx", address, most=LISTING_BYTES)
    if answer.status == HTTPStatus.NOT_FOUND:
        return Page(rows=())
    if answer.status != HTTPStatus.OK or answer.truncated:
        raise Unanswered(f"{address}: it answers {answer.status}{' and is cut short' if answer.truncated else ''}")
    page = parse_rows(answer.body.decode("utf-8", "replace"))
    if page.resume is not None and page.resume == part.resume:
        raise Unanswered(f"{address}: it gives the same resume key again")
    if page.resume is None and len(page.rows) + page.bad == ROWS:
        return _unlimited(service, machine, query)
    return page


def _unlimited(service: Service, machine: Machine, query: dict[str, str]) -> Page:
    """A server that knows no resume key cuts at the limit; it is asked for everything."""
    address = f"{machine.cdx}?{urlencode({k: v for k, v in query.items() if k not in ('limit', 'showResumeKey')})}"
    answer = service.get("cdx", address, most=8 * LISTING_BYTES)
    if answer.status != HTTPStatus.OK or answer.truncated:
        raise Unanswered(f"{address}: it answers {answer.status}{' and is cut short' if answer.truncated else ''}")
    return parse_rows(answer.body.decode("utf-8", "replace"))


def smaller(part: Slice, now: datetime) -> Iterator[Slice]:
    """The slices a slice is made of: all time into years, a year into months; a month is not cut further."""
    if part.since and part.since == part.until:
        for month in range(1, 13) if len(part.since) == 4 else ():
            stamp = f"{part.since}{month:02d}"
            yield Slice(query=part.query, since=stamp, until=stamp)
        return
    first = int(part.since[:4] or FIRST_YEAR)
    for year in range(first, int(part.until[:4] or now.year) + 1):
        yield Slice(query=part.query, since=str(year), until=str(year))


def fetch(service: Service, machine: Machine, held: Held) -> tuple[Exchange, str] | Missing:
    """The archived answer, whatever its status, and the address it was taken from.

    Raises Unanswered and Blocked as ``Service.get`` does.
    """
    address = f"{machine.replay}/{held.timestamp}id_/{held.original}"
    for _ in range(HOPS + 1):
        answer = service.get("replay", _sendable(address), most=FILE_LIMIT)
        moment = _moment(answer.header("Memento-Datetime"))
        if moment is not None:
            return _memento(answer, moment, held), address
        target = answer.header("Location")
        if not 300 <= answer.status < 400 or not target:
            break
        address = urljoin(address, target)
        if not address.startswith(machine.replay):
            return Missing(reason=f"it redirects away, to {address[:200]}")
    if answer.status == HTTPStatus.NOT_FOUND:
        return Missing(reason="not in the archive, though its index lists it")
    if answer.status in (401, 403, 451):
        return Missing(reason=f"not shown by the archive ({answer.status})")
    raise Unanswered(f"{address}: it answers {answer.status} and names no time")


def _memento(answer: Answer, moment: datetime, held: Held) -> Exchange:
    return Exchange(
        url=held.original,
        fetched_at=moment,
        status=answer.status,
        headers=original_headers(answer),
        body=answer.body,
        truncated=answer.truncated,
    )


def original_headers(answer: Answer) -> tuple[tuple[str, str], ...]:
    """The headers the page was archived with, as far as the machine tells them.

    A content coding that the body no longer has, and a length that is not the body's, are left out.
    """
    own = [(name[len(_PREFIX) :], value) for name, value in answer.headers if name.lower().startswith(_PREFIX)]
    named = {name.lower() for name, _ in own}
    own += [
        (name, value)
        for name, value in answer.headers
        if name.lower() not in _MACHINE and name.lower() not in named and not name.lower().startswith(_PREFIX)
    ]
    kept = []
    for name, value in own:
        lower = name.lower()
        if lower == "transfer-encoding" or (lower == "content-length" and value.strip() != str(len(answer.body))):
            continue
        if lower == "content-encoding" and "gzip" in value.lower() and answer.body[:2] != b"\x1f\x8b":
            continue
        if lower == "location" and (wrapped := _WRAPPED.match(value)):
            value = re.sub(r"^(https?:)/+", r"\1//", wrapped[1])
        kept.append((name, value))
    return tuple(kept)


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _sendable(address: str) -> str:
    """The address with what a request line cannot hold escaped; escapes stay as they are."""
    return quote(address, safe="!#$%&'()*+,-./:;=?@[]_~")
