"""The verb that proves an archive."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from archive.database import open_readonly
from archive.proof import CYCLE, Proof, Scope, verify
from archive.proof.verify import Mode
from crawler.commands.options import archive_option, json_option, print_json, profiles_option
from crawler.commands.steps import Steps
from crawler.profile import SiteProfile
from crawler.rereading import Rereading

#: Findings of one kind that are printed; --json prints all.
_SHOWN = 20


@click.command("verify")
@archive_option
@click.option("--quick", is_flag=True, help="Seconds, for every day: pages and keys, and today's share of the rest.")
@click.option("--full", is_flag=True, help="Also extract every capture again and compare what comes out.")
@click.option(
    "--cycle",
    type=click.IntRange(min=1),
    default=CYCLE,
    show_default=True,
    help="Days in which --quick, run daily, looks at everything once.",
)
@profiles_option
@click.option("--quiet", "-q", is_flag=True, help="No progress display.")
@json_option
def verify_archive(
    archive_path: Path,
    quick: bool,
    full: bool,
    cycle: int,
    sites: tuple[SiteProfile, ...],
    quiet: bool,
    as_json: bool,
) -> int:
    """Prove the archive: database, search index, versions, and every capture against its WARC record.

    Nothing is written, and a crawl may go on. Each thing that is wrong is named with its row or file and the way to
    mend it; the exit code is 2 then. --full needs the sheets the archive was read with (--profile).

    \b
    Examples:
      portal-archive verify
      portal-archive verify --quick --json           (daily)
      portal-archive verify --full --profile bac-kan
    """
    if quick and full:
        raise click.UsageError("--quick and --full exclude each other")
    mode: Mode = "quick" if quick else "full" if full else "normal"
    scope = Scope(mode=mode, day=datetime.now(UTC).date(), cycle=cycle)
    rereading = Rereading(profiles=sites) if full else None
    with Steps(hidden=quiet or as_json) as steps:
        proof = verify(archive_path, scope, reread=rereading, told=steps.told)
    if rereading is not None:
        with open_readonly(archive_path) as conn:
            left_out = rereading.left_out(conn)
        if left_out:
            proof.notes.append(f"{left_out:,} captures were read by another extractor or sheet and not read again")
    if as_json:
        print_json(proof.plain())
    else:
        _tell(archive_path, proof)
    return 0 if proof.sound else 2


def _tell(path: Path, proof: Proof) -> None:
    looked = ", ".join(
        f"{count:,} {what}" for what, count in proof.checked.items() if what not in ("tables", "database")
    )
    click.echo(f"{path}: {'sound' if proof.sound else f'{len(proof.findings):,} findings'} ({looked})")
    for kind, count in proof.counts().items():
        found = [finding for finding in proof.findings if finding.kind == kind]
        click.echo(f"{kind}: {count:,}; {found[0].mend}")
        for finding in found[:_SHOWN]:
            click.echo(f"  {finding.place}: {finding.wrong}")
        if count > _SHOWN:
            click.echo(f"  ... and {count - _SHOWN:,} more (--json names all)")
    for note in proof.notes:
        click.echo(f"note: {note}")
