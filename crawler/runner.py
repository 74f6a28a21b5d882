"""A crawl as one call: Scrapy set up, run and ended, with the display a person wants to see."""

from __future__ import annotations

import gc
import json
import logging
import sys

from scrapy.crawler import CrawlerProcess
from scrapy.settings import Settings
from scrapy.utils.project import get_project_settings

from crawler.budget import Limits
from crawler.crawl import Crawl, CrawlOptions
from crawler.heartbeat import Heartbeat
from crawler.progress import Progress, print_report
from crawler.pulse import pulse_path
from crawler.spiders.portal import PortalSpider

__all__ = ["CrawlOptions", "Limits", "crawl", "visit"]


def crawl(options: CrawlOptions, *, quiet: bool = False, as_json: bool = False) -> int:
    """Crawl a portal into an archive; the exit code of the run (0 complete, 2 below expectation, 3 stopped, 5 blocked).

    Raises an ArchiveError, with its own exit code, when the crawl cannot start; nothing was written then.
    """
    opened = visit(Crawl.open(options), quiet=quiet)
    if as_json and opened.report is not None:
        print(json.dumps(opened.report.counts(), ensure_ascii=False, indent=1))
    elif not quiet and opened.report is not None:
        print_report(opened.report)
    if opened.error is not None:
        raise opened.error
    return opened.exit_code


def visit(opened: Crawl, *, quiet: bool = False) -> Crawl:
    """Run an open crawl to its end; it is closed then, and says how it went. Only once in a process."""
    process = CrawlerProcess(_settings())
    _quiet_logs()
    progress = Progress(opened, enabled=not quiet)
    pulse = Heartbeat(opened, pulse_path(opened.options.archive))
    gc.freeze()  # what is loaded by now stays; a crawl makes little garbage in circles, so it is looked for less often
    gc.set_threshold(20_000, 20, 50)
    try:
        process.crawl(PortalSpider, crawl=opened)
        with progress:
            process.start()
    finally:
        opened.close_unfinished()
        pulse.stop()
    return opened


def _settings() -> Settings:
    settings = get_project_settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.set("LOG_ENABLED", False, priority="cmdline")
    settings.set("LOG_INSTALL_ROOT_HANDLER", False, priority="cmdline")
    settings.set("STATS_DUMP", False, priority="cmdline")
    settings.set("LOGSTATS_INTERVAL", 0, priority="cmdline")
    return settings


def _quiet_logs() -> None:
    """Scrapy's and Twisted's chatter gives way to the progress display; warnings still reach stderr."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s: %(message)s", force=True)
    logging.getLogger("scrapy").setLevel(logging.ERROR)
    logging.getLogger("twisted").setLevel(logging.ERROR)
