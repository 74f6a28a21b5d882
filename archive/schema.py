"""The text of each step of the schema; ``archive.migrations`` applies them. What was released is never edited."""

SPINE = """
create table runs (
  id integer primary key,
  kind text not null,                 -- crawl, update, ingest
  portal text not null,
  profile text not null,
  profile_digest text not null,
  extractor_version text not null,
  started_at text not null,
  ended_at text,
  state text not null,                -- running, complete, below_expectation, stopped, blocked
  exit_code integer,
  resumed integer not null default 0, -- times it was continued after a stop
  counts text                         -- JSON: the run report
) strict;

create table captures (
  id integer primary key,             -- from file name and offset: the same in every rebuild
  urlkey text not null,
  timestamp text not null,
  original text not null,
  mimetype text not null,
  statuscode integer not null,
  digest text,
  filename text,
  offset integer,
  length integer,
  source text not null,
  method text not null default 'GET',
  revisit integer not null default 0,
  truncated text,
  outcome text not null,
  reason text,
  layout text,
  run_id integer references runs(id)
) strict;
create index captures_urlkey on captures(urlkey, timestamp);
create unique index captures_place on captures(filename, offset) where filename is not null;
create index captures_run on captures(run_id, outcome);

create table sections (
  id integer primary key,
  portal text not null,
  name text not null,
  url text,
  unique (portal, name)
) strict;

create table articles (
  id integer primary key,             -- from portal and first identity: the same in every rebuild
  url text not null,
  canonical_url text not null unique,
  portal text not null,
  section text,
  section_id integer references sections(id),
  title text not null,
  lead text,
  body_text text not null,
  body_html text not null,
  author text,
  author_raw text,
  source text,
  source_raw text,
  published_at text,
  published_raw text,
  updated_at text,
  updated_raw text,
  language text,
  word_count integer not null,
  content_digest text not null,
  first_seen_at text not null,
  last_seen_at text not null,
  status text not null default 'live',
  missing_since text,                 -- first failed visit of the present absence
  missing_visits integer not null default 0,
  removed_at text,
  removal_evidence text,              -- JSON
  extractor_version text not null,
  profile text not null,
  layout text,
  evidence text,                      -- JSON
  page_list_id text,
  page_item_id integer,
  capture_id integer not null references captures(id),
  check (status in ('live', 'gone', 'moved', 'blocked'))
) strict;
create index articles_published on articles(published_at);
create index articles_updated on articles(updated_at);
create index articles_section on articles(section_id, published_at);
create index articles_author on articles(author);
create index articles_status on articles(status);
create index articles_first_seen on articles(first_seen_at);
create index articles_missing on articles(missing_since) where missing_since is not null;
create index articles_content on articles(content_digest);
create index articles_identity on articles(page_list_id, page_item_id) where page_item_id is not null;

create table article_urls (            -- every canonical address an article was found under
  canonical_url text primary key,
  article_id integer not null references articles(id),
  first_seen_at text not null
) strict;
create index article_urls_article on article_urls(article_id);

create table article_versions (
  id integer primary key,
  article_id integer not null references articles(id),
  number integer not null,            -- 1 for the first
  content_digest text not null,
  seen_at text not null,
  capture_id integer not null references captures(id),
  run_id integer references runs(id),
  extractor_version text not null,
  fields text not null,               -- JSON: every versioned field as it was
  unique (article_id, number)
) strict;

create table article_changes (
  id integer primary key,
  article_id integer not null references articles(id),
  version_id integer references article_versions(id),  -- null for a change of status or address
  field text not null,                -- an article field, or status, url
  old_digest text,
  new_digest text,
  old_value text,                     -- short fields only; long ones stand in the versions
  new_value text,
  changed_at text not null,
  capture_id integer references captures(id),
  run_id integer references runs(id)
) strict;
create index article_changes_article on article_changes(article_id, changed_at);
create index article_changes_when on article_changes(changed_at);
create index article_changes_run on article_changes(run_id, field);

create table documents (
  article_id integer primary key references articles(id),
  number text,
  number_raw text,
  number_key text,                    -- folded, for look-up in any spelling
  type text,
  issuer text,
  signer text,
  issued_on text,
  issued_raw text,
  effective_on text,
  effective_raw text,
  abstract text,
  status text
) strict;
create index documents_number on documents(number_key);
create index documents_issued on documents(issued_on);

create table attachments (
  id integer primary key,
  article_id integer not null references articles(id),
  position integer not null,
  url text not null,
  text text,
  filename text,
  filetype text,
  capture_id integer references captures(id),          -- latest capture of the file
  digest text,
  unique (article_id, position)
) strict;
create index attachments_url on attachments(url);

create table images (
  id integer primary key,
  article_id integer not null references articles(id),
  position integer not null,
  url text not null,
  caption text,
  alt text,
  unique (article_id, position)
) strict;

create table links (
  source_url text not null,           -- canonical address of the page the link stands on
  target_url text not null,
  text text,
  kind text not null,
  in_content integer not null default 0,
  primary key (source_url, target_url)
) strict, without rowid;
create index links_target on links(target_url);

create table list_items (              -- what section lists and feeds say of an article
  list_url text not null,
  target_url text not null,
  title text,
  lead text,
  date text,
  primary key (list_url, target_url)
) strict, without rowid;
create index list_items_target on list_items(target_url);

create table frontier (
  id integer primary key,
  key text not null unique,           -- method, canonical address and postback key in one string
  url text not null,
  host text not null,
  kind text not null,                 -- robots, seed, list, pager, page, file, image, feed, sitemap, data
  method text not null default 'GET',
  body blob,                          -- of a post; emptied once answered
  headers text,                       -- JSON: extra request headers
  depth integer not null default 0,
  priority integer not null default 0,
  via text,                           -- page it was first found on
  state text not null default 'pending',  -- pending, done, failed, refused
  outcome text,                       -- last outcome, or why it was refused
  attempts integer not null default 0,    -- failed attempts in a row
  run_id integer,                     -- run in which it was last settled
  last_visit_at text,
  next_visit_at text,                 -- not before; null for at once
  etag text,
  last_modified text,
  digest text,                        -- payload digest of the last good answer
  check (state in ('pending', 'done', 'failed', 'refused'))
) strict;
create index frontier_ready on frontier(host, state, priority, id);
create index frontier_state on frontier(state, outcome);

create table failures (
  key text primary key,               -- as in frontier
  url text not null,
  reason text not null,
  detail text,
  statuscode integer,
  attempts integer not null,
  first_failed_at text not null,
  last_failed_at text not null,
  next_attempt_at text,
  solved_at text,
  run_id integer references runs(id)
) strict;
create index failures_open on failures(solved_at, next_attempt_at);

create table search_queue (            -- articles whose search entry is out of date
  article_id integer primary key references articles(id),
  indexed text                        -- JSON of the texts that stand in the index now; null when none do
) strict;
"""

# The index holds folded text (archive.vietnamese.fold) and is written by archive.search alone: a raw "rebuild" would
# index unfolded text. Datasette finds an index by content="articles" with double quotes only. Every column of the index
# must exist in articles, hence the empty column alt. The weights are those of "order by rank" for whoever asks.
SEARCH = """
alter table articles add column alt text generated always as (null) virtual;
alter table articles add column year integer
  generated always as (cast(substr(coalesce(published_at, updated_at), 1, 4) as integer)) virtual;
create index articles_year on articles(year);
create index articles_section_name on articles(section);
create index captures_when on captures(timestamp);
create virtual table articles_fts using fts5(
  title, lead, body_text, author, source, section, alt,
  content="articles", content_rowid="id", tokenize="unicode61 remove_diacritics 2"
);
insert into articles_fts(articles_fts, rank) values ('rank', 'bm25(5.0, 2.0, 1.0, 2.0, 0.5, 1.0, 0.5)');
insert or ignore into search_queue(article_id, indexed) select id, null from articles;
"""

PROOF = """
create table tombstones (               -- what was taken down, and why; never what it said
  url text primary key,               -- canonical address; nothing of it is stored again
  forgotten_at text not null,
  reason text not null,
  article_id integer,                 -- the id its article had
  content_digests text not null,      -- JSON: of every version
  records text not null               -- JSON: file, offset, length, time and payload digest of every record dropped
) strict, without rowid;

create table repairs (
  id integer primary key,
  repaired_at text not null,
  kind text not null,                 -- as verify names it
  place text not null,
  wrong text not null,
  done text not null,
  before text                         -- JSON: the row as it was, where one was changed or removed
) strict;
"""

UPDATE = """
create table expectations (
  run_id integer not null references runs(id),
  name text not null,                 -- articles, pages, fill, failures, missing, quiet, leak, canary, drift ...
  subject text not null default '',   -- field, family and field, string or address; empty for the whole archive
  expected real,                      -- the bound; null for a mere measurement
  measured real,
  sample integer,                     -- of how many it was measured
  held integer not null,              -- 1 or 0
  message text,                       -- one line, when it did not hold
  examples text,                      -- JSON: addresses that show it
  judged_at text not null,
  unique (run_id, name, subject)
) strict;
create index expectations_name on expectations(name, subject, run_id);
create index expectations_broken on expectations(run_id) where held = 0;

create table hosts (                   -- what is known of a host between two runs
  host text primary key,
  address text,                       -- IP address its name led to last; names on one share one pace
  paused_until text,                  -- not to be asked before; null when it may be
  paused_why text,
  latency real,                       -- seconds of its latest answers, smoothed
  last_answer_at text,
  tls_unverified integer not null default 0, -- 1: the sheet exempts its certificate from verification
  run_id integer references runs(id)  -- run that knew this last
) strict;

create table robots (                  -- a host's robots.txt whenever it differed from the one before
  id integer primary key,
  host text not null,
  seen_at text not null,
  statuscode integer not null,
  digest text,                        -- SHA-256 of its text
  text text,                          -- null when there was none to obey
  capture_id integer not null references captures(id)
) strict;
create index robots_host on robots(host, seen_at);
create index article_versions_run on article_versions(run_id, number);
"""

HOLDINGS = """
create table holdings (                -- rows of other archives' indexes
  id integer primary key,
  source text not null,                -- wayback, commoncrawl
  collection text not null default '', -- the crawl, where the archive has several
  urlkey text not null,
  timestamp text not null,
  original text not null,
  mimetype text not null,
  statuscode integer,
  digest text not null,
  filename text,
  offset integer,
  length integer,
  priority integer not null default 0,
  state text not null default 'waiting',
  reason text,
  attempts integer not null default 0,
  settled_at text,
  next_attempt_at text,
  capture_id integer references captures(id),
  unique (source, collection, original, timestamp),
  check (state in ('waiting', 'taken', 'missing', 'failed', 'left'))
) strict;
create index holdings_state on holdings(source, state, priority, id);
create index holdings_urlkey on holdings(urlkey, timestamp);

create table holding_lists (           -- how far other archives' indexes were read
  source text not null,
  collection text not null default '',
  query text not null,
  since text not null default '',
  until text not null default '',
  resume text,
  state text not null,                 -- open, done
  rows integer not null default 0,
  listed_at text not null,
  primary key (source, collection, query, since, until)
) strict;
"""

RUN_ENDS = """
create table run_ends (                 -- where the WARC files tell how a run ended
  filename text not null,
  "offset" integer not null,
  length integer not null,
  run_id integer not null references runs(id),
  primary key (filename, "offset")
) strict, without rowid;
create index run_ends_run on run_ends(run_id);
"""
