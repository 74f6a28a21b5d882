"""Certificates are verified, always; a host whose certificate is broken is exempt only where the sheet says so and why.

The exemption is written into the WARC file, beside every answer it concerns, and into ``hosts``.
"""

from __future__ import annotations

from typing import Any

from scrapy.core.downloader.contextfactory import _ScrapyClientContextFactory
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler

from crawler.profile import Network

#: WARC field of an answer whose certificate was not verified; its value is the sheet's reason.
UNVERIFIED = "X-TLS-Unverified"


def exemption(network: Network, host: str) -> str | None:
    """Why the certificate of ``host[:port]`` is not verified; None for all that are."""
    return network.unverified_tls.get(host) or network.unverified_tls.get(host.partition(":")[0])


class HostPolicy(_ScrapyClientContextFactory):
    """Verifies every host but those a sheet exempts by name."""

    def __init__(self, network: Network, verifying: Any) -> None:
        super().__init__(verify_certificates=True)
        self._network = network
        self._verifying = verifying
        self._trusting = _ScrapyClientContextFactory(verify_certificates=False)

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: N802
        """How a connection to that host is secured."""
        host = f"{hostname.decode('ascii')}:{port}"
        chosen = self._verifying if exemption(self._network, host) is None else self._trusting
        return chosen.creatorForNetloc(hostname, port)


class SecureDownloads(HTTP11DownloadHandler):
    """Scrapy's handler with the sheet's exemptions."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        crawl = getattr(crawler.spider, "crawl", None)
        if crawl is not None and crawl.profile.network.unverified_tls:
            policy: Any = HostPolicy(crawl.profile.network, self._contextFactory)
            self._contextFactory = policy
