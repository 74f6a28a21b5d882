"""One Chromium and one served archive for all tests of pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.archive.conftest import Site, command, free_port, running
from tests.archive.lived import build
from tests.browser import chromium
from tests.browser.chromium import Chromium
from tests.conftest import need


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    lacking = chromium.missing()
    need(not lacking, lacking or "")
    with chromium.running() as opened:
        yield opened


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("browser") / "archive.db")


@pytest.fixture(scope="session")
def site(lived: Path) -> Iterator[Site]:
    port = free_port()
    with running(command(lived, port, sql=True), port) as opened:
        yield opened
