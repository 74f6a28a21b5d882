"""The yardstick: Scrapy alone, fetching a list of addresses and doing nothing with them.

One request at a time a host, as ours. Scrapy 2.19 keeps that cap only when a delay is set, so it gets the smallest one.
With ``tuned`` it also loses the hundred idle workers it starts for every answer, as our settings do.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess

SETTINGS = {
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "DOWNLOAD_DELAY": 0.00001,
    "RANDOMIZE_DOWNLOAD_DELAY": False,
    "ROBOTSTXT_OBEY": False,
    "RETRY_ENABLED": False,
    "REDIRECT_ENABLED": False,
    "HTTPERROR_ALLOW_ALL": True,
    "COOKIES_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "LOG_ENABLED": False,
    "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
}


class Bare(scrapy.Spider):
    """Fetches every address of the list once."""

    name = "bare"

    def __init__(self, urls: list[str], **rest: Any) -> None:
        super().__init__(**rest)
        self.urls = urls
        self.fetched = 0

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for url in self.urls:
            yield scrapy.Request(url, callback=self.parse, errback=self.failed)

    def parse(self, response: scrapy.http.Response) -> None:
        self.fetched += 1

    def failed(self, failure: Any) -> None:
        self.fetched += 1


def main(listing: Path, tuned: bool) -> None:
    """Fetch the addresses of a JSON list; prints their number and the seconds it took as JSON."""
    urls = json.loads(listing.read_text())
    process = CrawlerProcess(SETTINGS | ({"CONCURRENT_ITEMS": 1} if tuned else {}), install_root_handler=False)
    crawler = process.create_crawler(Bare)
    process.crawl(crawler, urls=urls)
    started = time.monotonic()
    process.start()
    spider = crawler.spider
    assert isinstance(spider, Bare)
    print(json.dumps({"fetched": spider.fetched, "seconds": time.monotonic() - started}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), "tuned" in sys.argv[2:])
