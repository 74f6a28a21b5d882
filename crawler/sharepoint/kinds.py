"""What is likely to be behind an address, told from the address alone."""

from __future__ import annotations

import re

from archive.models import LinkKind
from crawler.sharepoint.address import lowered, parse
from crawler.sharepoint.identity import ITEM_PARAMS, query_names

_IMAGE = re.compile(r"\.(?:jpe?g|jfif|png|gif|bmp|webp|svg|ico|tiff?|avif)$")
_FILE = re.compile(
    r"\.(?:pdf|docx?|docm|dotx?|rtf|odt|xlsx?|xlsm|xlsb|ods|csv|pptx?|ppsx?|odp|txt|rar|zip|7z|tar|gz|tgz|xps|djvu|epub"
    r"|mp3|wav|wma|m4a|mp4|m4v|avi|wmv|flv|mov|webm|dwg|kmz|kml|signed|p7[ms]|msg|eml)$"
)
_HANDLER = re.compile(
    r"/(?:download|down_?file|dowload|get_?file|tai_?(?:ve|file)|file_?(?:handler|download)|attachment)[\w-]*"
    r"\.(?:aspx|ashx|axd|php)$"
)
_LIBRARY_FILE = re.compile(
    r"/(?:documents|shared%20documents|sitecollectiondocuments|attachments/\d+|filedata|uploads?)/(?:.*/)?"
    r"[^/]+\.(?!aspx?$|html?$|php$|xml$)[a-z0-9]{1,8}$"
)
_SITEMAP = re.compile(r"/[^/]*sitemap[^/]*\.xml(?:\.gz)?$")
_FEED = re.compile(
    r"/(?:listfeed|feed|rss[\w-]*)\.(?:aspx|ashx|php|xml)$|\.(?:rss|atom)$|/(?:rss|feed|atom)/?$|/lists/rss\w*/"
)
_LIST = re.compile(
    r"/$|/(?:default|allitems|site-?map|so-?do[\w-]*|danh-?sach[\w-]*|chuyen-?muc[\w-]*)\.aspx$|/forms/[^/]+\.aspx$"
    r"|/(?:index|default)\.(?:html?|php|aspx?)$"
)
_PATH_PAGER = re.compile(r"/(?:phantrang/(?:[^/]+/)?\d+|page/\d+|trang-\d+)(?:/|\.|$)")
_PAGE_NUMBER = frozenset(
    {
        *("page", "trang", "pageindex", "pagenumber", "pageno", "pagenum", "currentpage", "curpage", "pg", "paging"),
        *("pagefirstrow", "startrow", "start", "offset", "paged"),
    }
)


def address_kind(url: str) -> LinkKind | None:
    """Kind of a canonical address; None for text that is no sound http or https address.

    >>> address_kind("https://backan.gov.vn/pages/tin-1/default.aspx?page=3")
    'pager'
    """
    address = parse(url)
    if address is None:
        return None
    path = lowered(address.path)
    if _IMAGE.search(path):
        return "image"
    if _SITEMAP.search(path):
        return "sitemap"
    if _FEED.search(path):
        return "feed"
    if _FILE.search(path) or _LIBRARY_FILE.search(path) or (address.query and _HANDLER.search(path)):
        return "file"
    if _PATH_PAGER.search(path) or (address.query and _turns_page(url)):
        return "pager"
    return "list" if _LIST.search(path) and not address.query else "page"


def _turns_page(url: str) -> bool:
    """Whether the query asks for another page of a list; beside an entry's id it turns that entry's comments."""
    params = dict(query_names(url))
    if any(value for name, value in params.items() if name in ITEM_PARAMS):
        return False
    return any(name in _PAGE_NUMBER and (value.isdigit() or value == "TRUE") for name, value in params.items())
