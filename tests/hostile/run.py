"""One crawl over all misbehaving servers, and what became of each."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawler.profile import load
from crawler.sharepoint import canonical_url, frontier_key
from tests.replica import ROOT

SHEET = """extends = "sharepoint"
name = "hostile"
[scope]
hosts = [{hosts}]
max_depth = 12
max_variants = 20
max_barren = 60
[discover]
seeds = ["{portal}/"]
sitemaps = []
[network]
exempt_addresses = ["127.0.1.0/24"]
exempt_ports = [{port}]
[expect]
max_failure_share = 1.0
[polite]
delay = 0.0
timeout = {timeout}
max_attempts = 2
backoff = 0.1
give_up_after = 4
"""


@contextmanager
def hostile(folder: Path, timeout: float = 3.0) -> Iterator[dict[str, Any]]:
    """The servers, running while the block does; what they printed, and the sheet for a crawl."""
    process = subprocess.Popen([sys.executable, "-m", "tests.hostile"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        hosts = [told["portal"].split("//")[1], f"localhost:{told['port']}", f"127.0.0.1:{told['port']}"]
        hosts += [foe["host"] for foe in told["foes"]]
        sheet = folder / "hostile.toml"
        sheet.write_text(SHEET.format(
            hosts=", ".join(f'"{host}"' for host in hosts), portal=told["portal"], port=told["port"], timeout=timeout
        ))  # fmt: skip
        yield {**told, "sheet": sheet}
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


@dataclass(kw_only=True)
class Fate:
    """How the crawl of all servers went."""

    articles: int = 0
    """Articles of the healthy portal."""
    outcomes: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Server -> outcome and detail of its entry."""
    unnamed: list[str] = field(default_factory=list)
    """Servers whose entry did not end in an outcome it may end in."""
    inside: list[str] = field(default_factory=list)
    """What the server that must never be asked was asked."""
    asked: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    """Bytes of everything the crawl left on the disk."""


def fate(archive: Path, told: dict[str, Any]) -> Fate:
    """Read what became of each server from the archive, and what the servers themselves saw."""
    found = Fate()
    profile = load(told["sheet"])
    conn = sqlite3.connect(f"file:{archive}?mode=ro", uri=True)
    try:
        sql = "select count(*) from articles where canonical_url like ?"
        found.articles = conn.execute(sql, (f"{told['portal']}/%",)).fetchone()[0]
        for foe in told["foes"]:
            key = frontier_key("GET", canonical_url(foe["entry"], profile), None, profile)
            row = conn.execute("select outcome from frontier where key = ?", (key,)).fetchone()
            detail = conn.execute("select detail from failures where key = ?", (key,)).fetchone()
            if row and row[0] is None:  # its host was left alone: why stands with its robots.txt
                detail = conn.execute(
                    "select detail from failures where url like ?", (f"%{foe['host']}/robots%",)
                ).fetchone()
            outcome = (row[0] or "") if row else "unknown"
            found.outcomes[foe["name"]] = (outcome, str(detail[0] or "") if detail else "")
            if outcome not in foe["outcomes"] or (not outcome and not detail):
                found.unnamed.append(foe["name"])
    finally:
        conn.close()
    with urllib.request.urlopen(told["control"], timeout=30) as answer:
        seen = json.load(answer)
    found.inside, found.asked = seen["inside"], seen["asked"]
    found.bytes = sum(path.stat().st_size for path in archive.parent.rglob("*") if path.is_file())
    return found
