"""The replica portal as a subprocess: started on free ports, asked over HTTP, ended by its own process."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class Replica:
    """A running replica: where it listens, the profile sheet it wrote, and its control port."""

    port: int
    hosts: dict[str, str]
    profile: Path
    control: str
    process: subprocess.Popen[str]

    def truth(self) -> Any:
        """Every article and address as a perfect archive would hold it, at the present epoch."""
        return self._get("/__replica__/truth")

    def history(self) -> Any:
        """What has become of every article up to the present epoch."""
        return self._get("/__replica__/history")

    def stats(self) -> Any:
        """What the server saw: simultaneous requests and least gap a host, answers by address."""
        return self._get("/__replica__/stats")

    def epoch(self, number: int) -> Any:
        """The portal changes to another state of its life."""
        request = urllib.request.Request(f"{self.control}/__replica__/epoch?n={number}", data=b"", method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def outage(self, kind: str) -> Any:
        """Every article answers like this until told otherwise; an empty word ends it."""
        request = urllib.request.Request(f"{self.control}/__replica__/outage?kind={kind}", data=b"", method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(self.control + path, timeout=120) as answer:
            return json.load(answer)


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Replica]:
    """A replica that runs while the block does; its sheet and error output stand in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    sheet = folder / "replica.toml"
    command = [sys.executable, "-m", "tests.portal", "--profile-out", str(sheet), *options]
    with (folder / "replica.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"the replica did not start: {(folder / 'replica.log').read_text()[-2000:]}")
            told = json.loads(line)
            yield Replica(
                port=told["port"],
                hosts=told["hosts"],
                profile=sheet,
                control=control_address(told["control"]),
                process=process,
            )
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()


def control_address(told: int | str) -> str:
    """The control port's base address, whether it was told as a port or as an address."""
    return f"http://127.0.0.1:{told}" if isinstance(told, int) else told.rstrip("/")
