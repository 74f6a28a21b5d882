"""Thousands of hostile strings in every place an archive keeps text, then every page of the site in a real browser.

No script may run, no policy may be broken (a broken one means that markup got into a page, even if it was stopped
there), no request may go elsewhere, feeds and data stay well-formed, and no cell of a CSV is a formula.
``--strings 5000``.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import re
import sys
import tempfile
import time
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from sqlite_utils import Database

from archive.index import refresh
from tests.archive.conftest import command, free_port
from tests.archive.conftest import running as served
from tests.archive.sample import article, capture, empty_archive
from tests.browser import chromium
from tests.browser.chromium import Visit

SEED = 5
PIECES = (
    "<script>window.pwned=1</script>",
    "</title><script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<svg onload=window.pwned=1>",
    "<svg><script>window.pwned=1</script></svg>",
    "<math><mtext></p><style><img src=x onerror=window.pwned=1></style></mtext></math>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<iframe src=javascript:window.pwned=1></iframe>",
    "<a href=javascript:window.pwned=1 id=x>x</a>",
    "<a href=' \tjava\nscript:window.pwned=1'>x</a>",
    "<a href='data:text/html,<script>1</script>'>x</a>",
    "<form action=javascript:window.pwned=1><input autofocus onfocus=window.pwned=1></form>",
    "<style>@import 'http://198.51.100.7/x.css'; body{display:none}</style>",
    "<link rel=stylesheet href=//198.51.100.7/x.css>",
    "<img src=http://198.51.100.7/x.png srcset='//198.51.100.7/y.png 2x'>",
    "<video poster=//198.51.100.7/x.png><source src=//198.51.100.7/x.mp4 onerror=window.pwned=1></video>",
    "<meta http-equiv=refresh content='0;url=//198.51.100.7/'>",
    "<base href=//198.51.100.7/>",
    "<object data=//198.51.100.7/x.swf><embed src=//198.51.100.7/x.swf></object>",
    "<div style='background:url(//198.51.100.7/x.png)' onclick=window.pwned=1 onmouseover=window.pwned=1>x</div>",
    "<details open ontoggle=window.pwned=1><summary>x</summary></details>",
    "<template><script>window.pwned=1</script></template><noscript><p title='</noscript><img src=x onerror=pwned=1>'>",
    '"><script>window.pwned=1</script>',
    "' onmouseover='window.pwned=1' x='",
    '" autofocus onfocus="window.pwned=1',
    "{{ 7*7 }}{% for x in [].__class__.__base__.__subclasses__() %}",
    "${window.pwned=1}",
    "javascript:window.pwned=1",
    '=HYPERLINK("http://198.51.100.7/","x")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "\u200b=1+1",
    "＝1+1",
    "\u202egnp.exe",
    "\x02<b>\x03",
    "\x00\x01\x1f\x7f\x85",
    "⟦<script>window.pwned=1</script>⟧",
    "]]><!--<![CDATA[",
    "&lt;script&gt;window.pwned=1&lt;/script&gt;&#x3c;img src=x onerror=pwned=1&#x3e;",
    "../../../../etc/passwd",
    "..\\..\\x.html",
    "file:///etc/passwd",
    "//198.51.100.7/x",
    "%0d%0aSet-Cookie: x=1",
    "x\r\nX-Injected: 1",
    "' or 1=1; drop table articles; --",
    "\ufeff\ufffe\U0001f4a9" + "Z̸̢" * 40,
    "A" * 3000,
)
#: Where a string stands in a page, what no page may hold.
FORBIDDEN = (
    "main script:not([type='application/ld+json']), main iframe, main object, main embed, main style, main link,"
    " main base, main video, main math, main template, main form[action^='javascript'], [onerror], [onload], [onclick],"
    " [onfocus], [ontoggle], [onmouseover], a[href^='javascript' i], a[href^='data' i], main meta, [style],"
    " main .body svg"
)
FORMULA = re.compile(r"[\s\x00-\x1f\u200b\ufeff\"]*[=+\-@\uff1d]")
NUMBER = re.compile(r"-?\d+([.,]\d+)?")


def main() -> int:
    """Print the figures; 0 when nothing happened."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--strings", type=int, default=5000)
    asked = options.parse_args()
    if lacking := chromium.missing():
        print(lacking, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        path, port = Path(folder) / "archive.db", free_port()
        strings = Strings(random.Random(SEED))
        many = fill(path, strings, asked.strings)
        print(f"{strings.made:,} hostile strings in {many} articles; seed {SEED}", flush=True)
        started = time.monotonic()
        with served(command(path, port, sql=True), port) as site, chromium.running() as browser:
            wrong, pages = looked_at(browser, site.url, many, strings)
            wrong += data(site.url)
    print(f"{pages} pages in {time.monotonic() - started:.0f} s, {len(wrong)} findings (at most 0)")
    for line in wrong[:20]:
        print(f"  {line[:300]}")
    return 1 if wrong else 0


class Strings:
    """An endless supply, each made of one or two pieces and some harmless text."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.made = chance, 0

    def __call__(self, *, clean: bool = False) -> str:
        self.made += 1
        first = PIECES[self.made % len(PIECES)]
        text = first if self.chance.random() < 0.5 else f"{first} Bắc Kạn {self.chance.choice(PIECES)}"
        return text.replace("\x00", "") if clean else text


def fill(path: Path, strings: Strings, wanted: int) -> int:
    """An archive with that many hostile strings; how many articles it has."""
    conn = empty_archive(path)
    db = Database(conn)
    key = 0
    while strings.made < wanted:
        key += 1
        _article(db, key, strings)
    conn.execute(
        "update runs set portal = ?, kind = ?, counts = ?", (strings(), strings(), json.dumps({"new": strings()}))
    )
    conn.commit()
    refresh(conn)
    conn.close()
    return key


def _article(db: Database, key: int, s: Strings) -> None:
    capture(
        db.conn, key + 1, timestamp="20240101000000", original=s(clean=True), urlkey=f"k{key}", mimetype=s(),
        digest=s(), filename=f"{key}{s(clean=True)}", offset=key, length=9, source=s(), outcome=s(),
        reason=s(), layout=s(),
    )  # fmt: skip
    body = "\n".join(s() for _ in range(6))
    article(
        db.conn, key, s(), body, capture_id=key + 1, lead=s(), author=s(), source=s(), section=s(), author_raw=s(),
        body_html="".join(f"<p>{s()}</p>" for _ in range(8)), published_at=s() if key % 3 else "2022-01-02",
        published_raw=s(), updated_at=s() if key % 4 == 0 else None, updated_raw=s(), language=s(), layout=s(),
        evidence=json.dumps({s(): {"rule": s(), "place": s(), "sure": 0.5}, "title": s()}), extractor_version=s(),
        status="gone" if key % 5 == 0 else "live", removed_at=s() if key % 5 == 0 else None,
        removal_evidence=json.dumps({"moved_to": s(), "why": [s()]}), content_digest=f"{key:064x}", profile=s(),
    )  # fmt: skip
    names = ("number", "type", "issuer", "signer", "issued_on", "effective_on", "abstract", "status")
    db["documents"].insert({"article_id": key, "number_key": "45 x", **{name: s() for name in names}})
    for position in range(3):
        part = {"article_id": key, "position": position}
        number = 10 * key + position
        db["images"].insert({**part, "id": number, "url": s(), "caption": s(), "alt": s()})
        file = {"url": s(), "text": s(), "filename": s(), "filetype": s(), "capture_id": key + 1}
        db["attachments"].insert({**part, "id": number, **file})
    for number in (1, 2):
        fields = {name: s() for name in ("title", "lead", "body_text", "author", "section", "published_at")}
        fields |= {"images": [{"url": s(), "caption": s()}], "document": {"number": s()}, s(): s()}  # type: ignore[dict-item]
        seen = {"seen_at": f"2022-03-1{number}T00:00:00Z", "content_digest": f"{key:063x}{number}"}
        row = {"id": 2 * key + number, "article_id": key, "number": number, "fields": json.dumps(fields), **seen}
        db["article_versions"].insert({**row, "capture_id": key + 1, "extractor_version": s(), "cause": "portal"})
    change = {"article_id": key, "changed_at": f"2022-03-12T00:00:{key % 60:02}Z", "old_value": s(), "new_value": s()}
    db["article_changes"].insert({**change, "field": s(), "version_id": 2 * key + 2})
    db["article_changes"].insert({**change, "field": "status"})
    failure = {"first_failed_at": s(), "last_failed_at": s(), "attempts": 1, "reason": s(), "detail": s()}
    db["failures"].insert({"key": f"k{key}", "url": s(), **failure})


def looked_at(browser: Any, home: str, articles: int, strings: Strings) -> tuple[list[str], int]:
    """What the browser found on every page, and how many pages it saw."""
    wrong: list[str] = []
    with browser.visit(home) as visit:
        places = list(addresses(articles, strings))
        for number, place in enumerate(places):
            if sys.stdout.isatty():
                print(f"\r{number}/{len(places)}", end="", flush=True)
            wrong += _found(visit, place)
    return wrong, len(places)


def addresses(articles: int, strings: Strings) -> Iterator[str]:
    """Every page the strings stand on, and pages asked for with them."""
    for key in range(1, articles + 1):
        yield from (f"article/{key}", f"article/{key}/version/1", f"article/{key}/changes")
    for page in range(1, -(-articles // 20) + 1):
        yield from (f"search?page={page}", f"changes?page={page}", f"documents?page={page}")
    yield from ("", "health", "sql", "schema", "archive", "archive/articles?_size=100", "archive/documents")
    yield from ("archive/changed_articles", "archive/removed_pages", "archive/open_failures", "archive/articles/1")
    yield from ("archive/captures", "archive/runs", "archive/images", "archive/attachments", "archive/search?q=bac+kan")
    for piece in PIECES:
        typed = quote_plus(piece)
        yield from (
            f"search?q={typed}",
            f"search?section={typed}&author={typed}&type={typed}",
            f"documents?number={typed}&type={typed}",
        )
        yield from (
            f"search/sql?q={typed}",
            f"archive/search?q={typed}",
            f"article/1?q={typed}",
            f"archive?sql={typed}",
        )
        yield from (f"nowhere/{typed}", f"search?lang={typed}&page={typed}&sort={typed}")


def _found(visit: Visit, place: str) -> list[str]:
    answer = visit.go(place)
    found = [f"{place}: {text}" for text in visit.complaints if "Failed to load resource" not in text]
    found += [f"{place}: asked for {url}" for url in visit.strays]
    if answer is not None and answer.status >= 500:
        found.append(f"{place}: {answer.status}")
    if visit.page.evaluate("'pwned' in window"):
        found.append(f"{place}: a script ran")
    strange = visit.page.evaluate(
        "s => [...document.querySelectorAll(s)].map(e => e.outerHTML.slice(0, 120))", FORBIDDEN
    )
    found += [f"{place}: holds {text}" for text in strange]
    visit.complaints.clear()
    visit.strays.clear()
    return found


def data(home: str) -> list[str]:
    """What is wrong with feeds, JSON and CSV."""
    wrong = []
    for place in (
        "search.atom",
        "changes.atom",
        "sitemap.xml",
        "sitemap-1.xml",
        "opensearch.xml",
        "search.atom?q=bac+kan",
    ):
        try:
            ET.fromstring(_get(f"{home}/{place}"))
        except ET.ParseError as error:
            wrong.append(f"{place}: {error}")
    for place in ("search.json", "documents.json", "changes.json", "article/1.json", "suggest?q=bac"):
        json.loads(_get(f"{home}/{place}"))
    tables = ("archive/articles.csv?_size=1000", "archive/documents.csv?_size=1000", "archive/changed_articles.csv")
    for place in ("search.csv", "documents.csv", "changes.csv", *tables, "archive.csv?sql=select+title+from+articles"):
        csv.field_size_limit(10**8)
        cells = [
            c for row in csv.reader(io.StringIO(_get(f"{home}/{place}").decode("utf-8-sig"), newline="")) for c in row
        ]
        formulas = [c for c in cells if FORMULA.match(c) and not NUMBER.fullmatch(c)]
        wrong += [f"{place}: {cell!r} is a formula" for cell in formulas[:3]]
        wrong += [f"{place}: no cell was made harmless"] if not any(c.startswith("'") for c in cells) else []
    return wrong


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:
        body: bytes = answer.read()
    return body


if __name__ == "__main__":
    sys.exit(main())
