"""The recorder: every answer goes to the WARC file before anything is made of it.

It listens to ``response_downloaded``, where redirects, errors and robots.txt pass too, and bodies are still as sent.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from archive.errors import ArchiveError
from crawler.answers import Recorded, header_pairs, truncation
from crawler.spiders.portal import PortalSpider


class Recorder:
    """Writes each exchange and leaves its place in the request's meta for the capture."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Recorder:
        """Connected for the portal spider; other spiders are not recorded."""
        if not isinstance(crawler.spider, PortalSpider):
            raise NotConfigured("records the portal spider only")
        recorder = cls(crawler)
        crawler.signals.connect(recorder.record, signal=signals.response_downloaded)
        return recorder

    def record(self, response: Response, request: Request, spider: Spider) -> None:
        """Write the exchange; a WARC that cannot be written ends the run, for nothing may be kept without it."""
        assert isinstance(spider, PortalSpider)
        assert spider.crawl is not None
        now = spider.crawl.now()
        spider.crawl.timed(urlsplit(request.url).netloc, request.meta.get("download_latency", 0.0), len(response.body))
        headers = header_pairs(response.headers)
        try:
            place = spider.crawl.record(
                url=request.url,
                method=request.method,
                request_headers=_sent_headers(request),
                request_body=request.body,
                status=response.status,
                protocol=response.protocol or "HTTP/1.1",
                response_headers=headers,
                body=response.body,
                ip=str(response.ip_address) if response.ip_address else None,
                fetched_at=now,
                truncated=truncation(response),
                notes=spider.crawl.notes(request.url),
            )
        except (ArchiveError, OSError) as error:
            spider.fail(error)
            return
        request.meta["recorded"] = Recorded(place=place, headers=headers, at=now)


def _sent_headers(request: Request) -> tuple[tuple[str, str], ...]:
    """The request's headers as sent: Scrapy adds Host only on the wire."""
    return (("Host", urlsplit(request.url).netloc), *header_pairs(request.headers))
