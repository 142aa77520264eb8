"""ClientHello: what is built is read back, what OpenSSL sends is read, and nothing malformed gets through or raises anything else."""

from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import RemoteProtocolError
from harness.protocols.iso15118.transport.hello import CIPHERS, EXTENSIONS, GROUPS, ClientHello, build_hello, is_hello, read_hello
from harness.protocols.iso15118.transport.pki import make_pki

TRUCK_20 = ClientHello(
    ("TLS 1.3",),
    ("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"),
    ("secp521r1", "x448"),
    (
        "supported_versions", "supported_groups", "signature_algorithms", "key_share", "psk_key_exchange_modes", "status_request",
        "certificate_authorities",
    ),
    (make_pki().station_root_name,),
)  # fmt: skip


def test_what_a_truck_is_to_say_comes_back() -> None:
    assert read_hello(build_hello(TRUCK_20, "seed")) == TRUCK_20


def test_roots_come_back_from_the_extension_of_either_standard() -> None:
    for name, versions in (("trusted_ca_keys", ("TLS 1.2", "TLS 1.1", "TLS 1.0")), ("certificate_authorities", ("TLS 1.3",))):
        extensions = ("supported_versions", name) if versions == ("TLS 1.3",) else (name,)
        hello = ClientHello(versions, ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",), (), extensions, (b"0\x03root", b"0\x05other"))
        assert read_hello(build_hello(hello)) == hello


def test_the_same_wish_and_seed_give_the_same_bytes_and_another_seed_others() -> None:
    assert build_hello(TRUCK_20, "1") == build_hello(TRUCK_20, "1") != build_hello(TRUCK_20, "2")


def test_hello_of_openssl_is_read() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing).do_handshake()
    hello = read_hello(outgoing.read())
    assert set(hello.versions) == {"TLS 1.3", "TLS 1.2"}
    assert {"TLS_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"} <= set(hello.ciphers)
    assert {"supported_groups", "key_share"} <= set(hello.extensions)
    assert "x448" in hello.groups


def test_openssl_answers_the_built_hello(tmp_path: Path) -> None:
    """A built hello is no mock: a server reads it, and answers with what it chose of it."""
    station = make_pki("secp521r1").station["good"]
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_text(station.chain)
    key.write_text(station.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    incoming.write(build_hello(replace(TRUCK_20, groups=("x448", "secp521r1")), "seed"))
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_side=True).do_handshake()
    answer = outgoing.read()
    assert (answer[0], answer[5]) == (22, 2)
    assert bytes.fromhex("1302") in answer[:100]


names = st.sampled_from
hellos = st.builds(
    ClientHello,
    st.just(("TLS 1.3", "TLS 1.2")),
    st.lists(names(sorted(CIPHERS.values())), min_size=1, max_size=5, unique=True).map(tuple),
    st.lists(names(sorted(GROUPS.values())), min_size=1, max_size=5, unique=True).map(tuple),
    st.lists(names(sorted(set(EXTENSIONS.values()) - {"supported_versions", "supported_groups"})), max_size=6, unique=True).map(
        lambda some: ("supported_versions", "supported_groups", *some)
    ),
)


@given(hellos, st.text(max_size=3))
def test_every_hello_comes_back(hello: ClientHello, seed: str) -> None:
    assert read_hello(build_hello(hello, seed)) == hello


@given(st.binary(max_size=60), st.integers(0, 400), st.integers(0, 255))
def test_damage_is_named_and_nothing_else(tail: bytes, at: int, value: int) -> None:
    whole = bytearray(build_hello(TRUCK_20))
    whole[at % len(whole)] = value
    for data in (tail, bytes(whole), bytes(whole[: at % len(whole)]) + tail):
        try:
            read_hello(data)
        except RemoteProtocolError as error:
            assert str(error).startswith(("no ClientHello", "the ClientHello is cut off"))  # noqa: PT017


def test_other_bytes_are_no_hello() -> None:
    assert not is_hello(b"\x01\xfe\x80\x01")
    assert not is_hello(b"")
    with pytest.raises(ValueError, match="'TLS_NULL' is not known"):
        build_hello(replace(TRUCK_20, ciphers=("TLS_NULL",)))
