"""The verb that makes one archive of several."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archive.merge import merge as united
from archive.warc.gather import Way
from crawler.commands.options import json_option, print_json
from crawler.lock import take_lock

ARCHIVE = click.Path(exists=True, path_type=Path, dir_okay=False)


@click.command()
@click.argument("archives", nargs=-1, required=True, type=ARCHIVE, metavar="A.db B.db ...")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The new archive.")
@click.option(
    "--warc",
    "way",
    type=click.Choice(["link", "copy", "none"]),
    default="link",
    show_default=True,
    help="WARC files in the new folder: hard-linked where the file system can, copied, or left where they are.",
)
@json_option
def merge(archives: tuple[Path, ...], out: Path, way: Way, as_json: bool) -> int:
    """Make one archive of several, of whatever origin; the archives themselves are only read.

    Captures of all of them form one line of time, and every article is told anew from it: the result does not depend
    on the order of the archives, and an archive that is merged in twice changes nothing.

    \b
    Examples:
      portal-archive merge live.db recovered.db -o together/archive.db
      portal-archive merge a.db b.db c.db -o all/archive.db --warc copy
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    shown = sys.stderr.isatty() and not as_json

    def told(done: int, whole: int) -> None:
        if shown:
            click.echo(f"\r{done:,} of {whole:,} addresses told", err=True, nl=done == whole)

    with take_lock(out):
        merged = united(archives, out, way=way, told=told)
    if as_json:
        print_json(merged)
        return 0
    click.echo(f"{out}: {merged.articles:,} articles of {merged.captures:,} captures, {merged.runs:,} runs")
    if way != "none":
        click.echo(f"  {merged.files:,} WARC files ({way})")
    if merged.absent:
        click.echo(f"  {len(merged.absent):,} WARC files are in no archive's folder: {merged.absent[0]}")
    if merged.buried:
        click.echo(f"  {merged.buried:,} captures left out: their pages were taken down in one of the archives")
    return 0
