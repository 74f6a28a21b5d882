"""Cookies go back to the host that set them and to no other.

That is all a list's paging needs, and it needs no list of public suffixes: Scrapy's own middleware downloads one from
a third party at its first cookie, which a crawl of one portal must not do.
"""

from __future__ import annotations

from collections.abc import Iterable
from http.cookiejar import Cookie

from scrapy import Request
from scrapy.downloadermiddlewares.cookies import CookiesMiddleware
from scrapy.http.cookies import CookieJar
from scrapy.utils.httpobj import urlparse_cached

#: Cookies kept for one host, and their bytes together.
COOKIES, COOKIE_BYTES = 50, 8192


class HostCookies(CookiesMiddleware):
    """Scrapy's cookie jars, each cookie bound to its host; one for a domain the host is not in is dropped."""

    def _process_cookies(self, cookies: Iterable[Cookie], *, jar: CookieJar, request: Request) -> None:
        host = (urlparse_cached(request).hostname or "").lower()
        for cookie in cookies:
            if cookie.domain_specified:
                domain = cookie.domain.lstrip(".").lower()
                if host != domain and not host.endswith(f".{domain}"):
                    continue
                cookie.domain = host if "." in host else f"{host}.local"  # as http.cookiejar names a bare host
                cookie.domain_specified = cookie.domain_initial_dot = False
            if self._fits(jar, cookie):
                jar.set_cookie_if_ok(cookie, request)

    @staticmethod
    def _fits(jar: CookieJar, cookie: Cookie) -> bool:
        """Servers refuse requests with more cookies than this, and only a hostile one sets them."""
        held = [one for one in jar.jar if one.domain == cookie.domain and one.name != cookie.name]
        size = sum(len(one.name) + len(one.value or "") for one in (*held, cookie))
        return len(held) < COOKIES and size <= COOKIE_BYTES
