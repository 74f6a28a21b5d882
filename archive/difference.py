"""What differs between two texts or two versions of an article, syllable by syllable.

Texts are compared as they are kept (NFC) and as they are read: paragraphs first, then the syllables and signs of
paragraphs that differ. Blanks never differ. A syllable whose tone mark only sits on the other vowel (hoà, hòa) is told
as ``respelled``, for the portal changed its spelling there and not what it says.
"""

from __future__ import annotations

import html
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from archive.marks import to_plain
from archive.vietnamese import nfc, tone_placement

Kind = Literal["equal", "removed", "added", "respelled"]

_PIECE = re.compile(r"(?:[^\W_]+|[^\s])\s*|\s+")
#: Paragraphs that share less than this are another text: told whole, not as scattered syllables.
_ALIKE = 0.3
#: Pieces from which on the most frequent ones are no anchors: comparing them all would take minutes.
_LONG = 4000


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A stretch of text that stayed, went, came or was respelled. Joined, the old sides are the old text."""

    kind: Kind
    old: str = ""
    """As the old text has it; empty for what was added."""
    new: str = ""
    """As the new text has it; empty for what was removed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldDifference:
    """How one field of an article changed."""

    field: str
    """A versioned field; those of a document as ``document.number`` and so on."""
    segments: tuple[Segment, ...]


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[FieldDifference, ...]:
    """Every versioned field that differs between two versions (``article_versions.fields``), in the order of fields.

    Pictures and files are compared as lines of caption or text and address, a document field by field.
    """
    before, after = dict(_told(old)), dict(_told(new))
    names = [*before, *(name for name in after if name not in before)]
    pairs = ((name, before.get(name, ""), after.get(name, "")) for name in names)
    return tuple(
        FieldDifference(field=name, segments=compare(was, now)) for name, was, now in pairs if nfc(was) != nfc(now)
    )


def compare(old: str, new: str) -> tuple[Segment, ...]:
    """The way from one text to the other. Neighbouring segments differ in kind.

    >>> [(s.kind, s.old, s.new) for s in compare("xã Hoà An", "xã Hòa Bình")]
    [('equal', 'xã ', 'xã '), ('respelled', 'Hoà ', 'Hòa '), ('removed', 'An', ''), ('added', '', 'Bình')]
    """
    return tuple(_joined(_by_paragraph(nfc(old).splitlines(True), nfc(new).splitlines(True))))


def to_html(segments: Sequence[Segment]) -> str:
    """Escaped HTML: ``<del>``, ``<ins>``, and ``<ins class="respelled">`` whose title is the older spelling."""
    made = []
    for s in segments:
        old, new = html.escape(to_plain(s.old)), html.escape(to_plain(s.new))
        match s.kind:
            case "equal":
                made.append(new)
            case "removed":
                made.append(f"<del>{old}</del>")
            case "added":
                made.append(f"<ins>{new}</ins>")
            case "respelled":
                made.append(f'<ins class="respelled" title="{old.strip()}">{new}</ins>')
    return "".join(made)


def to_ansi(segments: Sequence[Segment]) -> str:
    """For a terminal: what went red and struck through, what came green, a respelling yellow."""
    shown = {
        "equal": lambda s: to_plain(s.new),
        "removed": lambda s: f"\x1b[9;31m{to_plain(s.old)}\x1b[0m",
        "added": lambda s: f"\x1b[32m{to_plain(s.new)}\x1b[0m",
        "respelled": lambda s: f"\x1b[33m{to_plain(s.new)}\x1b[0m",
    }
    return "".join(shown[s.kind](s) for s in segments)


def to_text(segments: Sequence[Segment]) -> str:
    """For logs and pipes: ``[-went-]``, ``{+came+}``, ``{~old=new~}`` for a respelling."""
    made = []
    for s in segments:
        old, new = to_plain(s.old), to_plain(s.new)
        match s.kind:
            case "equal":
                made.append(new)
            case "removed":
                made.append(_wrapped("[-", old, "-]"))
            case "added":
                made.append(_wrapped("{+", new, "+}"))
            case "respelled":
                made.append(_wrapped("{~", f"{old.strip()}={new.rstrip()}", "~}") + new[len(new.rstrip()) :])
    return "".join(made)


def around(segments: Sequence[Segment], width: int = 60) -> tuple[Segment, ...]:
    """The same with long unchanged stretches cut to ``width`` characters beside a change, `` … `` for what is left out.

    Segments are then for reading only.
    """
    kept = []
    for index, s in enumerate(segments):
        if s.kind == "equal" and len(s.new) > 2 * width + 3:
            head = "" if index == 0 else s.new[:width]
            tail = "" if index == len(segments) - 1 else s.new[-width:]
            text = f"{head} … {tail}"
            s = Segment(kind="equal", old=text, new=text)
        kept.append(s)
    return tuple(kept)


def _wrapped(start: str, text: str, end: str) -> str:
    """Marks around the words, not around the blanks behind them."""
    bare = text.rstrip()
    return f"{start}{bare}{end}{text[len(bare) :]}"


def _told(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every field as text."""
    for name, value in fields.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{key}", str(part)) for key, part in value.items() if part not in (None, ""))
        elif isinstance(value, list):
            yield name, "\n".join(_line(item) for item in value)
        elif value is not None:
            yield name, str(value)


def _line(item: Any) -> str:
    return " | ".join(str(part) for part in item.values() if part) if isinstance(item, Mapping) else str(item)


def _by_paragraph(old: list[str], new: list[str]) -> Iterator[Segment]:
    for tag, i1, i2, j1, j2 in _steps(old, new):
        was, now = "".join(old[i1:i2]), "".join(new[j1:j2])
        if tag == "equal":
            yield Segment(kind="equal", old=was, new=now)
        elif tag == "replace":
            yield from _replaced(old[i1:i2], new[j1:j2])
        else:
            yield from _whole(was, now)


def _replaced(old: list[str], new: list[str]) -> Iterator[Segment]:
    """Paragraphs in the place of others: one beside one by its syllables, several together."""
    if len(old) != len(new):
        yield from _by_syllable("".join(old), "".join(new))
        return
    for was, now in zip(old, new, strict=True):
        yield from _by_syllable(was, now)


def _by_syllable(old: str, new: str) -> Iterator[Segment]:
    was, now = _PIECE.findall(old), _PIECE.findall(new)
    steps = list(_steps([tone_placement(p.strip()) for p in was], [tone_placement(p.strip()) for p in now]))
    shared = sum(i2 - i1 for tag, i1, i2, _, _ in steps if tag == "equal")
    if shared < _ALIKE * min(len(was), len(now)):
        yield from _whole(old, new)
        return
    for tag, i1, i2, j1, j2 in steps:
        if tag == "equal":
            for one, other in zip(was[i1:i2], now[j1:j2], strict=True):
                yield Segment(kind="equal" if one.strip() == other.strip() else "respelled", old=one, new=other)
        else:
            yield from _whole("".join(was[i1:i2]), "".join(now[j1:j2]))


def _whole(old: str, new: str) -> Iterator[Segment]:
    if old:
        yield Segment(kind="removed", old=old)
    if new:
        yield Segment(kind="added", new=new)


def _steps(old: Sequence[Hashable], new: Sequence[Hashable]) -> Sequence[tuple[str, int, int, int, int]]:
    return SequenceMatcher(None, old, new, autojunk=len(new) > _LONG).get_opcodes()


def _joined(segments: Iterator[Segment]) -> Iterator[Segment]:
    """Neighbours of one kind as one."""
    held: Segment | None = None
    for s in segments:
        if held is not None and held.kind == s.kind:
            held = Segment(kind=s.kind, old=held.old + s.old, new=held.new + s.new)
            continue
        if held is not None:
            yield held
        held = s
    if held is not None:
        yield held
