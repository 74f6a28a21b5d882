"""The verb that tells what is missing."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import click

from archive.coverage import Cell, Coverage
from archive.coverage import coverage as measured
from archive.database import open_readonly
from crawler.commands.options import archive_option, json_option, print_json, print_table


@click.command()
@click.option("--by", type=click.Choice(["section", "month"]), default="section", show_default=True, help="Lines.")
@click.option("--holes", is_flag=True, help="List every page that is missing, and where it could be fetched.")
@archive_option
@json_option
def coverage(by: str, holes: bool, archive_path: Path, as_json: bool) -> None:
    """What is known of the portal, what of it is held, and where the holes are.

    Known is what lists, feeds and links name, and what the indexes of other archives have (see 'ingest wayback').
    A page that is missing waits for its visit, could not be read, or is gone from the portal and kept elsewhere.

    \b
    Examples:
      portal-archive coverage
      portal-archive coverage --by month
      portal-archive coverage --holes --json
    """
    with open_readonly(archive_path) as conn:
        conn.row_factory = None
        found = measured(conn)
    if as_json:
        print_json(_plain(found))
        return
    if holes:
        print_table(
            ("month", "section", "why", "from", "page"),
            [(h.month or "?", h.section or "?", h.why, ", ".join(h.where) or "-", h.url) for h in found.holes],
        )
        return
    lines: defaultdict[str, list[Cell]] = defaultdict(list)
    for (section, month), cell in found.cells.items():
        lines[section if by == "section" else month].append(cell)
    rows = [(name or "?", found.total(cells)) for name, cells in sorted(lines.items())]
    print_table(
        (by, "known", "held", "missing", "elsewhere"),
        [(n, c.known, c.held, c.missing, c.elsewhere) for n, c in [*rows, ("all", found.total())]],
    )


def _plain(found: Coverage) -> dict[str, object]:
    return {
        "cells": [
            {
                "section": section or None,
                "month": month or None,
                "known": cell.known,
                "held": cell.held,
                "missing": cell.missing,
                "elsewhere": cell.elsewhere,
            }
            for (section, month), cell in sorted(found.cells.items())
        ],
        "holes": list(found.holes),
    }
