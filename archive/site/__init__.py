"""The reading room: the archive as a web site on Datasette, with pages for readers and descriptions for researchers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datasette.utils import parse_metadata

_HERE = Path(__file__).parent
METADATA = _HERE / "metadata.yaml"
PLUGINS = _HERE / "plugins"
TEMPLATES = _HERE / "templates"
STATIC = _HERE / "static"

#: The archive's name in addresses, whatever its file is called: an address outlives a file's name.
NAME = "archive"
PLUGIN = "portal-archive"

#: What strangers may ask of the machine. Rows are large, so facets are asked for by name instead of being guessed.
SETTINGS: dict[str, int | bool] = {
    "sql_time_limit_ms": 1500,
    "facet_time_limit_ms": 500,
    "max_returned_rows": 1000,
    "default_page_size": 50,
    "default_facet_size": 20,
    "truncate_cells_html": 300,
    "suggest_facets": False,
    "default_allow_sql": False,
    "allow_download": False,
    "allow_csv_stream": False,
}

#: Besides, for whoever asks for SQL of their own.
SQL_SETTINGS: dict[str, int | bool] = {"default_allow_sql": True, "sql_time_limit_ms": 3000}


def metadata(**options: Any) -> dict[str, Any]:
    """What readers are told of the archive, and options for our plugin: ``public_url``, ``sql``, ``warcs``."""
    told: dict[str, Any] = parse_metadata(METADATA.read_text("utf-8"))
    told["plugins"] = {PLUGIN: {name: value for name, value in options.items() if value}}
    return told
