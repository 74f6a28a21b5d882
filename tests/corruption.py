"""Damage done to an archive on purpose: what disks, people and bugs do to files and rows, drawn from a seed."""

from __future__ import annotations

import random
import sqlite3
import string
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Table -> columns whose edit a full proof must notice.
PROVED = {
    "captures": "urlkey timestamp original mimetype statuscode digest offset length method revisit outcome"
    " layout run_id",
    "articles": "url canonical_url section title lead body_text body_html author author_raw source source_raw"
    " published_at published_raw updated_at updated_raw language word_count content_digest first_seen_at"
    " last_seen_at status missing_visits evidence page_list_id page_item_id",
    "article_versions": "number content_digest seen_at fields",
    "article_changes": "field old_digest new_digest old_value new_value changed_at",
    "documents": "number number_raw number_key type issuer signer issued_on issued_raw effective_on abstract status",
    "attachments": "position url text filename filetype digest",
    "images": "position url caption alt",
    "article_urls": "first_seen_at",
    "readings": "canonical_url seen_at kind own content_id",
    "contents": "id",
}
#: Tables of which a row may be gone.
LOSABLE = (
    "readings",
    "contents",
    "captures",
    "articles",
    "article_versions",
    "article_changes",
    "images",
    "attachments",
    "documents",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Damage:
    """What was done."""

    kind: str
    told: str
    """One line for a person."""
    names: tuple[str, ...]
    """A finding must name one of these: ids, file names."""


class Unfit(Exception):
    """The archive holds nothing this kind of damage could be done to."""


Doer = Callable[[Path, random.Random], Damage]


def damage(archive: Path, kind: str, chance: random.Random) -> Damage:
    """Damage the archive; raises Unfit when it holds nothing of that kind."""
    return KINDS[kind](archive, chance)


# --- WARC files -------------------------------------------------------------------------------------------------------


def flip_warc(archive: Path, chance: random.Random) -> Damage:
    """One byte of a WARC file is another."""
    path = _warc(archive, chance)
    data = bytearray(path.read_bytes())
    at = chance.randrange(len(data))
    data[at] ^= chance.randrange(1, 256)
    path.write_bytes(data)
    return Damage(kind="flip_warc", told=f"{path.name}: byte {at}", names=(path.name,))


def cut_warc(archive: Path, chance: random.Random) -> Damage:
    """A WARC file ends early."""
    path = _warc(archive, chance)
    size = path.stat().st_size
    at = chance.randrange(size)
    with path.open("r+b") as file:
        file.truncate(at)
    return Damage(kind="cut_warc", told=f"{path.name}: {at} of {size} bytes", names=(path.name,))


def lose_warc(archive: Path, chance: random.Random) -> Damage:
    """A WARC file is gone."""
    path = _warc(archive, chance)
    path.unlink()
    return Damage(kind="lose_warc", told=path.name, names=(path.name,))


def drop_record(archive: Path, chance: random.Random) -> Damage:
    """The bytes of one record are gone, and all that follows has moved."""
    with _writing(archive) as conn:
        number, name, at, length = _one(
            conn,
            chance,
            'select id, filename, "offset", length from captures where filename is not null'
            ' union all select run_id, filename, "offset", length from run_ends',
        )
    path = archive.parent / "warc" / name
    data = path.read_bytes()
    path.write_bytes(data[:at] + data[at + length :])
    return Damage(kind="drop_record", told=f"{name}: {length} bytes at {at}", names=(str(number), name))


def zero_block(archive: Path, chance: random.Random) -> Damage:
    """A disk block of a WARC file reads as zeros."""
    path = _warc(archive, chance)
    data = bytearray(path.read_bytes())
    at = chance.randrange(max(1, len(data) // 512)) * 512
    data[at : at + 512] = bytes(len(data[at : at + 512]))
    path.write_bytes(data)
    return Damage(kind="zero_block", told=f"{path.name}: 512 bytes at {at}", names=(path.name,))


# --- rows -------------------------------------------------------------------------------------------------------------


def edit_row(archive: Path, chance: random.Random) -> Damage:
    """One column of one row says something else."""
    with _writing(archive) as conn:
        table = chance.choice([name for name in PROVED if conn.execute(f"select 1 from {name}").fetchone()])
        column = chance.choice(PROVED[table].split())
        rowid, old = _one(conn, chance, f'select rowid, "{column}" from {table}')
        new = _other(old, chance, column)
        names = (*_names(conn, table, rowid), *([str(new)] if column == "id" else []))
        try:
            conn.execute(f'update {table} set "{column}" = ? where rowid = ?', (new, rowid))
        except sqlite3.IntegrityError as error:
            raise Unfit(str(error)) from error
    return Damage(
        kind="edit_row", told=f"{table} {rowid}: {column} {str(old)[:60]!r} -> {str(new)[:60]!r}", names=names
    )


def lose_row(archive: Path, chance: random.Random) -> Damage:
    """One row is gone."""
    with _writing(archive) as conn:
        table = chance.choice([name for name in LOSABLE if conn.execute(f"select 1 from {name}").fetchone()])
        (rowid,) = _one(conn, chance, f"select rowid from {table}")
        names = _names(conn, table, rowid)
        conn.execute(f"delete from {table} where rowid = ?", (rowid,))
    return Damage(kind="lose_row", told=f"{table} {rowid}", names=names)


def add_orphan(archive: Path, chance: random.Random) -> Damage:
    """A row belongs to an article that is not there."""
    with _writing(archive) as conn:
        missing = chance.randrange(1, 1 << 50)
        table, sql = chance.choice(
            [
                ("images", "insert into images (article_id, position, url) values (?, 1, 'http://x.vn/a.jpg')"),
                ("attachments", "insert into attachments (article_id, position, url) values (?, 1, 'http://x.vn/a')"),
                ("article_urls", "insert into article_urls values ('http://x.vn/a', ?, '2026-01-01T00:00:00Z')"),
                ("documents", "insert into documents (article_id, number) values (?, '1/QĐ')"),
            ]
        )
        rowid = conn.execute(sql, (missing,)).lastrowid
    return Damage(kind="add_orphan", told=f"{table} of article {missing}", names=(f"{table} {rowid}", str(missing)))


def break_frontier(archive: Path, chance: random.Random) -> Damage:
    """The ledger of addresses contradicts itself."""
    change = chance.choice(
        [
            "outcome = null where state = 'done'",
            "last_visit_at = null where state = 'done'",
            "kind = 'nonsense' where 1",
            "priority = priority + 7 where 1",
            "next_visit_at = 'tomorrow' where 1",
            "attempts = -1 where 1",
            "state = 'pending', body = null where method <> 'GET'",
        ]
    )
    with _writing(archive) as conn:
        settings, _, condition = change.partition(" where ")
        (rowid,) = _one(conn, chance, f"select id from frontier where {condition}")
        conn.execute(f"update frontier set {settings} where id = ?", (rowid,))
    return Damage(kind="break_frontier", told=f"frontier {rowid}: {change}", names=(f"frontier {rowid}",))


def break_run(archive: Path, chance: random.Random) -> Damage:
    """A run's row contradicts itself."""
    change = chance.choice(
        ["state = 'complette'", "ended_at = null", "counts = '{'", "exit_code = 9", "started_at = ''"]
    )
    with _writing(archive) as conn:
        (rowid,) = _one(conn, chance, "select id from runs where state = 'complete'")
        conn.execute(f"update runs set {change} where id = ?", (rowid,))
    return Damage(kind="break_run", told=f"run {rowid}: {change}", names=(f"run {rowid}",))


# --- the search index -------------------------------------------------------------------------------------------------


def break_search(archive: Path, chance: random.Random) -> Damage:
    """The search index lacks an article, has one too many, other words, or broken pages."""
    way = chance.choice(["lacks", "extra", "words", "pages", "stale", "number"])
    with _writing(archive) as conn:
        key, number, title = _one(conn, chance, "select id, rowid, title from articles where body_text <> ''")
        names: tuple[str, ...] = (str(key), "articles_fts")
        if way == "lacks":
            conn.execute("delete from articles_fts_docsize where id = ?", (number,))
        elif way == "extra":
            conn.execute("insert into articles_fts (rowid, title) values (?, 'khong co')", (number + 1_000,))
            names = (str(number + 1_000), "articles_fts")
        elif way == "number":
            conn.execute("update articles set rowid = ? where id = ?", (number + 1_000, key))
        elif way == "words":
            conn.execute("insert into articles_fts (rowid, title) values (?, 'them chu')", (number,))
        elif way == "pages":
            (rowid,) = _one(conn, chance, "select id from articles_fts_data where id > 10")
            conn.execute("update articles_fts_data set block = zeroblob(length(block)) where id = ?", (rowid,))
            names = ("search_index",)  # a page holds words of many articles
        else:
            conn.execute("update articles set title = ? where id = ?", (title + " thêm chữ nữa", key))
    return Damage(kind="break_search", told=f"{way} ({key})", names=names)


# --- pages ------------------------------------------------------------------------------------------------------------


def break_index(archive: Path, chance: random.Random) -> Damage:
    """An index no longer leads to the rows of its table."""
    with _writing(archive) as conn:
        name, table = _one(conn, chance, _INDEXES)
        conn.execute(f"create table damage_done as select rowid as r from {table} order by random() limit 1")
        (rowid,) = conn.execute("select r from damage_done").fetchone()
        conn.execute("drop table damage_done")
        (sql,) = conn.execute("select sql from sqlite_master where name = ?", (name,)).fetchone()
        # A partial index of the same columns, so that SQLite finds the row missing from it.
        conn.execute(f"drop index {name}")
        plain = sql.partition(" where ")[0]
        conn.execute(f"{plain} where rowid <> {rowid}")
        conn.execute("pragma writable_schema = on")
        conn.execute("update sqlite_master set sql = ? where name = ?", (sql, name))
    return Damage(kind="break_index", told=f"{name} lacks row {rowid} of {table}", names=(name,))


_INDEXES = """
select name, tbl_name from sqlite_master where type = 'index' and sql is not null and sql not like '% where %'
and tbl_name in ('captures', 'articles', 'article_urls', 'article_versions', 'article_changes', 'images')
and exists (select 1 from captures)
"""


def drop_index(archive: Path, chance: random.Random) -> Damage:
    """An index of the schema is gone."""
    with _writing(archive) as conn:
        name, _ = _one(conn, chance, _INDEXES)
        conn.execute(f"drop index {name}")
    return Damage(kind="drop_index", told=name, names=(name,))


def zero_page(archive: Path, chance: random.Random) -> Damage:
    """A page of a table or index reads as zeros."""
    with _writing(archive) as conn:
        (page,) = _one(conn, chance, _PAGES)
        (size,) = conn.execute("pragma page_size").fetchone()
    with archive.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(bytes(size))
    return Damage(kind="zero_page", told=f"page {page}", names=("database", "article", "capture", "index", "frontier"))


_PAGES = """
select pageno from dbstat where pagetype in ('leaf', 'internal') and ncell > 0 and pageno > 1
and name in (select name from sqlite_master where name not like 'articles_fts%' and name not like '%sqlite%')
"""

KINDS: dict[str, Doer] = {
    "flip_warc": flip_warc,
    "cut_warc": cut_warc,
    "lose_warc": lose_warc,
    "drop_record": drop_record,
    "zero_block": zero_block,
    "edit_row": edit_row,
    "lose_row": lose_row,
    "add_orphan": add_orphan,
    "break_frontier": break_frontier,
    "break_run": break_run,
    "break_search": break_search,
    "break_index": break_index,
    "drop_index": drop_index,
    "zero_page": zero_page,
}


@contextmanager
def _writing(archive: Path) -> Iterator[sqlite3.Connection]:
    """A plain connection, as a person with a database tool has it; nothing stays in a log."""
    with closing(sqlite3.connect(archive, isolation_level=None)) as conn:
        conn.execute("pragma foreign_keys = off")
        conn.execute("pragma ignore_check_constraints = on")
        yield conn
        conn.execute("pragma wal_checkpoint(truncate)")


def _warc(archive: Path, chance: random.Random) -> Path:
    return chance.choice(sorted(path for path in (archive.parent / "warc").rglob("*.warc.gz") if path.stat().st_size))


def _one(conn: sqlite3.Connection, chance: random.Random, query: str) -> tuple[Any, ...]:
    rows = sorted(conn.execute(query).fetchall(), key=str)
    if not rows:
        raise Unfit(query)
    row: tuple[Any, ...] = chance.choice(rows)
    return row


def _names(conn: sqlite3.Connection, table: str, rowid: int) -> tuple[str, ...]:
    cursor = conn.execute(f"select * from {table} where rowid = ?", (rowid,))
    row = dict(zip((column[0] for column in cursor.description), cursor.fetchone(), strict=True))
    names = [str(rowid), str(row.get("article_id") or row.get("id") or rowid)]
    if row.get("filename") and table == "captures":
        names.append(f"{row['filename']} at {row['offset']}")
    return tuple(names)


def _other(value: Any, chance: random.Random, column: str) -> Any:
    """Another value of the same type."""
    if isinstance(value, int):
        return value + chance.choice([1, 2, 40])
    if value is None:
        return 7 if column == "page_item_id" else "thêm vào"
    if not value:
        return "thêm vào"
    at = chance.randrange(len(value))
    letter = chance.choice([c for c in string.ascii_lowercase + string.digits if c != value[at]])
    return chance.choice([value[:at] + letter + value[at + 1 :], value[:at] + value[at + 1 :], value + letter])
