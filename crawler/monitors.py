"""Spidermon monitors over a run's stats, for people who watch Scrapy with it: ``pip install portal-archive[monitor]``.

``scrapy crawl portal -a profile=bac-kan -s SPIDERMON_ENABLED=1`` runs them when the engine has stopped. They read what
the run put into Scrapy's stats (``portal/...``) and judge nothing anew: the run has been held to its expectations.
"""

from __future__ import annotations

from spidermon import Monitor, MonitorSuite, monitors


@monitors.name("Portal archive")
class RunMonitor(Monitor):  # type: ignore[misc]
    """The run was complete, and as expected."""

    @monitors.name("The run has a report")  # type: ignore[untyped-decorator]
    def test_report(self) -> None:
        """A run that broke leaves none."""
        assert "portal/exit_code" in self.data.stats

    @monitors.name("Nothing is below expectation")  # type: ignore[untyped-decorator]
    def test_expectations(self) -> None:
        """Each breach is told with its cause."""
        breaches = [value for name, value in sorted(self.data.stats.items()) if name.startswith("portal/breach/")]
        assert breaches == []

    @monitors.name("The run was complete")  # type: ignore[untyped-decorator]
    def test_complete(self) -> None:
        """Below expectation (2) is the other monitor's; stopped (3) and blocked (5) are this one's."""
        assert self.data.stats.get("portal/exit_code") in (0, 2), self.data.stats.get("portal/why")


class PortalSuite(MonitorSuite):  # type: ignore[misc]
    """What ``SPIDERMON_ENGINE_STOP_MONITORS`` names; add actions (chat, mail) in a suite of your own built on it."""

    monitors = (RunMonitor,)
