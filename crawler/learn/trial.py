"""Rules on trial: what they change against the general rules, page by page. One that costs anything is not learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from archive.models import Article, ArticleFound, ListingFound, Outcome
from crawler.extract import extract
from crawler.extract.dom import key
from crawler.learn.evidence import Evidence
from crawler.learn.sample import unpacked
from crawler.learn.sight import Sighting, number_free
from crawler.profile import Layout, SiteProfile

#: Pages of a family a rule may harm: those the general rules misread are among them.
HARMED = 0.02
#: Pages on which a field beside the text may change besides: the general rules guess at these.
SLIGHTLY = 0.1
_SLIGHT = ("author", "source", "section")
#: Letters and share of the text a page may lose that are its own.
LOST = 60
LOST_SHARE = 0.03
#: Pages a trial looks at.
MOST = 90

Frequent = Callable[[str], bool]


class Trial:
    """The pages of one family, read again and again with rules added to a profile."""

    def __init__(self, base: SiteProfile, pages: Sequence[Sighting], evidence: Evidence) -> None:
        self._base = base
        self._evidence = evidence
        self.pages = [page for page in pages if page.article][:MOST]
        shown = Counter(line for page in self.pages for line in {line.key for line in page.lines})
        self._frequent = {line for line, count in shown.items() if count * 2 >= len(self.pages) > 2}

    def passes(self, layout: Layout) -> bool:
        """Whether the layout harms next to none of the pages; a field beside the text may change on a few more."""
        harmed: Counter[str] = Counter()
        for page in self.pages:
            word = self._harm(page, layout)
            if word is not None:
                harmed["slight" if word in _SLIGHT else "grave"] += 1
            if harmed["grave"] > HARMED * len(self.pages) or harmed.total() > SLIGHTLY * len(self.pages):
                return False
        return True

    def _harm(self, page: Sighting, layout: Layout) -> str | None:
        before = page.article
        after = read_with(self._base, layout, page)
        if before is None or (isinstance(after, ArticleFound) and after.layout != layout.name):
            return None
        return harm(before, after, page, self._evidence, self._frequent.__contains__)


def read_with(base: SiteProfile, layout: Layout, page: Sighting) -> Outcome:
    """The page's outcome under the profile with this layout before all others."""
    others = tuple(other for other in base.layout if other.name != layout.name)
    profile = replace(base, layout=(layout, *others), digest=f"{base.digest} and {layout}")
    return extract(unpacked(page.capture), profile)


def disturbs(base: SiteProfile, layout: Layout, pages: Sequence[Sighting], evidence: Evidence) -> bool:
    """Whether the layout would read pages outside the family for the worse: articles, or what is none."""
    articles = [page for page in pages if page.article]
    others = [page for page in pages if not page.article][:MOST]
    if articles and not Trial(base, articles, evidence).passes(layout):
        return True
    return any(_differs(page.outcome, read_with(base, layout, page)) for page in others)


def _differs(before: Outcome, after: Outcome) -> bool:
    if isinstance(before, ListingFound) and isinstance(after, ListingFound):
        return (before.items, before.title) != (after.items, after.title)
    return before.kind != after.kind


def harm(before: ArticleFound, after: Outcome, page: Sighting, evidence: Evidence, frequent: Frequent) -> str | None:
    """What a reading lost or changed for the worse, in a word; None where it is as good as the one before.

    Lines that half of the family show may go, and may not come. A new title must be what other pages or the title
    element call the page.
    """
    if not isinstance(after, ArticleFound):
        return "no article"
    old, new = before.article, after.article
    if before.document != after.document:
        return "document"
    if len(new.attachments) < len(old.attachments) or len(new.images) < len(old.images):
        return "files or pictures"
    changed = key(old.title) != key(new.title) and not evidence.names_site(old.title)
    if changed and not evidence.agrees(new.title, page):
        return "title"
    for name in ("published_at", "updated_at"):
        was = getattr(old, name)
        if was is not None and was != getattr(new, name) and was[:10] != page.day.isoformat():
            return name
    graver = _text_harm(old, new, page, frequent)
    if graver is not None:
        return graver
    if old.lead is not None and key(old.lead) not in key(f"{new.lead} {new.body_text}"):
        return "lead"
    return next((n for n in _SLIGHT if getattr(old, n) is not None and getattr(old, n) != getattr(new, n)), None)


def _text_harm(old: Article, new: Article, page: Sighting, frequent: Frequent) -> str | None:
    """Whether lines went that are the page's own, or came that half of the family show. Links are no text."""
    was, now = _counted(old.body_text), _counted(new.body_text)
    raw = (new.title, new.lead, new.author_raw, new.source_raw, new.published_raw, new.updated_raw)
    fields = [value for value in raw if value]
    links = {line.key for line in page.lines if line.linked * 2 >= line.size}
    lost = [
        _without(line, fields)
        for line in (was - now).elements()
        if not frequent(number_free(line)) and number_free(line) not in links
    ]
    size = sum(map(len, lost))
    if size > LOST and size > LOST_SHARE * len(old.body_text):
        return "text"
    if any(frequent(number_free(line)) for line in (now - was).elements()):
        return "boilerplate"
    return None


def _without(line: str, fields: Sequence[str]) -> str:
    """What of a line stands in none of the fields: a template may run headline, date and lead together."""
    for value in fields:
        line = line.replace(value, "")
    return line


def _counted(text: str) -> Counter[str]:
    return Counter(line for line in text.split("\n") if line)
