"""The search index held against the articles: in itself, and word by word.

SQLite can compare an index with the table it names, but ours holds folded text. So the index is copied aside, where it
names a view that folds, and SQLite's own comparison is asked there. What differs is then found word by word.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from archive.errors import DatabaseError
from archive.index import INDEXED, ORDERED
from archive.proof.finding import Finding
from archive.soundness import EXPECTED, HELD, check_terms
from archive.vietnamese import alt_syllables, fold

#: Articles named when the index differs; more are counted.
_NAMED = 50
_SHADOWS = ("data", "idx", "docsize", "config")
_ORDER = {name: place for place, name in enumerate((*ORDERED, "alt"))}
_COLUMNS = ", ".join(_ORDER)


def check_queue(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Entries of the search queue that cannot be used, and entries of the index that are too many or too few."""
    for article_id, indexed in conn.execute("select article_id, indexed from search_queue"):
        if indexed is not None and not _readable(indexed):
            wrong = "the texts that stand in the index cannot be read"
            yield Finding(kind="search_queue", place=f"search_queue {article_id}", wrong=wrong, article_id=article_id)
    try:
        rows = conn.execute(_ENTRIES).fetchall()
    except sqlite3.DatabaseError as error:
        yield Finding(kind="search_index", place="articles_fts", wrong=f"it cannot be read ({error})")
        return
    for number, article_id, inside in rows:
        wrong = "the index has an entry of an article that should have none" if inside else "it is not in the index"
        place = f"articles_fts {number}" if article_id is None else f"article {article_id}"
        yield Finding(kind="search_index", place=place, wrong=wrong, article_id=article_id)


_ENTRIES = f"""
with held(number, id) as ({HELD}), expected(number, id) as ({EXPECTED})
select number, id, 1 from (select * from held except select * from expected)
union all select number, id, 0 from (select * from expected except select * from held)
limit {_NAMED}
"""


def check_index(path: Path) -> Iterator[Finding]:
    """What the index of the archive at ``path`` holds that its articles do not say, or the other way round."""
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as conn:
        try:
            _copy_aside(conn)
            wrong = _compared(conn)
        except sqlite3.DatabaseError as error:
            wrong = str(error)
        if wrong is None:
            yield from _wrong_terms(conn)
            return
        try:
            articles = list(_differing(conn))
        except sqlite3.DatabaseError:  # too damaged to be read word by word
            articles = []
    if not articles:
        yield Finding(kind="search_index", place="articles_fts", wrong=f"it is damaged ({wrong})")
    for article_id in articles[:_NAMED]:
        place, wrong = f"article {article_id}", "the index does not hold the words it says"
        yield Finding(kind="search_index", place=place, wrong=wrong, article_id=article_id)
    if len(articles) > _NAMED:
        wrong = f"{len(articles) - _NAMED} more articles differ"
        yield Finding(kind="search_index", place="articles_fts", wrong=wrong)


def _wrong_terms(conn: sqlite3.Connection) -> Iterator[Finding]:
    try:
        check_terms(conn)
    except (DatabaseError, sqlite3.DatabaseError) as error:
        yield Finding(kind="search_index", place="search_terms", wrong=str(error))


def _copy_aside(conn: sqlite3.Connection) -> None:
    conn.create_function("proof_fold", 1, lambda text: fold(text or ""), deterministic=True)
    conn.create_function("proof_alt", len(INDEXED), _alt, deterministic=True)
    conn.execute("begin")
    options = 'content="proof_texts", content_rowid="number", tokenize="unicode61 remove_diacritics 2"'
    conn.execute(f"create temp view proof_texts as {_TEXTS}")
    conn.execute(f"create virtual table temp.proof_fts using fts5({_COLUMNS}, {options})")
    for name in _SHADOWS:
        conn.execute(f"delete from temp.proof_fts_{name}")
        conn.execute(f"insert into temp.proof_fts_{name} select * from main.articles_fts_{name}")


def _compared(conn: sqlite3.Connection) -> str | None:
    for check in ("(proof_fts) values ('integrity-check')", "(proof_fts, rank) values ('integrity-check', 1)"):
        try:
            conn.execute(f"insert into temp.proof_fts{check}")
        except sqlite3.DatabaseError as error:
            return str(error)
    return None


def _differing(conn: sqlite3.Connection) -> Iterator[int]:
    """Articles of which the index holds other words, or words in other places, than they say."""
    conn.execute(
        f'create virtual table temp.proof_wanted using fts5({_COLUMNS}, content="",'
        ' tokenize="unicode61 remove_diacritics 2")'
    )
    conn.execute(f"insert into temp.proof_wanted (rowid, {_COLUMNS}) select number, {_COLUMNS} from temp.proof_texts")
    streams = []
    for name in ("proof_fts", "proof_wanted"):
        conn.execute(f"create virtual table temp.{name}_words using fts5vocab(temp, {name}, instance)")
        streams.append(iter(conn.execute(f"select term, doc, col, offset from temp.{name}_words")))
    found: set[int] = set()
    held, wanted = streams
    have, want = next(held, None), next(wanted, None)
    while have is not None or want is not None:
        if have == want:
            have, want = next(held, None), next(wanted, None)
        elif want is None or (have is not None and _place(have) < _place(want)):
            assert have is not None
            found.add(have[1])
            have = next(held, None)
        else:
            found.add(want[1])
            want = next(wanted, None)
    numbers = dict(conn.execute("select entry, article_id from main.search_entries where article_id not null"))
    yield from sorted(numbers[number] for number in found if number in numbers)


def _place(word: tuple[str, int, str, int]) -> tuple[bytes, int, int, int]:
    """The order of the stream: terms byte by byte."""
    term, doc, column, offset = word
    if column not in _ORDER:
        raise sqlite3.DatabaseError("a word stands in no column")
    return term.encode(), doc, _ORDER[column], offset


_TEXTS = f"""
select a.rowid as number, {", ".join(f"proof_fold(a.{name}) as {name}" for name in INDEXED)},
  proof_alt({", ".join(f"a.{name}" for name in INDEXED)}) as alt
from main.articles a where a.id not in (select article_id from main.search_queue)
union all
select e.entry, {", ".join(f"proof_fold(json_extract(q.indexed, '$.{name}'))" for name in INDEXED)},
  proof_alt({", ".join(f"json_extract(q.indexed, '$.{name}')" for name in INDEXED)})
from main.search_queue q join main.search_entries e on e.article_id = q.article_id where q.indexed is not null
"""


def _alt(*texts: str | None) -> str:
    return alt_syllables("\n".join(text or "" for text in texts))


def _readable(indexed: str) -> bool:
    try:
        texts = json.loads(indexed)
    except ValueError:
        return False
    return isinstance(texts, dict) and set(INDEXED) <= set(texts)
