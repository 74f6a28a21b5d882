"""The archive as a web site: Datasette with descriptions, facets, canned queries and a plugin of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datasette.utils import parse_metadata, tilde_encode

_HERE = Path(__file__).parent
METADATA = _HERE / "metadata.yaml"
PLUGINS = _HERE / "plugins"

#: The name metadata.yaml gives the database.
_NAME = "archive"

#: For everyone. Rows are large, so facets are asked for by name instead of being guessed.
SETTINGS: dict[str, int | bool] = {
    "sql_time_limit_ms": 3000,
    "facet_time_limit_ms": 500,
    "max_returned_rows": 1000,
    "default_page_size": 50,
    "default_facet_size": 20,
    "truncate_cells_html": 300,
    "suggest_facets": False,
}

#: Besides, where strangers may come: no SQL of their own, no copy of the file, no endless exports.
PUBLIC_SETTINGS: dict[str, int | bool] = {
    "sql_time_limit_ms": 1500,
    "default_allow_sql": False,
    "allow_download": False,
    "allow_csv_stream": False,
}


def metadata(database: str = _NAME) -> dict[str, Any]:
    """The metadata for a database of that name (the file's, without suffix)."""
    # Links and form targets in the sheet go to /archive/…, which is the name here.
    sheet = METADATA.read_text("utf-8").replace(f'"/{_NAME}/', f'"/{tilde_encode(database)}/')
    told: dict[str, Any] = parse_metadata(sheet)
    told["databases"] = {database: told["databases"][_NAME]}
    return told
