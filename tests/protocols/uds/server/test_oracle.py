"""The server against another implementation of a client, and our client's bytes against those of that implementation."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
import udsoncan
from udsoncan import services
from udsoncan.client import Client
from udsoncan.connections import BaseConnection
from udsoncan.exceptions import NegativeResponseException

from .conftest import Bench

_CODECS = {0xF190: udsoncan.AsciiCodec(17), 0xF18C: udsoncan.AsciiCodec(8), 0x0210: "BBBB"}
_CONFIG = {
    "data_identifiers": _CODECS,
    "use_server_timing": False,
    "request_timeout": None,
    "security_algo": lambda level, seed, params: (int.from_bytes(seed, "big") ^ 0x5AA51234).to_bytes(4, "big"),
    "security_algo_params": None,
}


class ToServer(BaseConnection):
    """The other implementation's way to our server."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.bench = bench
        self.sent: list[str] = []
        self._answers: deque[bytes] = deque()

    def open(self) -> Any:
        return self

    def close(self) -> None:
        self._answers.clear()

    def is_open(self) -> bool:
        return True

    def empty_rxqueue(self) -> None:
        self._answers.clear()

    def specific_send(self, payload: bytes, timeout: float | None = None) -> None:
        self.sent.append(payload.hex().upper())
        self._answers.extend(bytes.fromhex(answer) for answer in self.bench.ask(payload.hex()))

    def specific_wait_frame(self, timeout: float | None = None) -> bytes | None:
        if not self._answers:
            raise udsoncan.exceptions.TimeoutException("nothing came")
        return self._answers.popleft()


@pytest.fixture
def connection(bench: Callable[..., Bench]) -> ToServer:
    return ToServer(bench())


@pytest.fixture
def client(connection: ToServer) -> Client:
    """Their client on our server."""
    return Client(connection, config={**udsoncan.configs.default_client_config, **_CONFIG})


def test_sessions_and_their_times(client: Client) -> None:
    told = client.change_session(services.DiagnosticSessionControl.Session.extendedDiagnosticSession).service_data
    assert (told.p2_server_max, told.p2_star_server_max) == (0.05, 5.0)
    client.tester_present()


def test_data_are_read_together_and_alone(client: Client) -> None:
    values = client.read_data_by_identifier([0xF190, 0xF18C]).service_data.values
    assert (values[0xF190], values[0xF18C]) == ("LZZTEST01A1234567", "VCU00001")
    with pytest.raises(NegativeResponseException) as refused:
        client.read_data_by_identifier(0x0210)
    assert refused.value.response.code == 0x31


def test_access_and_write(client: Client, connection: ToServer) -> None:
    client.change_session(3)
    client.unlock_security_access(1)
    client.write_data_by_identifier(0x0210, (1, 2, 3, 4))
    assert connection.bench.unit.written == [bytes((1, 2, 3, 4))]


def test_slow_routine_ends_after_its_announcements(client: Client) -> None:
    client.change_session(3)
    told = client.start_routine(0x0203).service_data
    assert (told.routine_id_echo, told.routine_status_record) == (0x0203, b"\0")


def test_troubles(client: Client) -> None:
    listed = client.get_dtc_by_status_mask(0xFF).service_data
    assert [(dtc.id, dtc.status.get_byte_as_int()) for dtc in listed.dtcs] == [(0x0A1000, 0x0D)]
    assert client.get_number_of_dtc_by_status_mask(0xFF).service_data.dtc_count == 1
    supported = client.get_supported_dtc().service_data
    assert [dtc.id for dtc in supported.dtcs] == [0x0A1000, 0x0A1100]
    client.clear_dtc(0xFFFFFF)


def test_control_and_reset(client: Client, connection: ToServer) -> None:
    client.change_session(3)
    client.communication_control(3, 1)
    client.control_dtc_setting(2)
    client.ecu_reset(1)
    assert len(connection.bench.unit.resets) == 1


@pytest.mark.parametrize(
    ("call", "request_hex"),
    [
        (lambda client: client.change_session(3), "1003"),
        (lambda client: client.read_data_by_identifier([0xF190, 0xF18C]), "22F190F18C"),
        (lambda client: client.get_dtc_by_status_mask(8), "190208"),
        (lambda client: client.clear_dtc(0xFFFFFF), "14FFFFFF"),
        (lambda client: client.tester_present(), "3E00"),
    ],
)
def test_their_requests_are_the_bytes_of_our_cases(
    client: Client, connection: ToServer, call: Callable[[Client], object], request_hex: str
) -> None:
    call(client)
    assert connection.sent == [request_hex]
