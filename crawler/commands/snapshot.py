"""The verb that publishes a copy for readers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from archive.snapshot import KEEP, publish
from crawler.commands.options import archive_option, json_option, print_json
from crawler.commands.steps import Steps


@click.command()
@archive_option
@click.option(
    "--out",
    "-o",
    "target",
    type=click.Path(path_type=Path),
    help="A .db file, replaced whole; or a folder of dated snapshots. [default: snapshots beside the archive]",
)
@click.option(
    "--keep", type=click.IntRange(min=1), default=KEEP, show_default=True, help="Latest ones that stay in a folder."
)
@click.option("--quiet", "-q", is_flag=True, help="No progress display and no summary; errors still show.")
@json_option
def snapshot(archive_path: Path, target: Path | None, keep: int, quiet: bool, as_json: bool) -> None:
    """Publish a copy for readers: articles, versions, documents, captures and the search index, nothing of the crawler.

    A crawl may go on. The copy is compact and read-only, shows one moment of the archive, and appears by a rename:
    readers see the former one or the new one whole. In a folder NAME-latest.db leads to the latest; a manifest with
    digest and counts stands beside each.

    \b
    Examples:
      portal-archive snapshot
      portal-archive snapshot -o public/archive.db
      portal-archive serve --archive data/snapshots/archive-latest.db
    """
    where = target or archive_path.parent / "snapshots"
    with Steps(hidden=quiet or as_json) as steps:
        made = publish(archive_path, where, datetime.now(UTC), keep=keep, told=steps.told)
    place = (where if where.suffix != ".db" else where.parent) / made.file
    if as_json:
        print_json({"path": str(place), "manifest": made})
    elif not quiet:
        click.echo(f"{place}: {made.counts['articles']:,} articles, {made.bytes:,} bytes, sha256 {made.sha256}")
