"""A portal that links to misbehaving servers: each ends in a named outcome, and the healthy part is whole."""

from __future__ import annotations

import gzip
from pathlib import Path

from tests import crawling
from tests.hostile.run import fate, hostile


def test_misbehaving_servers_cost_only_themselves(tmp_path: Path) -> None:
    archive = tmp_path / "kept" / "a.db"
    with hostile(tmp_path, timeout=1.5) as told:
        assert len(told["foes"]) >= 24
        ran = crawling.run("crawl", archive, told["sheet"], "--minutes", "3")
        found = fate(archive, told)
        assert ran.code == 3, ran.stderr
        assert "Traceback" not in ran.stderr
        assert found.unnamed == [], {name: found.outcomes[name] for name in found.unnamed}
        assert found.articles == told["articles"]
        assert found.inside == [], "an address inside was asked"
        assert found.bytes < 200e6
        outcome, detail = found.outcomes["certificate nobody vouches for"]
        assert (outcome, "certificate" in detail) == ("", True)
        assert found.asked.get("certificate nobody vouches for", 0) == 0

        host = next(foe["host"] for foe in told["foes"] if foe["name"] == "certificate nobody vouches for")
        sheet = tmp_path / "exempt.toml"
        lines = (
            told["sheet"].read_text().replace(f'seeds = ["{told["portal"]}/"]', f'seeds = ["https://{host}/x.aspx"]')
        )
        reason = "ran out in 2019, the operators know"
        sheet.write_text(lines.replace("[network]\n", f'[network]\nunverified_tls = {{ "{host}" = "{reason}" }}\n'))
        ran = crawling.run("crawl", tmp_path / "exempt" / "a.db", sheet)
        assert ran.report is not None, ran.stderr
        assert [breach["name"] for breach in ran.report["breaches"]] == ["seeds"], "the exempt host only redirects"
        assert ran.code == 2, ran.stderr
        assert ran.report["tls_unverified"] == {host: reason}
        assert ran.report["captures"]["redirect"] == 1
    (warc,) = (tmp_path / "exempt" / "warc").glob("*.warc.gz")
    assert f"X-TLS-Unverified: {reason}".encode() in gzip.decompress(warc.read_bytes())
