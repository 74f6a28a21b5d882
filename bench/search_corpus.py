"""Large archives of made-up articles for measuring search: the words of real ones in other orders.

Every paragraph is a walk through a real corpus: from a syllable to one that follows it there, so that syllables and
pairs of neighbours are as common as in real text, and new texts arise. The same seed makes the same archive. Ids are
hashes and entries wait for the index, as in an archive that was crawled.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice, pairwise
from pathlib import Path

from sqlite_utils import Database

from archive.identity import hash_id
from archive.index import optimize, refresh
from archive.migrations import APPLICATION_ID, migrations
from bench.search_sets import Text

_SECTIONS = [
    f"{a} / {b}" for a in ("Tin tức", "Văn bản", "Chỉ đạo điều hành") for b in ("Kinh tế", "Xã hội", "Văn hóa")
]
_AUTHORS = [f"{a} {b}" for a in ("Ngọc", "Thu", "Đinh", "Hà", "Văn") for b in ("Tú", "Cúc", "Điển", "Thanh", "Bình")]
_COLUMNS = (
    "id, url, canonical_url, portal, section, title, lead, body_text, body_html, author, published_at, word_count, "
    "content_digest, first_seen_at, last_seen_at, extractor_version, profile, capture_id"
)
_INSERT = f"insert into articles ({_COLUMNS}) values ({', '.join('?' * 18)})"
_BATCH = 500


class Walk:
    """New text with the neighbours of a real one."""

    def __init__(self, texts: list[Text]) -> None:
        self.lengths = [len(f"{text.lead} {text.body}".split()) for text in texts]
        self.titles = [len(text.title.split()) for text in texts if text.title]
        following: dict[str, list[str]] = defaultdict(list)
        starts: list[str] = []
        for text in texts:
            for line in (text.title, text.lead, *text.body.split("\n")):
                words = line.split()
                if words:
                    starts.append(words[0])
                    for first, second in pairwise(words):
                        following[first].append(second)
        self.following, self.starts = following, starts

    def line(self, chance: random.Random, length: int) -> str:
        """So many syllables."""
        word = chance.choice(self.starts)
        words = [word]
        while len(words) < length:
            after = self.following.get(word)
            word = chance.choice(after) if after else chance.choice(self.starts)
            words.append(word)
        return " ".join(words)


def rows(walk: Walk, count: int, seed: int, share: float) -> Iterator[tuple[object, ...]]:
    """Article rows; ``share`` is the part of a real article's length that each has."""
    chance = random.Random(seed)
    first = date(2008, 1, 1)
    for number in range(count):
        length = max(40, int(chance.choice(walk.lengths) * share))
        paragraphs = [walk.line(chance, min(length, 80)) for _ in range(-(-length // 80))]
        url = f"https://example.gov.vn/{seed}/{number}.aspx"
        day = (first + timedelta(days=chance.randrange(6500))).isoformat()
        yield (
            *(hash_id("bench", url), url, url, "p", chance.choice(_SECTIONS)),
            *(walk.line(chance, chance.choice(walk.titles)), paragraphs[0], "\n".join(paragraphs[1:]) or paragraphs[0]),
            *("", chance.choice(_AUTHORS), day, length, "", day, day, "1", "p", 1),
        )


def build(path: Path, texts: list[Text], count: int, *, seed: int = 11, share: float = 0.5) -> dict[str, float]:
    """An indexed archive of so many articles, and what making it took."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    walk = Walk(texts)
    conn = sqlite3.connect(part, isolation_level=None)
    migrations.apply(Database(conn))
    conn.execute(f"pragma application_id = {APPLICATION_ID}")
    conn.execute("pragma journal_mode = off")
    conn.execute("pragma synchronous = off")
    conn.execute("pragma cache_size = -200000")
    conn.execute("pragma foreign_keys = off")
    made = rows(walk, count, seed, share)
    spent = halfway = 0.0
    done = 0
    while batch := list(islice(made, _BATCH)):
        conn.execute("begin")
        conn.executemany(_INSERT, batch)
        conn.executemany("insert into search_queue (article_id) values (?)", [(row[0],) for row in batch])
        started = time.process_time()
        refresh(conn)
        spent += time.process_time() - started
        conn.execute("commit")
        done += len(batch)
        if done * 2 >= count and not halfway:
            halfway = spent
        if done % 20_000 < _BATCH:
            print(f"  {done:,} articles, {spent / done * 1000:.2f} ms each in the index", file=sys.stderr, flush=True)
    started = time.process_time()
    optimize(conn)
    merged = time.process_time() - started
    conn.execute("analyze")
    conn.execute("pragma journal_mode = wal")
    figures = {"index_seconds": spent, "first_half": halfway, "merge_seconds": merged, "articles": float(count)}
    conn.close()
    part.rename(path)
    return figures
