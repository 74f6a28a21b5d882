"""The verbs of the fixity manifest."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from archive.fixity import check_bag, write_bag
from crawler.commands.options import archive_option, json_option, print_json
from crawler.commands.steps import Steps

BAG = click.option(
    "--bag",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the bag. [default: bag beside the archive]",
)
QUIET = click.option("--quiet", "-q", is_flag=True, help="No progress display and no summary; errors still show.")


@click.group()
def fixity() -> None:
    """SHA-256 of every file, as a BagIt bag that any tool checks.

    WARC files are linked into the bag, not copied, where it stands on the same disk.
    """


@fixity.command("write")
@archive_option
@BAG
@QUIET
@json_option
def write_manifest(archive_path: Path, bag: Path | None, quiet: bool, as_json: bool) -> None:
    """Write the bag, or bring it up to date: only new and touched files are read.

    \b
    Example:
      portal-archive fixity write --bag /mnt/deposit/bac-kan
    """
    place = bag or archive_path.parent / "bag"
    with Steps(hidden=quiet or as_json) as steps:
        written = write_bag(archive_path, place, datetime.now(UTC).date(), told=steps.told)
    if as_json:
        print_json({"bag": str(place), "written": written})
    elif not quiet:
        click.echo(f"{place}: {written.files:,} files, {written.bytes:,} bytes, {written.counted:,} counted now")


@fixity.command("check")
@archive_option
@BAG
@QUIET
@json_option
def check_manifest(archive_path: Path, bag: Path | None, quiet: bool, as_json: bool) -> int:
    """Read every file of the bag and compare; exit with 2 when one differs, is missing or too many.

    \b
    Example:
      portal-archive fixity check --bag /mnt/deposit/bac-kan --json
    """
    place = bag or archive_path.parent / "bag"
    with Steps(hidden=quiet or as_json) as steps:
        found = check_bag(place, told=steps.told)
    if as_json:
        print_json({"bag": str(place), "sound": not found, "differing": found})
    else:
        for one in found:
            click.echo(f"{one.path}: {one.wrong}")
        if not quiet:
            click.echo(f"{place}: {'sound' if not found else f'{len(found):,} files differ'}")
    return 2 if found else 0
