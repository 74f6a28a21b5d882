"""What an answer means: for the archive, for the frontier and for the host. One answer, one transaction.

The same code settles a live answer and one found in a WARC file after a crash, so that both leave the same rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from archive.frontier import Entry, Kind, Visit
from archive.ledger import Ledger, retry_after
from archive.models import (
    ArticleFound,
    Capture,
    FileFound,
    Link,
    ListingFound,
    NotModified,
    Outcome,
    Postback,
    Redirected,
    Rejected,
    outcome_name,
)
from archive.rhythm import section_rhythms
from archive.runs import load_run
from archive.store import Archive, RunContext, SaveResult
from crawler.barren import Barren
from crawler.due import next_visit
from crawler.politeness import retry_after_seconds
from crawler.profile import SiteProfile
from crawler.sharepoint import address_kind, canonical_url, frontier_key, plain_post, refusal, spelled_url

#: Reasons that another try may cure, in this run.
PASSING = frozenset({"throttled", "server_error", "truncated", "unreachable", "error_page", "postback_refused"})

#: Reasons that leave an address unread: kept in ``failures`` until a later run reads it.
UNREAD = PASSING | {"interstitial", "login_required", "forbidden", "too_large", "undecodable"}

#: Reasons that shut a visitor out; many in a row mean the site blocks us.
SHUT_OUT = frozenset({"forbidden", "login_required", "interstitial", "throttled"})

#: Times a list is read from its start again in one run because its view state was refused.
LIST_RESTARTS = 2

#: Spellings of one page that redirect to each other before we stop asking.
READDRESSINGS = 3

#: Addresses remembered as known, so that a menu that stands on every page is looked up once.
REMEMBERED = 20_000

#: First pause before a later run tries an unread address again; doubles with every failed attempt, up to a month.
LATER = timedelta(hours=6)
LATEST = timedelta(days=30)

_ENTRY_KINDS: dict[str, Kind] = {
    "page": "page",
    "list": "list",
    "pager": "pager",
    "file": "file",
    "image": "image",
    "feed": "feed",
    "sitemap": "sitemap",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """What became of one visit."""

    outcome: str
    result: SaveResult | None = None
    failed: bool = False
    refused: bool = False
    """The answer shut us out."""
    discovered: int = 0


class Visits:
    """Settles visits of one run."""

    def __init__(self, archive: Archive, ledger: Ledger, profile: SiteProfile, run: RunContext) -> None:
        self._archive = archive
        self._ledger = ledger
        self._profile = profile
        self._run = run
        self._restarts: Counter[str] = Counter()
        self._readdressings: Counter[str] = Counter()
        self._remembered: set[str] = set()
        begun = datetime.fromisoformat(load_run(archive.conn, run.run_id)["started_at"])
        self._rhythms = section_rhythms(archive.conn, run.portal, begun)
        self._barren = Barren(profile.scope.max_barren)
        self._variants: Counter[str] = Counter(url.partition("?")[0] for url in ledger.variants())

    def answer(self, visit: Visit | None, capture: Capture, outcome: Outcome, now: datetime) -> Settled:
        """Store the capture and everything it tells. ``visit`` is None for a record no waiting address asked for."""
        outcome = self._archive.admitted(capture, outcome)
        with self._archive.transaction():
            result = self._archive.record(capture, outcome, self._run)
            if visit is None:
                return Settled(outcome=outcome_name(outcome), result=result)
            self._barren.note(visit.url, outcome_name(outcome))
            if isinstance(outcome, Rejected) and outcome.reason in UNREAD and not _no_rules(visit, capture):
                self._fail(visit, outcome.reason, outcome.detail, capture.status, now, asked_pause(capture, now))
                found = 0
            else:
                found = self._ledger.add(self._entries(outcome, visit), self._run.run_id)
                self._settle(visit, capture, outcome, now)
        return self._settled(outcome, result, found)

    def failure(self, visit: Visit, reason: str, detail: str, now: datetime) -> Settled:
        """No answer could be had: the address waits for another try."""
        with self._archive.transaction():
            self._fail(visit, reason, detail, None, now, 0.0)
        return Settled(outcome=reason, failed=True)

    def refuse(self, visit: Visit, reason: str, now: datetime) -> None:
        """The address is not to be visited after all (robots.txt, or an address inside)."""
        with self._archive.transaction():
            self._ledger.settle(visit, run_id=self._run.run_id, outcome=reason, now=now, refused=True)

    def seed(self, links: Iterable[Link], posts: Iterable[Postback]) -> None:
        """Put a crawl's starting points into the frontier."""
        entries = [self._entry(link.url, _ENTRY_KINDS[link.kind], 0, None, link.spelled) for link in links]
        entries += [self._post_entry(post, "data", 0, None) for post in posts]
        with self._archive.transaction():
            self._ledger.add(entries, self._run.run_id)

    def _settled(self, outcome: Outcome, result: SaveResult, found: int) -> Settled:
        reason = outcome.reason if isinstance(outcome, Rejected) else None
        return Settled(
            outcome=outcome_name(outcome),
            result=result,
            failed=reason in PASSING,
            refused=reason in SHUT_OUT,
            discovered=found,
        )

    # --- the frontier -------------------------------------------------------------------------------------------------

    def _settle(self, visit: Visit, capture: Capture, outcome: Outcome, now: datetime) -> None:
        if isinstance(outcome, Redirected) and self._readdressed(visit, outcome):
            return
        self._ledger.settle(
            visit,
            run_id=self._run.run_id,
            outcome=outcome_name(outcome) if not isinstance(outcome, NotModified) else visit.outcome or "not_modified",
            now=now,
            next_visit_at=next_visit(outcome, visit.key, self._profile, self._rhythms, now),
            etag=capture.header("ETag") if isinstance(outcome, FileFound) else None,
            last_modified=capture.header("Last-Modified") if isinstance(outcome, FileFound) else None,
            digest=capture.digest,
            refused=outcome_name(outcome) == "forgotten",
        )

    def _readdressed(self, visit: Visit, outcome: Redirected) -> bool:
        """A redirect to another spelling of the same page: ask there next, unless we came from there."""
        if visit.method != "GET" or outcome.target in (visit.url, visit.via):
            return False
        if frontier_key("GET", outcome.target, None, self._profile) != visit.key:
            return False
        self._readdressings[visit.key] += 1
        if self._readdressings[visit.key] > READDRESSINGS:
            return False
        self._ledger.readdress(visit, outcome.target)
        return True

    def _fail(
        self, visit: Visit, reason: str, detail: str | None, status: int | None, now: datetime, asked: float
    ) -> None:
        polite = self._profile.polite
        give_up = reason not in PASSING or visit.attempts + 1 >= polite.max_attempts
        if give_up:
            pause = retry_after(self._ledger.failed_before(visit.key), base=LATER, cap=LATEST)
        else:
            cap = timedelta(seconds=polite.max_pause)
            pause = retry_after(visit.attempts, base=timedelta(seconds=polite.backoff), cap=cap)
            pause = max(pause, min(cap, timedelta(seconds=asked)))
        if visit.method != "GET" and visit.headers and visit.body and reason in ("server_error", "postback_refused"):
            self._ledger.send_plain(visit, plain_post(visit.body))
        elif reason == "postback_refused" and self._restarts[visit.url] < LIST_RESTARTS:
            self._restarts[visit.url] += 1
            self._ledger.restart_list(visit)
        self._ledger.fail(
            visit,
            run_id=self._run.run_id,
            reason=reason,
            detail=detail,
            statuscode=status,
            now=now,
            retry_at=now + pause,
            give_up=give_up,
        )

    def _entries(self, outcome: Outcome, visit: Visit) -> Iterator[Entry]:
        if visit.kind in ("robots", "file", "image") and not isinstance(outcome, Redirected):
            return
        if isinstance(outcome, Redirected):
            yield from self._written(outcome.target, visit.kind, visit.depth + 1, visit.url)  # chains end too
            return
        depth = visit.depth + 1
        for link in outcome.links:
            if link.kind != "image":
                kind = _ENTRY_KINDS[link.kind]
                nearer = visit.depth if kind == "pager" else depth
                yield from self._unknown(link.url, link.spelled, kind, nearer, visit.url)
        for post in outcome.postbacks:
            yield self._post_entry(post, "data" if visit.kind == "data" else "pager", visit.depth, visit.url)
        if isinstance(outcome, ListingFound):
            for item in outcome.items:
                yield from self._unknown(item.url, None, "page", depth, visit.url)
        elif isinstance(outcome, ArticleFound):
            for image in outcome.article.images:
                if image.url:
                    yield from self._written(image.url, "image", depth, visit.url)
            for file in outcome.article.attachments:
                yield from self._written(file.url, "file", depth, visit.url)

    def _written(self, address: str, kind: Kind, depth: int, via: str) -> Iterator[Entry]:
        """The entry of an address as a server or page wrote it."""
        canonical = canonical_url(address, self._profile)
        yield from self._unknown(canonical, spelled_url(canonical, address), kind, depth, via)

    def _unknown(self, url: str, spelled: str | None, kind: Kind, depth: int, via: str) -> Iterator[Entry]:
        """The address's entry, unless it was handed to the ledger before."""
        if url in self._remembered or address_kind(url) is None:
            return
        entry = self._entry(url, kind, depth, via, spelled)
        if entry.refused != "too_deep":
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            self._remembered.add(url)
        yield entry

    def _entry(self, url: str, kind: Kind, depth: int, via: str | None, spelled: str | None = None) -> Entry:
        key = frontier_key("GET", url, None, self._profile)
        gone = "forgotten" if url in self._archive.buried else None
        refused = gone or refusal(url, self._profile, depth) or self._too_many_variants(url, key)
        if refused is None and via is not None and self._barren.reached(url) and not self._ledger.find(key):
            refused = "trap"
        return Entry(
            key=key, url=spelled or url, host=urlsplit(url).netloc, kind=kind, depth=depth, via=via, refused=refused
        )

    def _post_entry(self, post: Postback, kind: Kind, depth: int, via: str | None) -> Entry:
        return Entry(
            key=frontier_key("POST", post.url, post.key, self._profile),
            url=post.url,
            host=urlsplit(post.url).netloc,
            kind=kind,
            method="POST",
            body=post.body,
            headers=post.headers,
            depth=depth,
            via=via,
            refused=refusal(post.url, self._profile, depth),
        )

    def _too_many_variants(self, url: str, key: str) -> str | None:
        path, mark, _ = url.partition("?")
        if not mark or self._ledger.find(key):
            return None
        if self._variants[path] >= self._profile.scope.max_variants:
            return "trap"
        self._variants[path] += 1
        return None


def robots_entry(scheme: str, host: str, profile: SiteProfile) -> Entry:
    """The frontier entry of a host's robots.txt."""
    url = f"{scheme}://{host}/robots.txt"
    return Entry(key=frontier_key("GET", url, None, profile), url=url, host=host, kind="robots")


def _no_rules(visit: Visit, capture: Capture) -> bool:
    """A robots.txt that is refused or missing is an answer: there are no rules (RFC 9309, 2.3.1.3)."""
    return visit.kind == "robots" and capture.status < 500 and capture.status != 429 and not capture.truncated


def asked_pause(capture: Capture, now: datetime) -> float:
    """Seconds of an answer's Retry-After; only answers that turn us away carry one that counts."""
    if capture.status not in (429, 503):
        return 0.0
    return retry_after_seconds(capture.header("Retry-After"), now, capture.header("Date")) or 0.0
