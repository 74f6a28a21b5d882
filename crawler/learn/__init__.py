"""A profile sheet learned from captured pages: ``learn(captures, base)``. Pure: captures in, a sheet out.

    sample      which of many pages are compared, whatever their order
    sight       what is remembered of one page
    names       selectors that hold from page to page
    evidence    which lines pages share, what they call one another
    families    pages of one template
    body        the container that varies
    places      where title, date, byline, lead and source stand
    chrome      what is repeated: menus, banners, counters, lists of others
    trial       every rule against the general rules on the same pages
    sheet       the TOML a person reads

A learned rule never has the last word: it is only kept where reading the same pages with it loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from archive.models import Capture
from crawler.errors import ProfileError
from crawler.learn.host import HostFound, learn_host
from crawler.learn.layout import LEAST
from crawler.learn.sample import Sample
from crawler.learn.sheet import joined, write_sheet
from crawler.profile import SiteProfile

__all__ = ["LEAST", "LearnError", "Learned", "learn"]


class LearnError(ProfileError):
    """Nothing can be learned; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A sheet and what it was made of."""

    text: str
    hosts: tuple[HostFound, ...]
    left_out: tuple[str, ...]
    """Hosts that were not compared for want of room."""

    @property
    def layouts(self) -> int:
        """Layouts in the sheet."""
        return len(joined(self.hosts))


def learn(
    captures: Iterable[Capture],
    base: SiteProfile,
    *,
    host: str | None = None,
    name: str = "learned",
    extends: str | None = None,
    least: int = LEAST,
    progress: Callable[[int, int], None] = lambda done, whole: None,
) -> Learned:
    """A sheet for the hosts of these captures, or for one; the same for the same captures in whatever order.

    A host or family with fewer articles than ``least`` is left to the general rules. ``extends`` is how the sheet calls
    its base, by default by the base's name. ``progress`` is told of pages compared and pages to compare. Raises
    LearnError when no host has enough articles.
    """
    sample = Sample(base, host)
    seen = sum(sample.add(capture) for capture in captures)
    if not seen:
        where = f" of {host}" if host else ""
        raise LearnError(f"no captured page{where} to learn from; crawl the portal first, or name other files or hosts")
    drawn = {name: sample.packed(name) for name in sample.hosts()}
    whole, done = sum(map(len, drawn.values())), 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, whole)

    found = [learn_host(name, drawn.pop(name), sample.pages_of(name), base, least, step) for name in sample.hosts()]
    found = [one for one in found if one.articles >= least]
    if not found:
        raise LearnError(
            f"no host has {least} articles among its captured pages, too few to compare; crawl more of the portal"
        )
    text = write_sheet(found, base, extends or base.name, name)
    return Learned(text, tuple(found), tuple(sorted(sample.left_out)))
