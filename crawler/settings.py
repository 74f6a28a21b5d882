"""Scrapy's wiring: what is on, what is off, and the only place that reads the environment."""

import os
from importlib.util import find_spec

BOT_NAME = "portal-archive"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

# Frontier and politeness are ours: one request a host, delays, robots.txt and retries are the ledger scheduler's work.
SCHEDULER = "crawler.scheduler.LedgerScheduler"
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
CONCURRENT_REQUESTS = 16
CONCURRENT_ITEMS = 1  # callbacks yield none; Scrapy starts this many workers for every answer
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 0
DOWNLOAD_DELAY_JITTER = 0
AUTOTHROTTLE_ENABLED = False
ROBOTSTXT_OBEY = False  # obeyed by crawler.politeness, by RFC 9309, with the file in the archive
RETRY_ENABLED = False
REDIRECT_ENABLED = False
METAREFRESH_ENABLED = False
COMPRESSION_ENABLED = False  # answers are recorded as sent and decoded by archive.warc, the same for every door
HTTPPROXY_ENABLED = False
HTTPCACHE_ENABLED = False
REFERER_ENABLED = False
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # scope is the profile's, checked by the ledger
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,  # we never log in
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": None,  # every request names its own
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,  # downloads a list of suffixes from a third party
    "crawler.cookies.HostCookies": 700,
    "scrapy.downloadermiddlewares.stats.DownloaderStats": None,  # the run report counts
}
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,  # every answer is settled, errors too
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
}

if find_spec("uvloop"):  # there is none for Windows; with it a crawl takes some hundredths less time
    ASYNCIO_EVENT_LOOP = "uvloop.Loop"

# Scrapy 2.19 starts an HTTP server that executes Python sent to it, and a telnet console, unless told not to.
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False

DOWNLOAD_HANDLERS = {"https": "crawler.tls.SecureDownloads"}
TWISTED_DNS_RESOLVER = "crawler.guard.GuardedResolver"
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_FAIL_ON_DATALOSS = False  # a short body is recorded and marked truncated
DOWNLOAD_MAXSIZE = 100 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_TIMEOUT = 60

USER_AGENT = "portal-archive"
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "vi,en;q=0.5",
    "Accept-Encoding": "gzip, deflate",  # not br: warcio cannot read such bodies back
}

EXTENSIONS: dict[str, int | None] = {
    "crawler.extensions.Recorder": 10,
    "scrapy.extensions.feedexport.FeedExporter": None,
    "scrapy.extensions.spiderstate.SpiderState": None,
    "scrapy.extensions.corestats.CoreStats": None,  # counted by the run report, from the archive itself
    "scrapy.extensions.closespider.CloseSpider": None,
    "scrapy.extensions.memusage.MemoryUsage": None,
    "scrapy.extensions.throttle.AutoThrottle": None,
}
if find_spec("spidermon"):  # the extra [monitor]; idle until SPIDERMON_ENABLED is set
    EXTENSIONS["spidermon.contrib.scrapy.extensions.Spidermon"] = 500
    SPIDERMON_ENGINE_STOP_MONITORS = ("crawler.monitors.PortalSuite",)
ITEM_PIPELINES: dict[str, int] = {}

LOG_LEVEL = os.environ.get("PORTAL_ARCHIVE_LOG_LEVEL", "INFO")
LOGSTATS_INTERVAL = 60.0
FEED_EXPORT_ENCODING = "utf-8"
