"""Those who are told of an update: a web server and a mail server that keep what they are given."""

from __future__ import annotations

import http.server
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass(kw_only=True)
class Post:
    """A request that came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(kw_only=True)
class WebReceiver:
    """A running web server."""

    url: str
    posts: list[Post] = field(default_factory=list)

    def paths(self) -> list[str]:
        """Paths asked for, without their queries, in order."""
        return [post.path.partition("?")[0] for post in self.posts]


@contextmanager
def web_receiver(status: int = 200) -> Iterator[WebReceiver]:
    """A web server that answers every post with that status while the block runs."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            kept.posts.append(Post(path=self.path, headers=dict(self.headers), body=body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept = WebReceiver(url=f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()


@dataclass(kw_only=True)
class MailReceiver:
    """A running mail server."""

    url: str
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)


@contextmanager
def mail_receiver() -> Iterator[MailReceiver]:
    """A mail server without TLS that takes every mail while the block runs (RFC 5321, as much as smtplib needs)."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 ready\r\n")
            while line := self.rfile.readline():
                verb = line.decode("latin-1").strip()
                kept.commands.append(verb)
                word = verb.upper().split(" ")[0].split(":")[0]
                if word == "EHLO":
                    self.wfile.write(b"250-hello\r\n250 8BITMIME\r\n")
                elif word == "DATA":
                    self.wfile.write(b"354 go on\r\n")
                    self._take()
                    self.wfile.write(b"250 taken\r\n")
                elif word == "QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                else:
                    if word == "RCPT":
                        kept.recipients.append(verb.partition("<")[2].rstrip(">"))
                    self.wfile.write(b"250 ok\r\n")

        def _take(self) -> None:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line[1:] if line.startswith(b"..") else line)
            mail = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(mail, EmailMessage)
            kept.mails.append(mail)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    kept = MailReceiver(url=f"smtp://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
