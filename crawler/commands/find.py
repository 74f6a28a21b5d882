"""The verb that finds."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import click

from archive import marks
from archive.filters import STATUSES, Filters
from archive.search import Hit, Order, SearchResult
from archive.search import search as find
from archive.spreadsheet import csv_lines
from crawler.commands.options import archive_option, json_option, print_json

_HIT = "\x1b[1;33m"


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--section", metavar="NAME", help="Only this section, or one level of its path.")
@click.option("--author", metavar="NAME", help="Only articles whose byline contains this.")
@click.option("--source", metavar="NAME", help="Only articles that name such a source.")
@click.option("--type", "document_type", metavar="NAME", help="Only legal documents of this type: 'nghi quyet'.")
@click.option("--year", type=click.IntRange(1900, 2999), help="Only articles of this year.")
@click.option("--status", type=click.Choice(STATUSES), help="Only live, gone, moved or blocked articles.")
@click.option("--since", metavar="DATE", help="Published or updated then or later: 2022-01-14, 14/01/2022 or 2022.")
@click.option("--until", metavar="DATE", help="Published or updated then or earlier.")
@click.option("--has-attachment/--no-attachment", default=None, help="Only articles with attachments, or without.")
@click.option(
    "--order",
    type=click.Choice(["relevance", "date"]),
    default="relevance",
    show_default=True,
    help="Best first, or latest first.",
)
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="Hits on a page.")
@click.option("--page", type=click.IntRange(min=1), default=1, show_default=True, help="Which page of hits.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, a hit a line.")
@click.option("--pager/--no-pager", default=True, help="On a terminal, show what is longer than it in a pager.")
@archive_option
@json_option
def search(
    words: tuple[str, ...],
    archive_path: Path,
    order: Order,
    limit: int,
    page: int,
    as_json: bool,
    as_csv: bool,
    pager: bool,
    document_type: str | None,
    **filters: Any,
) -> None:
    """Find articles by words, with or without accents.

    All words are wanted; a long query finds what comes nearest. "A phrase" stands in quotes, -word excludes, a OR b
    wants either; UBND finds ủy ban nhân dân and the other way round; a document's number is found in any spelling.
    tiêu đề: (title:), tác giả: (author:), số: (number:), từ: (since:), đến: (until:), năm: (year:), chuyên mục:
    (section:) and có:tệp (has:file) narrow. Words that begin with a dash come after --.

    \b
    Examples:
      portal-archive search nông thôn mới
      portal-archive search 'nong thon moi' --since 2019 --until 2021-06
      portal-archive search '"hội đồng nhân dân" -họp từ:10/2019' --section 'Tin tức' --json
      portal-archive search 'tiêu đề:"cải cách hành chính" tác giả:"Ngọc Tú"' --order date
      portal-archive search 902/QĐ-UBND --csv > hits.csv
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other")
    narrowed = Filters(type=document_type, **filters)
    result = find(archive_path, " ".join(words), limit, offset=(page - 1) * limit, order=order, filters=narrowed)
    if as_json:
        hits = [_plain(hit) for hit in result.hits]
        told = {"total": result.total, "estimated": result.estimated, "page": page, "any_words": result.any_words}
        print_json({**told, "did_you_mean": result.did_you_mean, "hits": hits})
    elif as_csv:
        _print_csv(result)
    else:
        _print("\n".join(_lines(result, first=(page - 1) * limit + 1)), pager=pager)


def _plain(hit: Hit) -> dict[str, Any]:
    """A hit for programs; in the snippet hits stand in square brackets."""
    named = asdict(hit)
    del named["marked_title"]
    return {**named, "snippet": marks.to_brackets(hit.snippet)}


def _print_csv(result: SearchResult) -> None:
    names = [field.name for field in fields(Hit) if field.name != "marked_title"]
    hits = [_plain(hit) for hit in result.hits]
    click.echo(csv_lines([names, *([hit[name] for name in names] for hit in hits)]), nl=False)


def _lines(result: SearchResult, *, first: int) -> list[str]:
    meant = [f"did you mean: {click.style(result.did_you_mean, bold=True)}"] if result.did_you_mean else []
    if not result.hits:
        return [*meant, "nothing found" if not result.total else f"{result.total:,} found, none on this page"]
    some = ["no article has all these words; these have some of them"] if result.did_you_mean else []
    some = some or (["these have the most telling of the words"] if result.any_words else [])
    last = first + len(result.hits) - 1
    about = "about " if result.estimated else ""
    lines = [*meant, *some, f"{about}{result.total:,} found, {first} to {last}:"]
    for number, hit in enumerate(result.hits, first):
        facts = [hit.number, (hit.published_at or hit.updated_at or "")[:10], hit.section, hit.author, hit.filename]
        facts += [hit.status] if hit.status != "live" else []
        lines += [
            f"\n{number:>3}. {_shown(hit.marked_title)}",
            click.style("     " + " · ".join(fact for fact in facts if fact), dim=True),
            f"     {_shown(hit.snippet)}",
            f"     {hit.canonical_url}",
        ]
    return lines


def _print(text: str, *, pager: bool) -> None:
    """Through the person's pager when it is longer than the terminal."""
    if pager and sys.stdout.isatty() and sys.stdin.isatty():
        height = os.get_terminal_size().lines
        if text.count("\n") + 1 >= height:
            click.echo_via_pager(text, color=not os.environ.get("NO_COLOR"))
            return
    click.echo(text, color=False if os.environ.get("NO_COLOR") else None)


def _shown(marked: str) -> str:
    """Hits bold on a terminal, in square brackets elsewhere."""
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        return marks.to_ansi(marked, on=_HIT)
    return marks.to_brackets(marked)
