"""An explanation as a page of its own: fields with their rules, then the page's pieces, kept and left out, in colour.

The page is safe to open wherever the portal's pages are not: it holds text alone, no markup of theirs, and forbids
itself scripts, pictures and every connection.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape

from crawler.extract.explain import Explanation, Part

_LONGEST = 1500
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin-bottom: .2rem; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8884; padding: .3rem .6rem .3rem 0; text-align: left; vertical-align: top; }
code, .place { font: .8rem ui-monospace, monospace; overflow-wrap: anywhere; opacity: .75; }
.part { border-left: .4rem solid; margin: .25rem 0; padding: .2rem .7rem; overflow-wrap: anywhere; }
.kept { border-color: #2a8f4c; background: #2a8f4c1c; }
.field { border-color: #2b6cb0; background: #2b6cb01f; }
.dropped { border-color: #b3412f; background: #b3412f14; }
.why { font-size: .8rem; font-weight: 600; }
.legend span { border-left: .4rem solid; padding: 0 .6rem; margin-right: 1rem; }
"""
_LEGEND = (
    '<p class="legend"><span class="kept">text of the article</span><span class="field">tells a field</span>'
    '<span class="dropped">left out</span></p>'
)


def page_of(told: Explanation) -> str:
    """The explanation as one HTML file."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return "".join(
        (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">',
            f"<title>{escape(told.sort)}: {escape(told.url)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escape(told.sort)}</h1><p><code>{escape(told.url)}</code></p>",
            _table(("what", "value"), _facts(told)),
            *_fields(told),
            *_items(told),
            *_parts(told),
            "</body></html>\n",
        )
    )


def reasons(told: Explanation) -> list[tuple[str, int, int]]:
    """Why pieces were left out, with their number and characters; the most characters first."""
    count: Counter[str] = Counter()
    size: Counter[str] = Counter()
    for part in told.parts:
        if part.state == "dropped":
            count[part.why or ""] += 1
            size[part.why or ""] += len(part.text)
    return sorted(((why, number, size[why]) for why, number in count.items()), key=lambda row: (-row[2], row[0]))


def _facts(told: Explanation) -> list[tuple[str, str]]:
    facts = {
        "outcome": told.outcome,
        "told by": told.detail,
        "canonical address": told.canonical_url,
        "captured": told.fetched_at,
        "profile": told.profile,
        "layout": told.layout,
        "family": told.family,
        "read as": told.encoding,
        "extractor": told.extractor_version,
    }
    return [(name, value) for name, value in facts.items() if value]


def _fields(told: Explanation) -> Iterator[str]:
    if not told.fields:
        return
    yield "<h2>Fields</h2>"
    rows = []
    for shown in told.fields:
        evidence = shown.evidence
        told_by = (evidence.rule, f"{evidence.sure:.2f}", evidence.place or "") if evidence else ("", "", "")
        rows.append((shown.name, _clipped(shown.value, 300), *told_by))
    yield _table(("field", "value", "rule", "sure", "place"), rows)
    for name, values in (("Pictures", told.images), ("Files", told.attachments)):
        if values:
            yield f"<h2>{name}</h2><ul>{''.join(f'<li>{escape(value)}</li>' for value in values)}</ul>"


def _items(told: Explanation) -> Iterator[str]:
    if told.items:
        yield "<h2>Entries</h2>"
        rows = [(item.title or "", item.date or "", _clipped(item.lead or "", 200), item.url) for item in told.items]
        yield _table(("title", "date", "lead", "address"), rows)


def _parts(told: Explanation) -> Iterator[str]:
    if not told.parts:
        return
    yield f"<h2>The page, from top to bottom</h2>{_LEGEND}"
    for part in told.parts:
        yield _part(part)
    left_out = reasons(told)
    if left_out:
        yield "<h2>Left out</h2>"
        yield _table(("why", "pieces", "characters"), [(why, str(n), str(size)) for why, n, size in left_out])


def _part(part: Part) -> str:
    why = f'<div class="why">{escape(part.why)}</div>' if part.why else ""
    place = f'<div class="place">{escape(part.place)}</div>' if part.place else ""
    return f'<div class="part {part.state}">{why}{escape(_clipped(part.text, _LONGEST))}{place}</div>'


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    names = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"


def _clipped(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most].rstrip()} … ({len(text)} characters)"
