"""The verbs that recover a portal from other archives: ``ingest wayback`` and ``ingest commoncrawl``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from crawler.commands.options import F, archive_option, json_option, print_json, profile_option
from crawler.intake import Intake, opened
from crawler.profile import SiteProfile
from crawler.recovery import CommonCrawl, Door, Gains, Recovery, Wayback, Wish
from crawler.sources import commoncrawl, wayback
from crawler.sources.pace import Limits, Pace
from crawler.sources.service import Service

#: Requests a minute to a machine of one's own, which publishes no limits.
OWN_PACE = 6_000.0


class StampType(click.ParamType[str]):
    """A year, month or day, given on as the first digits of a timestamp."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(r"\d{4}(-?(0[1-9]|1[0-2])(-?(0[1-9]|[12]\d|3[01]))?)?", str(value)):
            self.fail(f"{value!r} is no date; write 2019, 2019-10 or 2019-10-23", param, ctx)
        return str(value).replace("-", "")


def _asking_options(command: F) -> F:
    """What both doors are asked for."""
    options = (
        click.argument("query", metavar="HOST|PREFIX"),
        click.option("--from", "since", type=StampType(), help="Captures from this year, month or day on."),
        click.option("--to", "until", type=StampType(), help="Captures up to this year, month or day."),
        click.option("--subdomains", is_flag=True, help="The host's subdomains too."),
        click.option("--most", type=click.IntRange(min=1), help="Captures to fetch in this run; a later run goes on."),
        click.option(
            "--pace-file",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Where the service's limits are kept over runs; one for all archives of a machine.",
        ),
        click.option(
            "--patience",
            type=click.FloatRange(min=0),
            default=900.0,
            show_default=True,
            help="Seconds of silence to sit through when the service asks for it; a longer one ends the run.",
        ),
        archive_option,
        profile_option,
        click.option("--quiet", "-q", is_flag=True, help="No progress display and no summary; errors still show."),
        json_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("wayback")
@_asking_options
@click.option("--cdx", default=wayback.CDX, show_default=True, help="Address of the index of a Wayback machine.")
@click.option("--replay", default=wayback.REPLAY, show_default=True, help="Address below which it replays captures.")
def ingest_wayback(
    query: str,
    since: str | None,
    until: str | None,
    subdomains: bool,
    most: int | None,
    pace_file: Path | None,
    patience: float,
    archive_path: Path,
    site: SiteProfile,
    quiet: bool,
    as_json: bool,
    cdx: str,
    replay: str,
) -> int:
    """Recover a portal from the Wayback Machine: list what it holds, fetch every capture raw, read it as a crawl would.

    The published limits are kept, over runs too: a portal of 10,000 captures takes about 45 minutes. Stop it whenever
    you like; the same command goes on. What a crawl would refuse (traps, logins) is left there and counted.

    \b
    Examples:
      portal-archive ingest wayback backan.gov.vn --profile bac-kan
      portal-archive ingest wayback backan.gov.vn/Pages/ --from 2015 --to 2019-06
    """
    wish = _wish(query, since, until, subdomains, most)
    machine = wayback.Machine(cdx=cdx.rstrip("/"), replay=replay.rstrip("/"))
    limits = wayback.LIMITS if urlsplit(cdx).netloc == urlsplit(wayback.CDX).netloc else _own(wayback.LIMITS)

    def door(service: Service) -> Door:
        return Wayback(service=service, machine=machine)

    return _recover(
        "wayback", urlsplit(cdx).netloc, limits, door, wish, pace_file, patience, archive_path, site, quiet, as_json
    )


@click.command("commoncrawl")
@_asking_options
@click.option("--crawl", "crawls", multiple=True, help="Only this crawl, as CC-MAIN-2019-09; may be given again.")
@click.option("--index", default=commoncrawl.INDEX, show_default=True, help="Address of the index server.")
@click.option("--data", default=commoncrawl.DATA, show_default=True, help="Address of the WARC files.")
def ingest_commoncrawl(
    query: str,
    since: str | None,
    until: str | None,
    subdomains: bool,
    most: int | None,
    pace_file: Path | None,
    patience: float,
    archive_path: Path,
    site: SiteProfile,
    quiet: bool,
    as_json: bool,
    crawls: tuple[str, ...],
    index: str,
    data: str,
) -> int:
    """Recover a portal from Common Crawl: every crawl's index is asked, every record read by its place.

    One request a second at the most. Bodies that Common Crawl cut (at 1 MB, later 5 MB) are kept and marked as cut.

    \b
    Examples:
      portal-archive ingest commoncrawl backan.gov.vn --profile bac-kan
      portal-archive ingest commoncrawl backan.gov.vn --crawl CC-MAIN-2019-09 --most 500
    """
    wish = _wish(query, since, until, subdomains, most)
    library = commoncrawl.Library(index=index.rstrip("/"), data=data.rstrip("/"))
    own = urlsplit(index).netloc != urlsplit(commoncrawl.INDEX).netloc
    limits = _own(commoncrawl.LIMITS) if own else commoncrawl.LIMITS

    def door(service: Service) -> Door:
        return CommonCrawl(service=service, library=library, chosen=crawls)

    return _recover(
        "commoncrawl",
        urlsplit(index).netloc,
        limits,
        door,
        wish,
        pace_file,
        patience,
        archive_path,
        site,
        quiet,
        as_json,
    )


def _wish(query: str, since: str | None, until: str | None, subdomains: bool, most: int | None) -> Wish:
    bare = re.sub(r"^https?://", "", query.strip(), flags=re.IGNORECASE).rstrip("*")
    host, slash, path = bare.partition("/")
    if not re.fullmatch(r"[^\s/@?#]+", host):
        raise click.UsageError(f"{query!r} is no host; write backan.gov.vn or backan.gov.vn/Pages/")
    scope: Literal["host", "domain", "prefix"] = "prefix" if path else "domain" if subdomains else "host"
    return Wish(
        query=f"{host}{slash}{path}" if path else host, scope=scope, since=since or "", until=until or "", most=most
    )


def _own(limits: Limits) -> Limits:
    """For a machine of one's own: no limits are published, its pauses are asked for by itself."""
    return replace(
        limits, per_minute=dict.fromkeys(limits.per_minute, OWN_PACE), throttled_pause=1.0, refused_pause=5.0
    )


def _recover(
    name: str,
    host: str,
    limits: Limits,
    door: Callable[[Service], Door],
    wish: Wish,
    pace_file: Path | None,
    patience: float,
    archive_path: Path,
    site: SiteProfile,
    quiet: bool,
    as_json: bool,
) -> int:
    hidden = quiet or as_json
    state = pace_file or Path(click.get_app_dir("portal-archive")) / f"{re.sub(r'[^0-9A-Za-z.-]+', '-', host)}.json"
    with (
        _display(name, hidden) as (listen, told),
        Pace(state, host, replace(limits, patience=patience), told=told) as pace,
        Service(pace, contact=site.polite.contact) as service,
        opened(archive_path, site, may_be_idle=True) as intake,
    ):
        gains = Recovery(intake, door(service), wish, listen).run()
    _tell(intake, gains, archive_path, quiet, as_json)
    return 2 if gains.unlisted or gains.failures or gains.unread_rows else 3 if gains.waiting else 0


@contextmanager
def _display(name: str, hidden: bool) -> Iterator[tuple[Callable[[str, int, int], None], Callable[[str], None]]]:
    """What shows progress, and what tells a pause: a bar on a terminal, a line now and then elsewhere."""
    screen = Console(stderr=True, highlight=False)
    if hidden:
        yield (lambda step, done, total: None), (lambda line: None)
        return
    if not screen.is_terminal:

        def line(step: str, done: int, total: int) -> None:
            if done % 500 == 0:
                screen.print(f"{name}: {step} {done:,}" + (f" of {total:,}" if total else ""))

        yield line, screen.print
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task(name, total=None)

        def advance(step: str, done: int, total: int) -> None:
            bar.update(task, description=f"{name}: {step}", completed=done, total=total or None)

        yield advance, bar.console.print


def _tell(intake: Intake, gains: Gains, archive_path: Path, quiet: bool, as_json: bool) -> None:
    tally = intake.tally
    if as_json:
        print_json(
            {
                "listed": gains.listed,
                "unread_rows": gains.unread_rows,
                "unlisted": gains.unlisted,
                "rows": dict(gains.rows.most_common()),
                "failures": gains.failures,
                "waiting": gains.waiting,
                "outcomes": dict(tally.outcomes.most_common()),
                "articles": dict(tally.articles),
                "bad": tally.bad,
            }
        )
        return
    if not quiet:
        click.echo(f"{archive_path}: {gains.listed:,} captures newly listed, {tally.captures:,} taken in")
        for title, counts in (("rows", gains.rows), ("outcomes", tally.outcomes), ("articles", tally.articles)):
            if counts:
                click.echo(f"  {title}: " + ", ".join(f"{number:,} {what}" for what, number in counts.most_common()))
        if gains.waiting:
            click.echo(f"  {gains.waiting:,} captures wait; run the same command again to go on")
    for problem in [*gains.unlisted, *gains.failures][:20]:
        click.echo(f"portal-archive: {problem}", err=True)
    if gains.unread_rows:
        click.echo(f"portal-archive: {gains.unread_rows:,} rows of the index could not be read", err=True)
