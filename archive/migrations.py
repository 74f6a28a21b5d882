"""The schema, as ordered steps that are never edited after a release.

The names are a contract: people write SQL against them. Descriptions of every table and column for readers live in
``archive/site/metadata.yaml``; a test holds the two together.
"""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from archive import schema
from archive.backfill import HISTORY, backfill
from archive.search_schema import NUMBERS, TERMS, fill_terms, fill_words

#: Written to ``pragma application_id`` so that a foreign database is told apart from ours ("PArc").
APPLICATION_ID = 0x50417263

migrations = Migrations("portal_archive")


@migrations()
def m001_spine(db: Database) -> None:
    """Everything the first release keeps."""
    _run(db, schema.SPINE)


@migrations()
def m002_search(db: Database) -> None:
    """The search index, what a reader groups articles by, and every article waiting to be indexed."""
    _run(db, schema.SEARCH)


@migrations()
def m_proof(db: Database) -> None:
    """What was taken down, and what was mended."""
    _run(db, schema.PROOF)


@migrations()
def m_shells(db: Database) -> None:
    """What a capture shows, so that one body under many addresses is known."""
    db.execute("alter table captures add column fingerprint text")
    db.execute("create index captures_shared on captures(run_id, fingerprint) where fingerprint is not null")


@migrations()
def m_details(db: Database) -> None:
    """What told that a capture holds nothing, in words."""
    db.execute("alter table captures add column detail text")


@migrations()
def m_update(db: Database) -> None:
    """What runs are held to, what is known of hosts between runs, and every robots.txt that differed."""
    _run(db, schema.UPDATE)


@migrations()
def m_history(db: Database) -> None:
    """What every capture says of an article, absences and outages; the readings of what is there already."""
    _run(db, HISTORY)
    backfill(db.conn)


@migrations()
def m_reading_room(db: Database) -> None:
    """What the site's pages count and sort by without reading articles whole."""
    # SQLite before 3.41 takes no expression from an index in the place of its columns: one to sort by, one to count by.
    db.execute("create index articles_day on articles(coalesce(published_at, updated_at))")
    db.execute("create index articles_coverage on articles(published_at, updated_at, section)")
    db.execute("create index articles_removed on articles(removed_at) where status <> 'live'")
    db.execute("create index article_changes_moment on article_changes(changed_at, article_id)")


@migrations()
def m_holdings(db: Database) -> None:
    """What other archives hold of the portal."""
    _run(db, schema.HOLDINGS)


@migrations()
def m_search_terms(db: Database) -> None:
    """The term index with what stands in the index already, files' texts, and suggestions."""
    for statement in TERMS:
        db.execute(statement)
    fill_terms(db.conn)


@migrations()
def m_run_ends(db: Database) -> None:
    """Where the ends of runs are told; of runs that ended before, nothing is known."""
    _run(db, schema.RUN_ENDS)


@migrations()
def m_narrow(db: Database) -> None:
    """What lists and filters need of an article, apart from its texts."""
    db.execute(
        "create index articles_narrow on articles"
        "(id, section, author, source, status, published_at, updated_at, year, capture_id)"
    )


@migrations()
def m_moved(db: Database) -> None:
    """The articles that were judged to have moved, by the article they moved to."""
    target = "iif(json_valid(removal_evidence), json_extract(removal_evidence, '$.moved_to.article_id'), null)"
    db.execute(f"create index articles_moved on articles({target}, first_seen_at) where status = 'moved'")


@migrations()
def m_numbers(db: Database) -> None:
    """Small numbers for articles, under which the index holds their words; what it holds stays the same."""
    for statement in NUMBERS:
        db.execute(statement)
    fill_words(db.conn)


def _run(db: Database, statements: str) -> None:
    for statement in statements.split(";\n"):
        if statement.strip():
            db.execute(statement)
