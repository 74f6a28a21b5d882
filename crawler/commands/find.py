"""The verb that finds."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from archive import marks
from archive.search import STATUSES, Hit, Order, SearchResult
from archive.search import search as find
from crawler.commands.options import archive_option, json_option, print_json


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--section", metavar="NAME", help="Only this section, or one level of its path.")
@click.option("--author", metavar="NAME", help="Only articles whose byline contains this.")
@click.option("--status", type=click.Choice(STATUSES), help="Only live, gone, moved or blocked articles.")
@click.option("--since", metavar="DATE", help="Published or updated then or later: 2022-01-14, 2022-01 or 2022.")
@click.option("--until", metavar="DATE", help="Published or updated then or earlier.")
@click.option(
    "--order",
    type=click.Choice(["relevance", "date"]),
    default="relevance",
    show_default=True,
    help="Best first, or latest first.",
)
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="Hits on a page.")
@click.option("--page", type=click.IntRange(min=1), default=1, show_default=True, help="Which page of hits.")
@archive_option
@json_option
def search(
    words: tuple[str, ...],
    section: str | None,
    author: str | None,
    status: str | None,
    since: str | None,
    until: str | None,
    order: Order,
    limit: int,
    page: int,
    archive_path: Path,
    as_json: bool,
) -> None:
    """Find articles by words, with or without accents.

    All words are wanted. "A phrase" stands in quotes, -word excludes, a OR b wants either; a document's number is
    found in any spelling. Words that begin with a dash come after --.

    \b
    Examples:
      portal-archive search nông thôn mới
      portal-archive search 'nong thon moi' --since 2019 --until 2021-06
      portal-archive search '"hội đồng nhân dân"' --section 'Tin tức' --json
      portal-archive search 902/QĐ-UBND
    """
    result = find(
        archive_path,
        " ".join(words),
        section=section,
        author=author,
        status=status,
        since=since,
        until=until,
        limit=limit,
        offset=(page - 1) * limit,
        order=order,
    )
    if as_json:
        hits = [_plain(hit) for hit in result.hits]
        print_json({"total": result.total, "page": page, "any_words": result.any_words, "hits": hits})
    else:
        _print(result, first=(page - 1) * limit + 1)


def _plain(hit: Hit) -> dict[str, Any]:
    """A hit for programs; in the snippet hits stand in square brackets."""
    fields = asdict(hit)
    del fields["marked_title"]
    return {**fields, "snippet": marks.to_brackets(hit.snippet)}


def _print(result: SearchResult, *, first: int) -> None:
    if not result.hits:
        click.echo("nothing found" if not result.total else f"{result.total:,} found, none on this page")
        return
    if result.any_words:
        click.echo("no article has all these words; these have some of them")
    last = first + len(result.hits) - 1
    click.echo(f"{result.total:,} found, {first} to {last}:")
    for number, hit in enumerate(result.hits, first):
        facts = [hit.number, (hit.published_at or hit.updated_at or "")[:10], hit.section, hit.author]
        facts += [hit.status] if hit.status != "live" else []
        click.echo(f"\n{number:>3}. {_shown(hit.marked_title)}")
        click.echo(click.style("     " + " · ".join(fact for fact in facts if fact), dim=True))
        click.echo(f"     {_shown(hit.snippet)}")
        click.echo(f"     {hit.canonical_url}")


def _shown(marked: str) -> str:
    """Hits bold on a terminal, in square brackets elsewhere."""
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        return marks.to_ansi(marked, on="\x1b[1;33m")
    return marks.to_brackets(marked)
