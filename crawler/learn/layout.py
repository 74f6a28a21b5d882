"""One family's layout: the container of its text, the places of its fields and what is dropped, each rule tried."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from crawler.extract.reading import FORM_RULE
from crawler.learn.body import Container, containers, measured
from crawler.learn.chrome import Repeated, repeated
from crawler.learn.evidence import Evidence
from crawler.learn.names import trust
from crawler.learn.places import Place, places
from crawler.learn.sight import Sighting
from crawler.learn.trial import Trial, disturbs
from crawler.profile import Layout, SiteProfile

#: Articles a host and a family must have before rules are made of them, unless a person asks for fewer.
LEAST = 5
#: Containers that are tried before a family is left to the general rules.
_TRIED = 6
_ROUNDS = 4
#: Share of a family's pages that must repeat a block around the text, and inside it, before it is dropped.
_AROUND, _INSIDE = 0.2, 0.5
#: Styles of SharePoint's editor.
_STYLE = re.compile(r"\.ms-rte(?:Element|Style|Theme|Font|Table)", re.I)
_CONTROL = re.compile(r"ctl\d+_|PlaceHolderMain_|__ControlWrapper_RichHtmlField|nth-of-type")


@dataclass(frozen=True, slots=True)
class Ground:
    """What learning about one host stands on."""

    host: str
    base: SiteProfile
    evidence: Evidence
    least: int = LEAST


@dataclass(frozen=True, slots=True)
class LearnedLayout:
    """A layout and what speaks for it."""

    layout: Layout
    pages: tuple[Sighting, ...]
    """Pages of the sample it reads."""
    container: Container
    places: tuple[Place, ...]
    dropped: tuple[Repeated, ...]


def learn_layouts(
    pages: Sequence[Sighting],
    others: Sequence[Sighting],
    known: Sequence[LearnedLayout],
    ground: Ground,
) -> list[LearnedLayout]:
    """Layouts for a family's articles; ``others`` are the host's pages outside the family, ``known`` the layouts of
    its families so far, which may read this one too.

    Most families have one container. Where the fingerprint joins two templates, the pages that the first container does
    not explain are gone through again.
    """
    rest = [page for page in pages if page.article is not None and not _is_form(page)]
    found: list[LearnedLayout] = []
    for learned in known:
        name = learned.container.selector
        here = measured(name, [page for page in rest if name in page.spots], ground.evidence)
        if here is not None and Trial(ground.base, here.pages, ground.evidence).passes(learned.layout):
            found.append(replace(learned, pages=here.pages, container=here))
            rest = [page for page in rest if name not in page.spots]
    for _ in range(_ROUNDS):
        if len(rest) < ground.least:
            break
        new = _layout(rest, others, ground)
        if new is None:
            break
        found.append(new)
        read = set(map(id, new.pages))
        rest = [page for page in rest if id(page) not in read]
    return found


def _is_form(page: Sighting) -> bool:
    """SharePoint's own display form of a list item, which is the same on every portal and needs no rules."""
    told = page.article.evidence.get("body_text") if page.article else None
    return told is not None and told.rule == FORM_RULE


def _layout(pages: Sequence[Sighting], others: Sequence[Sighting], ground: Ground) -> LearnedLayout | None:
    for container in containers(pages, ground.evidence)[:_TRIED]:
        if container.sound < max(ground.least, 0.3 * len(pages)):
            continue
        learned = _tried(_bare(container, ground.host), container, ground)
        told = _telling(learned, others, ground) if learned else None
        if told is not None:
            return told
    return None


def _bare(container: Container, host: str) -> Layout:
    return Layout(
        name=_name(container.selector),
        hosts=(host.partition(":")[0],),
        present=(container.selector,),
        body=(container.selector,),
    )


def _name(selector: str) -> str:
    """A layout's name after its container, without what SharePoint puts around every control's id."""
    words = re.sub(r"[^a-z0-9]+", "-", _CONTROL.sub("-", selector).lower()).strip("-")
    return words or "page"


def _telling(learned: LearnedLayout, others: Sequence[Sighting], ground: Ground) -> LearnedLayout | None:
    """The layout told by a sign that is on none of the pages it is not for: the container itself, or another name.

    Templates keep empty containers of others, and lists may use an article's; pages of another family that the layout
    reads well may keep it.
    """
    name = learned.container.selector
    having = [page for page in others if name in page.names]
    strangers = [page for page in having if page.article and name not in page.spots]
    disturbed = bool(having) and disturbs(ground.base, learned.layout, having, ground.evidence)
    if not strangers and not disturbed:
        return learned
    foreign = [page for page in others if disturbed or (page.article and name not in page.spots)]
    common = set.intersection(*(set(page.names) for page in learned.container.pages))
    elsewhere = {name for page in foreign for name in page.names}
    signs = sorted((name for name in common - elsewhere if name[0] in "#." and ">" not in name), key=trust)
    if signs:
        return replace(learned, layout=replace(learned.layout, present=(signs[0],)))
    return None if disturbed else learned


def _tried(bare: Layout, container: Container, ground: Ground) -> LearnedLayout | None:
    """The layout with the rules that stand their trial: all at once where that goes well, else one by one. None where
    the container does not stand it even with the lead taken from beside it."""
    trial = Trial(ground.base, container.pages, ground.evidence)
    found = places(container.pages, container.selector, ground.evidence, ground.base.timezone)
    chrome = _droppable(container, ground.evidence)
    whole = _with(bare, found, chrome)
    if not trial.passes(whole):
        kept = [place for place in found if place.field == "lead"]
        if not trial.passes(_with(bare, kept, [])):
            kept = []
            if not trial.passes(bare):
                return None
        for place in found:
            if place not in kept and trial.passes(_with(bare, [*kept, place], [])):
                kept.append(place)
        found = kept
        chrome = chrome if trial.passes(_with(bare, found, chrome)) else []
        whole = _with(bare, found, chrome)
    return LearnedLayout(whole, container.pages, container, tuple(found), tuple(chrome))


def _droppable(container: Container, evidence: Evidence) -> list[Repeated]:
    """Repeated elements of the main part: around the text, and inside it where most of the family have them.

    What fewer have inside the text may be an editor's: a rubric, the head of an office.
    """
    return [
        block
        for block in repeated(container.pages, evidence, _AROUND)
        if block.zone and block.selector != container.selector and not _STYLE.match(block.selector)
        if block.share >= _INSIDE or not _within(block.selector, container)
    ]


def _within(selector: str, container: Container) -> bool:
    """Whether an element stands inside the text's container on any page."""
    pairs = [(p.spots[selector], p.spots[container.selector]) for p in container.pages if selector in p.spots]
    return any(text.first <= spot.first and spot.end <= text.end for spot, text in pairs)


def _with(layout: Layout, found: Sequence[Place], chrome: Sequence[Repeated]) -> Layout:
    fields = {place.field: (place.selector,) for place in found}
    return replace(
        layout,
        title=fields.get("title", ()),
        lead=fields.get("lead", ()),
        published=fields.get("published", ()),
        updated=fields.get("updated", ()),
        author=fields.get("author", ()),
        source=fields.get("source", ()),
        drop=tuple(block.selector for block in chrome),
    )
