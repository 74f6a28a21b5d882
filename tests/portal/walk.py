"""A breadth-first walk over the replica's own pages: finds every address a crawl meets and what it should get.

It reads links as an HTML reader does and asks the site directly, without sockets, as if every passing fault were over.
"""

from __future__ import annotations

import re
from collections import deque
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from tests.portal.identity import canonical
from tests.portal.plan import HOSTS
from tests.portal.replies import Reply, Request
from tests.portal.sections import JSON_LIST, JSON_PATH
from tests.portal.site import Site
from tests.portal.standing import CLOSED, FEEDS, PART_FEED
from tests.portal.world import World

ANCHOR = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"', re.I)
IMAGE = re.compile(r'<img\b[^>]*?\bsrc="([^"]*)"', re.I)
CONTENT_IMAGE = re.compile(r"/picturelibrary/", re.I)
LOGIN = re.compile(r"/_layouts/(?:\d+/)?(?:authenticate|signout|accessdenied)\.aspx|/_login/|/_trust/|/_forms/")
SYSTEM = re.compile(r"/(?:_api|_vti_bin|_catalogs)/")
ENDLESS = re.compile(
    r"[?&](?:sortfield|sortdir|filterfield\d|filtervalue\d|rootfolder|folderctid|calendardate|calendarperiod|ngay|thang)="
)
SEARCH = re.compile(r"/tim-kiem\.aspx\?")
LONGEST = 1000
ROBOTS = {"sotuphap": CLOSED, "hoinongdan": ("/Pages/",)}


class Walk:
    """One walk; ``go`` first, then ask for what it found."""

    def __init__(self, world: World, port: int) -> None:
        self.port, self.site = port, Site(world, port)
        self.world = world
        self.found: dict[str, dict[str, Any]] = {}
        self.spellings: dict[str, str] = {}
        self.posted: list[dict[str, Any]] = []
        self._names = {host.address: name for name, host in HOSTS.items()}
        self._waiting: deque[tuple[str, str]] = deque()

    def go(self) -> None:
        """Walk from the seeds until nothing new is met."""
        origin = self.site.origins["main"]
        for start in ("/", "/sitemap.xml", *FEEDS, PART_FEED):
            self._meet(origin + start)
        for name in ("main", "sotuphap", "dulich", "hoinongdan", "hanhchinhcong", "nganson"):
            self._meet(f"{self.site.origins[name]}/robots.txt")
        self._rows(origin)
        while self._waiting:
            url, target = self._waiting.popleft()
            self._visit(url, target)

    def _rows(self, origin: str) -> None:
        """The data list is asked for by the profile, not by a link."""
        section = self.world.by_key["chuyende"]
        count = len(self.world.live(section.key))
        for start in range(0, count + 1, 20):
            body = f"do=&fieldOrder=CreatedDate&ascending=desc&UrlList={JSON_LIST}&start={start}&length=20".encode()
            reply = self.site.respond(Request(host="main", target=JSON_PATH, method="POST", body=body))
            self.posted.append({"url": origin + JSON_PATH, "start": start, "outcome": reply.outcome})
            self._follow(origin + JSON_PATH, reply)

    def _meet(self, url: str) -> None:
        """Note an address; one met for the first time is visited later, or refused now."""
        url = url.split("#")[0]
        own = canonical(url, self.port)
        if url != own:
            self.spellings.setdefault(url, own)
        if own in self.found:
            return
        parts = urlsplit(own)
        name = self._names.get(parts.hostname or "")
        word = self._refused(own, url, name)
        self.found[own] = {"url": own, "outcome": word or "", "kind": "page"}
        if not word:
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            self._waiting.append((own, target))

    def _refused(self, own: str, url: str, name: str | None) -> str | None:
        if name is None:
            return "out_of_scope"
        if len(own) > LONGEST:
            return "too_long"
        local = own.split("/", 3)[3] if own.count("/") > 2 else ""
        path = f"/{local}".lower()
        if LOGIN.search(path):
            return "login"
        if SYSTEM.search(path) or ENDLESS.search(path) or SEARCH.search(path):
            return "trap"
        written = "/" + url.split("/", 3)[3] if url.count("/") > 2 else "/"
        if any(written.lower().startswith(rule.lower()) for rule in ROBOTS.get(name, ())):
            return "robots"
        return None

    def _visit(self, url: str, target: str) -> None:
        name = self._names[urlsplit(url).hostname or ""]
        reply = self.site.respond(Request(host=name, target=target))
        entry = self.found[url]
        entry["outcome"], entry["kind"] = reply.outcome, "file" if reply.kind == "file" else "page"
        if reply.article:
            told = self.world.article(*reply.article)
            home = self.site.origins[told.section.host] + told.path
            entry["article"] = canonical(home, self.port)
        self._follow(url, reply)
        for post in reply.posts:
            answer = self.site.respond(post)
            form = post.form
            self.posted.append(
                {
                    "url": url,
                    "target": form["__EVENTTARGET"],
                    "argument": form["__EVENTARGUMENT"],
                    "outcome": answer.outcome,
                }
            )
            self._follow(url, answer)

    def _follow(self, base: str, reply: Reply) -> None:
        if reply.outcome in ("article", "listing", "redirect", "no_article"):
            for link in self._links(reply):
                absolute = urljoin(base, link)
                if absolute.startswith(("http:", "https:")):
                    self._meet(absolute)

    def _links(self, reply: Reply) -> list[str]:
        if reply.links or reply.kind == "file":
            return list(reply.links)
        text = reply.body.decode("utf-8", "replace")
        found = [unescape(href).strip() for href in ANCHOR.findall(text)]
        found += [src for src in map(unescape, IMAGE.findall(text)) if CONTENT_IMAGE.search(src)]
        return [href for href in found if href and not href.startswith(("javascript:", "mailto:", "tel:", "#"))]

    def urls(self) -> list[dict[str, Any]]:
        """Every address met: canonical ones with their outcome, other spellings as duplicates of them."""
        doubles = [{"url": url, "outcome": "duplicate", "of": own} for url, own in self.spellings.items()]
        return [*self.found.values(), *(d for d in doubles if self.found[d["of"]]["outcome"] != "out_of_scope")]

    def posts(self) -> list[dict[str, Any]]:
        """Form posts that turn lists, with their outcomes."""
        return self.posted
