"""A draft made into the archive's Article: attachments, pictures, safe HTML and the evidence beside the fields."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qs, unquote, urlsplit

from archive.models import Article, Attachment, Image
from crawler.extract.addresses import safe_url
from crawler.extract.article import Draft
from crawler.extract.blocks import Block
from crawler.extract.body import body_html, body_text
from crawler.extract.dates import PrintedDate
from crawler.extract.dom import squash, words
from crawler.profile import SiteProfile
from crawler.sharepoint import canonical_url

#: Extensions of files that count as attachments.
ATTACHED = words(
    "pdf doc docx docm dot dotx xls xlsx xlsm xlsb ppt pptx pps ppsx odt ods odp rtf csv txt zip rar 7z gz xml mp3 mp4"
)
_NAMED_FILE = re.compile(r"\.([a-z0-9]{2,5})$", re.I)
# Viewers and download pages that name the file in a parameter.
_FILE_PARAMETERS = ("sourcedoc", "sourceurl", "file", "filename")


def attachments_of(links: Iterable[tuple[str, str]], base: str, profile: SiteProfile) -> tuple[Attachment, ...]:
    """The files among an article's links that are shown with a text, each once, in page order."""
    found: dict[str, Attachment] = {}
    for href, text in links:
        url = safe_url(base, href)
        if url is None or not text:
            continue
        name, kind = file_name(url)
        if kind not in ATTACHED:
            continue
        address = canonical_url(url, profile)
        found.setdefault(address, Attachment(url=address, text=text, filename=name, filetype=kind))
    return tuple(found.values())


def file_name(url: str) -> tuple[str | None, str | None]:
    """Name and lower-case extension of the file an address leads to; None where it names none."""
    parts = urlsplit(url)
    candidates = [parts.path]
    if parts.path.lower().endswith(".aspx"):
        query = {name.lower(): values for name, values in parse_qs(parts.query).items()}
        candidates = [query[name][0] for name in _FILE_PARAMETERS if name in query]
    for path in candidates:
        name = unquote(path.rsplit("/", 1)[-1])
        match = _NAMED_FILE.search(name)
        if match:
            return name, match.group(1).lower()
    return None, None


def make_article(
    draft: Draft,
    *,
    profile: SiteProfile,
    section: str | None,
    language: str | None,
    html_blocks: list[Block] | None = None,
) -> Article:
    """The article of a draft; text stands in it as printed."""
    published, updated = draft.published, draft.updated
    return Article(
        title=draft.title,
        lead=draft.lead,
        body_text=body_text(draft.blocks),
        body_html=body_html(draft.blocks if html_blocks is None else html_blocks, draft.captions),
        author=draft.author,
        author_raw=draft.author_raw,
        source=draft.source,
        source_raw=draft.source_raw,
        section=draft.section or section,
        published_at=_at(published),
        published_raw=_raw(published),
        updated_at=_at(updated),
        updated_raw=_raw(updated),
        language=language,
        images=tuple(_canonical(image, profile) for image in draft.images),
        attachments=draft.attachments,
    )


def _at(date: PrintedDate | None) -> str | None:
    return date.at if date else None


def _raw(date: PrintedDate | None) -> str | None:
    return date.raw if date else None


def _canonical(image: Image, profile: SiteProfile) -> Image:
    """A picture under its canonical address, so that it can be joined to the capture of its file."""
    if not image.url:
        return image
    return Image(url=canonical_url(image.url, profile), caption=squash(image.caption) or None, alt=image.alt)
