"""What differs between two answers for an unchanged page: clocks, correlation ids, counters, state.

Templates write a token; a rendered page is kept cut at its tokens, and each answer fills them anew.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.portal.dates import today_line
from tests.portal.names import thousands

TOKEN = re.compile(rb"\x02([a-z]+)\x02")
DIGEST, GUID, TODAY, VIEWS, VISITS, NONCE, DELTA = (
    f"\x02{name}\x02" for name in ("digest", "guid", "today", "views", "visits", "nonce", "delta")
)


class Noise:
    """The values of one answer. ``count`` is the number of answers the server gave so far."""

    def __init__(self, count: int, now: datetime) -> None:
        self.count, self.now = count, now
        self.hex = hashlib.md5(str(count).encode(), usedforsecurity=False).hexdigest()

    @property
    def guid(self) -> str:
        """Correlation id, also sent as SPRequestGuid."""
        h = self.hex
        return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"

    def value(self, name: bytes) -> bytes:
        """What stands in place of a token."""
        return VALUES[name](self).encode()

    def fill(self, pieces: list[bytes]) -> bytes:
        """A whole body from its pieces: text, token name, text, token name, … text."""
        if len(pieces) == 1:
            return pieces[0]
        filled = list(pieces)
        filled[1::2] = [self.value(name) for name in pieces[1::2]]
        return b"".join(filled)


VALUES: dict[bytes, Callable[[Noise], str]] = {
    b"digest": lambda n: f"0x{(n.hex * 4).upper()},{n.now:%d %b %Y %H:%M:%S} -0000",
    b"guid": lambda n: n.guid,
    b"today": lambda n: today_line(n.now.astimezone(UTC).replace(tzinfo=None) + timedelta(hours=7)),
    b"views": lambda n: thousands(31000 + n.count),
    b"visits": lambda n: thousands(12_345_678 + 3 * n.count),
    b"nonce": lambda n: n.hex[:16],
    b"delta": lambda n: f"{n.now:%Y-%m-%dT%H:%M:%S}.{n.count % 1000:03d}0000Z",
}


def cut(body: bytes) -> list[bytes]:
    """The body cut at its tokens; odd places hold token names."""
    return TOKEN.split(body)
