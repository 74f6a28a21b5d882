"""Telling by mail, through the SMTP server a person names."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from crawler.telling.news import News
from crawler.telling.page import as_page
from crawler.telling.text import as_text
from crawler.telling.web import TIMEOUT, NotTold


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """Where mails go and how."""

    server: str
    """``smtp://[user@]host[:port]``, with STARTTLS where it is offered, or ``smtps://`` for TLS from the start."""
    sender: str
    to: tuple[str, ...]
    password: str = ""
    """Only ever sent over TLS."""


def send_mail(mail: Mail, news: News) -> None:
    """Send the news as text and page. Raises NotTold."""
    parts = urlsplit(mail.server)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise NotTold("the server is written like smtp://host:25 or smtps://user@host")
    context = ssl.create_default_context()
    try:
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(parts.hostname, parts.port or 465, timeout=TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(parts.hostname, parts.port or 25, timeout=TIMEOUT)
        with server:
            safe = parts.scheme == "smtps"
            server.ehlo()
            if not safe and server.has_extn("starttls"):
                server.starttls(context=context)
                safe = True
            if parts.username:
                if not safe:
                    raise NotTold("the server offers no TLS; a password is not sent without")
                server.login(unquote(parts.username), mail.password)
            refused = server.send_message(message(mail, news))
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise NotTold(str(error) or type(error).__name__) from error
    if refused:
        raise NotTold(f"the server refused {', '.join(refused)}")


def message(mail: Mail, news: News) -> EmailMessage:
    """The mail: the headline as subject, the text, and the page beside it."""
    made = EmailMessage()
    made["Subject"] = f"[portal-archive] {' '.join(news.headline.split())}"[:200]
    made["From"], made["To"] = mail.sender, ", ".join(mail.to)
    made["Date"], made["Message-ID"] = formatdate(news.at.timestamp()), make_msgid(domain="portal-archive.invalid")
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers
    made.set_content(as_text(news))
    made.add_alternative(as_page(news), subtype="html")
    return made
