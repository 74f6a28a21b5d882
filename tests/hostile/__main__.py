"""``python -m tests.hostile``: misbehaving servers, one an address, and a healthy portal that links to them all.

It prints one line of JSON: the portal's address, each server's entry, and what it may end in. ``/asked`` on the control
address tells what the server that must never be asked was asked, and how often each other one was.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import ssl
from collections import Counter
from functools import partial

from tests.hostile.answers import Answer, Foe, Writer, foes, page, reply
from tests.little import ARTICLE
from tests.portal.certificate import context

ARTICLES = 40
HEALTHY, INSIDE, CONTROL = "127.0.1.200", "127.0.0.1", "127.0.0.1"


class Hall:
    """Every server, and what they were asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.inside: list[str] = []

    async def serve(self, name: str, answer: Answer, r: asyncio.StreamReader, w: Writer) -> None:
        """Requests of one connection; a misbehaving server closes it after the first."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ssl.SSLError):
            line = (await r.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[0].split(" ")
            if len(line) == 3:
                self.asked[name] += 1
                await answer(line[1], w)
        w.close()

    async def secret(self, path: str, w: Writer) -> None:
        """The server that must never be asked."""
        self.inside.append(path)
        await reply(w, page("secret"))

    async def control(self, path: str, w: Writer) -> None:
        """What was asked, as JSON."""
        told = {"inside": self.inside, "asked": dict(self.asked)}
        await reply(w, json.dumps(told).encode(), "Content-Type: application/json")


def healthy(entries: list[str]) -> Answer:
    """A front page with articles and a link to every misbehaving server, and the articles."""
    links = "".join(f'<li><a href="/Pages/bai-{n}.aspx">Bài viết số {n}</a></li>' for n in range(ARTICLES))
    front = page(f"<ul>{links}</ul>" + "".join(f'<a href="{entry}">x</a>' for entry in entries))

    async def answer(path: str, w: Writer) -> None:
        number = path.lower().removeprefix("/pages/bai-").removesuffix(".aspx")
        if number.isdigit() and int(number) < ARTICLES:
            await reply(w, ARTICLE.format(title=f"Bài viết số {number}").encode())
        elif path == "/":
            await reply(w, front)
        else:
            await reply(w, b"not here", status="404 Not Found")

    return answer


async def main() -> None:
    """Serve until told to end."""
    hall, loop = Hall(), asyncio.get_running_loop()
    secret = await asyncio.start_server(partial(hall.serve, "inside", hall.secret), INSIDE, 0)
    port = secret.sockets[0].getsockname()[1]
    control = await asyncio.start_server(partial(hall.serve, "control", hall.control), CONTROL, 0)
    told, servers = [], [secret, control]
    for number, foe in enumerate(foes(f"http://{INSIDE}:{port}", f"http://localhost:{port}"), 1):
        address = f"127.0.1.{number}"
        servers.append(await start(hall, foe, address, port))
        scheme = "https" if foe.tls else "http"
        told.append({"name": foe.name, "host": f"{address}:{port}", "entry": f"{scheme}://{address}:{port}{foe.entry}",
                     "outcomes": foe.outcomes})  # fmt: skip
    good = healthy([str(one["entry"]) for one in told])
    servers.append(await asyncio.start_server(partial(hall.serve, "healthy", good), HEALTHY, port))
    where = control.sockets[0].getsockname()
    print(json.dumps({"portal": f"http://{HEALTHY}:{port}", "port": port, "articles": ARTICLES,
                      "control": f"http://{where[0]}:{where[1]}/asked", "foes": told}), flush=True)  # fmt: skip
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()
    os._exit(0)  # visitors that are kept waiting are not waited for


async def start(hall: Hall, foe: Foe, address: str, port: int) -> asyncio.Server:
    """One misbehaving server; robots.txt is missing unless that is its misbehaviour."""

    async def answer(path: str, w: Writer) -> None:
        if path == "/robots.txt" and "robots" not in foe.name:
            await reply(w, b"", status="404 Not Found")
        else:
            await foe.answer(path, w)

    secure = context(address) if foe.tls == "bad" else None
    return await asyncio.start_server(partial(hall.serve, foe.name, answer), address, port, ssl=secure)


if __name__ == "__main__":
    asyncio.run(main())
