"""No request leaves for an address inside."""

from __future__ import annotations

import pytest

from crawler.guard import AddressGuard, AddressRefused
from crawler.profile import Network

INSIDE = ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.9.9", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"]
INSIDE_6 = ["::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1"]


@pytest.mark.parametrize("address", INSIDE + INSIDE_6)
def test_inside_addresses_are_refused(address: str) -> None:
    with pytest.raises(AddressRefused):
        AddressGuard(Network()).check_address(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "203.162.0.1", "2001:4860:4860::8888"])
def test_public_addresses_pass(address: str) -> None:
    AddressGuard(Network()).check_address(address)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://[::1]/", "https://a.vn:8443/", "ftp://a.vn/", "http://a.vn:99999/", "http:///x"],
)
def test_addresses_that_are_not_asked(url: str) -> None:
    with pytest.raises(AddressRefused):
        AddressGuard(Network()).check_url(url)


def test_exemptions_are_explicit() -> None:
    guard = AddressGuard(Network(exempt_addresses=("127.0.0.0/8",), exempt_ports=(8080,)))
    guard.check_url("http://127.0.0.5:8080/x")
    with pytest.raises(AddressRefused):
        guard.check_url("http://127.0.0.5:8081/x")
    with pytest.raises(AddressRefused):
        guard.check_url("http://10.0.0.1:8080/x")
