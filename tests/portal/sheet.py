"""The profile sheet a crawl of the replica uses: the real portal's rules on the replica's addresses."""

from __future__ import annotations

from tests.portal.plan import HOSTS

SHEET = """# Written by the replica portal for one run of it.
extends = "{base}"
name = "replica"
title = "Bản sao Cổng thông tin điện tử Bắc Kạn"

[scope]
hosts = [{hosts}]

[identity]
scheme = "http"
aliases = {{ {aliases} }}

[polite]
delay = 0.0
jitter = 0.0
timeout = 20.0
max_attempts = 4
backoff = 0.05
max_pause = 5.0
# A handful of addresses fail at every try, and are tried one after the other.
give_up_after = 60
contact = "replica@portal.example"

[discover]
seeds = ["{origin}/"]
sitemaps = ["/sitemap.xml"]
feeds = []

[[discover.data]]
url = "{origin}/APIVP/api/DSTinTuc/QUERYDATA"
form = {{ do = "", fieldOrder = "CreatedDate", ascending = "desc", UrlList = "/ct/cms/tintuc/Lists/ChuyenDe" }}
start_param = "start"
length_param = "length"
length = 20
rows = "data"
item_url = "/ct/cms/tintuc/Lists/ChuyenDe/View_Detail.aspx?ItemID={{ID}}"
title = "Title"
lead = "DescriptionNews"
date = "CreatedDate"

[gone]
visits = 1
days = 0

[network]
exempt_addresses = ["127.0.0.0/8"]
exempt_ports = [{port}]

[expect]
min_articles = {least}
min_fill = {{ title = 1.0, body_text = 0.9, published_at = 0.2 }}
max_failure_share = 0.3
"""

LAYOUTS = """
# Title and sapo stand in one line of markup there, which no general rule takes apart.
[[layout]]
name = "view-detail"
family = "V"
path = '/view_detail\\.aspx'
present = ["#ctl00_ctl30_lblTieuDe"]
title = ["#ctl00_ctl30_lblTieuDe"]
lead = ["#ctl00_ctl30_lblMoTa"]
published = [".chitiettin .ngaydang"]
body = ["#ctl00_ctl30_pnNoiDung"]
"""


def sheet(port: int, articles: int, base: str = "bac-kan") -> str:
    """The sheet as TOML; on another base than the real portal's sheet it holds no layout of its own."""
    main = HOSTS["main"].address
    aliases = {f"{HOSTS['www'].address}:{port}": f"{main}:{port}", HOSTS["www"].address: f"{main}:{port}"}
    aliases |= {host.address: f"{host.address}:{port}" for name, host in HOSTS.items() if name != "www"}
    told = SHEET.format(
        base=base,
        hosts=", ".join(f'"{host.address}:{port}"' for name, host in HOSTS.items() if name != "www"),
        aliases=", ".join(f'"{alias}" = "{host}"' for alias, host in aliases.items()),
        origin=f"http://{main}:{port}",
        port=port,
        least=articles * 9 // 10,
    )
    return told if base != "bac-kan" else told + LAYOUTS
