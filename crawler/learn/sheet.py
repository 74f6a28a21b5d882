"""The learned profile sheet as TOML: rules a person can read and edit, each with its share and examples above it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from crawler.learn.chrome import Repeated
from crawler.learn.host import FamilyFound, HostFound
from crawler.learn.layout import LearnedLayout
from crawler.profile import Layout, SiteProfile

_FIELDS = ("title", "lead", "published", "updated", "author", "source")
_WIDTH = 110


def write_sheet(found: Sequence[HostFound], base: SiteProfile, extends: str, name: str) -> str:
    """The sheet of these hosts on top of ``base``, which it calls ``extends``.

    Hosts and seeds are only told where the base names none: its own may hold more than was captured.
    """
    lines = [
        *_head(found, extends, name),
        *(_scope(found) if not base.scope.hosts else ()),
        *(_seeds(found) if not base.discover.seeds else ()),
        *(line for host in found for line in _told(host)),
        *(line for layout in joined(found) for line in _layout(layout)),
    ]
    return "\n".join(lines) + "\n"


def joined(found: Sequence[HostFound]) -> list[LearnedLayout]:
    """The layouts of all hosts; equal ones are one for several hosts, and every name is used once."""
    merged: dict[tuple[object, ...], LearnedLayout] = {}
    for learned in (layout for host in found for layout in host.layouts):
        rules = _rules(learned.layout)
        known = merged.get(rules)
        merged[rules] = _both(known, learned) if known else learned
    names: dict[str, int] = {}
    out = []
    for learned in merged.values():
        name = learned.layout.name
        names[name] = names.get(name, 0) + 1
        name = name if names[name] == 1 else f"{name}-{names[name]}"
        out.append(replace(learned, layout=replace(learned.layout, name=name)))
    return out


def _rules(layout: Layout) -> tuple[object, ...]:
    return (layout.present, layout.body, layout.drop, *(getattr(layout, field) for field in _FIELDS))


def _both(one: LearnedLayout, other: LearnedLayout) -> LearnedLayout:
    """One layout for the hosts of both, its shares those of all their pages."""
    hosts = tuple(sorted({*one.layout.hosts, *other.layout.hosts}))
    mine, theirs = len(one.pages), len(other.pages)

    def mean(first: float, second: float) -> float:
        return (first * mine + second * theirs) / (mine + theirs)

    shares = {place.field: place.share for place in other.places}
    container, second = one.container, other.container
    return replace(
        one,
        layout=replace(one.layout, hosts=hosts),
        pages=(*one.pages, *other.pages),
        container=replace(
            container,
            pages=(*container.pages, *second.pages),
            sound=container.sound + second.sound,
            held=mean(container.held, second.held),
        ),
        places=tuple(replace(place, share=mean(place.share, shares[place.field])) for place in one.places),
    )


def _head(found: Sequence[HostFound], extends: str, name: str) -> Iterator[str]:
    pages, articles = sum(host.sampled for host in found), sum(host.articles for host in found)
    yield f"# Learned from {pages:,} captured pages, {articles:,} of them articles, on top of the profile {extends}."
    yield "# Shares are those of the pages compared. Check it with `portal-archive profile check`, edit it, keep it."
    yield ""
    yield f"extends = {_text(extends)}"
    yield f"name = {_text(name)}"


def _scope(found: Sequence[HostFound]) -> Iterator[str]:
    yield ""
    yield "[scope]"
    yield f"hosts = {_list(host.host for host in found)}"


def _seeds(found: Sequence[HostFound]) -> Iterator[str]:
    yield ""
    yield "[discover]"
    yield f"seeds = {_list(_home(host) for host in found)}"


def _home(host: HostFound) -> str:
    """The front page, by the scheme most examples have."""
    schemes = [urlsplit(family.example).scheme for family in host.families]
    return f"{max(sorted(set(schemes)), key=schemes.count, default='https')}://{host.host}/"


def _told(host: HostFound) -> Iterator[str]:
    """What is known of a host beside its layouts, as comments."""
    yield ""
    yield f"# {host.host}: {host.seen:,} captured pages, {host.sampled:,} compared, {host.articles:,} of them articles."
    for number, family in enumerate(host.families, 1):
        yield from _family(number, family, host)
    if host.repeated:
        yield "# Repeated across its pages:"
        yield from (_repeated(block) for block in host.repeated)


def _family(number: int, family: FamilyFound, host: HostFound) -> Iterator[str]:
    outcomes = ", ".join(f"{count} {name}" for name, count in sorted(family.outcomes.items()))
    if family.layouts:
        fate = "layouts below"
    elif family.inherited:
        fate = f"read by the base's layout {', '.join(family.inherited)}"
    elif family.outcomes["article"]:
        fate = "left to the general rules"
    else:
        fate = "no articles"
    yield _comment(f"#   family {number}: {_share(family.pages / host.sampled)} of its pages ({outcomes}): {fate}")
    yield _comment(f"#     such as {family.example}")


def _layout(learned: LearnedLayout) -> Iterator[str]:
    layout, container = learned.layout, learned.container
    yield ""
    days = sorted(page.day for page in learned.pages)
    yield f"# {len(learned.pages)} pages compared, captured from {days[0]} to {days[-1]}; such as"
    yield from (_comment(f"#   {url}") for url in sorted({page.url for page in learned.pages})[:2])
    yield "[[layout]]"
    yield f"name = {_text(layout.name)}"
    yield f"hosts = {_list(layout.hosts)}"
    yield f"present = {_list(layout.present)}"
    yield (
        f"# Holds a page's own text on {_share(container.sound / len(container.pages))} of its pages,"
        f" {_share(container.held)} of that text."
    )
    yield f"body = {_list(layout.body)}"
    for place in learned.places:
        yield f"# On {_share(place.share)} of its pages:"
        yield from (_comment(f"#   {example}") for example in place.examples)
        yield f"{place.field} = {_list((place.selector,))}"
    if learned.dropped:
        yield "# No content:"
        yield from (_repeated(block) for block in learned.dropped)
        yield f"drop = {_list(layout.drop)}"


def _repeated(block: Repeated) -> str:
    return _comment(f"#   {block.selector}: {block.kind}, {_share(block.share)} of pages: {block.example}")


def _comment(text: str) -> str:
    """A comment of one line: what pages print may hold anything."""
    line = "".join(letter for letter in text if letter.isprintable())
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"


def _share(part: float) -> str:
    """A percentage that never rounds up."""
    return f"{int(part * 100 + 1e-9)} %"


def _text(value: str) -> str:
    """A TOML basic string; JSON's escapes are TOML's too, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"
