"""Asking a web archive over HTTP: one connection, its pace, its refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType

import httpx

from archive import __version__
from archive.errors import ArchiveError
from crawler.politeness import retry_after_seconds
from crawler.sources.pace import Pace

#: Answers that ask for silence.
SLOW_DOWN = frozenset({429, 503})
#: Answers that another try may cure.
PASSING = frozenset({500, 502, 504, 520, 522, 523, 524})


class Unanswered(ArchiveError):
    """A request got no usable answer after every try; the others may."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a service answered."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    """As sent: de-chunked, content coding untouched."""
    truncated: str | None = None
    """How the body is cut: ``length`` at the limit, ``disconnect`` where the server ends it early each time."""

    def header(self, name: str) -> str | None:
        """First value of a header, case-insensitive."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class Service:
    """One web archive. A context manager: afterwards the connection is closed."""

    def __init__(self, pace: Pace, *, contact: str = "", timeout: float = 45.0, tries: int = 4) -> None:
        agent = f"portal-archive/{__version__}" + (f" (+{contact})" if contact else "")
        self._pace = pace
        self._tries = tries
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout, connect=20.0),
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1),
            headers={"User-Agent": agent, "Accept-Encoding": "identity"},
            follow_redirects=False,
            trust_env=True,
        )
        self.requests = 0
        """Requests sent so far."""

    def __enter__(self) -> Service:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._client.close()

    def get(self, kind: str, url: str, *, headers: Mapping[str, str] | None = None, most: int) -> Answer:
        """The answer to a GET; at most ``most`` bytes of its body are read.

        A body that ends before its announced length is asked for again; when it ends at the same byte it is given as
        cut, for web archives hold such bodies with the header they came with. 429 and 503 are waited out and asked
        again; a refused connection ends in Blocked once the pause it costs is too long. Raises Unanswered when a
        time-out, a broken answer or a passing error persists, Blocked when the service wants to be left alone for
        longer than the run waits.
        """
        trouble, partial = "no answer", None
        for _ in range(self._tries):
            self._pace.wait(kind)
            self.requests += 1
            try:
                answer = self._asked(url, headers or {}, most)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                trouble = f"no connection ({error})"
                self._pace.refused()
                continue
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                trouble = f"{type(error).__name__} {error}".strip()
                continue
            if answer.status in SLOW_DOWN and answer.header("Memento-Datetime") is None:
                trouble = f"it answers {answer.status}"
                asked, date = answer.header("Retry-After"), answer.header("Date")
                self._pace.throttled(retry_after_seconds(asked, datetime.now(UTC), date))
                continue
            if answer.status in PASSING and answer.header("Memento-Datetime") is None:
                trouble = f"it answers {answer.status}"
                continue
            self._pace.answered()
            if answer.truncated != "disconnect" or (partial and partial.body == answer.body):
                return answer
            trouble, partial = "its body ends early", answer
        raise Unanswered(f"{url}: {trouble}; asked {self._tries} times")

    def _asked(self, url: str, headers: Mapping[str, str], most: int) -> Answer:
        with self._client.stream("GET", url, headers=dict(headers)) as response:
            body, truncated = _body(response, most)
            return Answer(
                url=url,
                status=response.status_code,
                headers=tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in response.headers.raw),
                body=body,
                truncated=truncated,
            )


def _body(response: httpx.Response, most: int) -> tuple[bytes, str | None]:
    parts, size = [], 0
    try:
        for part in response.iter_raw():
            parts.append(part[: most - size])
            size += len(part)
            if size > most:
                return b"".join(parts), "length"
    except (httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.ReadError):
        return b"".join(parts), "disconnect"
    return b"".join(parts), None
