"""The many spellings of one address that links on the portals use."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from tests.portal.rich import address
from tests.portal.world import Article

Origins = dict[str, str]


def _upper(path: str) -> str:
    folder, name = path.rsplit("/", 1)
    return f"{folder}/{name.removesuffix('.aspx').upper()}.aspx"


SPELLINGS: tuple[Callable[[str, str, Origins], str], ...] = (
    lambda path, origin, _: path,
    lambda path, origin, _: path.replace("/Pages/", "/pages/"),
    lambda path, origin, _: origin + path,
    lambda path, origin, _: f"{path}?IsDlg=1",
    lambda path, origin, _: f"{path}?Source={quote(origin + '/Pages/default.aspx', safe='')}",
    lambda path, origin, _: f"{path}?Mobile=1",
    lambda path, origin, _: _upper(path),
    lambda path, origin, _: origin.replace("http:", "https:") + path,
    lambda path, origin, _: f"{origin.rsplit(':', 1)[0].replace('http:', 'https:')}:443{path}",
    lambda path, origin, origins: (origins["www"] if origin == origins["main"] else origin) + path,
    lambda path, origin, _: f"{path}?fbclid=IwAR0{len(path)}",
    lambda path, origin, _: (
        f"{path}?ContentTypeId=0x010100C568DB52&PageVersion=512&InitialTabId=Ribbon%2ERead&VisibilityContext=WSSTabPersistence"
    ),
    lambda path, origin, _: f"{path}?web=1",
    lambda path, origin, _: f"{path}#binhluan",
)


def variant(article: Article, turn: int, origins: Origins) -> str:
    """The article's address in one of its spellings."""
    path, origin = address(article.path), origins[article.section.host]
    match article.section.family:
        case "V":
            return (path, f"{path}&Keyword=&date=", f"{path}&Source=%2FPages%2Fdefault%2Easpx", path.lower())[turn % 4]
        case "L":
            return (path, f"{path}&Source=%2FLists%2FVanBan%2FAllItems%2Easpx&ContentTypeId=0x0100", f"{path}&IsDlg=1")[
                turn % 3
            ]
        case "C" | "N":
            return (path, f"{path}#binhluan")[turn % 2]
    return SPELLINGS[turn % len(SPELLINGS)](path, origin, origins)
