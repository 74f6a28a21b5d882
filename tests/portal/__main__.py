"""``python -m tests.portal``: serves the replica until it is told to end, or prints its truth."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import socket
import sys
from functools import partial
from pathlib import Path
from typing import IO

from tests.portal.certificate import context
from tests.portal.control import Control
from tests.portal.plan import HOSTS
from tests.portal.server import Connection, Portal, sockets
from tests.portal.sheet import sheet
from tests.portal.site import Site
from tests.portal.truth import truth
from tests.portal.world import SIZES, World

TLS_ADDRESS = "127.0.0.8"
Listeners = list[tuple[str, socket.socket]]


def main() -> int:
    """Run the command; 0 after a clean end, 1 with one line when the port is taken."""
    options = parser().parse_args()
    faults = options.faults == "all"
    world = World(seed=options.seed, size=options.size, epoch=options.epoch, faults=faults)
    if options.truth:
        json.dump(truth(world, options.port or 80), sys.stdout, ensure_ascii=False, indent=1)
        return 0
    try:
        listeners = sockets(options.port)
    except OSError as error:
        print(
            f"the replica cannot listen on port {options.port}: {error.strerror}; choose another with --port",
            file=sys.stderr,
        )
        return 1
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(open(options.log, "w")) if options.log else None  # noqa: PTH123
        asyncio.run(serve(world, listeners, options, log))
    return 0


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    made = argparse.ArgumentParser(prog="python -m tests.portal", description=__doc__)
    made.add_argument("--size", type=_size, default="default", help="small, default, or about how many articles")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--epoch", type=int, default=0, help="state of the portal's life to start with")
    made.add_argument("--faults", choices=("all", "none"), default="all")
    made.add_argument("--port", type=int, default=0, help="the same on all addresses; 0 finds a free one")
    made.add_argument("--profile-out", type=Path, help="write a profile sheet for a crawl here")
    made.add_argument("--log", help="write one JSON line a request here")
    made.add_argument("--latency-ms", type=float, default=0.0, help="wait this long before each answer")
    made.add_argument("--tls", action="store_true", help="open a TLS door with a bad certificate as well")
    made.add_argument("--truth", action="store_true", help="print the truth and end")
    return made


def _size(text: str) -> str | int:
    if text in SIZES:
        return text
    if text.isdigit() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is neither small, default nor a number of articles")


async def serve(
    world: World, listeners: list[tuple[str, socket.socket]], options: argparse.Namespace, log: IO[str] | None
) -> None:
    """Listen on every host's address and on the control port until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    port = listeners[0][1].getsockname()[1]
    portal = Portal(Site(world, port), latency=options.latency_ms / 1000, log=log)
    for name, listener in listeners:
        await loop.create_server(partial(Connection, portal, name), sock=listener)
    control = await asyncio.start_server(Control(portal).serve, "127.0.0.1", 0)
    if options.profile_out:
        live = sum(a.fate.live and a.section.host != "hoinongdan" for a in world.every())
        options.profile_out.write_text(sheet(port, live), encoding="utf-8")
    secure = None
    if options.tls:  # the main host's pages once more, behind a certificate that does not verify
        door = await loop.create_server(partial(Connection, portal, "main"), TLS_ADDRESS, 0, ssl=context(TLS_ADDRESS))
        secure = f"https://{TLS_ADDRESS}:{door.sockets[0].getsockname()[1]}"
    told = {
        "port": port,
        "hosts": {name: f"http://{host.address}:{port}" for name, host in HOSTS.items()},
        "control": control.sockets[0].getsockname()[1],
        "tls": secure,
        "profile": str(options.profile_out) if options.profile_out else None,
    }
    print(json.dumps(told), flush=True)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()


if __name__ == "__main__":
    sys.exit(main())
