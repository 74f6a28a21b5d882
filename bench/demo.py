"""``make demo``: a replica of the portal, crawled before your eyes into demo/archive.db, and what that then holds."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.rule import Rule

from archive.database import open_readonly
from bench.command import ROOT, command
from tests.replica import running

FOLDER = Path("demo")
ARCHIVE = FOLDER / "archive.db"

#: The same words with and without accents.
WORDS = ("Bắc Kạn", "bac kan")

console = Console(highlight=False)


def main(size: str) -> int:
    """Run the demonstration; the exit code is the crawl's."""
    shutil.rmtree(ROOT / FOLDER, ignore_errors=True)
    headline("A replica of the portal starts on this machine")
    with running(ROOT / FOLDER, "--size", size) as replica:
        for name, address in replica.hosts.items():
            console.print(f"  {name:<14}{address}")
        headline("Crawl", "crawl", "--profile", FOLDER / "replica.toml", "--archive", ARCHIVE)
        code = call("crawl", "--profile", replica.profile, "--archive", ARCHIVE)
        if code != 0:
            return code
    url = telling_article()
    headline("One clean article", "show", f"'{url}'", "--archive", ARCHIVE)
    call("show", url, "--archive", ARCHIVE)
    for words in WORDS:
        headline("Search", "search", f"'{words}'", "--limit", 3, "--archive", ARCHIVE)
        call("search", words, "--limit", "3", "--archive", ARCHIVE)
    headline("Go on with")
    console.print(f"  make serve ARCHIVE={ARCHIVE}    browse the archive with Datasette")
    console.print("  .venv/bin/portal-archive --help       every verb, with examples")
    return 0


def headline(text: str, *arguments: object) -> None:
    """A line that says what comes, and the command that does it."""
    console.print()
    console.print(Rule(text, align="left", style="green"))
    if arguments:
        line = f"$ .venv/bin/portal-archive {' '.join(map(str, arguments))}"
        console.print(line, style="bold", markup=False, soft_wrap=True)
    sys.stdout.flush()


def call(*arguments: str | Path) -> int:
    """Run ``portal-archive`` on this terminal; its exit code."""
    return subprocess.run(command(*arguments), cwd=ROOT).returncode


def telling_article() -> str:
    """Address of a news article that has a lead, a byline, a picture with caption and a moderate length."""
    with open_readonly(ROOT / ARCHIVE) as conn:
        row = conn.execute(
            "select a.canonical_url from articles a where a.status = 'live' and a.lead is not null "
            "order by (a.author is not null) + exists(select 1 from images i where i.article_id = a.id "
            "and i.caption is not null) + exists(select 1 from attachments f where f.article_id = a.id) desc, "
            "abs(a.word_count - 250), a.id limit 1"
        ).fetchone()
    return str(row[0])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "default"))
    except KeyboardInterrupt:
        console.print("\nstopped; `make demo` starts anew")
        sys.exit(130)
