"""One update, as a timer starts it: visit what is due, hold the result to what is expected, keep a copy, tell people.

It may be started at any time and as often as one likes: it takes the archive's lock or ends at once, continues what a
killed one left, and leaves the last good snapshot alone unless everything held.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field, replace
from typing import IO

from archive import runs
from archive.database import open_readonly
from archive.errors import ArchiveError
from crawler.aftermath import Wanted, follow
from crawler.commands.steps import Steps
from crawler.crawl import Crawl, CrawlOptions
from crawler.lock import take_lock
from crawler.progress import print_report
from crawler.pulse import pulse_path, read_pulse, write_pulse
from crawler.runner import visit
from crawler.telling.hooks import Hooks
from crawler.telling.mail import Mail
from crawler.telling.news import News

__all__ = ["Hooks", "Mail", "UpdateOptions", "Wanted", "update"]


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateOptions:
    """What a person may say about an update."""

    crawl: CrawlOptions
    hooks: Hooks
    wanted: Wanted = field(default_factory=Wanted)
    quiet: bool = False
    as_json: bool = False


def update(options: UpdateOptions) -> int:
    """Run an update to its end and tell of it; its exit code.

    Raises an ArchiveError, with its own exit code, when the update cannot begin; all but AlreadyRunning are told.
    """
    archive = options.crawl.archive
    archive.parent.mkdir(parents=True, exist_ok=True)
    lock = take_lock(archive)  # AlreadyRunning is not told: the one that runs will tell
    try:
        return _locked(options, lock)
    finally:
        lock.close()


def _locked(options: UpdateOptions, lock: IO[str]) -> int:
    _complain(options.hooks.start())
    before = _state_before(options)
    try:
        opened = visit(Crawl.open(replace(options.crawl, lock=lock)), quiet=options.quiet)
        if opened.error is not None:
            raise opened.error
    except Exception as error:
        _tell(options, _broken(options, error))
        raise
    report = opened.report
    assert report is not None, "a run without error has a report"
    spent = opened.budget.spent()
    with Steps(hidden=options.quiet or options.as_json) as progress:
        now = options.crawl.clock()
        report, steps = follow(options.crawl.archive, report, options.wanted, now, progress.told)
    quietly = (report.exit_code == 0 and before in ("complete", None)) or (report.exit_code == 3 and bool(spent))
    news = News(
        portal=report.portal,
        archive=str(options.crawl.archive),
        code=report.exit_code,
        at=options.crawl.clock(),
        report=report,
        steps=steps,
        last_success_at=_last_success(options),
        routine=quietly and not report.breaches,
    )
    told = _tell(options, news)
    _print(options, news, told)
    return report.exit_code


def _broken(options: UpdateOptions, error: Exception) -> News:
    """The news of an update that could not begin or broke."""
    return News(
        portal=options.crawl.profile.name,
        archive=str(options.crawl.archive),
        code=error.exit_code if isinstance(error, ArchiveError) else 1,
        at=options.crawl.clock(),
        error=" ".join(str(error).split()) or type(error).__name__,
        last_success_at=_last_success(options),
    )


def _tell(options: UpdateOptions, news: News) -> dict[str, str]:
    """Tell everyone, the status file first; who could not be told is said on standard error."""
    path = pulse_path(options.crawl.archive)
    failed: dict[str, str] = {}
    try:
        last = {} if news.report else (read_pulse(options.crawl.archive) or {})
        earlier = {"before": {key: value for key, value in last.items() if key != "before"}} if last else {}
        state = news.report.state if news.report else "broken"
        write_pulse(path, {"state": state, "updated_at": news.data()["at"], **news.data(), **earlier})
    except OSError as error:
        failed["status file"] = f"{path}: {error.strerror}"
    failed |= options.hooks.end(news)
    _complain(failed)
    return failed


def _complain(failed: dict[str, str]) -> None:
    for name, why in failed.items():
        print(f"portal-archive: {name} was not told: {why}", file=sys.stderr, flush=True)


def _print(options: UpdateOptions, news: News, failed: dict[str, str]) -> None:
    assert news.report is not None
    if options.as_json:
        told = {**news.report.counts(), "steps": news.steps, "not_told": failed}
        print(json.dumps(told, ensure_ascii=False, indent=1))
    elif not options.quiet:
        print_report(news.report)
        for name, how in news.steps.items():
            print(f"{name}: {how}")


def _state_before(options: UpdateOptions) -> str | None:
    if not options.crawl.archive.exists():
        return None
    with open_readonly(options.crawl.archive) as conn:
        return runs.last_state(conn, options.crawl.profile.name)


def _last_success(options: UpdateOptions) -> str | None:
    try:
        with open_readonly(options.crawl.archive) as conn:
            return runs.last_success(conn, options.crawl.profile.name)
    except ArchiveError:
        return None
