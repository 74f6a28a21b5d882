"""Where title, date, byline, lead and source stand: named elements that agree with what is known of the pages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crawler.extract.dates import date_line, labelled_date
from crawler.extract.dom import key
from crawler.extract.labels import byline_name, read_labels
from crawler.learn.evidence import Evidence
from crawler.learn.names import trust
from crawler.learn.sight import Sighting, Spot, number_free

#: Share of the pages that have an element on which it must say the right thing.
AGREED = 0.95
_LONGEST_DATE = 160
_SHORTEST_LEAD = 30


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field stands."""

    field: str
    selector: str
    share: float
    """Pages of the family that have it."""
    examples: tuple[str, ...]


def places(pages: Sequence[Sighting], body: str, evidence: Evidence, timezone: str) -> list[Place]:
    """The fields' places in one family whose text stands in ``body``."""
    found = [_title(pages, body, evidence)]
    found += [_dated(pages, body, timezone, role) for role in ("published", "updated")]
    lead = _agreed(pages, "lead", body, lambda page: _known(page, "lead"), key, above=True)
    found += [
        lead or _lead(pages, body, found[0], evidence),
        _agreed(pages, "author", body, lambda page: _known(page, "author"), _author, above=False),
        _agreed(pages, "source", body, lambda page: _known(page, "source"), _credit, above=False),
    ]
    return [place for place in found if place is not None]


def _known(page: Sighting, field: str) -> str | None:
    return getattr(page.article.article, field) if page.article else None


def _title(pages: Sequence[Sighting], body: str, evidence: Evidence) -> Place | None:
    """The element that says what other pages, the title element or the general rules call the page."""

    def right(page: Sighting, text: str) -> bool | None:
        known = _known(page, "title") or ""
        if evidence.names_site(text):
            return False
        if evidence.agrees(text, page) or key(known) == key(text):
            return True
        untold = not evidence.titles(page) and (not known or evidence.names_site(known))
        return None if untold else False

    def standing(page: Sighting, spot: Spot) -> bool:
        return spot.order < page.spots[body].order or spot.first >= page.spots[body].first

    best = _best(pages, right, standing, least=0.5, anywhere=True)
    if best is None or len({text for _, text in best[1]}) * 2 < len(best[1]):
        return None
    return _place("title", best, pages)


def _dated(pages: Sequence[Sighting], body: str, timezone: str, role: str) -> Place | None:
    """The element that tells a date on page after page, and never merely the day of the visit."""

    def right(page: Sighting, text: str) -> bool:
        line = _date(text, timezone)
        if line is None or page.article is None:
            return False
        article = page.article.article
        wanted = [value[:10] for value in (article.published_at, article.updated_at) if value]
        return not wanted or line[0] in wanted

    def standing(page: Sighting, spot: Spot) -> bool:
        return len(spot.text or "") <= _LONGEST_DATE and spot.order < _after(page, body)

    best = _best(pages, right, standing, least=0.3)
    if best is None:
        return None
    told = [(page, date) for page, text in best[1] if (date := _date(text, timezone))]
    visits = sum(day == page.day.isoformat() for page, (day, _) in told)
    roles = Counter(label or "published" for _, (_, label) in told)
    if visits * 2 > len(told) or len({day for _, (day, _) in told}) == 1 < len(told):
        return None
    return _place(role, best, pages) if roles.most_common(1)[0][0] == role else None


def _date(text: str, timezone: str) -> tuple[str, str | None] | None:
    line = date_line(text, timezone) or labelled_date(text, timezone)
    return (line.date.day, line.role) if line else None


def _after(page: Sighting, body: str) -> float:
    """Elements from here on stand behind the text: the first with lines below its end."""
    end = page.spots[body].end
    behind = [spot.order for spot in page.spots.values() if spot.first >= end and spot.end > spot.first]
    return min(behind, default=float("inf"))


def _agreed(
    pages: Sequence[Sighting],
    field: str,
    body: str,
    known: Callable[[Sighting], str | None],
    read: Callable[[str], str],
    *,
    above: bool,
) -> Place | None:
    """The element whose text is the field wherever the general rules found the field."""

    def right(page: Sighting, text: str) -> bool | None:
        if above and known(page) is None:
            return None  # the general rules miss leads that nothing but their place sets apart
        return key(known(page) or "") == key(read(text))

    def standing(page: Sighting, spot: Spot) -> bool:
        text = page.spots[body]
        if above:
            return spot.order < text.order
        # A signature inside the text is an editor's, and where it stands differs from text to text.
        return spot.order < text.order or spot.order >= _after(page, body)

    best = _best(pages, right, standing, least=0.2)
    if best is None or not any(known(page) for page, _ in best[1]):
        return None
    return _place(field, best, pages)


def _lead(pages: Sequence[Sighting], body: str, title: Place | None, evidence: Evidence) -> Place | None:
    """The element between headline and text that holds prose, where the general rules know of no lead."""

    def right(page: Sighting, text: str) -> bool | None:
        # A sentence that several pages share tells neither way.
        return evidence.is_own(text, page) or (None if evidence.shared(number_free(text)) else False)

    def standing(page: Sighting, spot: Spot) -> bool:
        head = page.spots.get(title.selector) if title else None
        between = head is not None and head.order < spot.order < page.spots[body].order
        return between and not spot.links and len(spot.text or "") > _SHORTEST_LEAD

    best = _best(pages, right, standing, least=0.2)
    return _place("lead", best, pages) if best else None


def _author(text: str) -> str:
    labels = read_labels(text)
    return labels[0].value if labels else byline_name(text)


def _credit(text: str) -> str:
    labels = read_labels(text)
    return labels[0].value if labels else text


_Found = tuple[str, list[tuple[Sighting, str]]]


def _best(
    pages: Sequence[Sighting],
    right: Callable[[Sighting, str], bool | None],
    standing: Callable[[Sighting, Spot], bool],
    *,
    least: float,
    anywhere: bool = False,
) -> _Found | None:
    """The selector that is right on most pages and wrong on next to none, with its pages and texts.

    ``right`` answers None where the page does not tell; ``anywhere``: outside the main part of the page too.
    """
    texts: dict[str, list[tuple[Sighting, str]]] = defaultdict(list)
    hits: Counter[str] = Counter()
    for page in pages:
        judged: dict[str, bool | None] = {}
        for name, spot in page.spots.items():
            if spot.text is None or not (spot.zone or anywhere) or not standing(page, spot):
                continue
            if spot.text not in judged:
                judged[spot.text] = right(page, spot.text)
            verdict = judged[spot.text]
            if verdict is not None:
                texts[name].append((page, spot.text))
                hits[name] += verdict
    able = [
        name
        for name, found in texts.items()
        if hits[name] >= max(least * len(pages), 2) and hits[name] >= AGREED * len(found)
    ]
    if not able:
        return None
    most = max(hits[name] for name in able)
    name = min((name for name in able if hits[name] >= 0.98 * most), key=trust)
    return name, texts[name]


def _place(field: str, best: _Found, pages: Sequence[Sighting]) -> Place:
    name, found = best
    examples = tuple(dict.fromkeys(text for _, text in sorted(found, key=lambda pair: pair[0].identity)))[:2]
    return Place(field, name, sum(name in page.spots for page in pages) / len(pages), examples)
