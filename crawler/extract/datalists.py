"""Lists that answer JSON: those a profile describes, and SharePoint's own list views."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote

from archive.models import Capture, Link, ListingFound, ListItem, Outcome, Postback, Rejected
from crawler.extract.decode import decode
from crawler.extract.dom import parse, squash, text_of
from crawler.extract.moments import moment
from crawler.profile import DataList, SiteProfile
from crawler.sharepoint import address_kind, canonical_url, form_encoded, joined

_PLACE = re.compile(r"\{(\w+)\}")
_TOTALS = ("recordsFiltered", "recordsTotal", "total", "Total", "totalCount", "TotalCount", "totalRecords")
_LIST_ENTRY = re.compile(r"(.*/)\d+_\.000$")
_PAGING = ("paged", "pagedprev", "pagefirstrow")


def first_page(data: DataList, base: str, profile: SiteProfile) -> Postback:
    """The post that asks for the first entries of a data list; ``base`` is the address its own is relative to."""
    return _page(data, joined(base, data.url), 0)


def data_list_of(capture: Capture, profile: SiteProfile) -> DataList | None:
    """The data list of the profile that a capture answers, by address and form; None for every other answer."""
    if capture.method != "POST" or not profile.discover.data:
        return None
    here, sent = canonical_url(capture.url, profile), _sent(capture)
    for data in profile.discover.data:
        same = canonical_url(joined(capture.url, data.url), profile) == here
        if same and all(sent.get(name) == value for name, value in data.form.items()):
            return data
    return None


def read_data(data: DataList, capture: Capture, profile: SiteProfile) -> Outcome:
    """The entries of one answer and, unless it is the last, the post for the next ones."""
    answer = _json(decode(capture.body, capture.header("Content-Type")).text)
    rows = _at(answer, data.rows)
    if not isinstance(rows, list):
        return Rejected(reason="undecodable", detail=f"no JSON with an array {data.rows!r}")
    items = {item.url: item for row in rows if isinstance(row, dict) for item in _item(row, data, capture, profile)}
    if rows and not items:
        return Rejected(reason="undecodable", detail=f"no entry has the keys of {data.item_url!r}")
    return ListingFound(
        links=tuple(
            Link(url=url, text=item.title, kind=address_kind(url) or "page", in_content=True)
            for url, item in items.items()
        ),
        items=tuple(items.values()),
        postbacks=_next(data, capture, len(rows), answer, profile),
        canonical_url=canonical_url(capture.url, profile),
    )


def _next(data: DataList, capture: Capture, count: int, answer: Any, profile: SiteProfile) -> tuple[Postback, ...]:
    """The following page. Where the answer does not tell the total, an empty page ends the list: a server may give
    fewer entries than asked for."""
    start = _sent(capture).get(data.start_param, "0")
    after = (int(start) if re.fullmatch(r"\d{1,9}", start) else 0) + count
    totals = [answer[key] for key in _TOTALS if isinstance(answer, dict) and type(answer.get(key)) is int]
    if not count or (totals and totals[0] and after >= totals[0]):
        return ()
    if after > data.length * profile.scope.max_variants:  # a server that does not mind ``start`` has no end
        return ()
    return (_page(data, capture.url, after),)


def _page(data: DataList, url: str, start: int) -> Postback:
    fields = {**data.form, data.length_param: str(data.length), data.start_param: str(start)}
    form = "&".join(f"{name}={value}" for name, value in sorted(data.form.items()))
    return Postback(url=url, key=f"{form} start={start}".lstrip(), body=form_encoded(list(fields.items())))


def _item(row: dict[str, Any], data: DataList, capture: Capture, profile: SiteProfile) -> Iterator[ListItem]:
    address = _filled(data.item_url, row)
    url = canonical_url(joined(capture.url, address), profile) if address else ""
    if address_kind(url) is not None:
        yield ListItem(
            url=url,
            title=_plain(row.get(data.title)),
            lead=_plain(row.get(data.lead)),
            date=moment(str(row.get(data.date) or ""), profile.timezone),
        )


def _filled(template: str, row: dict[str, Any]) -> str | None:
    """The template with the row's values; None when one is missing. A template of one key alone holds an address."""
    names = _PLACE.findall(template)
    if any(not isinstance(row.get(name), str | int) or row[name] == "" for name in names):
        return None
    if _PLACE.fullmatch(template):
        return str(row[names[0]])
    return _PLACE.sub(lambda found: quote(str(row[found[1]]), safe="", errors="replace"), template)


def read_view(text: str, capture: Capture, profile: SiteProfile) -> Outcome:
    """The entries of a SharePoint list view sent as JSON (``inplview.aspx``), and its next page."""
    answer = _json(text)
    rows = _at(answer, "Row")
    if not isinstance(rows, list):
        return Rejected(reason="undecodable", detail="no JSON with an array 'Row'")
    items: dict[str, ListItem] = {}
    for row in rows:
        address = _entry_address(row) if isinstance(row, dict) else None
        url = canonical_url(joined(capture.url, address), profile) if address else ""
        if address_kind(url) is not None:
            items[url] = ListItem(url=url, title=_plain(row.get("Title") or row.get("FileLeafRef")))
    links = [Link(url=i.url, text=i.title, kind=address_kind(i.url) or "page", in_content=True) for i in items.values()]
    following = _at(answer, "NextHref")
    if isinstance(following, str) and following.startswith("?"):
        url = canonical_url(_next_view(capture.url, following), profile)
        links.append(Link(url=url, kind="pager", in_content=True))
    return ListingFound(
        links=tuple(links), items=tuple(items.values()), canonical_url=canonical_url(capture.url, profile)
    )


def _entry_address(row: dict[str, Any]) -> str | None:
    """Where an entry is shown: a library's file itself, a list's entry on its display form; None for a folder."""
    reference = row.get("FileRef")
    if not isinstance(reference, str) or str(row.get("FSObjType", "0")) == "1":
        return None
    entry = _LIST_ENTRY.match(reference)
    if entry:
        return f"{quote(entry[1])}DispForm.aspx?ID={quote(str(row.get('ID', '')))}"
    return quote(reference, errors="replace")


def _next_view(url: str, following: str) -> str:
    """The view's address with the paging of ``following`` in place of its own."""
    path, _, query = url.partition("?")
    kept = [
        pair for pair in query.split("&") if pair and not pair.lower().startswith(("p_", *(f"{n}=" for n in _PAGING)))
    ]
    return f"{path}?{'&'.join([following[1:], *kept])}"


def _sent(capture: Capture) -> dict[str, str]:
    return dict(parse_qsl(capture.request_body.decode("utf-8", "replace"), keep_blank_values=True))


def _json(text: str) -> Any:
    """The value a JSON text holds; None for text that is none, is nested beyond measure or holds endless numbers."""
    try:
        return json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return None


def _at(value: Any, path: str) -> Any:
    """What stands under a dotted path of keys; the value itself for an empty path."""
    for key in path.split(".") if path else ():
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _plain(value: Any) -> str | None:
    """Text of a field that may hold HTML, on one line."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    text = str(value)
    if "<" in text or "&" in text:
        tree = parse(text)
        text = text_of(tree) if tree is not None else ""
    return squash(text) or None
