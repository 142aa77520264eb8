"""Evidence files: what is written is read back to the last field, and a network's file is one that other tools open."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.evidence import write_evidence
from harness.bench.recording import read_evidence
from harness.core import Chunk, ConfigError, Datagram, Direction, Frame, Handshake, Level, Record, Trace

EV, SECC = "[fe80::a]:49200", "[fe80::21a:2bff:fe3c:4d5e]:50000"
TSHARK = shutil.which("tshark")


def ev(data: bytes = b"", **more: object) -> Chunk:
    return Chunk(data, source=EV, destination=SECC, **more)


def secc(data: bytes = b"", **more: object) -> Chunk:
    return Chunk(data, source=SECC, destination=EV, **more)


SESSION = [
    ("truck", Datagram(bytes.fromhex("01fe9000000000021000"), "[fe80::a]:49100", "[ff02::1]:15118")),
    ("charger", Datagram(bytes(28), "[fe80::21a:2bff:fe3c:4d5e]:15118", "[fe80::a]:49100")),
    ("truck", ev(begin=True)),
    ("charger", secc(begin=True)),
    ("truck", ev(b"\x16\x03\x01", security="TLS", sealed=True)),
    ("charger", Handshake(SECC, EV, None, "TLS 1.3", "TLS_AES_256_GCM_SHA384", "", "CN=truck")),
    ("truck", ev(b"request", security="TLS 1.3")),
    ("charger", secc(b"response" * 200, security="TLS 1.3")),
    ("truck", ev(end=True, security="TLS 1.3")),
    ("charger", secc(end=True, security="TLS 1.3")),
    ("truck", ev(begin=True)),
    ("charger", secc(reset=True)),
    ("truck", ev(begin=True)),
    ("charger", secc(begin=True)),
    ("truck", ev(b"odd")),
    ("truck", Handshake(EV, SECC, None, "", "", "certificate_expired", "")),
    ("truck", ev(reset=True)),
]


IPV4 = {"[fe80::a]": "192.0.2.10", "[fe80::21a:2bff:fe3c:4d5e]": "192.0.2.1", "[ff02::1]": "255.255.255.255"}


def with_ipv4(pdu: object) -> object:
    """The same between addresses of IPv4."""
    ends = {name: getattr(pdu, name) for name in ("source", "destination")}
    return replace(pdu, **{name: IPV4[end.rpartition(":")[0]] + ":" + end.rpartition(":")[2] for name, end in ends.items()})  # type: ignore[type-var]


def recorded(rows: list[tuple[str, object]], *, step_ns: int = 1_000_003, host_ns: int = 0) -> list[Record]:
    trace = Trace()
    for number, (sender, pdu) in enumerate(rows):
        t_ns = number * step_ns
        trace.append(t_ns, t_ns + host_ns, "charge", Direction.TX if sender == "charger" else Direction.RX, sender, pdu)
    return trace.on("charge")


def there_and_back(folder: Path, records: list[Record], suffix: str) -> None:
    path = write_evidence(folder / "case.1.charge", records)
    assert path.suffix == suffix
    assert read_evidence(path, "charge", records[0].t_ns) == records


@pytest.mark.parametrize("host_ns", [0, 71_000])
def test_a_session_comes_back_from_pcapng_to_the_last_field(tmp_path: Path, host_ns: int):
    there_and_back(tmp_path, recorded(SESSION, host_ns=host_ns), ".pcapng")


def test_a_session_over_ipv4_comes_back_too(tmp_path: Path):
    there_and_back(tmp_path, recorded([(sender, with_ipv4(pdu)) for sender, pdu in SESSION]), ".pcapng")


def test_the_same_records_give_the_same_bytes(tmp_path: Path):
    first, second = (write_evidence(tmp_path / name, recorded(SESSION)).read_bytes() for name in ("one", "two"))
    assert first == second
    assert not list(tmp_path.glob("*.tmp"))


def test_stamps_before_the_zero_of_the_run_come_back(tmp_path: Path):
    records = [record._replace(t_ns=record.t_ns - 2_500_000_001, host_ns=record.host_ns - 2_500_000_001) for record in recorded(SESSION)]
    there_and_back(tmp_path, records, ".pcapng")


MESSAGE = Datagram(bytes.fromhex("ffffffffffff02000000000a88e1") + b"\x01\x64\x60\x00\x00", "02:00:00:00:00:0a", "ff:ff:ff:ff:ff:ff")


def test_whole_ethernet_frames_are_packets_too(tmp_path: Path):
    records = recorded([("truck", MESSAGE)])
    there_and_back(tmp_path, records, ".pcapng")
    assert MESSAGE.data in write_evidence(tmp_path / "plc", records).read_bytes()


@pytest.mark.parametrize(
    "rows",
    [
        [("charger", Level("plug", 1)), ("truck", Level("cp_v", 8.97))],
        [("truck", Datagram(b"x", "a", "b")), ("truck", Datagram(b"x"))],
        [("truck", Chunk(b"one stream")), ("truck", Chunk(b"", end=True))],
        [("truck", ev(b"x", begin=True)), ("truck", Datagram(b"x", "[fe80::a]:1", "somebody"))],
        [("truck", ev(bytes(70_000), begin=True, security="TLS 1.2", lost=4)), ("charger", secc(reset=True, sealed=True))],
        [("truck", ev(bytes(70_000))), ("truck", Handshake(EV, SECC, None, "TLS 1.2", "some cipher", "", "CN=x"))],
        [("truck", Datagram(b"not canonical", "[FE80::A]:1", "[fe80::b]:2"))],
    ],
    ids=["levels", "names", "stream", "mixed", "long", "handshake", "spelling"],
)
def test_what_fits_no_packet_goes_into_json_lines_whole(tmp_path: Path, rows: list[tuple[str, object]]):
    there_and_back(tmp_path, recorded(rows), ".jsonl")


def test_frames_stay_in_blf(tmp_path: Path):
    records = [record._replace(sender="") for record in recorded([("charger", Frame(0x1826F456, b"\x01\x01\x00"))])]
    there_and_back(tmp_path, records, ".blf")


addresses = st.builds(lambda low, port: f"[fe80::{low:x}]:{port}", st.integers(0xA, 0xD), st.integers(1, 3))
flags = st.booleans()
chunks = st.builds(
    Chunk,
    st.binary(max_size=20),
    flags,
    addresses,
    addresses,
    flags,
    st.sampled_from([0, 5]),
    st.sampled_from(["", "TLS 1.3"]),
    flags,
    flags,
)
datagrams = st.builds(Datagram, st.binary(max_size=20), addresses, addresses)
handshakes = st.builds(Handshake, addresses, addresses, st.none(), *[st.text(max_size=5)] * 4)


@given(st.lists(st.tuples(st.sampled_from(["", "truck"]), st.one_of(chunks, datagrams, handshakes)), min_size=1, max_size=12))
def test_whatever_is_recorded_comes_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, object]]):
    there_and_back(tmp_path_factory.mktemp("evidence"), recorded(rows), ".pcapng")


@pytest.mark.parametrize("cut", [1, 5, 30, 200, -3])
def test_a_damaged_file_is_refused_with_its_name(tmp_path: Path, cut: int):
    path = write_evidence(tmp_path / "case", recorded(SESSION))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ConfigError, match=r"case\.pcapng.*the recording cannot be read: (no pcapng file|the file is damaged or cut off)"):
        read_evidence(path, "charge")


def test_a_damaged_comment_is_refused(tmp_path: Path):
    path = write_evidence(tmp_path / "case", recorded(SESSION))
    path.write_bytes(path.read_bytes().replace(b'{"sender"', b'["sender"', 1))
    with pytest.raises(ConfigError, match="packet 1 is damaged"):
        read_evidence(path, "charge")


@pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
def test_tshark_opens_it_and_finds_nothing_wrong(tmp_path: Path):
    rows = [*SESSION, *((sender, with_ipv4(pdu)) for sender, pdu in SESSION)]
    path = write_evidence(tmp_path / "case", recorded(rows))
    options = ["-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-n"]
    done = subprocess.run([TSHARK, "-r", str(path), *options, "-T", "json"], capture_output=True, text=True, check=True, timeout=60)
    packets = [packet["_source"]["layers"] for packet in json.loads(done.stdout)]
    assert len(packets) == len(rows)
    assert {layers["ip"]["ip.checksum.status"] for layers in packets if "ip" in layers} == {"1"}
    for layers, record in zip(packets, recorded(rows), strict=True):
        seconds, _, fraction = layers["frame"]["frame.time_epoch"].partition(".")
        assert int(seconds) * 10**9 + int(fraction) == record.t_ns
        protocol = "udp" if isinstance(record.pdu, Datagram) else "tcp"
        assert layers[protocol][f"{protocol}.checksum.status"] == "1"
        assert record.sender in json.dumps(layers)


@pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
def test_tshark_counts_the_connections_and_their_bytes(tmp_path: Path):
    path = write_evidence(tmp_path / "case", recorded(SESSION))
    done = subprocess.run(
        [TSHARK, "-r", str(path), "-n", "-q", "-z", "follow,tcp,raw,0"], capture_output=True, text=True, check=True, timeout=60
    )
    assert "".join(done.stdout.split()).find((b"response" * 200).hex()) > 0
    wrong = [f"tcp.analysis.{name}" for name in ("retransmission", "lost_segment", "ack_lost_segment", "out_of_order", "zero_window")]
    fields = ["-T", "fields", "-e", "tcp.stream", *(word for name in wrong for word in ("-e", name))]
    done = subprocess.run([TSHARK, "-r", str(path), "-n", *fields], capture_output=True, text=True, check=True, timeout=60)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == [*["", ""], *["0"] * 8, *["1"] * 2, *["2"] * 5]
    assert not [row for row in rows if any(row[1:])]
