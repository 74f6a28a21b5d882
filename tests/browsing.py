"""Asks the replica as a browser would: one request at a time, forms posted back with their hidden fields."""

from __future__ import annotations

import http.client
import json
import re
import urllib.parse
from dataclasses import dataclass
from html import unescape
from typing import Any

from lxml import html

from tests.replica import Replica


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


def ask(
    replica: Replica, target: str, *, host: str = "main", form: dict[str, str] | None = None, **headers: str
) -> Answer:
    """One request on a connection of its own; header names are given with underscores."""
    parts = urllib.parse.urlsplit(replica.hosts[host])
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    body = None
    if form is not None:
        body = urllib.parse.urlencode(form).encode()
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request("GET" if form is None else "POST", target, body=body, headers=sent)
        answer = connection.getresponse()
        return Answer(status=answer.status, headers=answer.getheaders(), body=answer.read())
    finally:
        connection.close()


def control(replica: Replica, method: str, path: str) -> Any:
    parts = urllib.parse.urlsplit(replica.control)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        connection.request(method, path)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def hidden(page: str) -> dict[str, str]:
    """The form's hidden inputs, as a browser would post them."""
    form = html.fromstring(page).xpath("//form[@id='aspnetForm']")[0]
    return {field.get("name"): field.get("value") or "" for field in form.xpath(".//input[@type='hidden'][@name]")}


def events(page: str) -> list[tuple[str, str]]:
    """Event target and argument of every link that posts the form back."""
    return re.findall(r"javascript:__doPostBack\('([^']+)','([^']*)'\)", unescape(page))


def items(page: str) -> list[str]:
    """Addresses of a list's entries."""
    tree = html.fromstring(page)
    return tree.xpath("//*[@class='item' or @class='channel-news-title']//a/@href")


def press(page: str, event: tuple[str, str], **changed: str) -> dict[str, str]:
    return {**hidden(page), "__EVENTTARGET": event[0], "__EVENTARGUMENT": event[1], **changed}


def page_of(replica: Replica, url: str) -> Answer:
    parts = urllib.parse.urlsplit(url)
    name = next(n for n, origin in replica.hosts.items() if origin.startswith(f"http://{parts.hostname}:"))
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    for _ in range(4):  # some pages fail before they answer
        try:
            answer = ask(replica, target, host=name)
        except http.client.IncompleteRead:
            continue
        if answer.status == 200:
            return answer
    raise AssertionError(f"{url} never answers")


def status_of(replica: Replica, url: str) -> int:
    parts = urllib.parse.urlsplit(url)
    name = next(n for n, origin in replica.hosts.items() if origin.startswith(f"http://{parts.hostname}:"))
    return ask(replica, parts.path + (f"?{parts.query}" if parts.query else ""), host=name).status
