"""How well search finds what public question sets ask for, as typed and typed otherwise, beside other engines.

    python -m bench.search_quality [SET ...] [--tuning] [--peers] [--most N]

Every set is put into an archive of its own and asked through ``archive.search.search``. ``--tuning`` asks the half of
each set that weights may be chosen by; without it the other half is asked, which is only reported. ``--peers`` asks
tantivy and bm25s, in the environment ``make peers`` makes, with the same folded text and questions;
``--most`` asks only so many questions of each set.
MRR@10 is the mean of 1/place of the first answer among ten hits, R@10 the mean share of answers among them.
"""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from archive.identity import hash_id
from archive.index import refresh
from archive.migrations import APPLICATION_ID, migrations
from archive.search import search
from archive.vietnamese import fold, spellings, syllables
from bench.command import ROOT
from bench.search_sets import SETS, Absent, Question, QuestionSet, Text, stripped

#: Least MRR@10 and R@10 of questions as typed.
MARKS = {"alqac": (0.90, 0.99), "drill": (0.54, 0.0), "zaloqa": (0.72, 0.0), "news": (0.90, 0.0)}
MARKS |= {"place": (0.0, 0.998), "docno": (0.0, 1.0), "xquad": (0.0, 0.0)}
#: Least R@10 of questions without marks, and least share of the MRR@10 as typed.
STRIPPED = {"place": 0.98, "docno": 1.0}
SHARE = 0.99
_PEERS = ROOT / ".peers" / "search" / "bin" / "python"
_COLUMNS = "id, url, canonical_url, portal, title, lead, body_text, body_html, word_count, content_digest, "
_COLUMNS += "first_seen_at, last_seen_at, extractor_version, profile, capture_id"


@dataclass(frozen=True, kw_only=True)
class Figures:
    """How well some questions were answered."""

    mrr: float
    recall: float
    ms: float = 0.0
    """Processor time of the middle question, in milliseconds."""

    def __str__(self) -> str:
        return f"{self.mrr:.3f} / {self.recall:.3f}"


def archive_of(texts: Sequence[Text], folder: Path) -> tuple[sqlite3.Connection, dict[int, int]]:
    """An indexed archive of the texts, and the place of every article's text."""
    conn = sqlite3.connect(folder / "archive.db", isolation_level=None)
    migrations.apply(Database(conn))
    conn.execute(f"pragma application_id = {APPLICATION_ID}")
    conn.execute("pragma synchronous = off")
    conn.execute("pragma foreign_keys = off")
    places = {hash_id("bench", place): place for place in range(len(texts))}
    rows = [
        (key, f"u{key}", f"u{key}", "p", text.title, text.lead, text.body, *("", 0, "", "", "", "1", "p", 1))
        for (key, text) in zip(places, texts, strict=True)
    ]
    conn.execute("begin")
    conn.executemany(f"insert into articles ({_COLUMNS}) values ({', '.join('?' * 15)})", rows)
    conn.execute("insert into search_queue (article_id) select id from articles")
    refresh(conn)
    conn.execute("commit")
    return conn, places


def asked(conn: sqlite3.Connection, places: dict[int, int], questions: Iterable[Question]) -> Figures:
    """The questions put to the archive."""
    found, times = [], []
    for question in questions:
        started = time.process_time()
        hits = search(conn, " ".join(syllables_of(question.words)), 10).hits
        times.append((time.process_time() - started) * 1000)
        found.append((question.answers, [places[hit.id] for hit in hits]))
    return judged(found, sorted(times)[len(times) // 2])


def syllables_of(words: str) -> list[str]:
    """At most a hundred words: the longest question that search takes."""
    pieces: list[str] = []
    count = 0
    for piece in words.split():
        count += max(1, len(syllables(piece)))
        if count > 100:
            break
        pieces.append(piece)
    return pieces


def judged(found: Sequence[tuple[frozenset[int], Sequence[int]]], ms: float = 0.0) -> Figures:
    """Answers and the places found for them."""
    first = [
        next((1 / (n + 1) for n, place in enumerate(hits[:10]) if place in answers), 0.0) for answers, hits in found
    ]
    part = [len(answers & set(hits[:10])) / min(10, len(answers)) for answers, hits in found]
    return Figures(mrr=sum(first) / len(found), recall=sum(part) / len(found), ms=ms)


# --- typed otherwise ---


def half_stripped(words: str) -> str:
    """Every other word without marks."""
    return " ".join(stripped(word) if n % 2 else word for n, word in enumerate(words.split()))


def marks_off(words: str) -> str:
    """Marks off, but đ kept."""
    apart = unicodedata.normalize("NFD", words)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def nfd(words: str) -> str:
    """Every mark a code point of its own."""
    return unicodedata.normalize("NFD", words)


def respelled(words: str) -> str:
    """The other tone placement, and i for y, wherever there are two."""
    return re.sub(r"[^\W_]+", lambda match: _other(match[0]), words)


def _other(word: str) -> str:
    others = sorted(spellings(word.lower()) - {word.lower()})
    return others[0] if others else word


TYPED: dict[str, Callable[[str], str]] = {
    "half stripped": half_stripped,
    "marks off, đ kept": marks_off,
    "NFD": nfd,
    "respelled": respelled,
    "upper case": str.upper,
}
NUMBERS: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "stripped lower": lambda number: stripped(number).lower(),
    "with số": lambda number: f"số {number}",
    "with blanks": lambda number: " ".join(syllables(stripped(number).lower())),
}


def typed_otherwise(
    questions: Sequence[Question], change: Callable[[str], str]
) -> tuple[list[Question], list[Question]]:
    """Those that the change changes: as they were, and changed."""
    changed = [(one, Question(words=change(one.words), answers=one.answers)) for one in questions]
    changed = [(one, other) for one, other in changed if one.words != other.words]
    return [one for one, _ in changed], [other for _, other in changed]


# --- the report ---


def report(one: QuestionSet, half: str, *, peers: bool, most: int) -> bool:
    """Print a set's figures; True when every mark is met."""
    questions = one.half(half)[:most]
    with tempfile.TemporaryDirectory() as folder:
        conn, places = archive_of(one.texts, Path(folder))
        original = asked(conn, places, questions)
        bare = asked(conn, places, typed_otherwise(questions, stripped)[1])
        same = asked(conn, places, typed_otherwise(questions, stripped)[0])
        plain = judged([(q.answers, _unicode61(conn, q.words, places)) for q in questions]) if half != "docno" else None
        mrr, recall = MARKS[one.name]
        share = bare.mrr / same.mrr if same.mrr else 1.0
        met = original.mrr >= mrr and original.recall >= recall and share >= SHARE
        met = met and bare.recall >= STRIPPED.get(one.name, 0.0)
        print(f"{one.name}: {len(one.texts):,} texts, {len(questions)} questions ({half}), MRR@10 / R@10")
        print(f"  as typed           {original}  ({original.ms:.0f} ms)  wanted {mrr:.2f} / {recall:.3f}")
        print(f"  without marks      {bare}  {share:.3f} of as typed (wanted {SHARE})")
        if plain is not None:
            print(f"  plain unicode61    {plain}")
            met = met and original.mrr >= plain.mrr - 0.0005
        met = _others(one, questions, conn, places) and met
    if peers:
        met = _beside(one, questions, original) and met
    print(f"  {'met' if met else 'MISSED'}", flush=True)
    return met


def _others(one: QuestionSet, questions: Sequence[Question], conn: sqlite3.Connection, places: dict[int, int]) -> bool:
    met = True
    ways = NUMBERS if one.name == "docno" else TYPED if one.name == "alqac" else {}
    for name, change in ways.items():
        before, after = typed_otherwise(questions, change)
        if not after:
            continue
        was, now = asked(conn, places, before), asked(conn, places, after)
        good = now.recall == 1.0 if one.name == "docno" else abs(now.mrr - was.mrr) <= 0.005
        met = met and good
        print(f"  {name:<18} {now}  as typed {was}, {len(after)} questions{'' if good else '  MISSED'}")
    return met


def _unicode61(conn: sqlite3.Connection, words: str, places: dict[int, int]) -> list[int]:
    """Hits of FTS5 as it comes, any word, ranked by bm25."""
    names = {row[0] for row in conn.execute("select name from sqlite_master where name = 'plain'")}
    if not names:
        conn.execute("create virtual table plain using fts5(title, lead, body)")
        conn.execute("insert into plain(rowid, title, lead, body) select id, title, lead, body_text from articles")
    asked_for = " OR ".join(f'"{word}"' for word in dict.fromkeys(syllables(words)))
    rows = conn.execute("select rowid from plain where plain match ? order by rank limit 10", (asked_for or '""',))
    return [places[row[0]] for row in rows]


def _beside(one: QuestionSet, questions: Sequence[Question], ours: Figures) -> bool:
    if not _PEERS.is_file():
        print("  other engines: not there; make peers")
        return True
    texts = [fold(f"{text.title}\n{text.lead}\n{text.body}") for text in one.texts]
    given = {"texts": texts, "queries": [" ".join(syllables(fold(q.words))) for q in questions]}
    done = subprocess.run(
        [str(_PEERS), str(Path(__file__).with_name("search_peers.py"))],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    met = True
    for name, told in json.loads(done.stdout).items():
        theirs = judged([(q.answers, hits) for q, hits in zip(questions, told["hits"], strict=True)], told["ms"])
        good = ours.mrr >= theirs.mrr - 0.0005
        met = met and good
        print(f"  {name:<18} {theirs}  ({theirs.ms:.1f} ms){'' if good else '  better than ours: MISSED'}")
    return met


def main(arguments: list[str]) -> int:
    """Print the figures; 0 when every mark is met."""
    half = "tuning" if "--tuning" in arguments else "reported"
    most = int(arguments[arguments.index("--most") + 1]) if "--most" in arguments else 10_000
    wanted = [name for name in arguments if name in SETS] or list(SETS)
    missed = []
    for name in wanted:
        try:
            one = SETS[name]()
        except Absent as absent:
            print(f"{name}: left out; {absent}")
            continue
        if not report(one, half, peers="--peers" in arguments, most=most):
            missed.append(name)
    print(f"missed: {', '.join(missed)}" if missed else "every mark is met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
