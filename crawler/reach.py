"""Is the portal there at all? Asked before anything is written."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from crawler.errors import Unreachable
from crawler.guard import AddressGuard, AddressRefused
from crawler.profile import SiteProfile

#: Seconds a host is given to take a connection.
PATIENCE = 20.0


def reachable(seeds: Iterable[str], profile: SiteProfile) -> None:
    """Return when one seed's host takes a connection; raise Unreachable, naming the first failure, when none does."""
    guard, first = AddressGuard(profile.network), ""
    tried: set[tuple[str, int]] = set()
    for seed in seeds:
        parts = urlsplit(seed)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        if (host, port) in tried:
            continue
        tried.add((host, port))
        try:
            guard.check_url(seed)
            address = socket.gethostbyname(host)
            guard.check_address(address)
            with socket.create_connection((address, port), timeout=min(PATIENCE, profile.polite.timeout)):
                return
        except (socket.gaierror, UnicodeError):
            first = first or f"the name {host} is not known here (no network, or the portal is gone)"
        except TimeoutError:
            first = first or f"{host} port {port} does not answer"
        except AddressRefused as error:
            first = first or f"{host}: {error.args[0]}; exempt it under network in the profile if it is your own"
        except OSError as error:
            first = first or f"{host} port {port}: {error.strerror or error}"
    raise Unreachable(f"cannot reach {profile.title or profile.name}: {first}; nothing was written, try again later")
