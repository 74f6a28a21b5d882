"""The ``[expect]`` table of a sheet: what a run is held to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

#: Columns of ``articles`` that something may be expected of.
EXPECTABLE = (
    *("title", "lead", "body_text", "author", "source", "section", "published_at", "published_raw", "updated_at"),
    *("updated_raw", "language", "layout", "status"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Canary:
    """An article that stands for many: when it reads differently, the portal or its templates have changed."""

    url: str
    """Its address; every run visits it."""
    fields: dict[str, str] = field(default_factory=dict)
    """Article field -> its value as the archive holds it; ``*`` for any value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Expect:
    """What a run must reach; below it the run exits with 2 and the last good snapshot stays."""

    min_articles: int = 0
    """Live articles in the archive."""
    min_pages: int = 0
    """Addresses of the portal that have been answered."""
    min_fill: dict[str, float] = field(default_factory=dict)
    """Article field -> least share of live articles that have it."""
    max_failure_share: float = 0.2
    """Failed addresses among all visited."""
    max_unknown_layouts: float = 1.0
    """Share of the articles read in a run that no layout of the sheet read."""
    max_missing_share: float = 0.3
    """Known articles found missing among those a run visited again; above it none is held to be gone."""
    max_quiet_days: float = 0.0
    """Days without a new article; 0: three times the longest silence so far, ten at least; ``inf``: any number."""
    must_not_contain: tuple[str, ...] = ()
    """Strings no archived text may hold."""
    history: bool = True
    """Also hold each run against the runs before it: fields and lists that are lost, failures, repeated lines."""
    canary: tuple[Canary, ...] = ()
    """Articles every run visits and holds to what they are known to say."""


def bad_expectations(expect: Expect) -> Iterator[tuple[str, str]]:
    """Key and complaint of everything a value of the right type can still have wrong."""
    shares = {f"min_fill.{name}": share for name, share in expect.min_fill.items()}
    names = ("max_failure_share", "max_unknown_layouts", "max_missing_share")
    shares |= {name: getattr(expect, name) for name in names}
    for name, share in shares.items():
        if not 0 <= share <= 1:
            yield f"expect.{name}", f"is a share between 0 and 1, not {share}"
    named = [("min_fill", tuple(expect.min_fill))]
    named += [("canary.fields", tuple(canary.fields)) for canary in expect.canary]
    for key, fields in named:
        for name in fields:
            if name not in EXPECTABLE:
                yield f"expect.{key}", f"an article has no field {name!r}; it has {', '.join(EXPECTABLE)}"
    if expect.max_quiet_days < 0:
        yield "expect.max_quiet_days", f"must not be negative, but {expect.max_quiet_days}"
