"""A portal's facts as data: one TOML sheet a portal, read once into frozen values.

A sheet may build on another (``extends = "sharepoint"``): tables merge key by key, lists and single values replace;
layouts alone are added to those of the other sheet, which come after them, and one of the same name replaces.
An unknown key is an error that names the sheet and the key, so that a misspelt setting never passes unseen.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import math
import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from crawler.errors import ProfileError
from crawler.expect import Expect, bad_expectations
from crawler.patterns import BadExpression, Expression, compiled
from crawler.sheets import build, find, merged
from crawler.sheets import names as names


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """Which addresses belong to the portal."""

    hosts: tuple[str, ...] = ()
    """Hosts (``host`` or ``host:port``) that are crawled; ``*.example.vn`` stands for every sub-host."""
    deny: tuple[str, ...] = ()
    """Regular expressions (RE2 syntax) on path and query, case-insensitive; a match is refused as ``trap``."""
    allow: tuple[str, ...] = ()
    """When not empty, a page outside every one of these expressions is refused as ``out_of_scope``."""
    max_depth: int = 40
    """Links from a seed; pagers do not count."""
    max_url_length: int = 1000
    """Characters."""
    max_variants: int = 2000
    """Query strings followed for one path; what comes after is refused as ``trap``."""
    max_barren: int = 1000
    """Pages of one top folder that show nothing, while none shows anything, before its rest is refused as ``trap``."""
    max_pages: int = 2_000_000
    """Requests a run; the run then stops early and can be continued."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """What makes two addresses the same page."""

    scheme: str = ""
    """Scheme that in-scope addresses are given (``https``); empty keeps the one found."""
    aliases: dict[str, str] = field(default_factory=dict)
    """``host[:port]`` -> ``host[:port]`` it stands for (``www.backan.gov.vn`` -> ``backan.gov.vn``)."""
    keep_params: tuple[str, ...] = ()
    """Query parameters that are always part of the identity, besides the built-in ones."""
    drop_params: tuple[str, ...] = ()
    """Query parameters that never are, besides the built-in ones."""
    rewrite: tuple[tuple[str, str], ...] = ()
    """Regular expression on path and query -> replacement (print view to detail page)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Politeness:
    """How the portal is visited. One request at a time a host, always."""

    delay: float = 1.0
    """Seconds between the end of one request and the start of the next."""
    jitter: float = 0.5
    """Share of the delay added at random (0.5: up to half as much again)."""
    timeout: float = 60.0
    """Seconds for one answer."""
    max_attempts: int = 4
    """Tries of one address in one run before it is left for a later run."""
    backoff: float = 5.0
    """Seconds before the second try; doubles with each further one."""
    max_pause: float = 300.0
    """Seconds; caps Crawl-delay (at a fifth of it) and every pause of our own. A host whose Retry-After asks for
    more is left to a later run."""
    latency_factor: float = 1.0
    """A pause lasts at least this many times what the host's latest answers took; a ``delay`` of 0 turns it off."""
    share_address: bool = True
    """Hosts whose names lead to one IP address share its delay, and its one request at a time."""
    hours: tuple[str, ...] = ()
    """When the portal may be visited, in its own time: ``22:00-06:00``; empty: always. A run ends when they do."""
    give_up_after: int = 20
    """Failures of a host in a row before the run stops visiting it."""
    robots: Literal["obey", "ignore"] = "obey"
    """``ignore`` needs a reason; everything else obeys robots.txt by RFC 9309."""
    robots_reason: str = ""
    """Why robots.txt is ignored; required then, and printed in every run report."""
    contact: str = ""
    """Address or URL put into the user agent, for the portal's operators."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DataList:
    """A section list that answers JSON to a form post."""

    url: str
    """Address the form is posted to."""
    form: dict[str, str] = field(default_factory=dict)
    """Form fields as sent."""
    start_param: str = "start"
    """Form field that says at which entry the answer begins."""
    length: int = 20
    """Entries asked for at a time."""
    length_param: str = "length"
    """Form field that says how many entries are asked for."""
    rows: str = "data"
    """Key of the array in the answer."""
    item_url: str = ""
    """Address of an entry, its keys in braces: ``/Lists/ThoiSu/View_Detail.aspx?ItemID={ID}``."""
    title: str = "Title"
    """Key of an entry's title."""
    lead: str = ""
    """Key of its lead; empty when it has none."""
    date: str = ""
    """Key of its date; empty when it has none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Discovery:
    """Where a crawl starts. Relative addresses belong to the first seed's host."""

    seeds: tuple[str, ...] = ()
    """Pages a crawl starts at: home pages, section lists, HTML site maps."""
    sitemaps: tuple[str, ...] = ()
    """Addresses of sitemap.xml files."""
    feeds: tuple[str, ...] = ()
    """Addresses of RSS and Atom feeds."""
    data: tuple[DataList, ...] = ()
    """Section lists that answer JSON."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gone:
    """When a missing article counts as removed: both must be reached.

    What a run missed that was stopped, or in which too much was missing at once, is kept and counts for neither.
    """

    visits: int = 3
    """Judged runs in a row that missed it."""
    days: float = 14.0
    """Days since the first of them missed it."""
    outage_share: float = 0.4
    """Share of a host's articles missed in one run from which on the run is held for an outage of the host."""
    outage_visits: int = 10
    """Runs that must miss an article when some of them were outages: so many are no outage any more."""
    outage_days: float = 90.0
    """Days since it was first missed, in that case."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Revisit:
    """When ``update`` visits a page again. Lists, feeds and site maps are visited in every run."""

    factor: float = 0.1
    """Share of an article's age (since it was published or updated) that passes between two visits. A section's own
    rhythm halves the time at most where articles are often changed or added, and doubles it where they seldom are."""
    min_hours: float = 12.0
    """Least time between two visits."""
    max_days: float = 90.0
    """Most time between two visits by age and section. What would wait longer is left to the sweep; files and articles
    without a date are visited three times in that time."""
    sweep_days: float = 180.0
    """Time in which the sweep comes to every address that no visit by age came to, each day to about its share."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """Exceptions from the address guard, for test hosts and intranets only."""

    exempt_addresses: tuple[str, ...] = ()
    """Networks (``127.0.0.0/8``) that may be visited although they are private or loopback."""
    exempt_ports: tuple[int, ...] = ()
    """Ports besides 80 and 443."""
    unverified_tls: dict[str, str] = field(default_factory=dict)
    """``host`` or ``host:port`` -> why its certificate is not verified; written into WARC files and every report."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """How one template is read. A page picks its layout by what it looks like, then by date: one with ``marks`` or
    ``present`` goes before one with ``hosts`` or ``path``, narrower dates before wider ones, then the sheet's order."""

    name: str
    """Kept with every article it read."""
    family: str = ""
    """Template family, for people who read the sheet."""
    since: date | None = None
    """First day of captures it applies to."""
    until: date | None = None
    """Last day of captures it applies to."""
    hosts: tuple[str, ...] = ()
    """Hosts it applies to; empty: all."""
    path: str = ""
    """Regular expression the path must match."""
    marks: tuple[str, ...] = ()
    """Strings of which one must stand in the page's source or, for a text record, in its text."""
    present: tuple[str, ...] = ()
    """CSS selectors of which one must match."""
    title: tuple[str, ...] = ()
    """CSS selectors of the headline. Here and below the first that matches something counts."""
    lead: tuple[str, ...] = ()
    """CSS selectors of the lead (sapo)."""
    body: tuple[str, ...] = ()
    """CSS selectors of the article's text."""
    published: tuple[str, ...] = ()
    """CSS selectors of the publication time."""
    updated: tuple[str, ...] = ()
    """CSS selectors of the time of the last update."""
    author: tuple[str, ...] = ()
    """CSS selectors of the byline."""
    source: tuple[str, ...] = ()
    """CSS selectors of whom the page credits."""
    section: tuple[str, ...] = ()
    """CSS selectors of the section path (breadcrumb)."""
    items: tuple[str, ...] = ()
    """CSS selectors of the entries of a section list."""
    drop: tuple[str, ...] = ()
    """CSS selectors of what is never content; here all count."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteProfile:
    """Everything known of a portal before its pages are seen."""

    name: str
    """Kept with every run and article; by default the sheet's file name."""
    title: str = ""
    """The portal's own name."""
    publisher: str = ""
    """Whose portal it is."""
    language: str = ""
    """BCP 47; the language of pages that do not name theirs."""
    timezone: str = "+07:00"
    """Offset given to the portal's printed times."""
    scope: Scope = Scope()
    identity: Identity = Identity()
    polite: Politeness = Politeness()
    discover: Discovery = Discovery()
    gone: Gone = Gone()
    revisit: Revisit = Revisit()
    network: Network = field(default_factory=Network)
    expect: Expect = field(default_factory=Expect)
    boilerplate: tuple[str, ...] = ()
    """Lines that are chrome wherever they stand alone, besides the built-in ones."""
    not_found: tuple[str, ...] = ()
    """Phrases that mark a not-found page, besides the built-in ones."""
    layout: tuple[Layout, ...] = ()
    digest: str = ""
    """SHA-256 of the merged sheet: which rules were in force."""

    def __hash__(self) -> int:
        return hash(self.digest or self.name)  # asked for with every address that is remembered

    @property
    def rules_digest(self) -> str:
        """SHA-256 of what bears on reading a page: the same rules read the same capture in the same way."""
        told = {name: getattr(self, name) for name in _RULES}
        return hashlib.sha256(repr(sorted(told.items())).encode()).hexdigest()


#: Key of ``[revisit]``, its least and its greatest value.
_REVISIT_BOUNDS = (
    ("factor", 0.0001, 100),
    ("min_hours", 0, 8760),
    ("max_days", 0.1, 36_500),
    ("sweep_days", 0.1, 36_500),
)

#: Keys of a sheet that bear on what a page is read as.
_RULES = ("language", "timezone", "scope", "identity", "discover", "boilerplate", "not_found", "layout")


def load(name_or_path: str | Path) -> SiteProfile:
    """The profile of that name, or in that file.

    Raises ProfileError for an unknown name, a file that is no TOML, an unknown key or a value of the wrong type.
    """
    path = find(name_or_path)
    sheet = merged(path)
    if "digest" in sheet:
        raise ProfileError(f"{path.name}: digest is computed from the sheet; remove it")
    sheet.setdefault("name", path.stem)
    digest = hashlib.sha256(json.dumps(sheet, sort_keys=True, default=str).encode()).hexdigest()
    profile = typing.cast(SiteProfile, build(SiteProfile, {**sheet, "digest": digest}, path.name))
    _check(profile, path.name)
    return profile


def _check(profile: SiteProfile, where: str) -> None:
    for key, problem in _problems(profile):
        raise ProfileError(f"{where}: {key}: {problem}")


def _problems(profile: SiteProfile) -> Iterator[tuple[str, str]]:
    """Key and complaint of everything a value of the right type can still have wrong."""
    yield from _bad_expressions(profile)
    yield from _bad_hosts(profile)
    yield from _bad_numbers(profile)
    for layout in profile.layout:
        if layout.since and layout.until and layout.since > layout.until:
            yield "layout.until", f"{layout.until} of layout {layout.name!r} is before its first day {layout.since}"
    if not re.fullmatch(r"[+-](?:0\d|1[0-4]):[0-5]\d", profile.timezone):
        yield "timezone", f"{profile.timezone!r} is no offset; write it like +07:00"
    if profile.polite.robots == "ignore" and not profile.polite.robots_reason:
        yield "polite.robots", '"ignore" needs polite.robots_reason, which every run report prints'
    for host, reason in profile.network.unverified_tls.items():
        if not reason.strip():
            yield f"network.unverified_tls.{host}", "needs a reason, which every run report prints"
    for hours in profile.polite.hours:
        if not re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d", hours):
            yield "polite.hours", f"{hours!r} is no span of hours; write it like 22:00-06:00"
    for network in profile.network.exempt_addresses:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            yield "network.exempt_addresses", f"{network!r} is no network; write it like 127.0.0.0/8"


def _bad_expressions(profile: SiteProfile) -> Iterator[tuple[str, str]]:
    patterns = {
        "scope.deny": profile.scope.deny,
        "scope.allow": profile.scope.allow,
        "identity.rewrite": tuple(pattern for pattern, _ in profile.identity.rewrite),
        "layout.path": tuple(layout.path for layout in profile.layout if layout.path),
    }
    for key, expressions in patterns.items():
        for expression in expressions:
            try:
                compiled(expression)
            except BadExpression as error:
                yield key, f"{expression!r} is no regular expression: {error}"
                return
    for pattern, new in profile.identity.rewrite:
        yield from _bad_replacement(compiled(pattern), new)


def _bad_replacement(pattern: Expression, new: str) -> Iterator[tuple[str, str]]:
    """Replacements may use ``\\1`` … ``\\99``, ``\\g<name>`` and a doubled backslash."""
    for number, name, other in re.findall(r"\\(?:(\d{1,2})|g<(\w+)>|(.|$))", new):
        group = number or name
        known = int(group) <= pattern.groups if group.isdigit() else group in pattern.names
        if (group and not known) or (not group and other != "\\"):
            yield "identity.rewrite", f"{new!r} names a group that {pattern.text!r} does not have"


def _bad_hosts(profile: SiteProfile) -> Iterator[tuple[str, str]]:
    aliases = profile.identity.aliases
    named = {"scope.hosts": profile.scope.hosts, "identity.aliases": (*aliases, *aliases.values())}
    for key, hosts in named.items():
        for host in hosts:
            if not re.fullmatch(r"(?:\*\.)?(?:[\w-]+(?:\.[\w-]+)*|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?", host):
                yield key, f"{host!r} is no host; write it like example.vn, *.example.vn or example.vn:8080"
    for alias, host in aliases.items():
        if host in aliases:
            yield "identity.aliases", f"{alias!r} stands for {host!r}, which is itself an alias"
    if profile.identity.scheme not in ("", "http", "https"):
        yield "identity.scheme", f"{profile.identity.scheme!r} must be http, https or empty"


def _bad_numbers(profile: SiteProfile) -> Iterator[tuple[str, str]]:
    polite, scope = profile.polite, profile.scope
    if not (0 <= polite.delay < math.inf and 0 <= polite.jitter < 10 and 0 <= polite.latency_factor < math.inf):
        yield "polite.delay", "delay, jitter and latency_factor must not be negative"
    least = {
        "polite.max_attempts": polite.max_attempts,
        "polite.give_up_after": polite.give_up_after,
        "scope.max_depth": scope.max_depth,
        "scope.max_url_length": scope.max_url_length,
        "scope.max_pages": scope.max_pages,
        "scope.max_barren": scope.max_barren,
        "gone.visits": profile.gone.visits,
    }
    for key, number in least.items():
        if number < 1:
            yield key, f"must be at least 1, not {number}"
    for name, lowest, highest in _REVISIT_BOUNDS:
        if not lowest <= (value := getattr(profile.revisit, name)) <= highest:
            yield f"revisit.{name}", f"must be between {lowest} and {highest}, not {value}"
    if not 0 < profile.gone.outage_share <= 1:
        yield "gone.outage_share", f"is a share above 0 and at most 1, not {profile.gone.outage_share}"
    if not polite.timeout > 0:
        yield "polite.timeout", f"must be more than 0 seconds, not {polite.timeout}"
    yield from bad_expectations(profile.expect)
