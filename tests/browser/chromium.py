"""Debian's Chromium on a page of ours; whatever it complains of and wherever else it turns is written down.

playwright stands in an environment of its own (``make browser``), so that nobody needs it who does not look at pages.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.replica import ROOT

CHROMIUM = Path("/usr/bin/chromium")
PACKAGES = ROOT / ".peers/browser/lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
#: Widths of a phone and of a desk.
PHONE, DESK = (390, 844), (1280, 900)
_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


def missing() -> str | None:
    """What has to be installed before pages can be looked at."""
    if not CHROMIUM.exists():
        return "Debian's chromium is not installed; run `make browser`"
    if not (PACKAGES / "playwright").is_dir():
        return f"playwright is not in {PACKAGES.relative_to(ROOT)}; run `make browser`"
    return None


@dataclass(kw_only=True)
class Visit:
    """A page under way, and what should not happen on it."""

    page: Any
    home: str
    complaints: list[str] = field(default_factory=list)
    """Errors and warnings of the console, scripts that failed, policies that were broken."""
    strays: list[str] = field(default_factory=list)
    """Requests to another host than ours."""

    def go(self, path: str) -> Any:
        """Opens a page of the site."""
        return self.page.goto(f"{self.home}/{path}")

    def violations(self) -> list[str]:
        """Serious and critical findings of axe-core on the page as it stands."""
        axe = importlib.import_module("axe_playwright_python.sync_playwright")
        found = axe.Axe().run(self.page).response["violations"]
        return [
            f"{rule['id']} ({rule['impact']}): {node['target']} {node['html'][:160]}"
            for rule in found
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"][:3]
        ]


class Chromium:
    """A running browser."""

    def __init__(self, browser: Any) -> None:
        self._browser = browser

    @contextmanager
    def visit(
        self, home: str, *, size: tuple[int, int] = DESK, scripts: bool = True, dark: bool = False
    ) -> Iterator[Visit]:
        """A visitor with an empty memory."""
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            locale="vi-VN",
            bypass_csp=False,
        )
        context.set_default_timeout(20_000)
        page = context.new_page()
        visit = Visit(page=page, home=home.rstrip("/"))
        host = urlsplit(home).netloc
        page.on("console", lambda m: visit.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (visit.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda r: None if urlsplit(r.url).netloc in (host, "") else visit.strays.append(r.url))
        try:
            yield visit
        finally:
            context.close()


@contextmanager
def running() -> Iterator[Chromium]:
    """A Chromium until the block ends."""
    if str(PACKAGES) not in sys.path:
        sys.path.append(str(PACKAGES))  # last, so that it replaces none of our own packages
    playwright = importlib.import_module("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=list(_FLAGS))
        try:
            yield Chromium(browser)
        finally:
            browser.close()
