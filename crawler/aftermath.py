"""What follows a run that ended: the archive is proved, and readers get a copy while everything holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from archive import runs
from archive.errors import ArchiveError
from archive.expectations import Judgement, add
from archive.proof import Scope, verify
from archive.snapshot import publish
from archive.store import Archive
from crawler.report import RunReport

#: Findings of a proof that are named in the report.
NAMED = 3

Told = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which steps are taken."""

    verify: bool = True
    """A quick proof: pages, keys, and the day's share of articles and captures."""
    snapshot: Path | None = None
    """Where the copy for readers goes, a ``.db`` file or a folder; None for no copy."""


def follow(
    archive: Path, report: RunReport, wanted: Wanted, now: datetime, told: Told
) -> tuple[RunReport, dict[str, str]]:
    """The report with what the steps found, and each step's result: ``ok``, ``skipped: why`` or ``failed: why``.

    A step that fails makes a complete run one below expectation. While anything is below, the last good snapshot stays.
    """
    steps: dict[str, str] = {}
    if wanted.verify:
        report = _prove(archive, report, now, steps, told)
    if wanted.snapshot is not None:
        report = _publish(archive, report, wanted.snapshot, now, steps, told)
    return report, steps


def _prove(archive: Path, report: RunReport, now: datetime, steps: dict[str, str], told: Told) -> RunReport:
    try:
        proof = verify(archive, Scope(mode="quick", day=now.date(), workers=1), told=told)
    except (ArchiveError, OSError) as error:
        steps["verify"] = f"failed: {error}"
        return _below(archive, report, Judgement(name="verify", held=False, message=f"not proved: {error}"), now)
    if proof.sound:
        steps["verify"] = "ok"
        return report
    named = "; ".join(f"{f.place}: {f.wrong}" for f in proof.findings[:NAMED])
    message = f"{len(proof.findings)} things are wrong with the archive ({named}); see portal-archive verify"
    steps["verify"] = f"failed: {len(proof.findings)} findings"
    wrong = Judgement(name="verify", expected=0, measured=len(proof.findings), held=False, message=message)
    return _below(archive, report, wrong, now)


def _publish(
    archive: Path, report: RunReport, target: Path, now: datetime, steps: dict[str, str], told: Told
) -> RunReport:
    if report.exit_code not in (0, 3) or report.breaches:
        steps["snapshot"] = "skipped: the last good one stays"
        return report
    try:
        made = publish(archive, target, now, told=told)
    except (ArchiveError, OSError) as error:
        steps["snapshot"] = f"failed: {error}"
        wrong = Judgement(name="snapshot", held=False, message=f"no snapshot could be made: {error}")
        return _below(archive, report, wrong, now)
    steps["snapshot"] = f"ok: {made.file}"
    return report


def _below(archive: Path, report: RunReport, wrong: Judgement, now: datetime) -> RunReport:
    """The report with one breach more; the run's row and its expectations say the same."""
    complete = report.exit_code == 0
    changed = replace(
        report,
        state="below_expectation" if complete else report.state,
        exit_code=2 if complete else report.exit_code,
        why=(*report.why, wrong.message or wrong.name),
        breaches=(*report.breaches, asdict(wrong)),
    )
    with Archive.open(archive) as opened, opened.transaction():
        runs.amend_run(opened.conn, changed.run_id, changed.state, changed.exit_code, changed.counts())
        add(opened.conn, changed.run_id, [wrong], now)
    return changed
