"""Which IP address each host's name leads to, looked up before its first request: names on one address share a pace."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from crawler.politeness import HostClocks


class Places:
    """Looks names up, each once a run, beside the crawl's other work."""

    def __init__(self, clocks: HostClocks, wake: Callable[[float], None]) -> None:
        self._clocks = clocks
        self._wake = wake
        self._asked: dict[str, asyncio.Task[None]] = {}

    def known(self, host: str) -> bool:
        """Is the host's address known, or known not to exist? If not, it is being looked up from now on."""
        if self._clocks.placed(host):
            return True
        name = urlsplit(f"//{host}").hostname or ""
        try:
            self._clocks.know(host, str(ipaddress.ip_address(name)))
        except ValueError:
            if host not in self._asked:
                self._asked[host] = asyncio.get_running_loop().create_task(self._look_up(host, name))
            return False
        return True

    async def _look_up(self, host: str, name: str) -> None:
        """The first address is the one a request goes to; a name without one is told when it is asked for."""
        address = ""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(name, None, family=socket.AF_INET)
            address = str(found[0][4][0]) if found else ""
        except (OSError, UnicodeError):
            pass
        self._clocks.know(host, address)
        self._wake(0.0)
