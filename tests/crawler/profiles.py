"""Profiles that several tests ask the same questions of."""

from __future__ import annotations

from dataclasses import replace

from crawler.profile import Identity, Scope, SiteProfile, load

#: The Bắc Kạn portal as its sheet describes it.
BAC_KAN = load("bac-kan")

#: Any host is in scope and keeps its scheme, so that only the built-in rules speak.
ANYWHERE = SiteProfile(name="anywhere", scope=Scope(hosts=("*.vn", "*.org", "*.gov")), digest="anywhere")


def narrowed(**scope: object) -> SiteProfile:
    """``ANYWHERE`` with other keys of its scope."""
    return replace(ANYWHERE, scope=replace(ANYWHERE.scope, **scope))  # type: ignore[arg-type]


def identified(**identity: object) -> SiteProfile:
    """``ANYWHERE`` with identity rules."""
    return replace(ANYWHERE, identity=Identity(**identity))  # type: ignore[arg-type]
