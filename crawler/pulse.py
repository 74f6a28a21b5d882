"""The pulse of a run: a small JSON file beside the archive that says what a running crawl does and how the last ended.

It is replaced whole, so that a reader never sees half of it. A pulse that says ``running`` and is older than a few
minutes is that of a killed run: the next run goes on where it stood.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any


def pulse_path(archive: Path) -> Path:
    """The pulse's file, beside the archive."""
    return archive.with_name(archive.name + ".status.json")


def write_pulse(path: Path, value: dict[str, Any]) -> None:
    """The file holds the value, whole; a disk that cannot take it is told by OSError."""
    replace_file(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def replace_file(path: Path, text: str) -> None:
    """The file holds the text, at once and whole, or is as it was. Raises OSError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, "utf-8")
        beside.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


def read_pulse(archive: Path) -> dict[str, Any] | None:
    """The latest pulse, None where there is none or it cannot be read."""
    try:
        value = json.loads(pulse_path(archive).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
