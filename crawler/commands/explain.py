"""The verb that shows a page the way the extractor saw it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from archive.errors import ArchiveError
from archive.marks import to_plain
from archive.models import Capture
from archive.retrieve import retrieve
from crawler.commands.options import DayType, archive_option, json_option, print_json, print_table, profile_option
from crawler.explained import page_of, reasons
from crawler.extract.explain import Explanation, explain
from crawler.profile import SiteProfile
from crawler.sources.saved import noted_address, stated_address

_LINES = 40
_WIDE = 100
_NOWHERE = "https://saved.invalid/"


@click.command("explain")
@click.argument("page", metavar="URL|FILE")
@click.option(
    "--at", "at", type=DayType(), help="The address as it was captured on this day or before. [default: last]"
)
@click.option("--url", help="Address of a saved page that does not say its own.")
@click.option("--html", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write it as a page, in colour.")
@archive_option
@profile_option
@json_option
def explain_page(
    page: str, at: date | None, url: str | None, out: Path | None, archive_path: Path, site: SiteProfile, as_json: bool
) -> None:
    """Show a page the way the extractor saw it: what it is, what told each field, what was left out and why.

    An address is looked up among the archive's captures; a file is a saved page, or a text record (.txt). The page that
    --html writes holds text alone, in green what was kept, in red what was left out, and runs no script.

    \b
    Examples:
      portal-archive explain https://backan.gov.vn/Pages/example-a05b.aspx --html seen.html
      portal-archive explain saved.html --profile my-portal.toml --json
    """
    told = explain(_capture(page, at, url, archive_path), site)
    if out is not None:
        out.write_text(page_of(told), "utf-8")
    if as_json:
        print_json(told)
    else:
        _print(told)
        if out is not None:
            click.echo(f"\nwritten to {out}")


def _capture(page: str, at: date | None, url: str | None, archive_path: Path) -> Capture:
    path = Path(page)
    if page.lower().startswith(("http://", "https://")):
        if url:
            raise click.UsageError("--url is for a saved page; an address is its own")
        return retrieve(archive_path, page, at)
    if not path.is_file():
        raise ArchiveError(f"{page} is neither a web address (https://…) nor a file")
    body = path.read_bytes()
    is_text = path.suffix.lower() == ".txt"
    address = url or noted_address(path) or (None if is_text else stated_address(body)) or f"{_NOWHERE}{path.name}"
    saved = datetime(at.year, at.month, at.day, tzinfo=UTC) if at else datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Capture(
        url=address,
        fetched_at=saved,
        status=200,
        headers=(("Content-Type", "text/plain" if is_text else "text/html"),),
        body=body,
        source="text" if is_text else "warc",
    )


def _print(told: Explanation) -> None:
    layout = f", layout {told.layout}" if told.layout else ""
    layout += f" (family {told.family})" if told.family else ""
    click.echo(f"{click.style(told.sort, bold=True)} ({told.outcome}){layout}; profile {told.profile}")
    click.echo(f"  {_line(told.url)}")
    if told.detail:
        click.echo(f"  {_line(told.detail)}")
    if told.fields:
        click.echo()
        rows = [(f.name, _line(f.value), *_evidence(f.evidence)) for f in told.fields]
        print_table(["field", "value", "rule", "sure", "place"], rows)
    for heading, values in (("pictures", told.images), ("files", told.attachments)):
        for value in values:
            click.echo(f"  {heading[:-1]:<8}{_line(value)}")
    for item in told.items[:_LINES]:
        click.echo(f"  entry   {item.date or '':<11}{_line(item.title or item.url)}")
    _print_left_out(told)


def _evidence(evidence: object) -> tuple[str, str, str]:
    rule, sure, place = (getattr(evidence, name, None) for name in ("rule", "sure", "place"))
    return (rule or "", f"{sure:.2f}" if sure is not None else "", place or "")


def _print_left_out(told: Explanation) -> None:
    left_out = [part for part in told.parts if part.state == "dropped"]
    kept = sum(part.state == "kept" for part in told.parts)
    click.echo(f"\n{kept} blocks kept, {len(left_out)} left out")
    if left_out:
        print_table(["why", "pieces", "characters"], reasons(told))
        click.echo()
        print_table(["left out", "why"], [(_line(part.text), part.why) for part in left_out[:_LINES]])
    if len(left_out) > _LINES:
        click.echo(f"... and {len(left_out) - _LINES} more; --html and --json show all")


def _line(text: str) -> str:
    """One short line that cannot steer a terminal."""
    plain = to_plain(" ".join(text.split()))
    return plain if len(plain) <= _WIDE else f"{plain[:_WIDE]}…"
