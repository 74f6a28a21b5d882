"""How long a crawl will take: what waits at each address, at the pace politeness allows there."""

from __future__ import annotations

import sqlite3
from collections import Counter

from crawler.politeness import HostClocks
from crawler.profile import Politeness

_WAITING = "select host, count(*) from frontier where state = 'pending' and kind <> 'robots' group by host"


def waiting(conn: sqlite3.Connection) -> dict[str, int]:
    """Host -> addresses known to wait there."""
    return {str(host): int(count) for host, count in conn.execute(_WAITING)}


def seconds_left(waits: dict[str, int], clocks: HostClocks, polite: Politeness) -> float:
    """Seconds until what is known by now is visited; what will still be found comes on top.

    Addresses are visited side by side, names on one address one after the other.
    """
    pace: Counter[str] = Counter()
    for name, count in waits.items():
        host = clocks.host(name)
        if host.abandoned is not None:
            continue
        delay = max(polite.delay, host.crawl_delay)
        if delay:
            delay = max(delay, host.latency * polite.latency_factor)
        shared = host.address if polite.share_address and host.address else name
        pace[shared] += int(1000 * count * (delay * (1 + polite.jitter / 2) + host.latency))
    return max(pace.values(), default=0) / 1000
