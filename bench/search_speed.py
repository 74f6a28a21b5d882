"""What a query costs on a large archive, how large the index is, what an article costs in it, and what breaks it.

    python -m bench.search_speed [--articles 100000] [--fuzz 200000]

The archive is made once (:mod:`bench.search_corpus`) and kept in ``bench/out/search``. Times are processor time of this
process, snippets and re-ranking included, for pages of twenty hits.
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.database import open_readonly
from archive.errors import QueryError
from archive.index import TABLES
from archive.search import search
from archive.suggest import suggest
from archive.vietnamese import syllables
from bench.command import OUT
from bench.search_corpus import build
from bench.search_sets import Absent, news_articles, stripped

#: Milliseconds at most: middle, 95th of a hundred.
QUERY_MS = (30, 100)
NAME_MS = (30, 40)
WORST_MS = 250
SUGGEST_MS = (10, 50)
#: Bytes of the index for a byte of text, at most.
SIZE = 1.3
#: The second half of the articles costs at most so many times what the first did.
GROWTH = 1.25
_FUZZED_MS = 1000
_ASKED = 300


@dataclass(frozen=True, kw_only=True)
class Times:
    """Milliseconds of many queries."""

    middle: float
    p95: float
    worst: float

    def __str__(self) -> str:
        return f"p50 {self.middle:6.1f}  p95 {self.p95:6.1f}  worst {self.worst:6.1f} ms"


def timed(ask: Callable[[str], object], queries: Sequence[str]) -> Times:
    """Each query asked once, after a first round that brings the pages into memory."""
    for query in queries[:20]:
        ask(query)
    times = []
    for query in queries:
        started = time.process_time()
        ask(query)
        times.append((time.process_time() - started) * 1000)
    times.sort()
    return Times(middle=times[len(times) // 2], p95=times[int(0.95 * len(times))], worst=times[-1])


def archive(articles: int) -> tuple[Path, dict[str, float]]:
    """The archive with so many articles, made now if it is not there, and what making it took."""
    path = OUT / "search" / f"{articles}.db"
    told = path.with_suffix(".json")
    if not (path.is_file() and told.is_file()):
        path.parent.mkdir(parents=True, exist_ok=True)
        print(f"making {path.name} (some milliseconds an article) ...", flush=True)
        texts = random.Random(9).sample(news_articles(), 12_000)
        told.write_text(json.dumps(build(path, texts, articles)) + "\n", "utf-8")
    return path, json.loads(told.read_text("utf-8"))


def speed(conn: sqlite3.Connection) -> bool:
    """Print what queries cost; True when every mark is met."""
    chance = random.Random(21)
    headlines = [text.title for text in chance.sample(news_articles(), _ASKED)]
    titles = [row[0] for row in conn.execute("select title from articles order by id limit 3000")]
    short = [
        " ".join(title.split()[:n]) for title, n in zip(titles, (chance.choice((2, 3, 4)) for _ in titles), strict=True)
    ]
    short = [words for words in short if syllables(words)][:_ASKED]
    names = [
        row[0].split(" ", 1)[1]
        for row in conn.execute("select distinct name from search_places order by articles desc")
    ]
    names = [name for name in names if len(name.split()) == 2 and name.istitle()][:2000]
    names = chance.sample(names, min(_ASKED, len(names)))
    common = [
        row[0]
        for row in conn.execute(
            "select term from search_counts where term not glob '*[_=]*' order by entries desc limit 12"
        )
    ]
    worst = [
        *common[:6],
        " ".join(common[:2]),
        " ".join(common[:5]),
        " ".join(common[:12]),
        f'"{common[0]} {common[1]}"',
    ]
    met = True
    for name, queries, marks in (
        ("two to four syllables", short, QUERY_MS),
        ("the same without marks", [stripped(words) for words in short], QUERY_MS),
        ("headlines", headlines, QUERY_MS),
        ("names of two syllables", names, NAME_MS),
        ("commonest syllables", worst, (WORST_MS, WORST_MS)),
    ):
        times = timed(lambda words: search(conn, words, 20), queries)
        good = times.middle <= marks[0] and times.p95 <= marks[1] and (queries is not worst or times.worst <= WORST_MS)
        met = met and good
        print(f"  {name:<24} {times}  at most {marks[0]} / {marks[1]}{'' if good else '  MISSED'}", flush=True)
    prefixes = [title[: chance.randint(1, 12)] for title in titles[:_ASKED]]
    times = timed(lambda prefix: suggest(conn, prefix), prefixes)
    good = times.middle <= SUGGEST_MS[0] and times.p95 <= SUGGEST_MS[1]
    print(f"  {'suggestions':<24} {times}  at most {SUGGEST_MS[0]} / {SUGGEST_MS[1]}{'' if good else '  MISSED'}")
    return met and good


def size(conn: sqlite3.Connection, made: dict[str, float]) -> bool:
    """Print how large the index is and what it took; True when within the marks."""
    columns = ("title", "lead", "body_text", "author", "source", "section")
    octets = " + ".join(f"coalesce(length(cast({name} as blob)), 0)" for name in columns)
    text = conn.execute(f"select sum({octets}) from articles").fetchone()[0]
    tables = conn.execute("select name, sum(pgsize) from dbstat group by name").fetchall()
    ours = {name: pages for name, pages in tables if name.startswith(tuple(f"{table}_" for table in TABLES))}
    ours |= {name: pages for name, pages in tables if name.startswith(("search_", "sqlite_autoindex_search_"))}
    ours |= {name: pages for name, pages in tables if name == "articles_rowid"}
    whole = sum(ours.values())
    halves = (made["index_seconds"] - made["first_half"]) / made["first_half"]
    print(
        f"  text {text / 1e6:,.0f} MB, index {whole / 1e6:,.0f} MB, {whole / text:.2f} times the text (at most {SIZE})"
    )
    for start in (*TABLES, "search_", "articles_rowid"):
        part = sum(
            pages
            for name, pages in ours.items()
            if name.startswith(start) and (start != "search_" or "terms" not in name)
        )
        print(f"    {start:<16}{part / text:.3f}")
    print(
        f"  {made['index_seconds'] / made['articles'] * 1000:.2f} ms an article in the index, the second half "
        f"{halves:.2f} times the first (at most {GROWTH}); merging {made['merge_seconds']:.0f} s"
    )
    return whole <= SIZE * text and halves <= GROWTH


# --- whatever is typed ---

_HOSTILE = (
    *(
        '"',
        "''",
        "(",
        ")",
        "*",
        "^",
        ":",
        "-",
        "+",
        "{",
        "}",
        "AND",
        "OR",
        "NOT",
        "NEAR(",
        "NEAR/2",
        "\x00",
        "\ud800",
        "\u200b",
    ),
    *(
        "title:",
        "tiêu đề:",
        "số:",
        "từ:",
        "đến:",
        "năm:",
        "có:tệp",
        'author:"',
        "'; drop table articles; --",
        "%",
        "_",
        "\\",
    ),
    *(
        "“",
        "”",
        "«",
        "45/2019/NQ-HĐND",
        "0" * 30,
        "a" * 5000,
        "đ" * 300,
        "\n",
        "\t",
        "articles_fts",
        "rank",
        "rowid",
        ";",
        "--",
    ),
    *("😀", "日本", "١٢٣", "ﬁ", "İ", "ß", "e\u0301\u0323", "\u0301", "=uy_ban", "uy_ban", "1e9", "NaN", "null"),
)


def hostile(chance: random.Random, words: Sequence[str]) -> str:
    """Something a person or a machine may send."""
    kind = chance.random()
    if kind < 0.3:
        return "".join(
            chr(chance.choice((chance.randrange(1, 128), chance.randrange(0x1EA0, 0x1EFA))))
            for _ in range(chance.randint(0, 30))
        )
    pieces = [
        chance.choice(_HOSTILE) if chance.random() < 0.4 else chance.choice(words) for _ in range(chance.randint(1, 12))
    ]
    return chance.choice((" ", "", " ")).join(pieces)


def fuzz(conn: sqlite3.Connection, rounds: int) -> bool:
    """Print how many queries failed or took too long; True when none did."""
    chance = random.Random(5)
    words = [word for (title,) in conn.execute("select title from articles limit 500") for word in title.split()]
    failed, slow, refused, worst = 0, 0, 0, 0.0
    for number in range(rounds):
        query = hostile(chance, words)
        order = "date" if number % 10 == 0 else "relevance"
        started = time.process_time()
        try:
            search(conn, query, 10, order=order)  # type: ignore[arg-type]
        except QueryError:
            refused += 1
        except Exception as error:  # whatever it is, it is counted and named
            failed += 1
            print(f"  {query!r}: {type(error).__name__}: {error}")
        spent = (time.process_time() - started) * 1000
        if spent > _FUZZED_MS:
            slow += 1
            print(f"  {spent:.0f} ms: {order} {query!r}")
        worst = max(worst, spent)
    told = f"{failed} errors, {slow} over 1 s, {refused:,} refused, worst {worst:.0f} ms"
    print(f"  {rounds:,} hostile queries (seed 5): {told}")
    return not failed and not slow


def main(arguments: list[str]) -> int:
    """Print the figures; 0 when every mark is met."""
    try:
        path, made = archive(_number(arguments, "--articles", 100_000))
    except Absent as absent:
        print(f"no corpus to take words from; {absent}")
        return 0
    print(f"{path.name}: {made['articles']:,.0f} articles")
    with open_readonly(path) as conn:
        met = [speed(conn), size(conn, made)]
        if rounds := _number(arguments, "--fuzz", 0):
            met.append(fuzz(conn, rounds))
    print("every mark is met" if all(met) else "MISSED")
    return 0 if all(met) else 1


def _number(arguments: list[str], name: str, default: int) -> int:
    return int(arguments[arguments.index(name) + 1]) if name in arguments else default


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
