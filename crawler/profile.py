"""A portal's facts as data: one TOML sheet a portal, read once into frozen values.

A sheet may build on another (``extends = "sharepoint"``): tables merge key by key, lists and single values replace.
An unknown key is an error that names the sheet and the key, so that a misspelt setting never passes unseen.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import tomllib
import types
import typing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from crawler.errors import ProfileError

PROFILES = Path(__file__).parent / "profiles"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """Which addresses belong to the portal."""

    hosts: tuple[str, ...] = ()
    """Hosts (``host`` or ``host:port``) that are crawled; ``*.example.vn`` stands for every sub-host."""
    deny: tuple[str, ...] = ()
    """Regular expressions on path and query, case-insensitive; a match is refused as ``trap``."""
    allow: tuple[str, ...] = ()
    """When not empty, a page outside every one of these expressions is refused as ``out_of_scope``."""
    max_depth: int = 40
    """Links from a seed; pagers do not count."""
    max_url_length: int = 1000
    """Characters."""
    max_variants: int = 2000
    """Query strings followed for one path; what comes after is refused as ``trap``."""
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
    """Seconds; caps Retry-After, Crawl-delay (at a fifth of it) and every pause of our own."""
    give_up_after: int = 20
    """Failures of a host in a row before the run stops visiting it."""
    robots: Literal["obey", "ignore"] = "obey"
    robots_reason: str = ""
    """Why robots.txt is ignored; required then, and printed in every run report."""
    contact: str = ""
    """Address or URL put into the user agent, for the portal's operators."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DataList:
    """A section list that answers JSON to a form post."""

    url: str
    form: dict[str, str] = field(default_factory=dict)
    """Form fields as sent."""
    start_param: str = "start"
    length: int = 20
    """Entries asked for at a time."""
    length_param: str = "length"
    rows: str = "data"
    """Key of the array in the answer."""
    item_url: str = ""
    """Address of an entry, its keys in braces: ``/Lists/ThoiSu/View_Detail.aspx?ItemID={ID}``."""
    title: str = "Title"
    lead: str = ""
    date: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Discovery:
    """Where a crawl starts. Relative addresses belong to the first seed's host."""

    seeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    data: tuple[DataList, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Gone:
    """When a missing article counts as removed: both must be reached."""

    visits: int = 3
    days: float = 14.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Revisit:
    """When ``update`` visits a page again. Lists, feeds and site maps are visited in every run."""

    factor: float = 0.1
    """Share of an article's age (since it was published or first seen) that passes between two visits."""
    min_hours: float = 12.0
    max_days: float = 90.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """Exceptions from the address guard, for test hosts and intranets only."""

    exempt_addresses: tuple[str, ...] = ()
    """Networks (``127.0.0.0/8``) that may be visited although they are private or loopback."""
    exempt_ports: tuple[int, ...] = ()
    """Ports besides 80 and 443."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Expect:
    """What a complete run must reach; below it the run exits with 2."""

    min_articles: int = 0
    min_fill: dict[str, float] = field(default_factory=dict)
    """Article field -> least share of live articles that have it."""
    max_failure_share: float = 0.2
    """Failed addresses among all visited."""
    must_not_contain: tuple[str, ...] = ()
    """Strings no archived text may hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """How one template is read. The first layout whose conditions hold reads the page."""

    name: str
    family: str = ""
    since: date | None = None
    """First day of captures it applies to."""
    until: date | None = None
    """Last day of captures it applies to."""
    hosts: tuple[str, ...] = ()
    """Hosts it applies to; empty: all."""
    path: str = ""
    """Regular expression the path must match."""
    present: tuple[str, ...] = ()
    """CSS selectors of which one must match."""
    title: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    """CSS selectors of the entries of a section list."""
    drop: tuple[str, ...] = ()
    """CSS selectors of what is never content."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteProfile:
    """Everything known of a portal before its pages are seen."""

    name: str
    title: str = ""
    publisher: str = ""
    language: str = ""
    timezone: str = "+07:00"
    """Offset given to the portal's printed times."""
    scope: Scope = Scope()
    identity: Identity = Identity()
    polite: Politeness = Politeness()
    discover: Discovery = Discovery()
    gone: Gone = Gone()
    revisit: Revisit = Revisit()
    network: Network = Network()
    expect: Expect = Expect()
    boilerplate: tuple[str, ...] = ()
    """Lines that are chrome wherever they stand alone, besides the built-in ones."""
    not_found: tuple[str, ...] = ()
    """Phrases that mark a not-found page, besides the built-in ones."""
    layout: tuple[Layout, ...] = ()
    digest: str = ""
    """SHA-256 of the merged sheet: which rules were in force."""

    def __hash__(self) -> int:
        return hash((self.name, self.digest))


def names() -> list[str]:
    """Names of the profiles that come with the project."""
    return sorted(path.stem for path in PROFILES.glob("*.toml"))


def load(name_or_path: str | Path) -> SiteProfile:
    """The profile of that name, or in that file.

    Raises ProfileError for an unknown name, a file that is no TOML, an unknown key or a value of the wrong type.
    """
    path = _find(name_or_path)
    sheet = _merged(path, seen=())
    sheet.setdefault("name", path.stem)
    digest = hashlib.sha256(json.dumps(sheet, sort_keys=True, default=str).encode()).hexdigest()
    profile = typing.cast(SiteProfile, _build(SiteProfile, {**sheet, "digest": digest}, path.name, ""))
    _check(profile, path.name)
    return profile


def _find(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    path = Path(text)
    if path.suffix == ".toml":
        if not path.is_file():
            raise ProfileError(f"profile sheet {text} does not exist; name one of {', '.join(names())} or a .toml file")
        return path
    known = PROFILES / f"{text}.toml"
    if not re.fullmatch(r"[\w.-]+", text) or not known.is_file():
        raise ProfileError(f"unknown profile {text!r}; known are {', '.join(names())}, or give the path of a .toml file")
    return known


def _merged(path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    if path in seen:
        raise ProfileError(f"{path.name}: extends itself; remove the circle")
    try:
        sheet = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path.name}: not a TOML sheet: {error}") from error
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read: {error.strerror}") from error
    base = sheet.pop("extends", None)
    if base is None:
        return sheet
    if not isinstance(base, str):
        raise ProfileError(f"{path.name}: extends must be the name of a profile")
    sibling = path.parent / base
    parent = sibling if base.endswith(".toml") and sibling.is_file() else _find(base)
    return _overlay(_merged(parent, (*seen, path)), sheet)


def _overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _overlay(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _build(kind: type, sheet: dict[str, Any], where: str, prefix: str) -> object:
    """A dataclass filled from a table; every unknown key is named with the keys that would be known."""
    hints = typing.get_type_hints(kind)
    fields = {f.name for f in dataclasses.fields(kind)}
    for key in sheet:
        if key not in fields or (prefix and key == "digest"):
            raise ProfileError(f"{where}: unknown key {prefix}{key}; known here: {', '.join(sorted(fields - {'digest'}))}")
    values = {key: _value(hints[key], value, where, f"{prefix}{key}") for key, value in sheet.items()}
    try:
        return kind(**values)
    except TypeError as error:
        missing = [f.name for f in dataclasses.fields(kind) if f.name not in values and f.default is dataclasses.MISSING]
        raise ProfileError(f"{where}: {prefix or 'sheet'} lacks {', '.join(missing)}") from error


def _value(hint: Any, value: Any, where: str, key: str) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if isinstance(value, dict):
            return _build(hint, value, where, f"{key}.")
    elif origin is tuple and isinstance(value, list):
        inner = args[0]
        if args[-1] is Ellipsis:
            return tuple(_value(inner, item, where, f"{key}[{n}]") for n, item in enumerate(value))
        if len(value) == len(args):
            return tuple(_value(a, item, where, key) for a, item in zip(args, value, strict=True))
    elif origin is dict and isinstance(value, dict):
        return {str(k): _value(args[1], v, where, f"{key}.{k}") for k, v in value.items()}
    elif origin is Literal:
        if value in args:
            return value
        raise ProfileError(f"{where}: {key} must be one of {', '.join(map(str, args))}, not {value!r}")
    elif origin in (types.UnionType, typing.Union):
        return _value(next(a for a in args if a is not type(None)), value, where, key)
    elif hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    elif isinstance(hint, type) and type(value) is hint:
        return value
    raise ProfileError(f"{where}: {key} has the wrong type: {value!r}")


def _check(profile: SiteProfile, where: str) -> None:
    patterns = {
        "scope.deny": profile.scope.deny,
        "scope.allow": profile.scope.allow,
        "identity.rewrite": tuple(p for p, _ in profile.identity.rewrite),
        "layout.path": tuple(layout.path for layout in profile.layout if layout.path),
    }
    for key, expressions in patterns.items():
        for expression in expressions:
            try:
                re.compile(expression)
            except re.error as error:
                raise ProfileError(f"{where}: {key}: {expression!r} is no regular expression: {error}") from error
    if profile.polite.robots == "ignore" and not profile.polite.robots_reason:
        raise ProfileError(f"{where}: polite.robots = \"ignore\" needs polite.robots_reason, which every run report prints")
    if profile.polite.delay < 0 or not 0 <= profile.polite.jitter < 10:
        raise ProfileError(f"{where}: polite.delay and polite.jitter must not be negative")
