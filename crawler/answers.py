"""Scrapy's answers turned into captures, and its failures into named reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.http import Response
from twisted.internet.error import ConnectError, ConnectionDone, ConnectionLost, DNSLookupError
from twisted.internet.error import TimeoutError as ConnectTimeout
from twisted.python.failure import Failure

from archive.models import Capture, Reason
from archive.warc import Place
from archive.warc.coding import decode_payload


def header_pairs(raw: dict[bytes, list[bytes]]) -> tuple[tuple[str, str], ...]:
    """Scrapy's headers as ordered pairs; bytes read as Latin-1, which loses nothing."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, values in raw.items() for value in values)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """What the recorder leaves for the one who settles the answer."""

    place: Place
    headers: tuple[tuple[str, str], ...]
    at: datetime
    """When the answer arrived."""


def capture_of(response: Response, recorded: Recorded) -> Capture:
    """The capture of a live answer, equal to the one read back from its WARC record."""
    assert response.request is not None
    place, headers = recorded.place, recorded.headers
    body, cut = (b"", None) if response.status == 304 else decode_payload(response.body, headers)
    return Capture(
        url=response.request.url,
        fetched_at=recorded.at,
        status=response.status,
        headers=headers,
        body=body,
        method=response.request.method,
        request_body=response.request.body,
        source="live",
        truncated=truncation(response) or cut,
        digest=place.digest,
        filename=place.filename,
        offset=place.offset,
        length=place.length,
        revisit=response.status == 304,
    )


def truncation(response: Response) -> str | None:
    """WARC's word for a body that is not whole."""
    if "dataloss" in response.flags:
        return "disconnect"
    return "length" if "partial" in response.flags else None


def failure_reason(failure: Failure, inside: str | None = None) -> tuple[Reason, str]:
    """Why there is no answer, and one line for a person.

    ``inside`` is the address the host's name was found to lead to, where the guard refused it.
    """
    error = failure.value
    if inside is not None:
        return "unreachable", f"the name leads to {inside}, which is not a public address"
    if insecure := _tls_failure(error):
        return "unreachable", insecure
    for kinds, reason, told in _FAILURES:
        if isinstance(error, kinds):
            return reason, told
    first_line = (str(error).splitlines() or [""])[0]
    return "unreachable", f"{type(error).__name__}: {first_line}"[:200]


def _tls_failure(error: BaseException | None) -> str | None:
    """What was wrong with the host's TLS, when that ended the connection; Twisted hides it in what it raises."""
    for _ in range(8):
        if error is None:
            return None
        if isinstance(error, SSL.Error):
            said = "; ".join(str(part[-1]) for part in (error.args[0] if error.args else ()) if part)
            return f"its TLS certificate or handshake is not to be trusted: {said or 'no reason given'}"[:200]
        inner = [reason.value for reason in getattr(error, "reasons", None) or () if isinstance(reason, Failure)]
        error = next((one for one in inner if isinstance(one, SSL.Error)), None) or (
            inner[0] if inner else error.__cause__ or error.__context__
        )
    return None


_FAILURES: tuple[tuple[tuple[type[BaseException], ...], Reason, str], ...] = (
    ((DownloadCancelledError, IgnoreRequest), "too_large", "larger than the limit"),
    ((CannotResolveHostError, DNSLookupError), "unreachable", "the name is not known"),
    ((DownloadTimeoutError, ConnectTimeout), "unreachable", "no answer in time"),
    ((DownloadConnectionRefusedError, ConnectError), "unreachable", "the connection was refused"),
    ((DownloadFailedError, ConnectionDone, ConnectionLost), "unreachable", "the connection broke before the answer"),
)
