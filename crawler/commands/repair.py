"""The verb that mends an archive."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from crawler.commands.options import archive_option, json_option, print_json, profiles_option
from crawler.commands.steps import Steps
from crawler.mending import MENDABLE, Repaired, repair
from crawler.profile import SiteProfile

_SHOWN = 30


@click.command("repair")
@archive_option
@profiles_option
@click.option("--dry-run", is_flag=True, help="Tell what would be mended; change nothing.")
@click.option("--quiet", "-q", is_flag=True, help="No progress display.")
@json_option
def repair_archive(
    archive_path: Path, sites: tuple[SiteProfile, ...], dry_run: bool, quiet: bool, as_json: bool
) -> int:
    """Mend what the WARC files prove: rows, versions, indexes, places of records; name what they cannot.

    The archive is proved as by verify --full, copied beside itself, mended in one transaction, and proved again. Every
    change stands in the table repairs, with the row as it was. WARC files are never changed. The exit code is 2 when
    something is left that only a backup can mend.

    \b
    Examples:
      portal-archive repair --dry-run
      portal-archive repair --profile bac-kan
    """
    with Steps(hidden=quiet or as_json) as steps:
        done = repair(archive_path, sites, datetime.now(UTC), dry_run=dry_run, told=steps.told)
    if as_json:
        print_json(
            {
                "found": done.found.plain(),
                "done": done.done,
                "left": [] if dry_run else done.left.plain()["findings"],
                "backup": str(done.backup) if done.backup else None,
            }
        )
    else:
        _tell(archive_path, done, dry_run)
    return 0 if done.left.sound else 2


def _tell(path: Path, done: Repaired, dry_run: bool) -> None:
    if done.found.sound:
        click.echo(f"{path}: sound, nothing to mend")
        return
    if dry_run:
        for finding in done.found.findings:
            click.echo(f"{'would mend' if finding.kind in MENDABLE else 'cannot mend'}  {finding}")
        return
    for entry in done.done[:_SHOWN]:
        click.echo(f"mended  {entry.place}: {entry.wrong}: {entry.done}")
    if len(done.done) > _SHOWN:
        click.echo(f"... and {len(done.done) - _SHOWN:,} more (select * from repairs)")
    for finding in done.left.findings:
        click.echo(f"left    {finding}; {finding.mend}")
    if done.backup:
        click.echo(f"as it was: {done.backup}")
