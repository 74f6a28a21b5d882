"""Boilerplate in the archive's texts: strings a sheet knows, and lines that suddenly stand everywhere."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator

from archive.expectations import Judgement
from crawler.profile import SiteProfile

#: Articles of a run, and of the time before it, whose lines are compared.
SAMPLE = 300

#: Share of a run's articles that must hold a line, and of those before that may, for it to be a leak.
EVERYWHERE, BEFORE = 0.6, 0.1

#: Least articles on each side, and least characters of a line that counts.
LEAST, LONG = 8, 12

_READ = """
select a.canonical_url, a.body_text from article_versions v join articles a on a.id = v.article_id
where v.run_id = ? order by v.id limit ?
"""
_EARLIER = """
select body_text from articles where status = 'live'
and last_seen_at < (select started_at from runs where id = ?) order by id limit ?
"""


def leaks(conn: sqlite3.Connection, profile: SiteProfile) -> Iterator[Judgement]:
    """Strings that no text may hold, and chrome that stands as a line of its own."""
    wanted = [(text, "instr(body_text, ?) > 0", text) for text in profile.expect.must_not_contain]
    line = "instr(char(10) || body_text || char(10), ?) > 0"
    wanted += [
        (text, line, f"\n{text}\n") for text in profile.boilerplate if text not in dict.fromkeys(w[0] for w in wanted)
    ]
    if not wanted:
        return
    counts = conn.execute(
        f"select {', '.join(f'coalesce(sum({condition}), 0)' for _, condition, _ in wanted)} from articles",
        [parameter for _, _, parameter in wanted],
    ).fetchone()
    for (text, condition, parameter), count in zip(wanted, counts, strict=True):
        query = f"select canonical_url from articles where {condition} order by id limit 2"
        shown = conn.execute(query, (parameter,)).fetchall() if count else []
        message = f"{count} articles contain {text!r}, which is navigation, not content" if count else None
        yield Judgement(
            name="leak", subject=text[:200], expected=0, measured=count, held=not count, message=message,
            examples=tuple(row[0] for row in shown),
        )  # fmt: skip


def repeated_lines(conn: sqlite3.Connection, run_id: int) -> Iterator[Judgement]:
    """Lines that stand in most texts that are new in this run and in few before: menus a new template lets through."""
    read = {url: set(text.split("\n")) for url, text in conn.execute(_READ, (run_id, SAMPLE))}
    before = [set(row[0].split("\n")) for row in conn.execute(_EARLIER, (run_id, SAMPLE))]
    if len(read) < LEAST or len(before) < LEAST:
        return
    counts = Counter(line for lines in read.values() for line in lines if len(line) >= LONG)
    for line, count in counts.items():
        if count / len(read) < EVERYWHERE or sum(line in lines for lines in before) / len(before) > BEFORE:
            continue
        yield Judgement(
            name="repeated", subject=line[:200], expected=EVERYWHERE, measured=count / len(read), sample=len(read),
            held=False, message=f"{count} of {len(read)} texts new in this run hold the line {line[:80]!r}",
            examples=tuple(sorted(url for url, lines in read.items() if line in lines)[:2]),
        )  # fmt: skip
