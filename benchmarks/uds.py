"""P18: diagnostic requests per second over the simulated bus in one process, against udsoncan on can-isotp on python-can's virtual bus.

Ours is the whole server with its sessions and times behind ISO-TP on a bus that arbitrates, takes the exact bit time of each frame and
keeps it on the trace. The peer's client asks a responder that looks its answers up in a table, which is less than a server does. Both
ask the same requests one after the other, and must get the same answers before anything is timed.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence

import can
import isotp
import udsoncan
from measure import Comparison, compare, report
from udsoncan.client import Client
from udsoncan.connections import PythonIsoTpConnection

from harness.bench.kernel import Kernel
from harness.bench.links import CanLink
from harness.core import Frame, Pdu, s
from harness.protocols.isotp import Received, Transport, normal_fixed
from harness.protocols.uds.server import Contents, DataRow, Endpoint, Server, TroubleRow

REQUESTS = 200
BITRATE_BPS = 250_000
ECU, TESTER = 0x27, 0xF1
NAME = bytes(range(0x21, 0x21 + 66))
"""What the data identifier tells: with its three bytes a first frame and nine that follow."""
LOADS = {"2 frames": [bytes.fromhex("3E00")] * REQUESTS, "12 frames": [bytes.fromhex("22F1A0")] * REQUESTS}
"""Frames of a request and its answer, flow control included."""
ANSWERS = {bytes.fromhex("3E00"): bytes.fromhex("7E00"), bytes.fromhex("22F1A0"): bytes.fromhex("62F1A0") + NAME}


class Unit:
    """What a server needs of its control unit; none of it is asked for here."""

    def troubles(self) -> Sequence[TroubleRow]:
        return ()

    def may_clear(self) -> bool:
        return True

    def clear_troubles(self, now_ns: int) -> None:
        pass

    def reset(self, now_ns: int) -> None:
        pass

    def settings_changed(self, now_ns: int) -> None:
        pass


class UnitNode:
    """The server on the bus."""

    name = "unit"

    def __init__(self) -> None:
        self._endpoint = Endpoint(Server(Unit(), Contents((DataRow(0xF1A0, lambda: NAME),))), ECU)

    def start(self, now_ns: int) -> Sequence[Pdu]:
        self._endpoint.start(now_ns)
        return ()

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        return self._endpoint.receive(now_ns, pdu) if isinstance(pdu, Frame) else ()

    def next_deadline_ns(self) -> int | None:
        return self._endpoint.next_deadline_ns()

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        return self._endpoint.handle_timers(now_ns)


class TesterNode:
    """Asks one request after the other, each as soon as the one before is answered."""

    name = "tester"

    def __init__(self, requests: Sequence[bytes]) -> None:
        self._way = Transport(normal_fixed(ECU, TESTER))
        self._requests = iter(requests)
        self.answers: list[bytes] = []

    def start(self, now_ns: int) -> Sequence[Pdu]:
        return self._way.send(now_ns, next(self._requests))

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        return self._moved(now_ns, self._way.receive(now_ns, pdu)) if isinstance(pdu, Frame) else ()

    def next_deadline_ns(self) -> int | None:
        return self._way.next_deadline_ns()

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        return self._moved(now_ns, self._way.handle_timers(now_ns))

    def _moved(self, now_ns: int, frames: list[Frame]) -> list[Frame]:
        for event in self._way.events():
            if isinstance(event, Received):
                self.answers.append(event.data)
                if (request := next(self._requests, None)) is not None:
                    frames = [*frames, *self._way.send(now_ns, request)]
        return frames


def over_our_bus(requests: Sequence[bytes]) -> list[bytes]:
    """Ask *requests* over the simulated bus with the trace on."""
    kernel = Kernel()
    kernel.add_link(CanLink("can", BITRATE_BPS))
    tester = TesterNode(requests)
    kernel.attach(UnitNode(), "can")
    kernel.attach(tester, "can")
    kernel.start()
    kernel.run_until(s(3600), lambda: len(tester.answers) == len(requests))
    return tester.answers


class Peer:
    """Client and responder on one virtual bus, each with its own ISO-TP layer and threads."""

    def __init__(self) -> None:
        self._buses = [can.Bus("p18", "virtual"), can.Bus("p18", "virtual")]
        ends = ((TESTER, ECU), (ECU, TESTER))
        mode, params = isotp.AddressingMode.NormalFixed_29bits, {"stmin": 0, "blocksize": 0, "tx_padding": 0xCC}
        self._client_way, self._server_way = (
            isotp.CanStack(bus, address=isotp.Address(mode, source_address=source, target_address=target), params=params)
            for bus, (source, target) in zip(self._buses, ends, strict=True)
        )
        self._server_way.start()
        self._is_on = True
        self._responder = threading.Thread(target=self._respond, daemon=True)
        self._responder.start()
        config = {**udsoncan.configs.default_client_config, "data_identifiers": {0xF1A0: udsoncan.AsciiCodec(len(NAME))}}
        self._client = Client(PythonIsoTpConnection(self._client_way), config=config)
        self._client.open()

    def ask(self, requests: Sequence[bytes]) -> list[bytes]:
        """The answers to *requests*, one after the other."""
        answers = []
        for request in requests:
            response = self._client.send_request(udsoncan.Request.from_payload(request))
            answers.append(b"" if response is None else bytes(response.original_payload))
        return answers

    def close(self) -> None:
        """End all threads."""
        self._is_on = False
        self._responder.join()
        self._client.close()
        self._server_way.stop()
        for bus in self._buses:
            bus.shutdown()

    def _respond(self) -> None:
        while self._is_on:
            request = self._server_way.recv(block=True, timeout=0.1)
            if request is not None:
                self._server_way.send(ANSWERS[bytes(request)])


def comparisons() -> Iterator[Comparison]:
    peer = Peer()
    try:
        for load, requests in LOADS.items():
            expected = [ANSWERS[request] for request in requests]
            if over_our_bus(requests) != expected or peer.ask(requests) != expected:
                raise SystemExit(f"P18: {load}: not the same answers; nothing was timed")
            yield compare(
                f"diagnostic requests, {load}",
                "requests",
                REQUESTS,
                ("udsoncan on can-isotp", lambda requests=requests: peer.ask(requests)),
                lambda requests=requests: over_our_bus(requests),
                goal=20,
                ambition=50,
            )
    finally:
        peer.close()


if __name__ == "__main__":
    sys.exit(report("P18: diagnostic requests", comparisons()))
