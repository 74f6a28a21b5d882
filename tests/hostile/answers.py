"""What goes wrong on purpose: one coroutine a misbehaviour, each writing to its visitor as it likes."""

from __future__ import annotations

import asyncio
import gzip
import io
import zipfile
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

Writer = asyncio.StreamWriter
Answer = Callable[[str, Writer], Awaitable[None]]

#: Seconds a silent server keeps a connection.
LONG = 600.0


@dataclass(frozen=True, kw_only=True)
class Foe:
    """One misbehaving server."""

    name: str
    answer: Answer
    entry: str = "/x.aspx"
    """The path a crawl is led to."""
    outcomes: tuple[str, ...]
    """Outcomes the entry may end in: named, each of them."""
    tls: str = ""
    """``bad``: a certificate nobody vouches for; ``none``: no TLS where it is announced; empty: plain HTTP."""


async def reply(w: Writer, body: bytes, *headers: str, status: str = "200 OK", length: bool = True) -> None:
    """A well-formed answer."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if not any(line.lower().startswith("content-type") for line in headers):
        lines.append("Content-Type: text/html; charset=utf-8")
    if length:
        lines.append(f"Content-Length: {len(body)}")
    w.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
    await w.drain()


def page(text: str) -> bytes:
    return f"<html><head><title>Trang</title></head><body>{text}</body></html>".encode()


async def forever(w: Writer, pieces: AsyncIterator[bytes]) -> None:
    """Write until the visitor goes away."""
    async for piece in pieces:
        w.write(piece)
        await w.drain()
        await asyncio.sleep(0)  # drain alone lets nobody else work while the visitor keeps up


async def again(piece: bytes, pause: float = 0.0) -> AsyncIterator[bytes]:
    while True:
        yield piece
        if pause:
            await asyncio.sleep(pause)


# --- redirects --------------------------------------------------------------------------------------------------------


def into(target: str) -> Answer:
    async def answer(path: str, w: Writer) -> None:
        await reply(w, b"", f"Location: {target}", status="302 Found")

    return answer


async def loop(path: str, w: Writer) -> None:
    other = "/y.aspx" if path == "/x.aspx" else "/x.aspx"
    await reply(w, b"", f"Location: {other}", status="302 Found")


async def ever_on(path: str, w: Writer) -> None:
    number = int("".join(filter(str.isdigit, path)) or 0) + 1
    await reply(w, b"", f"Location: /buoc-{number}.aspx", status="302 Found")


# --- bodies -----------------------------------------------------------------------------------------------------------

_ZEROS = b"0" * (1 << 20)


def bomb(mebibytes: int, layers: int = 1) -> bytes:
    """Gzip that unpacks to so much."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = b"".join(packer.compress(_ZEROS) for _ in range(mebibytes)) + packer.flush()
    for _ in range(layers - 1):
        data = gzip.compress(data, mtime=0)
    return data


_BOMB, _NESTED = bomb(1024), bomb(1024, layers=3)


async def gzip_bomb(path: str, w: Writer) -> None:
    await reply(w, _BOMB, "Content-Encoding: gzip")


async def nested_bomb(path: str, w: Writer) -> None:
    await reply(w, _NESTED, "Content-Encoding: gzip, gzip, gzip")


async def endless(path: str, w: Writer) -> None:
    await reply(w, b"<html><body>", length=False)
    await forever(w, again(b"<p>" + b"chu " * 4000))


async def drip(path: str, w: Writer) -> None:
    await reply(w, b"<html>", length=False)
    await forever(w, again(b".", 0.2))


async def silent(path: str, w: Writer) -> None:
    await asyncio.sleep(LONG)


async def header_flood(path: str, w: Writer) -> None:
    w.write(b"HTTP/1.1 200 OK\r\n")
    await forever(w, again(b"".join(b"X-%d: %s\r\n" % (n, b"v" * 200) for n in range(200))))


async def header_line(path: str, w: Writer) -> None:
    w.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    await forever(w, again(b"v" * 65536))


async def cookie_bomb(path: str, w: Writer) -> None:
    number = sum(map(ord, path))
    jar = [f"Set-Cookie: c{number}-{n}={'v' * 3000}; path=/" for n in range(100)]
    links = "".join(f'<a href="/Pages/muc-{n}/default.aspx">Mục {n}</a>' for n in range(20))
    await reply(w, page(links), *jar)


async def short(path: str, w: Writer) -> None:
    w.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n" + page("<p>Dở dang"))
    await w.drain()


async def two_lengths(path: str, w: Writer) -> None:
    w.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: -7\r\n\r\nabcdefghij")
    await w.drain()


async def bad_chunks(path: str, w: Writer) -> None:
    w.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nZZZZ\r\n<html>\r\n")
    await w.drain()


async def no_http(path: str, w: Writer) -> None:
    w.write(bytes(range(256)) * 40)
    await w.drain()


# --- what parsers meet ------------------------------------------------------------------------------------------------

_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


def laughs(secret: str) -> Answer:
    """An XML bomb, with an entity that reads a file and one that asks a server."""
    entities = f'<!ENTITY l0 "ha">{_LAUGHS}<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY s SYSTEM "{secret}">'
    body = (
        f'<?xml version="1.0"?><!DOCTYPE urlset [{entities}]><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<url><loc>&l11;&f;&s;</loc></url></urlset>"
    )

    async def answer(path: str, w: Writer) -> None:
        await reply(w, body.encode(), "Content-Type: application/xml")

    return answer


async def quadratic(path: str, w: Writer) -> None:
    body = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "{"a" * 100_000}">]><rss version="2.0"><channel><title>'
    await reply(w, (body + "&a;" * 50_000 + "</title></channel></rss>").encode(), "Content-Type: application/rss+xml")


async def patterns(path: str, w: Writer) -> None:
    """Text that makes careless patterns go back and forth: blanks, digits, half dates, half comments, half tags."""
    rough = (
        " " * 200_000 + "1/" * 100_000 + "ngày " * 50_000 + "<!--" * 50_000 + "(" * 50_000
        + "Ngày đăng: 1" + "1" * 100_000 + "a@" * 50_000 + "&#" * 50_000 + "aaaaaaaaaa" * 30_000 + "!"
    )  # fmt: skip
    await reply(w, page(f"<div id='s4-bodyContainer'><h1>Tiêu đề</h1><p>{rough}</p></div>"))


async def deep(path: str, w: Writer) -> None:
    await reply(w, page("<div>" * 400_000 + "<p>đáy</p>"))


async def slip(path: str, w: Writer) -> None:
    """A zip whose members point outside, under a name that does."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("../../../../tmp/slipped.txt", "out")
        archive.writestr("/etc/slipped.txt", "out")
    name = 'attachment; filename="../../../../tmp/slipped.zip"'
    await reply(w, held.getvalue(), "Content-Type: application/zip", f"Content-Disposition: {name}")


async def outside(path: str, w: Writer) -> None:
    """Links whose paths climb out, by every spelling of dots and slashes."""
    climbs = ("/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%5c..%5cwindows/win.ini", "/a/%00/b.aspx")
    links = "".join(f'<a href="{climb}">x</a>' for climb in climbs)
    body = page(links) if path == "/x.aspx" else page("<p>không có gì</p>")
    await reply(w, body, status="200 OK" if path == "/x.aspx" else "404 Not Found")


async def maze(path: str, w: Writer) -> None:
    """Every page leads to more pages, by path and by query."""
    base = path.partition("?")[0].rstrip("/")
    links = "".join(f'<a href="{base}/{n}">{n}</a><a href="{base}?q={hash(path) % 10**9}{n}">q</a>' for n in range(3))
    await reply(w, page(links))


async def poisoned_robots(path: str, w: Writer) -> None:
    """Rules by the megabyte, each a trap for matchers that try every way."""
    if path == "/robots.txt":
        rules = "User-agent: *\n" + f"Disallow: /{'*a' * 40}*b$\n" * 20_000
        await reply(w, rules.encode(), "Content-Type: text/plain")
    else:
        await reply(w, page(f'<a href="/{"a" * 300}.aspx">a</a>'))


async def mute_robots(path: str, w: Writer) -> None:
    if path == "/robots.txt":
        await asyncio.sleep(LONG)
    await reply(w, page("<p>nội dung</p>"))


async def casino(path: str, w: Writer) -> None:
    await reply(w, b"", "Location: https://casino.example/win?ref=portal", status="301 Moved Permanently")


def foes(inside: str, hidden: str) -> tuple[Foe, ...]:
    """All of them. ``inside`` is an address that must not be asked, ``hidden`` a name that leads to it."""
    return (
        Foe(name="redirect inside", answer=into(f"{inside}/secret"), outcomes=("redirect",)),
        Foe(name="redirect to a name that leads inside", answer=into(f"{hidden}/secret"), outcomes=("redirect",)),
        Foe(name="redirect loop", answer=loop, outcomes=("redirect",)),
        Foe(name="redirects without end", answer=ever_on, outcomes=("redirect",)),
        Foe(name="decompression bomb", answer=gzip_bomb, outcomes=("too_large", "truncated")),
        Foe(name="bomb in a bomb", answer=nested_bomb, outcomes=("too_large", "truncated")),
        Foe(name="endless body", answer=endless, outcomes=("too_large", "unreachable")),
        Foe(name="slow drip", answer=drip, outcomes=("unreachable", "truncated")),
        Foe(name="no answer", answer=silent, outcomes=("unreachable",)),
        Foe(name="header flood", answer=header_flood, outcomes=("unreachable", "too_large")),
        Foe(name="endless header line", answer=header_line, outcomes=("unreachable", "too_large")),
        Foe(name="cookie bomb", answer=cookie_bomb, entry="/Pages/default.aspx", outcomes=("listing", "no_article")),
        Foe(name="short body", answer=short, outcomes=("truncated",)),
        Foe(name="two lengths", answer=two_lengths, outcomes=("unreachable",)),
        Foe(name="broken chunks", answer=bad_chunks, outcomes=("unreachable", "truncated")),
        Foe(name="no HTTP at all", answer=no_http, outcomes=("unreachable",)),
        Foe(name="certificate nobody vouches for", answer=casino, tls="bad", outcomes=("",)),
        Foe(name="no TLS where it is announced", answer=no_http, tls="none", outcomes=("",)),
        Foe(name="XML bomb in a site map", answer=laughs(f"{inside}/dtd"), entry="/sitemap.xml",
            outcomes=("listing", "undecodable", "unsupported", "no_article")),
        Foe(name="XML bomb in a feed", answer=quadratic, entry="/rss.xml",
            outcomes=("listing", "undecodable", "unsupported", "no_article")),
        Foe(name="text against patterns", answer=patterns, outcomes=("article", "no_article", "undecodable")),
        Foe(name="nesting without end", answer=deep, outcomes=("no_article", "undecodable", "article", "listing")),
        Foe(name="zip that climbs out", answer=slip, entry="/tep/tai-lieu.zip", outcomes=("file",)),
        Foe(name="links that climb out", answer=outside, outcomes=("no_article", "listing")),
        Foe(name="maze", answer=maze, entry="/me-cung", outcomes=("no_article", "listing")),
        Foe(name="poisoned robots.txt", answer=poisoned_robots, outcomes=("no_article", "listing", "robots")),
        Foe(name="robots.txt without answer", answer=mute_robots, outcomes=("",)),
        Foe(name="casino", answer=casino, outcomes=("redirect",)),
    )  # fmt: skip
