"""What an answer is before its text is read: by status and headers, by its first bytes, by the marks of known stubs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element as Element

from archive.models import Capture, FileFound, Link, NotModified, Outcome, Reason, Redirected, Rejected, RobotsFound
from crawler.extract.boilerplate import line_keys
from crawler.extract.dom import key, squash
from crawler.profile import SiteProfile
from crawler.sharepoint import canonical_url, is_login_url, is_not_found_url

_REDIRECTS = frozenset((301, 302, 303, 307, 308))


def by_status(capture: Capture, profile: SiteProfile) -> Outcome | None:
    """The outcome that status and headers settle, or None for an answer whose body counts."""
    status = capture.status
    if status == 304:
        return NotModified()
    if status in _REDIRECTS:
        return _redirect(capture, profile)
    if status == 401:
        return Rejected(reason="login_required", detail=capture.header("WWW-Authenticate"))
    if status >= 400:
        return Rejected(reason=_refusal(capture), detail=_told(capture))
    if capture.truncated:
        too_long = capture.truncated == "length"
        return Rejected(reason="too_large" if too_long else "truncated", detail=f"WARC-Truncated: {capture.truncated}")
    if urlsplit(capture.url).path.lower() == "/robots.txt" and not _looks_like_html(capture.body):
        return RobotsFound()
    if capture.header("SharePointError") is not None:
        return Rejected(reason="error_page", detail=f"SharePointError: {capture.header('SharePointError')}")
    return None


def _refusal(capture: Capture) -> Reason:
    """Why an answer with a status of 400 or more holds nothing."""
    if capture.status in (429, 503):
        return "throttled"
    if capture.status >= 500:
        return "postback_refused" if _refused(capture) else "server_error"
    return "not_found" if capture.status in (400, 404, 410) else "forbidden"


def _refused(capture: Capture) -> bool:
    head = capture.body[:20_000]
    return any(mark in head for mark in _REFUSED)


def _told(capture: Capture) -> str:
    after = capture.header("Retry-After")
    return f"status {capture.status}" + (f", Retry-After: {after}" if after else "")


def _redirect(capture: Capture, profile: SiteProfile) -> Outcome:
    location = squash(capture.header("Location"))
    if not location:
        return Rejected(reason="error_page", detail=f"status {capture.status} without Location")
    try:
        target = urljoin(capture.url, location)
    except ValueError:
        return Rejected(reason="error_page", detail="Location is no address")
    if is_not_found_url(target):
        return Rejected(reason="soft_404", detail=f"redirect to {target}")
    if is_login_url(target):
        return Rejected(reason="login_required", detail=f"redirect to {target}")
    link = Link(url=canonical_url(target, profile))
    return Redirected(target=target, permanent=capture.status in (301, 308), links=(link,))


# First bytes of the files a portal offers. A page that calls itself .pdf shows none of them.
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"{\\rtf", "rtf"),
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\x00", "tif"),
    (b"MM\x00*", "tif"),
    (b"\x00\x00\x01\x00", "ico"),
    (b"\x1f\x8b\x08", "gz"),
)
_ANY_MAGIC = tuple(magic for magic, _ in _MAGIC)
_OLE = {"doc", "xls", "ppt", "msg", "dot", "pps"}
_ZIP = {"docx", "xlsx", "pptx", "odt", "ods", "odp", "docm", "xlsm", "dotx", "epub"}
_OLE_BY_TYPE = {"application/msword": "doc", "application/vnd.ms-excel": "xls", "application/vnd.ms-powerpoint": "ppt"}
_ZIP_BY_PART = (
    (b"word/", "docx"),
    (b"xl/", "xlsx"),
    (b"ppt/", "pptx"),
    (b"opendocument.text", "odt"),
    (b"opendocument.spreadsheet", "ods"),
)
_MEDIA = (
    "video/",
    "audio/",
    "font/",
    "application/font",
    "text/css",
    "application/javascript",
    "text/javascript",
    "application/x-javascript",
)


_DATA = frozenset(("application/json", "text/json"))
_TEXT_FILES = frozenset(("csv", "txt", "log", "tsv"))
_TEXT_TYPES = frozenset(
    ("text/plain", "text/csv", "application/csv", "application/octet-stream", "application/vnd.ms-excel")
)


def extension(url: str) -> str:
    """Lower-case extension of the last path segment, without dot; empty when there is none."""
    name = urlsplit(url).path.rsplit("/", 1)[-1]
    tail = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    return tail if tail.isalnum() and tail.isascii() and len(tail) <= 5 else ""


def by_magic(capture: Capture) -> Outcome | None:
    """A file known by its first bytes, or a medium nobody reads; None for text."""
    body = capture.body
    head = body[:16]
    if head[:4] == b"RIFF":
        webp = body[8:12] == b"WEBP"
        return FileFound(filetype="webp") if webp else Rejected(reason="unsupported", detail="RIFF audio or video")
    found = next(kind for magic, kind in _MAGIC if head.startswith(magic)) if head.startswith(_ANY_MAGIC) else None
    if found == "bmp" and not (capture.mimetype.startswith("image/") or extension(capture.url) == "bmp"):
        found = None
    if found is not None:
        return FileFound(filetype=_exact(found, capture))
    mime = capture.mimetype
    if mime.startswith(_MEDIA):
        return Rejected(reason="unsupported", detail=mime)
    if mime == "image/svg+xml":
        return FileFound(filetype="svg")
    if mime.startswith("image/") or (b"\x00" in body[:2000] and mime.startswith("application/")):
        return Rejected(reason="unsupported", detail=f"{mime}: unknown first bytes")
    if mime in _DATA:
        return Rejected(reason="unsupported", detail=f"{mime}: no data list of the profile")
    tail = extension(capture.url)
    if tail in _TEXT_FILES and capture.source != "text" and mime in _TEXT_TYPES and not _looks_like_html(body):
        return FileFound(filetype=tail)
    return None


def _exact(kind: str, capture: Capture) -> str:
    tail = extension(capture.url)
    if kind == "ole":
        return tail if tail in _OLE else _OLE_BY_TYPE.get(capture.mimetype, "doc")
    if kind == "zip":
        if tail in _ZIP:
            return tail
        head = capture.body[:4000]
        return next((name for part, name in _ZIP_BY_PART if part in head), "zip")
    return "jpeg" if kind == "jpg" and tail == "jpeg" else kind


def _looks_like_html(body: bytes) -> bool:
    return re.match(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body)", body[:500], re.I) is not None


_REFUSED = (
    b"Invalid postback or callback argument",
    b"Validation of viewstate MAC failed",
    b"The state information is invalid",
)
_COOKIE_STUB = re.compile(r"document\.cookie\s*=", re.I)
_RELOAD = re.compile(
    r"location\.(?:reload|replace|href|assign)|window\.location|location\s*=|http-equiv=[\"']?refresh", re.I
)
_SHAREPOINT_ERROR = re.compile(
    r"sorry, something went wrong|an unexpected error has occurred|rất tiếc, đã xảy ra lỗi"
    r"|đã xảy ra lỗi không mong muốn",
    re.I,
)
# Without one of these words, in folded letters, the pattern of that name matches nothing. They have no i: patterns take
# a Turkish one for it, folding does not.
_ERROR_WORDS = ("went wrong", "error has occurred", "xảy ra lỗi")
_MISSING_WORDS = ("404", "not found", "be found", "page", "không tìm thấy", "tồn t", "đã bị", "bị hỏng")
_MAINTENANCE_WORDS = ("bảo tr", "nâng cấp", "ntenance", "temporar")
_CORRELATION = re.compile(r"correlation id|id tương quan|mã tương quan", re.I)
# One of these is in a text that the pattern above may be found in; folding a long text takes far longer.
_CORRELATED = ("orrelation", "ORRELATION", "ương quan", "ương Quan", "ƯƠNG QUAN")
_ASP_ERROR = re.compile(r"(?:server error in|runtime error|lỗi máy chủ)", re.I)
_NOT_FOUND = re.compile(
    r"\b(?:404 (?:-|–|error|not found|page)|(?:error|lỗi|http)[: ]+404|(?:page|file) not found"
    r"|page (?:cannot|can.t) be found|page (?:you requested )?(?:does not|doesn.t) exist)\b"
    r"|không tìm thấy (?:trang|nội dung|bài viết|dữ liệu|địa chỉ|tin)"
    r"|(?:trang|bài viết|nội dung|tin bài|đường dẫn)\b.{0,40}\b(?:không (?:còn )?tồn tại|đã bị (?:xóa|xoá|gỡ))"
    r"|liên kết (?:không tồn tại|bị hỏng)",
    re.I,
)
_MAINTENANCE = re.compile(
    r"(?:hệ thống|website|trang (?:web|thông tin|tin)|cổng(?: thông tin)?(?: điện tử)?|máy chủ).{0,40}"
    r"(?:đang|tạm thời) (?:được |dừng để )?(?:bảo trì|nâng cấp)|^(?:thông báo )?bảo trì hệ thống"
    r"|undergoing (?:scheduled )?maintenance|under maintenance|temporarily unavailable|down for maintenance",
    re.I,
)
_LOGIN = re.compile(r"(?:sign ?in|log ?in|login|đăng nhập(?: hệ thống)?)\b", re.I)
_SHORT = 700


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What a person sees first of an HTML page."""

    title: str
    """Title element and headline, joined."""
    text: str
    """Text of the main zone."""
    empty: bool = False


def stub(text: str, visible: int) -> Rejected | None:
    """A page that only sets a cookie by script and loads itself again."""
    if visible > 200 or len(text) > 20_000:
        return None
    if _COOKIE_STUB.search(text) and _RELOAD.search(text):
        return Rejected(reason="interstitial", detail="sets a cookie by script and reloads")
    return None


def by_look(capture: Capture, tree: Element, look: Look, profile: SiteProfile) -> Rejected | None:
    """A page that says, with status 200, that it is none: an error, a sign-in form, a missing page, maintenance."""
    short = len(look.text) < _SHORT
    top = look.text[:3000]
    if (short or any(word in top for word in _CORRELATED)) and _is_sharepoint_error(top, short):
        return Rejected(reason="error_page", detail="SharePoint's error text")
    if _refused(capture):
        return Rejected(reason="postback_refused", detail="event validation or view state refused")
    if short and _ASP_ERROR.match(look.title):
        return Rejected(reason="error_page", detail=look.title[:80])
    if is_login_url(capture.url) or (
        (_LOGIN.match(look.title) or (short and _LOGIN.match(look.text))) and _has_password(tree)
    ):
        return Rejected(reason="login_required", detail="a sign-in form")
    if is_not_found_url(capture.url):
        return Rejected(reason="soft_404", detail="address of the not-found page")
    if not short:
        return None
    folded, title = look.text.casefold(), look.title.casefold()
    told = ((look.title, title), (look.text, folded))
    if any(_finds(_NOT_FOUND, _MISSING_WORDS, *text) for text in told) or _named(look, profile):
        return Rejected(reason="soft_404", detail=f"says: {squash(look.title or look.text)[:80]}")
    if len(look.text) < 400 and any(_finds(_MAINTENANCE, _MAINTENANCE_WORDS, *text) for text in told):
        return Rejected(reason="error_page", detail="maintenance page")
    return None


def _is_sharepoint_error(top: str, short: bool) -> bool:
    found = _finds(_SHAREPOINT_ERROR, _ERROR_WORDS, top, top.casefold())
    return found and (short or _CORRELATION.search(top) is not None)


def _finds(pattern: re.Pattern[str], words: tuple[str, ...], text: str, folded: str) -> bool:
    """Whether a pattern is in a text; the look for its words saves most searches."""
    return any(word in folded for word in words) and pattern.search(text) is not None


def _has_password(tree: Element) -> bool:
    return any(field.get("type", "").lower() == "password" for field in tree.iter("input"))


def _named(look: Look, profile: SiteProfile) -> bool:
    if not profile.not_found:
        return False
    line = f"{key(look.title)} {key(look.text)}"
    return any(phrase in line for phrase in line_keys(profile.not_found))
