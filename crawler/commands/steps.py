"""The progress of long work, step after step: a line that moves on a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

#: Seconds between two redraws on a terminal, and between two lines where there is none.
REDRAW, LINE = 0.2, 30.0


class Steps:
    """A context manager; ``told`` is called with a step's name, what is done of it, and the whole."""

    def __init__(self, *, hidden: bool) -> None:
        screen = Console(stderr=True)
        self._hidden = hidden
        # No thread of its own: the work may fork.
        self._live = (
            Live(console=screen, auto_refresh=False, transient=True) if screen.is_terminal and not hidden else None
        )
        self._drawn = monotonic()

    def __enter__(self) -> Steps:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def told(self, step: str, done: int, whole: int) -> None:
        """The step has come so far."""
        now = monotonic()
        if self._hidden or now - self._drawn < (LINE if self._live is None else REDRAW):
            return
        self._drawn = now
        line = f"{step}: {done / max(1, whole):.0%} of {whole:,}"
        if self._live is None:
            print(line, file=sys.stderr, flush=True)
        else:
            self._live.update(Text(line), refresh=True)
