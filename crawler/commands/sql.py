"""The verb that asks in SQL."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import click

from archive.sql import Answer, run_select
from crawler.commands.options import archive_option, json_option, print_json, print_table


@click.command()
@click.argument("query", metavar="SELECT")
@click.option("--param", "-p", "params", nargs=2, multiple=True, metavar="NAME VALUE", help="Fill :NAME in the query.")
@click.option("--limit", type=click.IntRange(min=1), default=1000, show_default=True, help="Most rows printed.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV with a line of column names.")
@archive_option
@json_option
def sql(
    query: str, params: tuple[tuple[str, str], ...], limit: int, as_csv: bool, archive_path: Path, as_json: bool
) -> None:
    """Ask the archive in SQL; it is read, never changed.

    docs/schema.md describes the tables. Besides SQLite's own functions there are vi_fold(text), which takes the accents
    off, search_query(words) for "articles_fts match", and document_key(number).

    \b
    Examples:
      portal-archive sql "select status, count(*) from articles group by status"
      portal-archive sql "select title, url from articles where vi_fold(author) like '%' || :who || '%'" -p who diu
      portal-archive sql "select * from documents" --csv > documents.csv
    """
    if as_csv and as_json:
        raise click.UsageError("--csv and --json exclude each other")
    answer = run_select(archive_path, query, dict(params), limit=limit)
    if as_json:
        print_json([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
    elif as_csv:
        _print_csv(answer)
    else:
        print_table(answer.columns, answer.rows)
    if answer.truncated:
        click.echo(f"only the first {limit:,} rows; ask for more with --limit", err=True)


def _print_csv(answer: Answer) -> None:
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(answer.columns)
    lines.writerows(answer.rows)
