"""Template drift and other silent failures, told by holding a run against the archive's own past.

A portal that changes its templates still answers 200 and still yields articles, only without dates or with menus in
their text. People seldom take the author from many articles on one day, so losses in numbers are the template's.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from archive.expectations import Judgement
from crawler.visited import FIELDS, Visited

#: Share of the pages visited again that must have lost something before it is drift, and the share that must differ.
LOSS, CHANGE = 0.3, 0.6

#: Share of pages that lose a field or differ by the hand of an editor, on a busy day.
EDITED, TOUCHED = 0.02, 0.15

#: The chance below which a loss is no coincidence. Some 20,000 such looks are taken in a year of daily runs.
CHANCE = 1e-6

#: Fields in which a change of many pages at once is told; dates of update and pictures change with the day.
STEADY = ("title", "lead", "body_text", "author", "section", "published_at")

#: Pages kept with every breach: by them a later run sees whether it was mended.
EXAMPLES = 10

#: Fields told of a family before they are added up.
NAMED = 4


def tail(n: int, k: int, p: float) -> float:
    """The chance of ``k`` or more among ``n`` when each has the chance ``p``."""
    return math.fsum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


def drifted(pages: Iterable[Visited], *, same_rules: bool) -> Iterator[Judgement]:
    """What families of pages lost, field by field; with ``same_rules`` also what changed on most of them at once."""
    families: dict[str, list[Visited]] = defaultdict(list)
    for page in pages:
        if page.was_article and page.missing_since is None:
            families[page.family].append(page)
    for family, members in sorted(families.items()):
        yield from _losses(family, members)
        if same_rules:
            yield from _changes(family, members)


def _losses(family: str, pages: list[Visited]) -> Iterator[Judgement]:
    read = [page for page in pages if page.outcome == "article"]
    unread = [page for page in pages if page.outcome in ("no_article", "listing", "undecodable", "unsupported")]
    yield _judged("drift", f"{family}: article", unread, len(read) + len(unread), "no article is found any more")
    layouts = [page for page in read if page.layout_before]
    strangers = [page for page in layouts if page.layout is None]
    yield _judged("drift", f"{family}: layout", strangers, len(layouts), "the layout is not recognised any more")
    for name in FIELDS:
        losers = [page for page in read if name in page.lost]
        had = sum(name in page.has for page in read) + len(losers)
        yield _judged("drift", f"{family}: {name}", losers, had, f"{name} is lost")


def _changes(family: str, pages: list[Visited]) -> Iterator[Judgement]:
    read = [page for page in pages if page.outcome == "article"]
    for name in STEADY:
        differing = [page for page in read if name in page.changed]
        yield _judged("shift", f"{family}: {name}", differing, len(read), f"{name} differs", CHANGE, TOUCHED)


def _judged(
    name: str,
    subject: str,
    broken: list[Visited],
    total: int,
    told: str,
    bound: float = LOSS,
    usual: float = EDITED,
) -> Judgement:
    share = len(broken) / total if total else 0.0
    held = len(broken) < 3 or share < bound or tail(total, len(broken), usual) > CHANCE
    family = subject.partition(": ")[0]
    return Judgement(
        name=name,
        subject=subject,
        expected=bound,
        measured=share,
        sample=total,
        held=held,
        message=None
        if held
        else f"template drift in family {family}: {told} on {len(broken)} of {total} articles visited again",
        examples=() if held else tuple(sorted(page.url for page in broken)[:EXAMPLES]),
    )


def newcomers(
    pages: Iterable[Visited], usual: dict[tuple[str, str], tuple[int, int]], *, least: int = 30
) -> Iterator[Judgement]:
    """Fields that new articles of a family lack although those before them had them.

    ``usual`` is (family, field) -> (articles seen before, those of them that have the field).
    """
    families: dict[str, list[Visited]] = defaultdict(list)
    for page in pages:
        if page.before is None and page.outcome == "article":
            families[page.family].append(page)
    for family, members in sorted(families.items()):
        for name in FIELDS:
            seen, filled = usual.get((family, name), (0, 0))
            if seen < least:
                continue
            share = (filled + 1) / (seen + 2)
            lacking = [page for page in members if name not in page.has]
            chance = tail(len(members), len(lacking), 1 - share)
            now = 1 - len(lacking) / len(members)
            held = share - now < LOSS or chance > CHANCE
            yield Judgement(
                name="new_fill",
                subject=f"{family}: {name}",
                expected=filled / seen,
                measured=now,
                sample=len(members),
                held=held,
                message=None
                if held
                else f"template drift in family {family}: {len(lacking)} of {len(members)} new articles lack {name}, "
                f"which {filled / seen:.0%} of those before have",
                examples=() if held else tuple(sorted(page.url for page in lacking)[:EXAMPLES]),
            )


def lists(pages: Iterable[Visited]) -> Judgement:
    """Lists that show no entries any more: the portal would seem silent although it is not."""
    again = [page for page in pages if page.before == "listing"]
    lost = [page for page in again if page.outcome != "listing"]
    share = len(lost) / len(again) if again else 0.0
    held = not lost or share < LOSS or (len(again) > 1 and tail(len(again), len(lost), 0.05) > 1e-3)
    outcomes = ", ".join(f"{count} {name}" for name, count in Counter(page.outcome for page in lost).most_common(3))
    return Judgement(
        name="lists",
        expected=LOSS,
        measured=share,
        sample=len(again),
        held=held,
        message=None if held else f"{len(lost)} of {len(again)} lists show no entries any more: {outcomes}",
        examples=() if held else tuple(sorted(page.url for page in lost)[:EXAMPLES]),
    )


def missing(pages: Iterable[Visited], started_at: str, bound: float) -> Judgement:
    """Known articles that are suddenly not there: a portal that is down or redirects everything, not removals."""
    shut = ("error_page", "interstitial", "login_required", "forbidden")
    again = [
        page for page in pages if page.was_article and (page.missing_since is None or page.missing_since >= started_at)
    ]
    lost = [page for page in again if page.missing_since is not None or page.outcome in shut]
    share = len(lost) / len(again) if again else 0.0
    held = len(lost) < 5 or share <= bound
    outcomes = ", ".join(f"{count} {name}" for name, count in Counter(page.outcome for page in lost).most_common(3))
    return Judgement(
        name="missing",
        expected=bound,
        measured=share,
        sample=len(again),
        held=held,
        message=None
        if held
        else f"{len(lost)} of {len(again)} known articles are suddenly not there ({outcomes}); none is held to be gone",
        examples=() if held else tuple(sorted(page.url for page in lost)[:EXAMPLES]),
    )
