"""A request as the portal sees it, and its reply: bytes to send and the truth about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from urllib.parse import parse_qsl, unquote

from tests.portal.noise import Noise, cut
from tests.portal.plan import Host

Headers = list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request; ``attempt`` counts earlier requests of the same address since the last success."""

    host: str
    """Name of the host whose address was connected to."""
    target: str
    """Path and query as sent."""
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""
    attempt: int = 99

    @property
    def path(self) -> str:
        """The path as sent, still percent-encoded."""
        return self.target.split("?", 1)[0]

    @cached_property
    def place(self) -> str:
        """The path as SharePoint understands it: decoded and lower case."""
        return unquote(self.path).lower()

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's parameters, names in lower case; the last one of a name counts."""
        text = self.target.partition("?")[2]
        return {name.lower(): value for name, value in parse_qsl(text, keep_blank_values=True)}

    @cached_property
    def form(self) -> dict[str, str]:
        """The fields of a form post, names as sent."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer. ``outcome`` and what follows are the truth about it and are never sent."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    """All headers but Date, Content-Length and the per-answer ones of SharePoint."""
    kind: str = "page"
    """page (SharePoint headers), file, php, plain: which standing headers go with it."""
    outcome: str = "no_article"
    article: tuple[str, int] | None = None
    """Key of the article the page shows."""
    links: tuple[str, ...] = ()
    """Addresses told by other means than links in HTML (JSON, XML, redirects)."""
    posts: tuple[Request, ...] = ()
    """Further pages of this list that are only reached by a form post."""
    score: int = 0
    """X-SharePointHealthScore."""
    drop_after: int | None = None
    """Bytes of the body after which the connection is cut; the announced length stays whole."""
    hang_up: bool = False
    """Close the connection without any answer."""
    delay: float = 0.0
    """Seconds the server thinks about it."""
    cookies: tuple[str, ...] = ()
    """Raw values of further Set-Cookie headers."""

    @cached_property
    def pieces(self) -> list[bytes]:
        """The body cut at its noise tokens."""
        return cut(self.body)


def stamp(moment: datetime) -> str:
    """An HTTP date."""
    return moment.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")


def page_headers(reply: Reply, host: Host, noise: Noise) -> Headers:
    """The headers of a SharePoint page, in the order and spelling a farm sends them."""
    now = noise.now
    typed = dict(reply.headers)
    return [
        ("Cache-Control", "private, max-age=0"),
        ("Content-Type", typed.pop("Content-Type", "text/html; charset=utf-8")),
        ("Expires", stamp(now - timedelta(days=15))),
        ("Last-Modified", stamp(now)),
        ("Server", "Microsoft-IIS/8.5"),
        ("X-SharePointHealthScore", str(reply.score)),
        ("X-AspNet-Version", "4.0.30319"),
        ("SPRequestGuid", noise.guid),
        ("request-id", noise.guid),
        ("X-FRAME-OPTIONS", "SAMEORIGIN"),
        ("SPRequestDuration", str(40 + noise.count % 700)),
        ("SPIisLatency", "0"),
        ("Set-Cookie", f"SPUsageId={noise.guid}; expires={stamp(now + timedelta(days=14))}; path=/; HttpOnly"),
        ("X-Powered-By", "ASP.NET"),
        ("MicrosoftSharePointTeamServices", host.version),
        ("X-Content-Type-Options", "nosniff"),
        ("X-MS-InvokeApp", "1; RequireReadOnly"),
        *typed.items(),
    ]


def standing_headers(reply: Reply, host: Host, noise: Noise) -> Headers:
    """Every header of the reply but its length."""
    date: Headers = [("Date", stamp(noise.now))]
    if reply.kind == "page":
        headers = page_headers(reply, host, noise) + date
        headers += [("Set-Cookie", cookie) for cookie in reply.cookies]
        return [
            *headers,
            ("Set-Cookie", f"NSC_{host.name}=ffffffff{noise.hex[:16]}45525d5f4f58455e445a4a423660;path=/"),
        ]
    server = "Apache/2.4.6 (CentOS) PHP/5.6.40" if reply.kind == "php" else "Microsoft-IIS/8.5"
    headers = [*reply.headers, ("Server", server), *date]
    if reply.score:
        headers.append(("X-SharePointHealthScore", str(reply.score)))
    return headers + [("Set-Cookie", cookie) for cookie in reply.cookies]
