"""Telling over HTTP: a dead-man ping in the shape healthchecks.io made common, and a webhook."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit, urlunsplit

from crawler.telling.news import News
from crawler.telling.text import as_text

#: Seconds for one try, tries, and seconds between two.
TIMEOUT, TRIES, BETWEEN = 10.0, 3, 1.0

#: Characters of text a ping carries.
PING_TEXT = 10_000


class NotTold(Exception):
    """Nobody took the news; the message says why, without the address, which may hold a secret."""


def ping(address: str, kind: str, run: str, text: str = "") -> None:
    """Post to ``ADDRESS/kind``; ``kind`` is ``start``, ``fail`` or an exit code. ``run`` joins start and end.

    Raises NotTold.
    """
    parts = urlsplit(address)
    query = "&".join(filter(None, (parts.query, f"rid={run}")))
    url = urlunsplit((parts.scheme, parts.netloc, f"{parts.path.rstrip('/')}/{kind}", query, ""))
    _post(url, text[:PING_TEXT].encode(), {"Content-Type": "text/plain; charset=utf-8"})


def call_webhook(address: str, news: News, token: str = "") -> None:
    """Post the news as JSON; ``text`` holds it as chat services show it. Raises NotTold."""
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    _post(address, json.dumps({"text": as_text(news), **news.data()}, ensure_ascii=False).encode(), headers)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would turn the post into a get, or carry the token elsewhere."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


def _post(url: str, body: bytes, headers: dict[str, str]) -> None:
    if urlsplit(url).scheme not in ("http", "https"):
        raise NotTold("its address is no http address")
    why = ""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(BETWEEN)
        try:
            with _OPENER.open(urllib.request.Request(url, body, headers, method="POST"), timeout=TIMEOUT):
                return
        except urllib.error.HTTPError as error:
            why = f"it answers {error.code}"
            error.close()
            if error.code < 500 and error.code != 429:
                break
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            why = getattr(reason, "strerror", None) or str(reason) or type(error).__name__
    raise NotTold(why)
