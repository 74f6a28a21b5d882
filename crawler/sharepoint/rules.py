"""A profile's scope and identity rules, made ready for use once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from crawler.patterns import Expression, compiled
from crawler.profile import SiteProfile
from crawler.sharepoint.address import cleaned, normal_netloc, parse


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What ``canonical_url`` and ``refusal`` ask a profile, compiled."""

    hosts: frozenset[str]
    """Spelled as in canonical addresses; those of the seeds where the profile names none."""
    wildcards: tuple[tuple[str, str], ...]
    """``.example.vn`` and the port it is valid for (empty: the ordinary ones)."""
    scheme: str
    aliases: dict[str, str]
    keep: frozenset[str]
    drop: frozenset[str]
    rewrite: tuple[tuple[Expression, str], ...]
    deny: tuple[Expression, ...]
    allow: tuple[Expression, ...]

    def holds(self, netloc: str) -> bool:
        """Whether a host belongs to the portal."""
        if netloc in self.hosts:
            return True
        host, _, port = netloc.partition(":")
        return any(host.endswith(suffix) and port == wanted for suffix, wanted in self.wildcards)


@lru_cache(maxsize=64)
def rules_of(profile: SiteProfile) -> Rules:
    """The rules of a profile; the same object for the same profile."""
    aliases = {normal_netloc(alias): normal_netloc(host) for alias, host in profile.identity.aliases.items()}
    named = [normal_netloc(host) for host in profile.scope.hosts] or _seed_hosts(profile)
    stars = (name[1:].partition(":") for name in named if name.startswith("*."))
    return Rules(
        hosts=frozenset(aliases.get(name, name) for name in named if not name.startswith("*.")),
        wildcards=tuple((suffix, port) for suffix, _, port in stars),
        scheme=profile.identity.scheme,
        aliases=aliases,
        keep=frozenset(name.lower() for name in profile.identity.keep_params),
        drop=frozenset(name.lower() for name in profile.identity.drop_params),
        rewrite=tuple((compiled(pattern), new) for pattern, new in profile.identity.rewrite),
        deny=tuple(map(compiled, profile.scope.deny)),
        allow=tuple(map(compiled, profile.scope.allow)),
    )


def _seed_hosts(profile: SiteProfile) -> list[str]:
    addresses = (parse(cleaned(seed)) for seed in profile.discover.seeds)
    return [address.netloc for address in addresses if address]
