"""``portal-archive``: one command, a verb for each job. Here the verbs meet, and every failure becomes one line.

Exit codes: 0 complete, 1 usage or error, 2 below expectation, 3 stopped early and resumable (or the portal is
unreachable), 4 already running, 5 blocked by the site, 130 interrupted.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

import click

from archive import __version__
from archive.errors import ArchiveError
from crawler.commands.coverage import coverage
from crawler.commands.crawl import crawl
from crawler.commands.explain import explain_page
from crawler.commands.export import export
from crawler.commands.find import search
from crawler.commands.fixity import fixity
from crawler.commands.forget import forget_page
from crawler.commands.history import diff, history
from crawler.commands.ingest import ingest
from crawler.commands.merge import merge
from crawler.commands.migrate import migrate
from crawler.commands.profile import profile
from crawler.commands.rebuild import rebuild
from crawler.commands.recover import ingest_commoncrawl, ingest_wayback
from crawler.commands.reextract import reextract
from crawler.commands.repair import repair_archive
from crawler.commands.report import failures, runs, status
from crawler.commands.schedule import schedule
from crawler.commands.serve import serve
from crawler.commands.show import show
from crawler.commands.snapshot import snapshot
from crawler.commands.sql import sql
from crawler.commands.take import ingest_wacz, ingest_warc, ingest_wet
from crawler.commands.update import update
from crawler.commands.verify import verify_archive
from crawler.commands.warc import warc

PROGRAM = "portal-archive"

#: What a shell reports for a process that SIGINT ended.
INTERRUPTED = 130


class InOrder(click.Group):
    """A group that lists its verbs in the order a newcomer meets them, not by alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    cls=InOrder,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 complete; 1 usage or error; 2 below what the profile expects; 3 stopped early, run again to "
    "go on (also: portal unreachable); 4 already running; 5 blocked by the site.",
)
@click.version_option(__version__, prog_name=PROGRAM)
def cli() -> None:
    """Keep a government portal: crawl it, strip its boilerplate, archive and search its articles.

    \b
    A first walk:
      portal-archive crawl --profile bac-kan        visit the portal, politely
      portal-archive search 'nông thôn mới'         find; accents may be left out
      portal-archive show URL                       read one article, its versions
      portal-archive serve                          read it all in the browser

    Everything stands in one SQLite file (--archive, or the variable PORTAL_ARCHIVE), with the raw answers beside it
    as WARC files. `portal-archive VERB --help` teaches each verb with examples.
    """


for verb in (
    crawl,
    update,
    schedule,
    ingest,
    search,
    show,
    history,
    diff,
    explain_page,
    sql,
    export,
    serve,
    snapshot,
    status,
    runs,
    failures,
    coverage,
    verify_archive,
    repair_archive,
    fixity,
    rebuild,
    reextract,
    merge,
    forget_page,
    migrate,
    warc,
    profile,
):
    cli.add_command(verb)
for door in (ingest_warc, ingest_wacz, ingest_wet, ingest_wayback, ingest_commoncrawl):
    ingest.add_command(door)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave the process with its exit code. Never shows a traceback, unless
    ``PORTAL_ARCHIVE_DEBUG`` is set."""
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = cli.main(args=arguments, prog_name=PROGRAM, standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 1
    except (KeyboardInterrupt, click.Abort):
        return _fail("interrupted; nothing is lost, run the same command to go on", INTERRUPTED)
    except BrokenPipeError:
        # The reader has gone (``| head``): keep the interpreter from complaining when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if os.environ.get("PORTAL_ARCHIVE_DEBUG"):
            traceback.print_exc()
        return _fail(message(error), error.exit_code if isinstance(error, ArchiveError) else 1)


def message(error: Exception) -> str:
    """One line for a person: what happened, about which file, and what to do."""
    if isinstance(error, click.UsageError):
        where = f" (see {error.ctx.command_path} --help)" if error.ctx else ""
        return error.format_message().rstrip(".") + where
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, ArchiveError):
        return str(error)
    if isinstance(error, sqlite3.Error):
        return _database_message(error)
    if isinstance(error, OSError):
        return _system_message(error)
    return f"unexpected {type(error).__name__}: {error}; set PORTAL_ARCHIVE_DEBUG=1 to see where it arose"


def _database_message(error: sqlite3.Error) -> str:
    text = str(error)
    if "locked" in text:
        return "the database is busy in another process; try again when that has ended"
    if "disk is full" in text:
        return "the disk is full; nothing of the last page was kept, free some space and run the command again"
    if "not a database" in text or "malformed" in text:
        return f"the database cannot be read ({text}); name another file with --archive, or restore a copy"
    if "readonly" in text or "unable to open" in text:
        return f"the database cannot be opened for writing ({text}); check the rights on the file and its folder"
    return f"the database answered: {text}"


def _system_message(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "the disk is full; free some space and run the command again"
    what = error.strerror or str(error)
    return f"{error.filename}: {what}" if error.filename else what


def _fail(line: str, code: int) -> int:
    one_line = " ".join(line.split())
    click.echo(f"{PROGRAM}: error: {one_line}", err=True)
    return code
