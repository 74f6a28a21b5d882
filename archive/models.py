"""The values that travel through the house: a capture comes in, an outcome comes out.

All are frozen and keyword-only. Instants are aware datetimes; a *printed* time of a portal is kept raw beside the
understood one, which is ISO 8601 with the portal's offset (``+07:00``). ``None`` means: the page did not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Source = Literal["live", "warc", "wayback", "commoncrawl", "text"]

# Why a response holds nothing to keep. The strings stand in captures.reason, are counted and promised to users.
Reason = Literal[
    "not_found",  # 404 or 410
    "soft_404",  # says "not found" with status 200, redirects to a not-found page, or an empty detail template
    "error_page",  # SharePoint's error page, usually with status 200
    "interstitial",  # a stub that sets a cookie by script and reloads
    "login_required",  # 401, a login page, or a redirect into the login chain
    "forbidden",  # 403
    "throttled",  # 429 or 503
    "server_error",  # any other 5xx
    "truncated",  # the body ended before its announced length
    "too_large",  # over the size limit
    "unsupported",  # a media type that is neither page, feed, data nor document
    "undecodable",  # bytes that no rule reads as text
    "postback_refused",  # the server did not accept the view state
    "no_article",  # an ordinary page that holds no article: a form, a search box, an empty shell
    "unreachable",  # no answer: name, connection, TLS or time-out
    "forgotten",  # it was taken down from this archive
]

LinkKind = Literal["page", "list", "pager", "file", "image", "feed", "sitemap"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Capture:
    """One answer of a server, the same whichever door it came through."""

    url: str
    """Address as requested, without fragment."""
    fetched_at: datetime
    """When the answer arrived, aware UTC."""
    status: int
    """HTTP status; 200 for a text record, which has none."""
    headers: tuple[tuple[str, str], ...] = ()
    """Response headers in order, names as received."""
    body: bytes = b""
    """The payload with transfer and content coding removed."""
    method: str = "GET"
    request_body: bytes = b""
    source: Source = "live"
    truncated: str | None = None
    """WARC-Truncated reason (``disconnect``, ``length``), or None for a whole body."""
    digest: str | None = None
    """Payload digest as WARC states it: ``sha1:`` and base32, over the payload as sent (still content-coded)."""
    filename: str | None = None
    """WARC file the record stands in, relative to the archive's warc folder."""
    offset: int | None = None
    """Byte offset of the response record's gzip member in that file."""
    length: int | None = None
    """Bytes of that member."""
    revisit: bool = False
    """A WARC revisit record: the payload is that of an earlier capture (304 or same digest)."""

    def header(self, name: str) -> str | None:
        """First value of a header, case-insensitive."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def mimetype(self) -> str:
        """Media type in lower case without parameters; empty when the server named none."""
        return (self.header("Content-Type") or "").split(";")[0].strip().lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A picture shown in an article."""

    url: str
    """Absolute canonical address; empty where it is unknown, as in a text record that keeps only the caption."""
    caption: str | None = None
    """Caption as printed beside the picture; never the alt text."""
    alt: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A file an article links to."""

    url: str
    """Absolute canonical address of the file."""
    text: str | None = None
    """Link text as printed, e.g. ``TẠI ĐÂY``."""
    filename: str | None = None
    """Last path segment, percent-decoded."""
    filetype: str | None = None
    """Lower-case extension without dot: pdf, doc, docx, xls, xlsx, rar, zip …"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """A clean article. Text is NFC; everything else is as printed."""

    title: str
    lead: str | None = None
    """Sapo: the opening paragraph set apart by the page, or the first paragraph where the template opens with it."""
    body_text: str = ""
    """Paragraphs separated by one newline; a table row is one line, cells joined with `` | ``. Holds no title, date
    line, byline, source line or caption. Where the lead is part of the running text it stands here as well."""
    body_html: str = ""
    """The same content as safe, simplified HTML."""
    author: str | None = None
    author_raw: str | None = None
    source: str | None = None
    """Whom the page credits (``Nguồn: …``)."""
    source_raw: str | None = None
    section: str | None = None
    """Section path as the page or its address tells it, levels joined with `` / ``."""
    published_at: str | None = None
    """ISO 8601 with offset, or a plain date ``2022-01-14`` where the page prints no time."""
    published_raw: str | None = None
    updated_at: str | None = None
    """As ``published_at``, from a line that says it is an update (``Cập nhật lúc``)."""
    updated_raw: str | None = None
    language: str | None = None
    """BCP 47, e.g. ``vi``."""
    images: tuple[Image, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    @property
    def word_count(self) -> int:
        """Blank-separated words of the body text."""
        return len(self.body_text.split())


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A legal document's own data, as its page states it."""

    number: str | None = None
    """Normalised, e.g. ``902/QĐ-UBND``."""
    number_raw: str | None = None
    type: str | None = None
    issuer: str | None = None
    signer: str | None = None
    issued_on: str | None = None
    """ISO date."""
    issued_raw: str | None = None
    effective_on: str | None = None
    effective_raw: str | None = None
    abstract: str | None = None
    """Trích yếu."""
    status: str | None = None
    """As printed: ``Còn hiệu lực`` …"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """An address found on a page, absolute and canonical."""

    url: str
    spelled: str | None = None
    """The address as the page writes it, where only the case of letters differs: how it is asked for."""
    text: str | None = None
    kind: LinkKind = "page"
    in_content: bool = False
    """Found inside the article or list, not in the page's navigation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Postback:
    """A form post that turns a list's page (``__doPostBack``), ready to send."""

    url: str
    """The form's action, absolute."""
    key: str
    """What is asked for, without the state: event target and argument. With the url it identifies the list page."""
    body: bytes
    """application/x-www-form-urlencoded body with every hidden field."""
    headers: tuple[tuple[str, str], ...] = ()
    """Extra request headers (``X-MicrosoftAjax``)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListItem:
    """One entry of a section list or feed: helps to find articles and to confirm their dates."""

    url: str
    title: str | None = None
    lead: str | None = None
    date: str | None = None
    """ISO date or datetime, as ``Article.published_at``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What every reading of a page tells, whatever the page is."""

    links: tuple[Link, ...] = ()
    postbacks: tuple[Postback, ...] = ()
    layout: str | None = None
    """Name of the profile layout that read the page."""
    page_list_id: str | None = None
    """SharePoint's pageListId GUID, lower case without braces."""
    page_item_id: int | None = None
    canonical_url: str | None = None
    """The address the page itself or the profile's rules give it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What tells a field of an article."""

    rule: str
    """The rule that found it, in words; ``layout NAME`` where a layout of the profile names its place."""
    place: str | None = None
    """Where it stands: a CSS path from the nearest element with an id, or ``line 3`` of a text record."""
    sure: float = 1.0
    """How far the rule is to be trusted, 0 to 1. It orders rules; it is no measured share."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleFound(Found):
    article: Article
    document: Document | None = None
    """Set on the page of a legal document."""
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    """Field name -> what tells it; ``text``: what was put right in the text (its encoding, decomposed letters)."""
    kind: Literal["article"] = "article"


@dataclass(frozen=True, kw_only=True, slots=True)
class ListingFound(Found):
    """A home page, section list, site map, feed or data list."""

    items: tuple[ListItem, ...] = ()
    title: str | None = None
    kind: Literal["listing"] = "listing"


@dataclass(frozen=True, kw_only=True, slots=True)
class FileFound(Found):
    """A document, picture or other file: kept as it is."""

    filetype: str = ""
    kind: Literal["file"] = "file"


@dataclass(frozen=True, kw_only=True, slots=True)
class Redirected(Found):
    """An ordinary redirect; the target stands in ``links``."""

    target: str
    permanent: bool = False
    kind: Literal["redirect"] = "redirect"


@dataclass(frozen=True, kw_only=True, slots=True)
class NotModified(Found):
    """304: the stored payload still stands."""

    kind: Literal["not_modified"] = "not_modified"


@dataclass(frozen=True, kw_only=True, slots=True)
class RobotsFound(Found):
    """A robots.txt; its rules are the politeness layer's business."""

    kind: Literal["robots"] = "robots"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected(Found):
    """Nothing to keep, for a named reason."""

    reason: Reason
    detail: str | None = None
    """One short line for a person."""
    kind: Literal["rejected"] = "rejected"


Outcome = ArticleFound | ListingFound | FileFound | Redirected | NotModified | RobotsFound | Rejected


def outcome_name(outcome: Outcome) -> str:
    """The one word a page is counted under: its kind, or the reason it was rejected."""
    return outcome.reason if isinstance(outcome, Rejected) else outcome.kind
