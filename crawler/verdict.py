"""How a run ended: complete, stopped or blocked, and what it leaves known of each host."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from archive.hosts import HostRow
from crawler.politeness import HostClocks
from crawler.profile import SiteProfile
from crawler.tls import exemption


def verdict(clocks: HostClocks, left: int, cause: str) -> tuple[str, int, list[str]]:
    """State, exit code and reasons of a run that leaves so many addresses; ``cause`` is why it ended."""
    abandoned = {name: host.abandoned for name, host in clocks.known().items() if host.abandoned}
    why = [f"{name} left alone: {told}" for name, told in abandoned.items()]
    shut_out = [name for name, host in clocks.known().items() if host.abandoned and host.refusals]
    if shut_out and len(shut_out) == len(clocks.known()):
        return "blocked", 5, why
    if left:
        why.append(f"stopped early ({cause}); {left} addresses wait: run the same command again to go on")
        return "stopped", 3, why
    return "complete", 0, why


def host_rows(clocks: HostClocks, profile: SiteProfile, now: datetime) -> Iterator[HostRow]:
    """What the next run is to know of every host met."""
    for name, host in clocks.known().items():
        yield HostRow(
            host=name,
            address=host.address or None,
            paused_until=host.paused_until,
            paused_why=host.abandoned if host.paused_until else None,
            latency=round(host.latency, 3) if host.latency else None,
            last_answer_at=now if host.latency else None,
            tls_unverified=exemption(profile.network, name) is not None,
        )
