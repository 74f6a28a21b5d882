"""What there is to tell of an update, the same for every way of telling."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crawler.report import RunReport

#: What an exit code means, for people.
MEANING = {
    0: "complete",
    1: "could not run",
    2: "below expectation",
    3: "stopped early, goes on next time",
    4: "already running",
    5: "blocked by the site",
    130: "interrupted",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """An update that has ended, or could not begin."""

    portal: str
    archive: str
    """The archive's path, as given."""
    code: int
    at: datetime
    error: str | None = None
    """Why there is no report, in one line."""
    report: RunReport | None = None
    steps: dict[str, str] = field(default_factory=dict)
    """Step of the update -> how it went: ``ok``, ``skipped: ...`` or ``failed: ...``."""
    last_success_at: str | None = None
    """When a run of this portal was last complete."""
    routine: bool = False
    """Nothing anybody must know of: complete as before, or stopped only because a budget is used up."""

    @property
    def headline(self) -> str:
        """The whole in one line."""
        meaning = MEANING.get(self.code, f"exit code {self.code}")
        if self.report is None:
            return f"{self.portal}: {meaning}: {self.error}"
        r = self.report
        return f"{self.portal}: {meaning}: {r.articles} articles, {r.new} new, {r.changed} changed, {r.gone} gone"

    @property
    def causes(self) -> tuple[str, ...]:
        """What kept the update from being complete, one line each."""
        lines = [*(self.report.why if self.report else ()), *([self.error] if self.error else [])]
        failed = [f"{name} {told}" for name, told in self.steps.items() if told.startswith("failed")]
        return tuple(dict.fromkeys([*lines, *failed]))

    def data(self) -> dict[str, Any]:
        """Everything as plain data."""
        return {
            "portal": self.portal,
            "archive": self.archive,
            "exit_code": self.code,
            "meaning": MEANING.get(self.code, "unknown"),
            "headline": self.headline,
            "at": self.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "causes": list(self.causes),
            "steps": dict(self.steps),
            "last_success_at": self.last_success_at,
            "report": self.report.counts() if self.report else None,
        }
