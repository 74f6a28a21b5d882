"""The verb that brings an archive of an older release up to date."""

from __future__ import annotations

from pathlib import Path

import click

from archive.backup import backups
from archive.database import pending_steps
from archive.store import Archive
from crawler.commands.options import archive_option, json_option, print_json
from crawler.lock import take_lock


@click.command()
@archive_option
@json_option
def migrate(archive_path: Path, as_json: bool) -> None:
    """Bring an archive of an older release up to date, a backup first.

    Whatever writes to an archive does this by itself; the verb is for doing it alone. The backup stands beside the
    archive as NAME.before-STEP.backup and is checked before anything changes; a step that is interrupted leaves the
    archive as it was. An archive of a newer release is refused.

    \b
    Example:
      portal-archive migrate --archive data/archive.db
    """
    steps = pending_steps(archive_path)
    if steps:
        with take_lock(archive_path):
            Archive.open(archive_path).close()
    copies = [str(path) for path in backups(archive_path)]
    if as_json:
        print_json({"steps": steps, "backups": copies})
    elif steps:
        click.echo(f"{archive_path}: brought up to date ({', '.join(steps)}); backups: {', '.join(copies)}")
    else:
        click.echo(f"{archive_path}: up to date")
