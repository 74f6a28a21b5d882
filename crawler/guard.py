"""No request leaves for an address inside: not by a link, a redirect or a name that resolves there.

A portal's page is input from a stranger. Addresses that are private, loopback, link-local, shared (CGNAT), multicast
or reserved, and ports besides 80 and 443, are refused unless the profile exempts them by name.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from crawler.profile import Network

_SHARED = ipaddress.ip_network("100.64.0.0/10")


class AddressRefused(DNSLookupError):
    """The name or address leads inside; nothing was sent. For Twisted it is a name that has no address."""


class AddressGuard:
    """Judges addresses by a profile's network table."""

    def __init__(self, network: Network) -> None:
        self._exempt = [ipaddress.ip_network(item, strict=False) for item in network.exempt_addresses]
        self._ports = {80, 443, *network.exempt_ports}
        self.inside: dict[str, str] = {}
        """Names that were asked for and lead inside, with the address they lead to."""

    def check_address(self, text: str) -> None:
        """Raise AddressRefused when the IP address lies inside and is not exempt."""
        address = ipaddress.ip_address(text)
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if any(address.version == net.version and address in net for net in self._exempt):
            return
        if not address.is_global or address.is_multicast or (address.version == 4 and address in _SHARED):
            raise AddressRefused(f"{text} is not a public address")

    def check_url(self, url: str) -> None:
        """Raise AddressRefused for a scheme, port or literal address that is not to be visited."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise AddressRefused("not an http address")
        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise AddressRefused("no such port") from error
        if port not in self._ports:
            raise AddressRefused(f"port {port} is not open to crawls")
        try:
            ipaddress.ip_address(parts.hostname)
        except ValueError:
            return
        self.check_address(parts.hostname)


_in_force = AddressGuard(Network())


def put_in_force(guard: AddressGuard) -> None:
    """Names are judged by this guard from now on. One process crawls one portal, and Scrapy builds its resolver before
    it knows which, so the guard is handed over here."""
    global _in_force
    _in_force = guard


class GuardedResolver(CachingThreadedResolver):
    """Scrapy's resolver, refusing names that lead inside; asked again at every new connection, so rebinding is seen."""

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802
        """The name's address, or a failure with AddressRefused."""
        resolved: Deferred[str] = super().getHostByName(name, timeout)
        return resolved.addCallback(self._checked, name)

    def _checked(self, address: str, name: str) -> str:
        try:
            _in_force.check_address(address)
        except AddressRefused:
            _in_force.inside[name.lower()] = address
            raise
        return address
