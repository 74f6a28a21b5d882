"""The whole portal at one epoch, from a seed and a size: sections, articles and the way from an address to an article.

Nothing heavy is made before it is asked for: an article's title and address are drawn at the start, its content when
its page is first shown.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from tests.portal.articles import Composer
from tests.portal.blocks import Content, Paragraph, Picture
from tests.portal.dates import FORMS, NEW_CMS_FORMS, SERVICE_FORMS, Printed
from tests.portal.evolution import Fate, born_later, edited, fate
from tests.portal.names import Slots
from tests.portal.plan import HOSTS, Host, Section, planned
from tests.portal.prose import topics
from tests.portal.slugs import ascii_slug, base36, guid, hexes, main_page, service_page, sub_page

SIZES = {"small": 120, "default": 640}


@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """One article of a section as it stands at the world's epoch; content is composed on demand."""

    section: Section
    n: int
    fate: Fate
    title: str
    created: datetime
    path: str
    """Path and query on its host, as lists link to it."""
    old_paths: tuple[str, ...]
    """Where it stood before it moved, the earliest first."""
    item_id: int
    code: str

    @property
    def key(self) -> tuple[str, int]:
        """Section key and number: the article's identity over all epochs."""
        return (self.section.key, self.n)

    @property
    def host(self) -> Host:
        return HOSTS[self.section.host]

    @property
    def list_id(self) -> str:
        """GUID of the library its page stands in."""
        return guid("list", self.section.host, self.section.key if self.section.family in "LV" else "pages")


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """An article in full: what its page says at this epoch."""

    article: Article
    title: str
    content: Content
    printed: Printed | None
    section: str | None
    """Section path where the page shows a breadcrumb."""


class World:
    """Every article of the portal at one epoch. Two worlds of equal seed, size and epoch are equal."""

    def __init__(self, *, seed: int = 1, size: str | int = "default", epoch: int = 0, faults: bool = True) -> None:
        self.seed, self.epoch, self.faults = seed, epoch, faults
        self.total = SIZES[size] if isinstance(size, str) else size
        self.sections = planned(self.total)
        self.by_key = {section.key: section for section in self.sections}
        self._articles = {section.key: self._drawn(section) for section in self.sections}
        self._told: dict[tuple[str, int], Told] = {}

    def _drawn(self, section: Section) -> list[Article]:
        count = section.count + 2 * born_later(section)
        return [self._draw(section, n) for n in range(count)]

    def _composer(self, section: Section, n: int) -> Composer:
        rng = random.Random(f"{self.seed}/{section.key}/{n}")
        created = self._created(section, n)
        kind = section.kinds[n % len(section.kinds)]
        topic = "english" if kind == "english" else topics()[rng.randrange(len(topics()))]
        slots = Slots(rng, created.year)
        code = hexes(self.seed, section.key, n, length=16)
        library = "/files/tai-lieu/" if section.family in STATIC_LIBRARY else self._library(section, n)
        return Composer(slots=slots, kind=kind, topic=topic, when=created, n=n, code=code, library=library)

    def _library(self, section: Section, n: int) -> str:
        if section.family == "L":
            return f"/{section.folder}/Attachments/{self._item_id(section, n)}/"
        if section.host == "sotuphap":
            return "/Documents/"  # its robots.txt forbids the lists
        return ("/Documents/", "/SiteCollectionDocuments/", f"/Lists/TinTuc/Attachments/{n + 1}/")[n % 3]

    def _created(self, section: Section, n: int) -> datetime:
        first, last = section.years
        state = fate(section, n, 1)
        if state.added and not state.back_dated:
            return datetime(last + 1, 2, 1, 8, 15, 20) + timedelta(hours=5 * (n - section.count) + section.index)
        rng = random.Random(f"{self.seed}/{section.key}/{n}/day")
        span = (datetime(last, 12, 20) - datetime(first, 1, 5)).days * 86400
        moment = datetime(first, 1, 5) + timedelta(seconds=rng.randrange(span))
        return moment.replace(hour=7 + moment.hour % 11)

    def _item_id(self, section: Section, n: int) -> int:
        return 1000 * (section.index + 1) + n if self.total < 9000 else 100_000 * (section.index + 1) + n

    def _draw(self, section: Section, n: int) -> Article:
        state = fate(section, n, self.epoch)
        composer = self._composer(section, n)
        codes = [composer.code, *(hexes("moved" * moves, composer.code, length=16) for moves in (1, 2))]
        *old, path = [self._path(section, n, composer, code) for code in codes[: state.moves + 1]]
        return Article(
            section=section, n=n, fate=state, title=composer.title, created=composer.when, path=path,
            old_paths=tuple(old), item_id=self._item_id(section, n), code=composer.code,
        )  # fmt: skip

    def _path(self, section: Section, n: int, composer: Composer, code: str) -> str:
        title, item = composer.title, self._item_id(section, n)
        match section.family:
            case "A1" | "A2":
                return main_page(title, code if self.total < 3000 else code[4:])
            case "B":
                return sub_page(section.folder, title, code)
            case "D":
                when = composer.when
                return service_page(title, f"{when.year}-{when.month}-{when.day}", base36(code, length=13))
            case "V":
                return f"/ct/cms/tintuc/Lists/ChuyenDe/View_Detail.aspx?ItemID={item}"
            case "L":
                return f"/{section.folder}/DispForm.aspx?ID={item}"
            case "C":
                return f"/index.php?com=tintuc_ct&id_news={item}"
            case _:
                return f"/{section.folder}/{ascii_slug(title)[:90]}-{100000 + item}"

    def live(self, key: str) -> list[Article]:
        """The section's articles as its list shows them, newest first."""
        return self._lists[key]

    @cached_property
    def _lists(self) -> dict[str, list[Article]]:
        def newest(article: Article) -> tuple[datetime, int]:
            return (article.created, article.n)

        return {
            key: sorted((a for a in articles if a.fate.live), key=newest, reverse=True)
            for key, articles in self._articles.items()
        }

    def every(self) -> list[Article]:
        """All articles that ever are, section by section, live or not."""
        return [article for articles in self._articles.values() for article in articles]

    def article(self, key: str, n: int) -> Article:
        """Article ``n`` of a section."""
        return self._articles[key][n]

    @cached_property
    def by_path(self) -> dict[tuple[str, str], Article]:
        """(host name, lower-case path and query) -> the article that stands there now, live or not."""
        return {(a.section.host, a.path.lower()): a for a in self.every()}

    @cached_property
    def by_old_path(self) -> dict[tuple[str, str], Article]:
        """(host name, lower-case path) -> the article that has moved away from there."""
        return {(a.section.host, path.lower()): a for a in self.every() for path in a.old_paths}

    def tell(self, article: Article) -> Told:
        """The article in full."""
        told = self._told.get(article.key)
        if told is None:
            told = self._tell(article)
            if len(self._told) < 4000:
                self._told[article.key] = told
        return told

    def _tell(self, article: Article) -> Told:
        section, n = article.section, article.n
        composer = self._composer(section, n)
        title, content, shown = composer.title, composer.content(), composer.when
        form = self.form(section, n)
        updated = form is not None and FORMS[form].meaning == "updated"
        for edit in article.fate.edits:
            title, content, shown = edited(title, content, shown, edit, updated_line=updated)
        if section.key == "yte" and n == 3:
            title = f"{title} năm {shown.year}"  # edited after its address was made
        if section.host == "dulich":
            title = title.upper()
        content = signed(section, n, content)
        return Told(
            article=article,
            title=title,
            content=content,
            printed=FORMS[form].printed(shown) if form else None,
            section=" / ".join(section.names) if section.breadcrumb else None,
        )

    @staticmethod
    def form(section: Section, n: int) -> str | None:
        """Name of the date form the article's page prints; None where it prints no date."""
        match section.family:
            case "A1":
                return "a1"
            case "A2" | "V":
                return "a2"
            case "B":
                return "b" if section.updated_line else None
            case "C":
                return "views"
            case "D":
                return SERVICE_FORMS[n % len(SERVICE_FORMS)]
            case "N":
                return NEW_CMS_FORMS[n % len(NEW_CMS_FORMS)]
        return None


STATIC_LIBRARY = frozenset({"C", "N"})
SOURCES = ("UBND tỉnh Bắc Kạn", "VP HĐND-UBND", "Báo Núi Rừng", "")


def signed(section: Section, n: int, content: Content) -> Content:
    """The content with the credits as its template prints them."""
    if section.family in ("C", "D") and content.lead:
        first = Paragraph(runs=(content.lead,))  # no sapo of its own: it opens the body
        content = replace(content, lead=None, blocks=(first, *content.blocks))
    if section.family in STATIC_LIBRARY:  # no SharePoint editor there
        dirt = "plain" if content.dirt == "external" else content.dirt
        content = replace(content, dirt=dirt, extras=content.extras - {"webpart"})
    if section.family == "N":  # its editor writes every caption into the alt text as well
        blocks = tuple(replace(b, alt=b.caption) if isinstance(b, Picture) else b for b in content.blocks)
        content = replace(content, blocks=blocks, extras=content.extras | {"figure"})
    if section.family in ("C", "L"):
        source = SOURCES[n % 3] if section.family == "C" else ""
        line = f"Nguồn: {source}" if source else None
        return replace(content, author=None, author_line=None, source=source or None, source_line=line)
    if section.family != "B":
        return content
    if not section.credits:
        return replace(content, author=None, author_line=None)
    source = SOURCES[n % len(SOURCES)]
    line = f"Tác giả:  {content.author}" if content.author else None
    return replace(
        content, author_line=line, source=source or None, source_line=f"Nguồn:  {source}" if source else None
    )
