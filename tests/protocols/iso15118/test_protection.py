"""What a truck and a station wish for on a protected connection, and what a rig or a case cannot ask for."""

from __future__ import annotations

import pytest

from harness.core import ConfigError, LocalProtocolError
from harness.protocols.iso15118.station import StationMachine, StationOptions
from harness.protocols.iso15118.transport.hello import read_hello
from harness.protocols.iso15118.transport.pki import make_pki
from harness.protocols.iso15118.vehicle import VehicleOptions
from harness.protocols.iso15118.vehicle.agreement import offers_of
from harness.protocols.iso15118.vehicle.protection import CHECKS, TlsOptions, tls_settings
from harness.sim.ccs_truck import ccs_truck


@pytest.mark.parametrize(
    ("protocols", "versions"),
    [
        (("iso15118-20", "iso15118-2"), ("TLS 1.3", "TLS 1.2")),
        (("iso15118-2", "din70121"), ("TLS 1.2",)),
        (("iso15118-20",), ("TLS 1.3",)),
        (("din70121",), ("TLS 1.2",)),
    ],
)
def test_versions_are_those_of_the_offered_protocols_newest_first(protocols: tuple[str, ...], versions: tuple[str, ...]) -> None:
    settings = tls_settings(VehicleOptions(protocols=protocols), TlsOptions())
    hello = read_hello(settings.hello)
    assert settings.versions == versions
    assert hello.versions[0] == versions[0]
    assert ("certificate_authorities" in hello.extensions) is ("TLS 1.3" in versions)
    assert ("trusted_ca_keys" in hello.extensions) is ("TLS 1.2" in versions)


def test_every_check_that_is_left_out_shows_in_the_wish() -> None:
    pki = make_pki()
    full = tls_settings(VehicleOptions(), TlsOptions())
    assert (full.trusted, full.revoked, full.domain, full.ignores_expiry) == (pki.station_root, pki.revoked, "CPO", False)
    for left_out, shows in (
        ("root", lambda wish: wish.trusted == pki.station_root + pki.other_root),
        ("expiry", lambda wish: wish.ignores_expiry),
        ("name", lambda wish: not wish.domain),
        ("revocation", lambda wish: not wish.revoked),
    ):
        checks = tuple(check for check in CHECKS if check != left_out)
        wish = tls_settings(VehicleOptions(), TlsOptions(tls_checks=checks))
        assert shows(wish), left_out
        assert not shows(full), left_out
    assert tls_settings(VehicleOptions(), TlsOptions(tls_checks=())).trusted == ""


@pytest.mark.parametrize(
    ("security", "offered"),
    [("", ["iso15118-2", "din70121"]), ("TLS 1.2", ["iso15118-2"]), ("TLS 1.3", ["iso15118-20", "iso15118-2"])],
)
def test_what_is_offered_depends_on_what_protects_the_connection(security: str, offered: list[str]) -> None:
    """DIN SPEC 70121 never over TLS, ISO 15118-20 only over TLS 1.3."""
    options = VehicleOptions(protocols=("iso15118-20", "iso15118-2", "din70121"))
    parts = {"iso15118-20": "-20:DC", "iso15118-2": ":2:2013", "din70121": "din:70121"}
    found = [name for offer in offers_of(options, security) for name, part in parts.items() if part in offer.namespace]
    assert found == offered


def test_unknown_names_in_the_options_of_the_truck_are_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError) as raised:
        ccs_truck({"tls_groups": ["secp521r1", "x25518"], "tls_versions": ["TLS 2"], "tls_checks": ["age"]})
    told = [str(problem) for problem in raised.value.problems]
    assert any("option 'tls_groups': no x25518; known are secp256r1" in text for text in told)
    assert any("option 'tls_versions': no TLS 2; known are TLS 1.0" in text for text in told)
    assert any("option 'tls_checks': no age; known are root, expiry, name, revocation" in text for text in told)


def test_station_refuses_orders_about_tls_that_it_cannot_carry_out() -> None:
    station = StationMachine(StationOptions(tls_port=64109))
    with pytest.raises(LocalProtocolError, match=r"no version 'TLS 1\.4'"):
        station.tls(["TLS 1.4"])
    with pytest.raises(LocalProtocolError, match=r"no certificate 'expird' .did you mean 'expired'"):
        station.tls(certificate="expird")


def test_orders_about_tls_are_taken_back() -> None:
    station = StationMachine(StationOptions(tls_port=64109))
    station.tls(["TLS 1.2"], "expired", only_hello=True)
    assert (station.protection.versions, station.protection.certificate, station.protection.only_hello) == (("TLS 1.2",), "expired", True)
    station.revert()
    assert station.protection.settings().versions == ("TLS 1.2", "TLS 1.3")
    assert station.protection.settings().certificate == make_pki().station["good"].chain
