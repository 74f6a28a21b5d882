"""Statements of the schema steps of search: the term index, files' texts and suggestions; numbers of articles.

``search_terms`` holds folded syllables and pairs of them (:mod:`archive.terms`), without positions and under small
running numbers: ids of articles are hashes, and a list of hashes takes four times the room. ``search_entries`` says
whose number is whose; an article's number is its ``rowid`` too. Files' texts are kept by what the file holds, so a file
that ten articles link to is kept once; who fills ``file_texts`` has to do nothing for search, its triggers note what is
out of date.
"""

import sqlite3
from collections.abc import Iterator
from itertools import count

from archive.entries import NUMBER, Entry, article_entry, count_when_grown, put_in
from archive.index import add_words
from archive.indexed import SEARCHED

_BATCH = 200

_NOTE = """
insert into file_queue (file_id, indexed)
  select {row}.id, {indexed} where not exists (select 1 from file_queue where file_id = {row}.id);
"""
_LEAVING = _NOTE.format(row="old", indexed="(select old.text from search_entries where file_id = old.id)")

TERMS = (
    """
create table file_texts (               -- what the text of an attached file says, by what the file holds
  id integer primary key,
  digest text not null unique,        -- as attachments.digest
  text text not null,
  alt text generated always as (null) virtual
) strict""",
    """
create virtual table file_texts_fts using fts5(
  text, alt, content="file_texts", content_rowid="id", tokenize="unicode61 remove_diacritics 2"
)""",
    """
create table file_queue (               -- files' texts whose search entry is out of date
  file_id integer primary key,
  indexed text                        -- the text that stands in the index now; null when none does
) strict""",
    f"create trigger file_texts_added after insert on file_texts begin {_NOTE.format(row='new', indexed='null')} end",
    f"create trigger file_texts_changed after update of text on file_texts begin {_LEAVING} end",
    f"create trigger file_texts_gone after delete on file_texts begin {_LEAVING} end",
    "create index attachments_digest on attachments(digest) where digest is not null",
    """
create virtual table search_terms using fts5(
  terms, content='', detail=none, tokenize="ascii tokenchars '_='"
)""",
    """
create table search_entries (           -- whose entry of search_terms is whose
  entry integer primary key,
  article_id integer unique,
  file_id integer unique,
  length integer not null,            -- syllables
  check ((article_id is null) <> (file_id is null))
) strict""",
    """
create table search_counts (            -- terms that many entries hold, as of the last count
  term text primary key,
  entries integer not null
) strict, without rowid""",
    """
create table search_totals (            -- one row
  id integer primary key check (id = 1),
  entries integer not null,
  syllables integer not null,         -- of all entries
  counted integer not null            -- entries when terms were last counted
) strict""",
    "insert into search_totals values (1, 0, 0, 0)",
    """
create table search_titles (            -- titles by how they begin
  key text not null,                  -- folded
  article_id integer not null,
  primary key (key, article_id)
) strict, without rowid""",
    "create index search_titles_article on search_titles(article_id)",
    """
create table search_places (            -- places that articles name
  key text not null,                  -- folded, with and without the word before it
  name text not null,
  articles integer not null,
  primary key (key, name)
) strict, without rowid""",
    "create index articles_source on articles(source)",
    "create index documents_type on documents(type)",
    """
create view search_results as           -- select ... from search_results where hits = search_hits('words', 20)
select j.key + 1 as place, j.value ->> 'id' as article_id, j.value ->> 'score' as score, a.title, a.section, a.author,
  coalesce(a.published_at, a.updated_at, d.issued_on) as date, d.number, a.status, a.canonical_url,
  j.value ->> 'title' as marked_title, j.value ->> 'snippet' as snippet, j.json as hits
from json_each j join articles a on a.id = j.value ->> 'id' left join documents d on d.article_id = a.id""",
)


# A column of this name stands in the place of SQLite's own row number, for whoever joins on it: plain Datasette and
# sqlite-utils search by "rowid in (select rowid from articles_fts ...)". Ids are hashes, and a hash before every word
# made the index two thirds larger than it is; row numbers of SQLite's own may change under VACUUM.
NUMBERS = (
    "alter table articles add column rowid integer",
    """
update articles set rowid = n.number from (
  select a.id, coalesce(e.entry, (select coalesce(max(entry), 0) from search_entries)
    + row_number() over (partition by e.entry is null order by a.id)) as number
  from articles a left join search_entries e on e.article_id = a.id) n
where n.id = articles.id""",
    "create unique index articles_rowid on articles(rowid)",
    f"""
create trigger articles_numbered after insert on articles when new.rowid is null begin
  update articles set rowid = {NUMBER.format(id="new.id")} where id = new.id;
end""",
    "drop index search_titles_article",
    "drop table articles_fts",
    """
create virtual table articles_fts using fts5(
  body_text, title, lead, author, source, section, alt,
  content="articles", content_rowid="rowid", tokenize="unicode61 remove_diacritics 2"
)""",
    "insert into articles_fts(articles_fts, rank) values ('rank', 'bm25(1.0, 5.0, 2.0, 2.0, 0.5, 1.0, 0.5)')",
)


def fill_terms(conn: sqlite3.Connection) -> None:
    """The terms of every article that stands in the index are in the term index too, made of the texts indexed."""
    numbers = count(1)
    for batch in _standing(conn):
        put_in(conn, [(next(numbers), entry) for entry in batch])
    count_when_grown(conn)


def fill_words(conn: sqlite3.Connection) -> None:
    """The words of every article that stands in the index are in ``articles_fts``, under its number."""
    for batch in _standing(conn):
        marks = ", ".join("?" * len(batch))
        sql = f"select article_id, entry from search_entries where article_id in ({marks}) order by entry"
        known = {entry.id: entry for entry in batch}
        add_words(conn, [(number, known[key]) for key, number in conn.execute(sql, list(known))])
    conn.execute("insert into articles_fts(articles_fts) values ('optimize')")


def _standing(conn: sqlite3.Connection) -> Iterator[list[Entry]]:
    """What the index holds of articles, made of the texts that were indexed."""
    waiting = ", ".join(f"indexed ->> '$.{name}'" for name in SEARCHED)
    rows = conn.execute(
        f"select id, {', '.join(SEARCHED)} from articles where id not in (select article_id from search_queue)"
        f" union all select article_id, {waiting} from search_queue where indexed is not null"
    )
    while batch := rows.fetchmany(_BATCH):
        yield [article_entry(row[0], dict(zip(SEARCHED, row[1:], strict=True))) for row in batch]
