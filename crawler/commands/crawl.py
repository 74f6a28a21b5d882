"""The verb that visits a portal, and what it shares with ``update``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from crawler.commands.options import SizeType, archive_option, json_option, profile_option
from crawler.profile import SiteProfile

if TYPE_CHECKING:
    from crawler.crawl import CrawlOptions

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    archive_option,
    profile_option,
    click.option("--seed", "seeds", multiple=True, metavar="URL", help="Start here instead of at the profile's seeds."),
    click.option(
        "--pages", "--max-pages", "pages", type=click.IntRange(min=1), metavar="N", help="Stop early after N requests."
    ),
    click.option(
        "--minutes", type=click.FloatRange(min=0, min_open=True), metavar="N", help="Stop early after N minutes."
    ),
    click.option("--bytes", "size", type=SizeType(), metavar="SIZE", help="Stop early after that much, e.g. 500MB."),
    click.option(
        "--delay",
        type=click.FloatRange(min=0),
        metavar="SECONDS",
        help="Pause between two requests to a host, instead of the profile's.",
    ),
    click.option("--contact", default="", metavar="TEXT", help="Where the portal's operators can reach you."),
    click.option("--fresh", is_flag=True, help="Begin a new run although an unfinished one could be continued."),
    click.option("--quiet", "-q", is_flag=True, help="No progress display and no summary; errors still show."),
    json_option,
)


def visiting(command: F) -> F:
    """The options of every verb that visits a portal."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@visiting
def crawl(site: SiteProfile, quiet: bool, as_json: bool, **options: Any) -> int:
    """Crawl a portal into the archive, politely; continue an unfinished run.

    One request at a time a host, with delay and jitter; robots.txt is obeyed. Ctrl-C stops cleanly, and the same
    command goes on later, also after a power cut. `kill -USR1` makes it say where it stands.

    \b
    Examples:
      portal-archive crawl --profile bac-kan --contact archive@example.org
      portal-archive crawl --profile my-portal.toml --pages 50
    """
    from crawler import runner

    return runner.crawl(crawl_options("crawl", site, **options), quiet=quiet, as_json=as_json)


def crawl_options(
    mode: str,
    site: SiteProfile,
    *,
    archive_path: Path,
    seeds: tuple[str, ...],
    pages: int | None,
    minutes: float | None,
    size: int | None,
    delay: float | None,
    contact: str,
    fresh: bool,
) -> CrawlOptions:
    """What was said on the command line, for the run."""
    from crawler import runner

    if seeds:
        site = replace(site, discover=replace(site.discover, seeds=seeds))
    if delay is not None:
        site = replace(site, polite=replace(site.polite, delay=delay))
    return runner.CrawlOptions(
        profile=site,
        archive=archive_path,
        mode=mode,
        fresh=fresh,
        limits=runner.Limits(pages=pages, minutes=minutes, bytes=size),
        contact=contact,
    )
