"""Verbs that tell how the archive and its runs are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from archive import overview
from archive.database import open_readonly, warc_folder
from crawler.commands.options import archive_option, json_option, print_json, print_table
from crawler.lock import holder
from crawler.pulse import read_pulse


@click.command()
@archive_option
@click.option("--check", is_flag=True, help="Exit with 2 when something is the matter, for monitors.")
@click.option(
    "--max-age",
    type=click.FloatRange(min=0),
    default=72,
    show_default=True,
    metavar="HOURS",
    help="Older than this, the last complete run is a matter too.",
)
@json_option
def status(archive_path: Path, check: bool, max_age: float, as_json: bool) -> int:
    """Tell whether the archive is healthy, what is missing, when a run last succeeded, and what runs now.

    \b
    Example, for a monitor:
      portal-archive status --check --max-age 36
    """
    with open_readonly(archive_path) as conn:
        found = overview.status(conn, archive_path, warc_folder(archive_path))
    held = holder(archive_path) is not None
    running = read_pulse(archive_path) if held else None
    matters = [*_matters(found, datetime.now(UTC), max_age), *(() if held else map(_left, found.open_runs))]
    if as_json:
        print_json({"healthy": not matters, "matters": matters, "running": running, **asdict(found)})
    else:
        _print_health(found, running, matters)
        _print_holdings(archive_path, found)
    return 2 if check and matters else 0


def _matters(found: overview.Status, now: datetime, max_age: float) -> Iterator[str]:
    """What is the matter, one line each."""
    run = found.last_run
    if run is None:
        yield "no run yet"
    elif run.state not in ("complete", "running"):
        yield f"the last run ended as {run.state}"
    yield from found.breaches
    for portal, ended_at in found.last_success.items():
        hours = (now - datetime.fromisoformat(ended_at)).total_seconds() / 3600
        if hours > max_age:
            yield f"{portal}: no complete run for {hours / 24:.1f} days"
    if run is not None and run.portal not in found.last_success and run.kind != "ingest":
        yield f"{run.portal}: never complete yet"


def _left(run: overview.RunRow) -> str:
    """What is to be said of a run that stands as running while nothing writes the archive."""
    then = "the same command goes on with it" if run.kind != "reextract" else "the same command begins it anew"
    return f"run {run.id} ({run.kind}, {run.portal}) was broken off; {then}"


def _print_health(found: overview.Status, running: dict[str, Any] | None, matters: list[str]) -> None:
    click.echo("Healthy" if not matters else "Something is the matter:")
    for line in matters:
        click.echo(f"  {line}")
    for portal, ended_at in found.last_success.items():
        click.echo(f"Last complete run of {portal}: {ended_at}")
    for host, moment in found.paused.items():
        click.echo(f"{host} asked to be left alone until {moment}")
    if running is not None and running.get("state") == "running":
        click.echo(
            f"Running now: {running['kind']} of {running['portal']} (process {running['pid']}), "
            f"{running['requests']:,} visited, {running['articles']:,} articles, {running['waiting']:,} waiting, "
            f"{running['rate']:g} pages/s, at least {running['seconds_left'] / 60:.0f} min left, "
            f"as of {running['updated_at']}"
        )


def _print_holdings(archive_path: Path, found: overview.Status) -> None:
    span = f"{found.first_published} to {found.last_published}" if found.first_published else "no dates"
    click.echo(f"{archive_path}: {_counted(found.articles.items()) or 'no'} articles, {span}")
    click.echo(f"  {found.versions:,} versions, {found.documents:,} documents, {found.attachments:,} attachments")
    click.echo(f"  database {_size(found.database_bytes)}, {found.warc_files} WARC files {_size(found.warc_bytes)}")
    click.echo(f"Portals: {_counted(found.portals.items()) or 'none yet'}")
    click.echo(f"Captures: {_counted(found.captures.items()) or 'none yet'}")
    click.echo(f"Addresses: {_counted(found.addresses.items()) or 'none yet'}")
    for label, counts in (("Never visited", found.refused), ("Not read yet", found.open_failures)):
        if counts:
            click.echo(f"{label}: {_counted(counts.items())}")
    if found.unindexed:
        click.echo(f"Search index: {found.unindexed:,} articles wait for it")
    if found.last_run:
        run = found.last_run
        click.echo(f"Last run: {run.id} ({run.kind}, {run.portal}) {run.state}, started {run.started_at}")


@click.command()
@archive_option
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Latest runs shown.")
@json_option
def runs(archive_path: Path, limit: int, as_json: bool) -> None:
    """List the runs, newest first, with what each brought.

    \b
    Example:
      portal-archive runs --limit 5 --json
    """
    with open_readonly(archive_path) as conn:
        found = overview.runs(conn, limit=limit)
    if as_json:
        print_json(found)
        return
    print_table(
        ["run", "kind", "portal", "started", "state", "exit", "pages", "new", "changed", "gone"],
        [(r.id, r.kind, r.portal, r.started_at, r.state, r.exit_code, *_brought(r.report)) for r in found],
    )


@click.command()
@archive_option
@click.option("--reason", metavar="NAME", help="Only those of this reason (server_error, truncated, forbidden, ...).")
@click.option("--all", "solved", is_flag=True, help="Also those that a later visit could read.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Most that are shown.")
@json_option
def failures(archive_path: Path, reason: str | None, solved: bool, limit: int, as_json: bool) -> None:
    """List addresses that could not be read, why, and when they are tried again.

    \b
    Example:
      portal-archive failures --reason truncated
    """
    with open_readonly(archive_path) as conn:
        found = overview.failures(conn, reason=reason, solved=solved, limit=limit)
    if as_json:
        print_json(found)
        return
    for failure in found:
        then = f"read at {failure.solved_at}" if failure.solved_at else f"again after {failure.next_attempt_at}"
        status = f" {failure.statuscode}" if failure.statuscode else ""
        click.echo(f"{failure.reason}{status}, {failure.attempts} tries, last {failure.last_failed_at}, {then}")
        click.echo(f"  {failure.url}")
        if failure.detail:
            click.echo(f"  {failure.detail}")
    if not found:
        click.echo("every address could be read")


def _brought(report: dict[str, Any]) -> tuple[Any, ...]:
    pages = report.get("captures")
    total = sum(pages.values()) if isinstance(pages, dict) else None
    return (total, report.get("new"), report.get("changed"), report.get("gone"))


def _counted(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts)


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError("unreachable")
