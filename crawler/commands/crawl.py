"""The verbs that visit a portal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from crawler.commands.options import archive_option, json_option, profile_option
from crawler.profile import SiteProfile

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    archive_option,
    profile_option,
    click.option("--seed", "seeds", multiple=True, metavar="URL", help="Start here instead of at the profile's seeds."),
    click.option("--max-pages", type=click.IntRange(min=1), metavar="N", help="Stop early after N requests."),
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
def crawl(site: SiteProfile, **options: Any) -> int:
    """Crawl a portal into the archive, politely; continue an unfinished run.

    One request at a time a host, with delay and jitter; robots.txt is obeyed. Ctrl-C stops cleanly, and the same
    command goes on later, also after a power cut.

    \b
    Examples:
      portal-archive crawl --profile bac-kan --contact archive@example.org
      portal-archive crawl --profile my-portal.toml --max-pages 50
    """
    return _visit("crawl", site, **options)


@click.command()
@visiting
def update(site: SiteProfile, **options: Any) -> int:
    """Visit lists, feeds and pages that are due again; note edits, removals and returns.

    \b
    Example, for a nightly timer:
      portal-archive update --profile bac-kan --quiet --json
    """
    return _visit("update", site, **options)


def _visit(
    mode: str,
    site: SiteProfile,
    *,
    archive_path: Path,
    seeds: tuple[str, ...],
    max_pages: int | None,
    delay: float | None,
    contact: str,
    fresh: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    from crawler import runner

    if seeds:
        site = replace(site, discover=replace(site.discover, seeds=seeds))
    if delay is not None:
        site = replace(site, polite=replace(site.polite, delay=delay))
    options = runner.CrawlOptions(
        profile=site, archive=archive_path, mode=mode, fresh=fresh, max_pages=max_pages, contact=contact
    )
    return runner.crawl(options, quiet=quiet, as_json=as_json)
