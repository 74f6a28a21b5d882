"""Everyone who is to be told of an update, and what became of telling them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from crawler.pulse import replace_file
from crawler.telling.mail import Mail, send_mail
from crawler.telling.metrics import write_metrics
from crawler.telling.news import News
from crawler.telling.page import as_page
from crawler.telling.text import as_text
from crawler.telling.web import NotTold, call_webhook, ping


@dataclass(frozen=True, kw_only=True, slots=True)
class Hooks:
    """Who is told, and when. Pings, files and metrics tell of every update; webhook and mail of what matters."""

    ping: str = ""
    """Base address of a dead-man check."""
    webhook: str = ""
    webhook_token: str = ""
    mail: Mail | None = None
    metrics: Path | None = None
    """A ``*.prom`` file in the folder of the node exporter's textfile collector."""
    reports: Path | None = None
    """Folder for ``latest`` and one report a run, as ``.json``, ``.html`` and ``.txt``."""
    always: bool = False
    """Webhook and mail tell of routine updates too."""
    run: str = field(default_factory=lambda: str(uuid.uuid4()))
    """Joins the ping of the start with that of the end."""

    def start(self) -> dict[str, str]:
        """An update begins: hook -> why it could not be told."""
        return _told({"ping": lambda: ping(self.ping, "start", self.run)} if self.ping else {})

    def end(self, news: News) -> dict[str, str]:
        """An update has ended: hook -> why it could not be told."""
        tellings: dict[str, Callable[[], None]] = {}
        if self.reports is not None:
            tellings["reports"] = lambda: self._write_reports(news)
        if self.metrics is not None:
            metrics = self.metrics
            tellings["metrics"] = lambda: write_metrics(metrics, news)
        if self.ping:
            kind = "fail" if news.report is None and news.code == 1 else str(news.code)
            tellings["ping"] = lambda: ping(self.ping, kind, self.run, as_text(news))
        if self.always or not news.routine:
            if self.webhook:
                tellings["webhook"] = lambda: call_webhook(self.webhook, news, self.webhook_token)
            if self.mail is not None:
                mail = self.mail
                tellings["mail"] = lambda: send_mail(mail, news)
        return _told(tellings)

    def _write_reports(self, news: News) -> None:
        assert self.reports is not None
        self.reports.mkdir(parents=True, exist_ok=True)
        texts = {
            "json": json.dumps(news.data(), ensure_ascii=False, indent=1) + "\n",
            "html": as_page(news),
            "txt": as_text(news),
        }
        names = ["latest", *([f"run-{news.report.run_id:06d}"] if news.report else [])]
        for name in names:
            for kind, text in texts.items():
                replace_file(self.reports / f"{name}.{kind}", text)


def _told(tellings: dict[str, Callable[[], None]]) -> dict[str, str]:
    failed = {}
    for name, tell in tellings.items():
        try:
            tell()
        except NotTold as error:
            failed[name] = str(error)
        except OSError as error:
            failed[name] = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    return failed
