"""An update's news as a page that stands alone: no script, no outside file."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from urllib.parse import urlsplit

from crawler.expectations import SHOWN
from crawler.telling.news import MEANING, News

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
h1{font-size:1.4rem;border-left:.5rem solid var(--c);padding-left:.75rem}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse}td,th{padding:.2rem .9rem .2rem 0;text-align:left;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}li{margin:.3rem 0}a{overflow-wrap:anywhere}.dim{color:#595959}
"""


def as_page(news: News) -> str:
    """A whole HTML document; every text of the archive and the portal is escaped."""
    colour = {0: "#1a7f37", 3: "#9a6700"}.get(news.code, "#b42318")
    about = (
        *(news.archive, f"{news.at:%Y-%m-%d %H:%M:%S} UTC"),
        f"exit code {news.code} ({MEANING.get(news.code, 'unknown')})",
        f"last complete run {news.last_success_at or 'never'}",
    )
    parts = [f"<h1>{escape(news.headline)}</h1>", f'<p class="dim">{escape(" · ".join(about))}</p>']
    if news.causes:
        parts.append("<h2>What is the matter</h2>" + _list(news.causes))
    breaches = news.report.breaches if news.report else ()
    if shown := [url for breach in breaches for url in breach["examples"][:SHOWN]]:
        parts.append("<h2>Pages that show it</h2>" + _links(dict.fromkeys(shown)))
    if news.steps:
        parts.append("<h2>Steps</h2>" + _table(news.steps.items()))
    if news.report is not None:
        r = news.report
        figures = {
            "live articles": r.articles, "new": r.new, "changed": r.changed, "unchanged": r.unchanged,
            "moved": r.moved, "gone": r.gone, "restored": r.restored, "requests": r.requests,
            "seconds": round(r.seconds), "addresses waiting": r.waiting,
        }  # fmt: skip
        parts.append(f"<h2>Run {r.run_id} ({escape(r.kind)})</h2>" + _table(figures.items()))
        for title, counts in (
            ("Answers by outcome", r.captures),
            ("Addresses never visited, and why", r.refused),
            ("Addresses not read yet", r.open_failures),
            ("Certificates that were not verified", r.tls_unverified),
        ):
            if counts:
                parts.append(f"<h2>{title}</h2>" + _table(counts.items()))
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    style = f"<title>{escape(news.headline)}</title><style>:root{{--c:{colour}}}{_STYLE}</style>"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}{style}</head><body>\n' + "\n".join(parts) + "\n</body></html>\n"
    )


def _list(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _links(urls: Iterable[str]) -> str:
    """Addresses as links, where they are web addresses: a portal's page must not bring any other kind."""
    items = [
        f'<li><a rel="noreferrer" href="{escape(url)}">{escape(url)}</a></li>'
        for url in urls
        if urlsplit(url).scheme in ("http", "https")
    ]
    return f"<ul>{''.join(items)}</ul>"


def _table(rows: Iterable[tuple[str, object]]) -> str:
    lines = []
    for name, value in rows:
        number = " class=n" if isinstance(value, int) else ""
        lines.append(f"<tr><th>{escape(str(name))}</th><td{number}>{escape(str(value))}</td></tr>")
    return f"<table>{''.join(lines)}</table>"
