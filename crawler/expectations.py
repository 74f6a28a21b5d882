"""Holding a run to what its sheet expects and to the archive's own past; every breach is one line with its cause.

``judge`` reads, ``archive.expectations`` keeps. A run that stopped early is held only to what a part of a run can tell.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from urllib.parse import urlsplit

from archive.expectations import Judgement, measured_before, of_run
from crawler import drift
from crawler.leaks import leaks, repeated_lines
from crawler.listed import emptied
from crawler.profile import SiteProfile
from crawler.sharepoint import canonical_url, frontier_key
from crawler.visited import FIELDS, Visited, reads_well, visited
from crawler.visits import UNREAD

#: How a breach of the run before that still stands is told.
LASTS = "; not mended since"

#: Addresses shown with a breach.
SHOWN = 2

#: Days of silence that are never a breach by history alone: holidays.
HOLIDAYS = 10.0

#: Days with news that must lie behind before silence is judged by history.
NEWS_DAYS = 15

#: A share of failures this small is never a breach by history alone.
FEW = 0.05


def judge(
    conn: sqlite3.Connection, profile: SiteProfile, run_id: int, *, now: datetime, complete: bool, requests: int
) -> list[Judgement]:
    """Every judgement of the run, broken or not. With ``complete`` false only those a part of a run can tell."""
    run = conn.execute("select started_at, profile_digest, extractor_version from runs where id = ?", (run_id,))
    started_at, digest, extractor = run.fetchone()
    pages = list(visited(conn, profile, run_id))
    found = [drift.missing(pages, started_at, profile.expect.max_missing_share)]
    found += [_unknown_layouts(profile, pages), *canaries(conn, profile)]
    if complete:
        found.append(_seeds(conn, profile, run_id))
    if complete:
        found += [*_sizes(conn, profile), *_fills(conn, profile), *leaks(conn, profile)]
        found.append(_failures(conn, profile))
    if profile.expect.history:
        previous = _previous(conn, run_id)
        same = previous is not None and previous[1:] == (digest, extractor)
        usual = _usual_fill(conn, run_id)
        found += [*drift.drifted(pages, same_rules=same), *drift.newcomers(pages, usual), drift.lists(pages)]
        found += [*repeated_lines(conn, run_id), *emptied(conn, profile, run_id, pages, now)]
        if previous is not None and same:
            found += list(_lasting(conn, profile, previous[0], found))
        if complete:
            found += [_quiet(conn, profile, now), *_against_history(conn, run_id, requests)]
            found += [_fill_row(key, *counts) for key, counts in usual.items()]
    elif complete and profile.expect.max_quiet_days:
        found.append(_quiet(conn, profile, now))
    return _unique(found)


def breaches(judgements: list[Judgement]) -> list[Judgement]:
    """Those that did not hold."""
    return [judgement for judgement in judgements if not judgement.held]


def told(judgement: Judgement) -> str:
    """A breach as one line, with the addresses that show it."""
    shown = f" (see {', '.join(judgement.examples[:SHOWN])})" if judgement.examples else ""
    return f"{judgement.message or judgement.name}{shown}"


# --- what the sheet expects -------------------------------------------------------------------------------------------


def _at_least(name: str, measured: int, bound: int, what: str) -> Judgement:
    held = measured >= bound
    message = None if held else f"{measured} {what}, {bound} expected at least"
    return Judgement(name=name, expected=bound, measured=measured, held=held, message=message)


def _sizes(conn: sqlite3.Connection, profile: SiteProfile) -> Iterator[Judgement]:
    live = int(conn.execute("select count(*) from articles where status = 'live'").fetchone()[0])
    answered = int(conn.execute("select count(*) from frontier where state = 'done'").fetchone()[0])
    yield _at_least("articles", live, profile.expect.min_articles, "live articles")
    yield _at_least("pages", answered, profile.expect.min_pages, "addresses answered")


def _fills(conn: sqlite3.Connection, profile: SiteProfile) -> Iterator[Judgement]:
    """Fill of each field among live articles; the sheet's loader has checked the names."""
    for field, bound in profile.expect.min_fill.items():
        live, filled = conn.execute(
            f"select count(*), coalesce(sum(coalesce(\"{field}\", '') <> ''), 0) from articles where status = 'live'"
        ).fetchone()
        share = filled / live if live else 0.0
        held = not live or share >= bound
        message = None if held else f"{field} is filled in {share:.1%} of live articles, {bound:.0%} expected"
        yield Judgement(
            name="fill", subject=field, expected=bound, measured=share, sample=live, held=held, message=message
        )


def _failures(conn: sqlite3.Connection, profile: SiteProfile) -> Judgement:
    bound = profile.expect.max_failure_share
    total, failed = conn.execute(
        "select count(*), coalesce(sum(state = 'failed'), 0) from frontier where state in ('done', 'failed')"
    ).fetchone()
    share = failed / total if total else 0.0
    held = share <= bound
    message = None if held else f"{failed} of {total} addresses failed, at most {bound:.0%} expected"
    return Judgement(name="failures", expected=bound, measured=share, sample=total, held=held, message=message)


def _unknown_layouts(profile: SiteProfile, pages: list[Visited]) -> Judgement:
    read = [page for page in pages if page.outcome == "article"]
    strange = sorted(page.url for page in read if page.layout is None)
    bound, share = profile.expect.max_unknown_layouts, len(strange) / len(read) if read else 0.0
    held = share <= bound
    message = None if held else f"{len(strange)} of {len(read)} articles were read by no layout of the sheet"
    examples = () if held else tuple(strange[: drift.EXAMPLES])
    return Judgement(
        name="layouts", expected=bound, measured=share, sample=len(read), held=held, message=message, examples=examples
    )


def _seeds(conn: sqlite3.Connection, profile: SiteProfile, run_id: int) -> Judgement:
    """At least one seed showed something in this run: else nothing new could be found, however well all else went."""
    keys = [frontier_key("GET", canonical_url(seed, profile), None, profile) for seed in profile.discover.seeds]
    rows = conn.execute(
        f"select outcome, run_id from frontier where key in ({', '.join('?' * len(keys))})", keys
    ).fetchall()
    shown = sum(run == run_id and outcome in ("listing", "article", "no_article") for outcome, run in rows)
    outcomes = ", ".join(sorted({str(outcome) for outcome, _ in rows}))
    message = None if shown or not keys else f"no seed of the portal shows anything ({outcomes})"
    return Judgement(
        name="seeds", expected=1, measured=shown, sample=len(keys), held=message is None, message=message,
        examples=() if message is None else tuple(profile.discover.seeds[: drift.EXAMPLES]),
    )  # fmt: skip


def canaries(conn: sqlite3.Connection, profile: SiteProfile) -> Iterator[Judgement]:
    """Each canary's article is live and says what the sheet says it says."""
    for canary in profile.expect.canary:
        url = canonical_url(canary.url, profile)
        columns = ", ".join(f'a."{name}"' for name in canary.fields)
        row = conn.execute(
            f"select a.status, a.missing_since{', ' + columns if columns else ''} from article_urls u"
            " join articles a on a.id = u.article_id where u.canonical_url = ?",
            (url,),
        ).fetchone()
        message = None
        if row is None:
            message = f"the canary {url} is not in the archive"
        elif row[0] != "live" or row[1] is not None:
            message = f"the canary {url} is not there any more"
        else:
            wrong = [
                f"{name} is {value!r}, {wanted!r} expected"
                for (name, wanted), value in zip(canary.fields.items(), tuple(row)[2:], strict=True)
                if (not value if wanted == "*" else value != wanted)
            ]
            message = f"the canary {url} reads differently: {'; '.join(wrong)}"[:600] if wrong else None
        yield Judgement(
            name="canary", subject=url, held=message is None, message=message, examples=(url,) if message else ()
        )


# --- what the archive's past expects ----------------------------------------------------------------------------------


def _previous(conn: sqlite3.Connection, run_id: int) -> tuple[int, str, str] | None:
    """The portal's run before this one, with the rules that were in force."""
    row = conn.execute(
        "select id, profile_digest, extractor_version from runs where id < ? and kind in ('crawl', 'update')"
        " and portal = (select portal from runs where id = ?) order by id desc limit 1",
        (run_id, run_id),
    ).fetchone()
    return (row[0], row[1], row[2]) if row else None


def _usual_fill(conn: sqlite3.Connection, run_id: int) -> dict[tuple[str, str], tuple[int, int]]:
    """(family, field) -> (live articles first seen before this run, those that have the field)."""
    conn.create_function("host_of", 1, lambda url: urlsplit(url).netloc, deterministic=True)
    parts = [f"coalesce(sum({name} is not null and {name} <> ''), 0)" for name in FIELDS[:-2]]
    parts += [f"sum(exists (select 1 from {name} x where x.article_id = a.id))" for name in FIELDS[-2:]]
    rows = conn.execute(
        f"select coalesce(layout, host_of(canonical_url)), count(*), {', '.join(parts)} from articles a"
        " where status = 'live' and first_seen_at < (select started_at from runs where id = ?) group by 1",
        (run_id,),
    )
    return {(family, name): (n, k) for family, n, *counts in map(tuple, rows) for name, k in zip(FIELDS, counts)}  # noqa: B905


def _fill_row(key: tuple[str, str], seen: int, filled: int) -> Judgement:
    return Judgement(name="family_fill", subject=": ".join(key), measured=filled / seen, sample=seen)


def _lasting(
    conn: sqlite3.Connection, profile: SiteProfile, previous: int, found: list[Judgement]
) -> Iterator[Judgement]:
    """Drift the run before told of, while nobody has reacted: it lasts until the pages that showed it are mended."""
    broken = {(judgement.name, judgement.subject) for judgement in breaches(found)}
    for old in of_run(conn, previous, broken=True):
        if old.name not in ("drift", "new_fill") or (old.name, old.subject) in broken:
            continue
        field = old.subject.rpartition(": ")[2]
        well = sum(reads_well(conn, canonical_url(url, profile), field) for url in old.examples)
        if well > (1 - drift.LOSS) * len(old.examples):
            continue
        message = (old.message or "").removesuffix(LASTS) + LASTS
        yield replace(old, message=message)


def _quiet(conn: sqlite3.Connection, profile: SiteProfile, now: datetime) -> Judgement:
    days = [
        datetime.fromisoformat(row[0]).replace(tzinfo=UTC)
        for row in conn.execute(
            "select distinct substr(first_seen_at, 1, 10) from articles where portal = ? and first_seen_at > ?"
            " order by 1",
            (profile.name, f"{now.year - 2}-01-01"),
        )
    ]
    bound: float | None = profile.expect.max_quiet_days or None
    if bound is None and len(days) >= NEWS_DAYS:
        gaps = [(later - earlier).days for earlier, later in pairwise(days)]
        bound = max(HOLIDAYS, 3.0 * max(gaps))
    silence = max(0, (now - days[-1]).days) if days else 0
    held = bound is None or silence <= bound
    message = None if held else f"no new article for {silence} days, at most {bound:g} expected"
    return Judgement(name="quiet", expected=bound, measured=silence, held=held, message=message)


def _against_history(conn: sqlite3.Connection, run_id: int, requests: int) -> Iterator[Judgement]:
    """This run's failures, and the number of live articles, beside those of the runs before."""
    marks = ", ".join("?" * len(UNREAD))
    names = tuple(sorted(UNREAD))
    failed = int(
        conn.execute(
            f"select count(*) from failures where run_id = ? and solved_at is null and reason in ({marks})",
            (run_id, *names),
        ).fetchone()[0]
    )
    share = failed / requests if requests else 0.0
    before = measured_before(conn, run_id, "failed_now", "")
    bound = max(FEW, 3 * max(before)) if len(before) >= 3 else None
    held = bound is None or share <= bound or failed < 5
    message = None if held else f"{failed} of {requests} requests failed, {max(before):.1%} at most in the runs before"
    examples = [] if held else conn.execute(
        "select url from failures where run_id = ? and solved_at is null order by url limit ?", (run_id, drift.EXAMPLES)
    ).fetchall()  # fmt: skip
    yield Judgement(
        name="failed_now", expected=bound, measured=share, sample=requests, held=held, message=message,
        examples=tuple(row[0] for row in examples),
    )  # fmt: skip
    live = int(conn.execute("select count(*) from articles where status = 'live'").fetchone()[0])
    held_before = measured_before(conn, run_id, "live_now", "", limit=1)
    least = 0.9 * held_before[0] if held_before else None
    held = least is None or live >= least or held_before[0] - live < 10
    message = None if held else f"{live} live articles, {held_before[0]:.0f} after the run before"
    yield Judgement(name="live_now", expected=least, measured=live, held=held, message=message)


def _unique(found: list[Judgement]) -> list[Judgement]:
    """One judgement for each name and subject; a broken one wins."""
    kept: dict[tuple[str, str], Judgement] = {}
    for judgement in found:
        key = (judgement.name, judgement.subject)
        if key not in kept or (kept[key].held and not judgement.held):
            kept[key] = judgement
    return list(kept.values())
