"""Loads the sentence pools and makes titles, leads, paragraphs and signatures from them."""

from __future__ import annotations

import random
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from tests.portal.names import GIVEN, MIDDLE, Slots

TOPICS = Path(__file__).parent / "topics"


@cache
def pool(name: str) -> dict[str, list[str]]:
    """One topic's sentences by their use: title, lead, sentence …"""
    sheet: dict[str, Any] = tomllib.loads((TOPICS / f"{name}.toml").read_text("utf-8"))
    return sheet


@cache
def topics() -> tuple[str, ...]:
    """Names of the topics of news, without the common pool."""
    return tuple(sorted(path.stem for path in TOPICS.glob("*.toml") if path.stem not in ("chung", "english")))


def pick(slots: Slots, topic: str, use: str) -> str:
    """One filled sentence of that use."""
    return slots.fill(slots.rng.choice(pool(topic)[use]))


class Speaker:
    """Gives out sentences on a topic, mixing in what can be said about anything, none twice before all were said."""

    def __init__(self, slots: Slots, topic: str) -> None:
        self.slots = slots
        self.own = pool(topic)["sentence"]
        self.common = self.own if topic == "english" else pool("chung")["sentence"]
        self._stock: list[str] = []

    def sentence(self) -> str:
        """The next sentence, filled."""
        if not self._stock:
            rng = self.slots.rng
            self._stock = [*self.own, *rng.sample(self.common, min(len(self.common), 14))]
            rng.shuffle(self._stock)
        return self.slots.fill(self._stock.pop())

    def paragraph(self) -> str:
        """One to three sentences."""
        return " ".join(self.sentence() for _ in range(self.slots.rng.randrange(1, 4)))


def pen_name(rng: random.Random) -> str:
    """Two syllables, as reporters sign."""
    return f"{rng.choice(MIDDLE[3:])} {rng.choice(GIVEN)}"


def signature(rng: random.Random) -> tuple[str | None, str | None]:
    """Author and signature line as printed; both None where nobody signed."""
    name, other = pen_name(rng), pen_name(rng)
    line = rng.choice(
        (
            name,
            name,
            name,
            f"{name} (tổng hợp)",
            f"{name}- Trung tâm VH,TT&TT",
            f"{name} – {other} – {pen_name(rng)}",
            ".".join(word[0] for word in name.split()),
            f"{name[0]}.{other.split()[1].upper()}",
            name.upper(),
            f"Tin, ảnh: {name}",
            "Ban Tổ chức",
            "",
        )
    )
    if not line:
        return None, None
    return line.removeprefix("Tin, ảnh: "), line


def decorate(text: str, letters: str) -> str:
    """The text with another letter for Đ where a page is odd that way (only in words, never in abbreviations)."""
    odd = {"eth": "\u00d0", "african": "\u0189"}.get(letters)
    if odd is None:
        return text
    return "".join(
        odd if c == "Đ" and index + 1 < len(text) and text[index + 1].islower() else c for index, c in enumerate(text)
    )
