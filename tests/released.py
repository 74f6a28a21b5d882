"""Archives as earlier releases made them, kept as SQL with their WARC files: every release's schema stays testable.

    python -m tests.released 0.2.0      keeps an archive of the code at hand under that name, at a release

What is kept is never written again.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from archive.database import warc_folder
from archive.index import TABLES
from archive.vietnamese import alt_syllables, fold
from tests.kept import make_archive

FOLDER = Path(__file__).parent / "archive" / "schemas"
SEARCHED = ("title", "lead", "body_text", "author", "source", "section")


def names() -> list[str]:
    """Every release of which an archive is kept."""
    return sorted(path.name for path in FOLDER.iterdir() if (path / "archive.sql").exists())


def restore(release: str, folder: Path) -> Path:
    """The archive of that release in a folder, with its WARC files and sheet."""
    shutil.copytree(FOLDER / release, folder, dirs_exist_ok=True)
    path = folder / "archive.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript((folder / "archive.sql").read_text("utf-8"))
    return path


def keep(release: str) -> Path:
    """Keep a small archive of the code at hand; raises FileExistsError when one of that name is kept."""
    target = FOLDER / release
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        path, _ = make_archive(Path(folder), articles=4)
        with closing(sqlite3.connect(path)) as conn:
            (target / "archive.sql").write_text("\n".join(dump(conn)) + "\n", "utf-8")
        shutil.copytree(warc_folder(path), target / "warc")
        shutil.copy(path.parent / "replica.toml", target)
    return target


def dump(conn: sqlite3.Connection) -> Iterator[str]:
    """Statements that make the archive anew; its index is made of the folded texts of its articles."""
    yield "pragma foreign_keys = off;\nbegin;"
    yield f"pragma application_id = {conn.execute('pragma application_id').fetchone()[0]};"
    rows = conn.execute("select name, type, sql from sqlite_master where sql is not null order by rowid").fetchall()
    shown = [row for row in rows if not row[0].startswith((*(f"{table}_" for table in TABLES), "sqlite_"))]
    for name, kind, sql in shown:
        yield f"{sql};"
        if kind == "table" and "using fts5" not in sql:
            yield from _rows(conn, name)
    columns = ", ".join((*SEARCHED, "alt"))
    for number, *texts in conn.execute(f"select rowid, {', '.join(SEARCHED)} from articles"):
        values = [text or "" for text in texts]
        entry = [*map(fold, values), alt_syllables("\n".join(values))]
        yield f"insert into articles_fts(rowid, {columns}) values ({number}, {', '.join(map(_quoted, entry))});"
    for (rank,) in conn.execute("select v from articles_fts_config where k = 'rank'"):
        yield f"insert into articles_fts(articles_fts, rank) values ('rank', {_quoted(rank)});"
    yield "commit;"


def _rows(conn: sqlite3.Connection, table: str) -> Iterator[str]:
    columns = [row[1] for row in conn.execute(f'pragma table_xinfo("{table}")') if row[6] == 0]
    quoted = ", ".join(f'"{name}"' for name in columns)
    values = " || ', ' || ".join(f'quote("{name}")' for name in columns)
    for (row,) in conn.execute(f'select {values} from "{table}"'):
        yield f'insert into "{table}" ({quoted}) values ({row});'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


if __name__ == "__main__":
    print(keep(sys.argv[1]))
