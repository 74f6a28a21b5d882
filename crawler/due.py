"""When ``update`` visits a page again: by its age, by the rhythm of its section, and in a slow sweep over all.

Pages that would come due together, because one run visited them all, get moments of their own from a hash of their
address: every day has about its share of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from archive.identity import hash_id
from archive.models import Article, ArticleFound, FileFound, ListingFound, NotModified, Outcome
from crawler.profile import SiteProfile

#: Pauses before a page that was no article, or was not there, is asked for again.
OTHERS = timedelta(days=7)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def next_visit(
    outcome: Outcome, key: str, profile: SiteProfile, rhythms: Mapping[str, float], now: datetime
) -> datetime | None:
    """When ``update`` visits the page of that frontier key again; None for what every run visits.

    An article is visited after a share of its age, sooner in a lively section (``archive.rhythm``), so that a fresh one
    is watched and an old one seldom troubled. One that would wait longer than ``revisit.max_days`` is left to the
    sweep, which comes to every address once in ``revisit.sweep_days``.
    """
    revisit = profile.revisit
    least, sweep = timedelta(hours=revisit.min_hours), timedelta(days=revisit.sweep_days)
    most = min(timedelta(days=revisit.max_days), sweep)
    if isinstance(outcome, ArticleFound):
        age = _age(outcome.article, profile.timezone, now)
        if age is None:
            return max(now + least, turn(key, most / 3, now))
        interval = age * (revisit.factor / rhythms.get(outcome.article.section or "", 1.0))
        return max(now + least, now + interval if interval < most else turn(key, sweep, now))
    if isinstance(outcome, FileFound | NotModified):
        return max(now + least, turn(key, most / 3, now))
    if isinstance(outcome, ListingFound):
        return None
    return now + max(least, OTHERS)


def turn(key: str, period: timedelta, now: datetime) -> datetime:
    """The next moment after ``now`` that is the address's own; they follow each other at exactly the period."""
    phase = period * (hash_id("turn", key) / 2**53)
    return now + period - (now - _EPOCH - phase) % period


def _age(article: Article, offset: str, now: datetime) -> timedelta | None:
    """Time since the article was published or updated, as it says; None when it names no time."""
    printed = article.updated_at or article.published_at
    if not printed:
        return None
    text = printed if "T" in printed else f"{printed}T00:00:00"
    moment = datetime.fromisoformat(text)
    return now - (moment if moment.tzinfo else datetime.fromisoformat(f"{text}{offset}").astimezone(UTC))
