"""Regular expressions of profile sheets, matched by RE2: its time grows with the text alone, whatever the expression.

Python's own engine tries branch after branch, and one unlucky expression on one long address stops a run for hours.
RE2 has no look-around and no back-references within an expression, and ``\\w``, ``\\d`` and ``\\b`` mean ASCII. Case
never counts.
"""

from __future__ import annotations

from functools import lru_cache

import re2


class BadExpression(ValueError):
    """The expression cannot be used; the message says why."""


class Expression:
    """A sheet's regular expression, ready for use."""

    __slots__ = ("_compiled", "groups", "names", "text")

    def __init__(self, text: str) -> None:
        """Raises BadExpression for what RE2 does not understand."""
        options = re2.Options()
        options.case_sensitive = False
        options.log_errors = False
        try:
            self._compiled = re2.compile(text, options)
        except re2.error as error:
            raise BadExpression(_told(error)) from error
        except UnicodeEncodeError as error:
            raise BadExpression("it holds half a character") from error
        self.text = text
        self.groups: int = self._compiled.groups
        """Number of groups in brackets."""
        self.names: frozenset[str] = frozenset(self._compiled.groupindex)
        """Names of those that have one."""

    def search(self, text: str) -> bool:
        """Whether the expression stands somewhere in a text."""
        return self._compiled.search(_whole(text)) is not None

    def sub(self, new: str, text: str) -> str:
        """The text with its first match replaced; ``new`` may name groups (``\\1``, ``\\g<name>``)."""
        replaced: str = self._compiled.sub(new, _whole(text), 1)
        return replaced


@lru_cache(512)
def compiled(text: str) -> Expression:
    """The expression, compiled once; raises BadExpression."""
    return Expression(text)


def _whole(text: str) -> str:
    """The text as RE2 takes it: without halves of characters."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _told(error: Exception) -> str:
    reason = error.args[0] if error.args else "unknown"
    reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    if "invalid perl operator" in reason:
        return f"{reason}; look-around is not to be had, for expressions must end in bounded time"
    if reason.startswith("invalid escape sequence: \\") and reason[-1:].isdigit():
        return f"{reason}; back-references are not to be had, for expressions must end in bounded time"
    return reason
