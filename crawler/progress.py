"""What a person sees of a crawl: a line that moves while it runs, a summary when it ends."""

from __future__ import annotations

import signal
import sys
from time import monotonic
from types import FrameType, TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from crawler.crawl import Crawl
from crawler.forecast import seconds_left, waiting
from crawler.report import RunReport
from crawler.visits import UNREAD

#: Seconds between two redraws on a terminal, between two lines where there is none, between two looks at what waits.
REDRAW, LINE, RECKON = 0.2, 30.0, 2.0


class Progress:
    """A live display on a terminal, one line every half minute elsewhere, nothing when disabled."""

    def __init__(self, crawl: Crawl, *, enabled: bool) -> None:
        self._crawl = crawl
        self._console = Console(stderr=True)
        self._live = Live(console=self._console, auto_refresh=False, transient=True) if enabled else None
        self._moving = bool(self._live) and self._console.is_terminal
        self._drawn = monotonic()
        self._reckoned = -RECKON
        self._waiting, self._left = 0, 0.0
        crawl.listeners.append(self._tick)

    def __enter__(self) -> Progress:
        signal.signal(signal.SIGUSR1, self._asked)
        if self._live and self._moving:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # asked too late: it must not end the process
        if self._live and self._moving:
            self._live.stop()

    def _asked(self, number: int, frame: FrameType | None) -> None:
        """``kill -USR1``: one line on standard error, also of a quiet crawl."""
        print(
            f"portal-archive: {self._line()}; now {self._crawl.turns.current or 'nothing'}", file=sys.stderr, flush=True
        )

    def _tick(self) -> None:
        if self._live is None:
            return
        now = monotonic()
        if now - self._drawn < (REDRAW if self._moving else LINE):
            return
        self._drawn = now
        if self._moving:
            self._live.update(self._picture(), refresh=True)
        else:
            print(self._line(), file=sys.stderr, flush=True)

    def _line(self) -> str:
        crawl = self._crawl
        now = monotonic()
        seconds = max(0.001, now - crawl.started)
        if now - self._reckoned >= RECKON:
            self._reckoned = now
            waits = waiting(crawl.archive.conn)
            self._waiting = sum(waits.values())
            self._left = seconds_left(waits, crawl.clocks, crawl.profile.polite)
        failed = sum(count for name, count in crawl.outcomes.items() if name in UNREAD)
        return (
            f"{crawl.requests:,} visited, {crawl.articles:,} articles, {failed:,} errors, "
            f"{self._waiting:,} known to wait, {crawl.requests / seconds:.1f} pages/s, "
            f"{crawl.bytes / 1e6:.1f} MB, at least {_span(self._left)} left"
        )

    def _picture(self) -> Table:
        grid = Table.grid(padding=(0, 1))
        grid.add_row(Text(f"{self._crawl.profile.title or self._crawl.profile.name}", style="bold"))
        grid.add_row(Text(self._line()))
        outcomes = ", ".join(f"{name} {count:,}" for name, count in self._crawl.outcomes.most_common(9))
        grid.add_row(Text(outcomes, style="dim"))
        grid.add_row(Text(self._crawl.turns.current, style="cyan", overflow="ellipsis", no_wrap=True))
        return grid


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172800 else f"{seconds / 86400:.1f} days"


def print_report(report: RunReport) -> None:
    """The run's summary on standard output."""
    console = Console(soft_wrap=True)
    states = {
        "complete": "complete",
        "below_expectation": "complete, but below what the profile expects",
        "stopped": "stopped early",
        "blocked": "blocked by the site",
    }
    console.print(
        f"\n[bold]Run {report.run_id}[/] ({report.kind}) over {report.portal}: [bold]{states[report.state]}[/] "
        f"after {_span(report.seconds)}, {report.requests:,} requests, {report.bytes / 1e6:.1f} MB"
    )
    console.print(
        f"Articles: {report.articles:,} live; this run {report.new:,} new, {report.changed:,} changed, "
        f"{report.unchanged:,} unchanged, {report.moved:,} moved, {report.gone:,} gone, {report.restored:,} restored"
    )
    _print_counts(console, "Answers by outcome", report.captures)
    if report.refused:
        _print_counts(console, "Addresses never visited, and why", report.refused)
    if report.open_failures:
        _print_counts(console, "Addresses not read yet, tried again by later runs", report.open_failures)
    if report.robots_ignored:
        console.print(f"[yellow]robots.txt was ignored:[/] {report.robots_ignored}")
    for line in report.why:
        console.print(Text(line, style="yellow"))


def _print_counts(console: Console, title: str, counts: dict[str, int]) -> None:
    console.print(f"[bold]{title}[/]")
    for name, count in counts.items():
        console.print(Text(f"{count:>9,}  {name}"))
