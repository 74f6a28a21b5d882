"""The verb that reads stored captures again."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import click

from archive.marks import to_plain
from crawler.commands.options import archive_option, json_option, print_json, profile_option
from crawler.profile import SiteProfile
from crawler.reextract import Chosen, Reread
from crawler.reextract import reextract as read_again

#: Seconds between two lines of progress.
LINE = 15.0
#: Characters of a value shown as an example.
SHOWN = 120


@click.command()
@click.option("--where", default="", metavar="SQL", help="Only captures c for which this holds: \"c.layout = 'a1'\".")
@click.option("--host", default="", help="Only captures of this host (host or host:port).")
@click.option("--since", default="", metavar="YYYYMMDD", help="Only captures from this time on.")
@click.option("--dry-run", is_flag=True, help="Tell what would change, field by field with examples; change nothing.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that read pages. [default: one a core]")
@archive_option
@profile_option
@click.option("--quiet", "-q", is_flag=True, help="No progress and no summary; errors still show.")
@json_option
def reextract(
    where: str,
    host: str,
    since: str,
    dry_run: bool,
    workers: int | None,
    archive_path: Path,
    site: SiteProfile,
    quiet: bool,
    as_json: bool,
) -> int:
    """Read stored captures again with today's extractor and sheet.

    What a capture says now takes the place of what it said before; its article's versions are worked out anew, so that
    nothing is left of what only the older reading made of the page. Afterwards the archive holds what `rebuild` would
    give. Interrupted, the same command begins again.

    \b
    Examples:
      portal-archive reextract --dry-run
      portal-archive reextract --where "c.outcome = 'no_article'" --since 2024
    """
    count = workers or len(os.sched_getaffinity(0))
    chosen = Chosen(where=where, host=host, since=since)
    told = (lambda done, whole: None) if quiet or as_json else _lines()
    report = read_again(archive_path, site, chosen, dry_run=dry_run, workers=count, told=told)
    if as_json:
        print_json(report.counts())
    elif not quiet:
        _tell(report, dry_run)
    return 2 if report.missing or report.bad else 0


def _tell(report: Reread, dry_run: bool) -> None:
    verb = "would change" if dry_run else "changed"
    click.echo(f"{report.captures:,} captures read again, {report.captures - report.same:,} {verb}")
    for heading, counts in (("Outcomes", report.outcomes), ("Fields", report.fields)):
        if counts:
            click.echo(f"\n{heading}")
        for name, number in counts.most_common():
            click.echo(f"  {number:>7,}  {name}")
            for example in report.examples[name][:2]:
                click.echo(to_plain(f"           {example['url']}"))
                if heading == "Fields":
                    click.echo(to_plain(f"             - {_short(example['before'])}"))
                    click.echo(to_plain(f"             + {_short(example['now'])}"))
    for label, lines in (("WARC files are not there", report.missing), ("records could not be read", report.bad)):
        if lines:
            click.echo(f"\n{len(lines):,} {label}: {lines[0]}")


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _lines() -> Callable[[int, int], None]:
    latest = monotonic()

    def told(done: int, whole: int) -> None:
        nonlocal latest
        if monotonic() - latest >= LINE:
            latest = monotonic()
            print(f"{done:,} of {whole:,} captures read", file=sys.stderr, flush=True)

    return told
