"""What goes wrong on the replica: standing faults at addresses of their own, and moods of single articles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from tests.portal.replies import Reply, Request, stamp
from tests.portal.slugs import guid
from tests.portal.templates import fragments
from tests.portal.world import Article

FAULTS = fragments("faults")
STUB_SIZE = 177
NOT_FOUND_PATH = "/Pages/PageNotFoundError.aspx"


def error_page(
    message: str = "An unexpected error has occurred.",
    outcome: str = "error_page",
    headline: str = "Sorry, something went wrong",
) -> Reply:
    """SharePoint's own error page: status 200, and a header that tells the truth."""
    body = FAULTS["error"].fill(message=message, headline=headline).encode()
    return Reply(body=body, headers=(("SharePointError", "0"),), outcome=outcome)


def yellow_page(message: str, outcome: str = "server_error") -> Reply:
    """ASP.NET's own error page with status 500."""
    return Reply(status=500, body=FAULTS["yellow"].fill(message=message).encode(), outcome=outcome)


def plain(status: int, text: str, outcome: str, *headers: tuple[str, str]) -> Reply:
    """A bare answer of the web server itself."""
    typed = (("Content-Type", "text/html"), *headers)
    return Reply(status=status, body=text.encode(), headers=typed, kind="plain", outcome=outcome)


def missing() -> Reply:
    """A real 404."""
    return plain(404, FAULTS["missing"].fill(), "not_found")


def redirect(location: str, status: int = 302, outcome: str = "redirect") -> Reply:
    """A redirect; an ordinary one is followed, others only named."""
    body = FAULTS["moved"].fill(location=location)
    headers = (("Content-Type", "text/html; charset=UTF-8"), ("Location", location))
    links = (location,) if outcome == "redirect" else ()
    return Reply(status=status, body=body.encode(), headers=headers, kind="plain", outcome=outcome, links=links)


def gone_by_redirect(origin: str, path: str) -> Reply:
    """The not-found answer of SharePoint 2013 and later: a redirect to a page that answers 200."""
    return redirect(f"{origin}{NOT_FOUND_PATH}?requestUrl={quote(origin + path, safe='')}", outcome="soft_404")


def to_login(origin: str, path: str) -> Reply:
    """The first step of the sign-in chain."""
    return redirect(f"{origin}/_layouts/15/Authenticate.aspx?Source={quote(path, safe='')}", outcome="login_required")


def stub(path: str) -> Reply:
    """A page of 177 bytes that sets a cookie by script and loads itself again."""
    code = guid("cookie", path).replace("-", "") * 4
    room = STUB_SIZE - len(FAULTS["stub"].fill(code=""))
    body = FAULTS["stub"].fill(code=code[:room]).encode()
    return Reply(body=body, headers=(("Content-Type", "text/html"),), kind="plain", outcome="interstitial")


def unauthorized() -> Reply:
    """What a farm answers to guests."""
    headers = (("WWW-Authenticate", "NTLM"),)
    return Reply(status=401, body=b"401 UNAUTHORIZED", headers=headers, kind="plain", outcome="login_required")


def throttled(status: int, retry_after: str, outcome: str = "throttled") -> Reply:
    """Too much at once."""
    headers = (("Content-Type", "text/html"), ("Retry-After", retry_after))
    return Reply(
        status=status, body=b"The server is too busy.", headers=headers, kind="plain", outcome=outcome, score=10
    )


def outage(kind: str, origin: str, path: str) -> Reply:
    """What every page of the portal answers while it is out, in one of the ways portals are."""
    match kind:
        case "soft_404":
            return gone_by_redirect(origin, path)
        case "missing":
            return missing()
        case "home":
            return redirect(f"{origin}/")
        case "login":
            return to_login(origin, path)
        case "block":
            return plain(403, "403 FORBIDDEN", "forbidden")
    return error_page()


OUTAGES = ("soft_404", "missing", "home", "login", "block", "error")

STANDING = {
    "/pages/loi-he-thong-0a1b.aspx": "error",
    "/pages/loi-he-thong-0b2c.aspx": "error_vi",
    "/pages/da-xoa-77aa.aspx": "gone",
    "/pages/bao-ve-5c5c.aspx": "stub",
    "/pages/noi-bo-1111.aspx": "ntlm",
    "/pages/cam-vao-2222.aspx": "forbidden",
    "/pages/dut-doan-3333.aspx": "truncated",
    "/pages/im-lang-4444.aspx": "silent",
    "/pages/may-chu-hong-5555.aspx": "broken",
    "/pages/qua-tai-6666.aspx": "busy",
    "/pages/vong-mot-aaaa.aspx": "loop",
    "/pages/vong-hai-bbbb.aspx": "loop",
    "/pages/thanh-vien-8888.aspx": "member",
    "/pages/het-duong-9999.aspx": "missing",
}
"""Addresses on the main host, lower case, and what is wrong there."""


def standing(request: Request, origin: str, framed: bytes) -> Reply | None:
    """The standing fault at that address; ``framed`` is a whole page for faults that break one off."""
    path = request.place
    match STANDING.get(path):
        case "error":
            return error_page()
        case "error_vi":
            return error_page(headline="Rất tiếc, đã xảy ra lỗi", message="Đã xảy ra lỗi không mong muốn.")
        case "gone":
            return gone_by_redirect(origin, request.path)
        case "stub":
            return stub(path)
        case "ntlm":
            return unauthorized()
        case "forbidden":
            return plain(403, "403 FORBIDDEN", "forbidden")
        case "truncated":
            return Reply(body=framed, drop_after=len(framed) // 2, outcome="truncated")
        case "silent":
            return Reply(hang_up=True, outcome="unreachable")
        case "broken":
            return yellow_page("Object reference not set to an instance of an object.")
        case "busy":
            return throttled(503, "1")
        case "loop":
            other = "vong-hai-bbbb" if "mot" in path else "vong-mot-aaaa"
            return redirect(f"{origin}/Pages/{other}.aspx")
        case "member":
            return to_login(origin, request.path)
        case "missing":
            return missing()
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Mood:
    """How an article's page misbehaves before it behaves."""

    fails: int = 0
    """Answers that fail before one succeeds; then it starts again."""
    how: str = ""
    score: int = 0
    delay: float = 0.0
    charset: str = ""
    cookie: str = ""


SCORES = (0, 2, 4, 5, 6, 8, 9, 3)
MOODS = {
    ("chinhtri", 1): Mood(fails=2, how="503"),
    ("chinhtri", 3): Mood(fails=1, how="500"),
    ("kinhte", 2): Mood(fails=1, how="429"),
    ("kinhte", 4): Mood(fails=1, how="date"),
    ("trongtinh", 4): Mood(fails=1, how="cut"),
    ("vanhoa", 2): Mood(delay=1.2),
    ("yte", 1): Mood(charset="text/html; charset=iso-8859-1"),
    ("vanbanmoi", 2): Mood(cookie="; HttpOnly; Secure"),
    **{("thongbao", n): Mood(score=score) for n, score in enumerate(SCORES)},
}


def in_mood(article: Article, request: Request, page: Reply) -> Reply:
    """The article's page, or what the article's mood answers instead at this attempt."""
    mood = MOODS.get(article.key)
    if mood is None or article.fate.added:
        return page
    if request.attempt < mood.fails:
        return _failing(mood.how, page)
    cookies = (mood.cookie,) if mood.cookie else ()
    headers = (("Content-Type", mood.charset),) if mood.charset else page.headers
    return replace(page, score=mood.score, delay=mood.delay, headers=headers, cookies=cookies)


def _failing(how: str, page: Reply) -> Reply:
    match how:
        case "503":
            return throttled(503, "1")
        case "429":
            return throttled(429, "1")
        case "date":
            return throttled(503, stamp(datetime.now(UTC) + timedelta(seconds=1)))
        case "cut":
            return replace(page, drop_after=len(page.body) // 3, outcome="truncated")
    return yellow_page("Timeout expired.")
