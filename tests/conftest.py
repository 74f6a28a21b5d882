"""What every test may use: no network but loopback, the command as a person runs it, and the replica portal."""

from __future__ import annotations

import ipaddress
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests import crawling
from tests.replica import ROOT, Replica, running

# A guard of changes must not fail by chance: in CI every property is tried on the same examples each time.
hypothesis.settings.register_profile("steady", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("steady")


def need(there: bool, lacking: str) -> None:
    """Skip the test where something optional is not installed; fail in CI, which installs it and may not look away."""
    if there:
        return
    if os.environ.get("CI"):
        pytest.fail(lacking)
    pytest.skip(lacking)


def _loopback(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return address[0] == "localhost"


@pytest.fixture(autouse=True, scope="session")
def _only_loopback() -> Iterator[None]:
    """A test that reaches for the network fails with the address it wanted."""
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex"):
        real = getattr(socket.socket, name)

        def guarded(self: socket.socket, address: Any, real: Callable[..., Any] = real) -> Any:
            if not _loopback(address):
                raise AssertionError(f"a test wants the network: {address}")
            return real(self, address)

        patch.setattr(socket.socket, name, guarded)
    yield
    patch.undo()


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def portal_archive(tmp_path: Path) -> Run:
    """Runs ``portal-archive`` in a process of its own, in an empty folder, as a person does."""

    def run(*arguments: object, timeout: float = 240, **env: str) -> subprocess.CompletedProcess[str]:
        plain = {key: value for key, value in os.environ.items() if not key.startswith("PORTAL_ARCHIVE")}
        return subprocess.run(
            [sys.executable, "-m", "crawler", *map(str, arguments)],
            cwd=tmp_path,
            env={**plain, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "120", **env},
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    return run


@pytest.fixture(scope="session")
def replica(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    """The small replica portal, shared by all tests that do not change it."""
    with running(tmp_path_factory.mktemp("replica"), "--size", "small") as portal:
        yield portal


@pytest.fixture(scope="session")
def live(replica: Replica, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the small replica, crawled once for all tests that only read it."""
    path = tmp_path_factory.mktemp("live") / "archive.db"
    ran = crawling.run("crawl", path, replica.profile)
    assert ran.code == 0, ran.stderr[-3000:]
    return path


@pytest.fixture(scope="session")
def real_pages() -> Path:
    """The folder of saved real pages with their gold; it lies beside the project, not in it."""
    folder = ROOT.parent / "shared" / "real-pages"
    if not folder.is_dir():
        pytest.skip("the real pages are not beside this project (../shared/real-pages)")
    return folder
