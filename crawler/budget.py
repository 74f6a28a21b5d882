"""How much a run may ask of a portal: requests, minutes, bytes, and the hours it may be visited in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from crawler.errors import OutsideHours
from crawler.politeness import within_hours
from crawler.profile import SiteProfile


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a person grants one run, None for as much as the sheet does."""

    pages: int | None = None
    """Requests."""
    minutes: float | None = None
    bytes: int | None = None
    """Bytes received, bodies as sent."""


class Budget:
    """What is left of a run's limits. ``now`` is the run's clock; minutes are those of this process."""

    def __init__(self, limits: Limits, profile: SiteProfile, now: Callable[[], datetime]) -> None:
        self._limits = limits
        self._pages = min(limits.pages or profile.scope.max_pages, profile.scope.max_pages)
        self._profile = profile
        self._now = now
        self._started = monotonic()
        self.requests = 0
        self.bytes = 0

    def spent(self) -> str | None:
        """What is used up, in words; None while the run may go on."""
        limits = self._limits
        if self.requests >= self._pages:
            return f"the budget of {self._pages} requests is used up"
        if limits.minutes is not None and monotonic() - self._started >= limits.minutes * 60:
            return f"the budget of {limits.minutes:g} minutes is used up"
        if limits.bytes is not None and self.bytes >= limits.bytes:
            return f"the budget of {limits.bytes} bytes is used up"
        return None if self._open() else f"the hours are over ({self._hours()})"

    def check_hours(self) -> None:
        """Raise OutsideHours when the portal may not be visited now."""
        if not self._open():
            raise OutsideHours(
                f"{self._profile.title or self._profile.name} is visited only at {self._hours()}; nothing was asked"
            )

    def _open(self) -> bool:
        return within_hours(self._profile.polite.hours, self._now(), self._profile.timezone)

    def _hours(self) -> str:
        return f"{', '.join(self._profile.polite.hours)} {self._profile.timezone}"
