"""The replica's pages walked by the crawler's own rules, against the walk the replica made by its own.

Both were written apart: where they agree, every spelling is united, every list is turned to its end, nothing endless is
entered and nothing is left out.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from archive.models import Capture, Link, ListingFound, Postback
from crawler.extract.decode import decode
from crawler.extract.dom import parse
from crawler.extract.feeds import first_page, read_feed
from crawler.extract.links import page_links
from crawler.profile import SiteProfile, load
from crawler.sharepoint import canonical_url, delta_page, frontier_key, is_delta, joined, page_postbacks, parse_delta
from crawler.sharepoint import refusal as refused
from tests.portal.replies import Reply, Request
from tests.portal.sheet import sheet
from tests.portal.walk import Walk
from tests.portal.world import World

PORT = 8123
WORDS = {"out_of_scope", "trap", "login", "too_long"}
READ = {"article", "listing", "no_article"}


@dataclass
class Crawl:
    """A crawl without network and ledger: what the pure parts find, page by page."""

    truth: Walk
    profile: SiteProfile
    seen: dict[str, str] = field(default_factory=dict)
    posts: Counter[str] = field(default_factory=Counter)
    waiting: deque[tuple[str, Postback]] = field(default_factory=deque)

    def go(self) -> None:
        """Visit everything that can be reached from the profile's seeds."""
        discover = self.profile.discover
        self.meet(canonical_url(seed, self.profile) for seed in discover.seeds)
        self.meet(canonical_url(joined(discover.seeds[0], place), self.profile) for place in discover.sitemaps)
        self.post(first_page(data, discover.seeds[0], self.profile) for data in discover.data)
        while self.waiting:
            self.visit(*self.waiting.popleft())

    def meet(self, urls: object) -> None:
        for url in urls:  # type: ignore[attr-defined]
            key = frontier_key("GET", url, None, self.profile)
            forbidden = self.truth.found.get(url, {}).get("outcome") == "robots"
            if key not in self.seen:
                self.seen[key] = refused(url, self.profile, 1) or ("robots" if forbidden else "")
                if not self.seen[key]:
                    self.waiting.append(("GET", Postback(url=url, key="", body=b"")))

    def post(self, posts: object) -> None:
        for post in posts:  # type: ignore[attr-defined]
            key = frontier_key("POST", post.url, post.key, self.profile)
            if key not in self.seen:
                self.seen[key] = ""
                self.posts[canonical_url(post.url, self.profile).lower()] += 1
                self.waiting.append(("POST", post))

    def visit(self, method: str, asked: Postback) -> None:
        reply = self.answer(method, asked)
        self.seen[frontier_key(method, asked.url, asked.key or None, self.profile)] = reply.outcome
        if reply.outcome == "redirect":
            self.meet([canonical_url(joined(asked.url, dict(reply.headers)["Location"]), self.profile)])
        elif reply.outcome in READ:
            links, posts = self.read(method, asked, reply)
            self.meet(link.url for link in links if link.kind != "image")
            self.post(posts)

    def answer(self, method: str, asked: Postback) -> Reply:
        parts = urlsplit(asked.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {name.lower(): value for name, value in asked.headers}
        host = self.truth._names[str(parts.hostname)]
        request = Request(host=host, target=target, method=method, body=asked.body, headers=headers)
        return self.truth.site.respond(request)

    def read(self, method: str, asked: Postback, reply: Reply) -> tuple[tuple[Link, ...], tuple[Postback, ...]]:
        capture = Capture(
            url=asked.url,
            fetched_at=datetime(2024, 1, 1, tzinfo=UTC),
            status=reply.status,
            headers=reply.headers,
            body=reply.body,
            method=method,
            request_body=asked.body,
        )
        feed = read_feed(capture, self.profile)
        if feed is not None:
            assert isinstance(feed, ListingFound)
            return feed.links, feed.postbacks
        text = decode(reply.body).text
        if is_delta(text):
            assert ("X-MicrosoftAjax", "Delta=true") in asked.headers
            text = delta_page(parse_delta(text), asked.body).html
        tree = parse(text)
        assert tree is not None
        return page_links(tree, asked.url, self.profile), page_postbacks(tree, asked.url, self.profile)


@pytest.fixture(scope="module", params=[(1, 120), (7, 640)], ids=["small", "default"])
def crawl(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    seed, size = request.param
    path: Path = tmp_path_factory.mktemp("walk") / "replica.toml"
    path.write_text(sheet(PORT, size), "utf-8")
    truth = Walk(World(seed=seed, size=size, epoch=0, faults=True), PORT)
    truth.go()
    done = Crawl(truth=truth, profile=load(path))
    done.go()
    return done


def test_both_rules_give_every_address_the_same_form(crawl: Crawl) -> None:
    inside = {url for url, entry in crawl.truth.found.items() if entry["outcome"] != "out_of_scope"}
    assert len(inside) > 400
    assert {url: canonical_url(url, crawl.profile) for url in inside} == {url: url for url in inside}
    spellings = {spelt: own for spelt, own in crawl.truth.spellings.items() if own in inside}
    assert len(spellings) > 400
    assert {spelt: canonical_url(spelt, crawl.profile) for spelt in spellings} == spellings


def test_both_refuse_the_same_addresses_for_the_same_reasons(crawl: Crawl) -> None:
    expected = {url: e["outcome"] if e["outcome"] in WORDS else None for url, e in crawl.truth.found.items()}
    assert {url: refused(url, crawl.profile, 1) for url in expected} == expected
    assert set(expected.values()) == {*WORDS, None}


def test_every_address_is_reached_and_no_other(crawl: Crawl) -> None:
    met = {key.removeprefix("GET "): word for key, word in crawl.seen.items() if key.startswith("GET ")}
    known = crawl.truth.found
    # Pictures are the caller's to choose, and robots.txt is asked for by the politeness of the crawl.
    wanted = {url for url, e in known.items() if e["outcome"] not in ("out_of_scope", "file")}
    assert {url for url in wanted if not url.endswith("/robots.txt")} <= set(met)
    assert {url for url, word in met.items() if word != "out_of_scope"} <= set(known)
    assert {url: known[url]["outcome"] for url in met if url in known} == {u: w for u, w in met.items() if u in known}


def test_every_list_is_turned_page_by_page_and_no_page_twice(crawl: Crawl) -> None:
    assert crawl.posts == Counter(canonical_url(post["url"], crawl.profile).lower() for post in crawl.truth.posts())
    answers = {key: word for key, word in crawl.seen.items() if key.startswith("POST ")}
    assert len(answers) >= 8
    assert set(answers.values()) == {"listing"}
