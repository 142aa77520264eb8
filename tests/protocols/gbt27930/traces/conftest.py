"""A hand-written recording of a healthy session, to be changed by each test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from harness.case.suites.profile import load_profile
from harness.core import Check, Direction, Frame, JudgeContext, Message, Record, Session, TimeBase, ms, resource
from harness.protocols.gbt27930 import STANDARD
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.j1939.frames import Cts, EndOfMsgAck, Rts, build_packet, packets_for

VIN = b"LTESTHDTP00000001"
PAYLOADS = {
    "CHM": "010100",
    "BHM": "A510",
    "CRM(00)": "0001010101313233",
    "CRM(AA)": "AA01010101313233",
    "BRM": "01010003F005400E4341544C0100000026040100000001FF" + VIN.hex() + "010104E707FFFFFF",
    "BCP": "7201DA052A02A510730803C60E",
    "CTS": "FFFFFFFFFFFFFF",
    "CML": "1C257C01DC05A00F",
    "BRO(00)": "00",
    "BRO(AA)": "AA",
    "CRO(00)": "00",
    "CRO(AA)": "AA",
    "BCL": "A510D80E02",
    "BCS": "C50EA00F4C614D0000",
    "CCS": "240BA00F0000FDFF",
    "BSM": "1E3606350F00D0",
    "BST": "400000F0",
    "CST": "0400F0F0",
    "BSD": "4D4D014E013536",
    "CSD": "0000010001010101",
}
CM_VEHICLE, CM_CHARGER, DT_VEHICLE = 0x1CEC56F4, 0x1CECF456, 0x1CEB56F4
CLOCK = TimeBase("virtual", 1, 0.0, 0.0)
_PAYLOAD_OF_NAME = str.maketrans({"(": None, ")": None})


class Tape:
    """Frames with their times in milliseconds; ``records`` puts them in order."""

    def __init__(self) -> None:
        self.frames: list[tuple[float, Frame]] = []

    def put(self, at_ms: float, can_id: int, data: bytes | str, **kind: bool) -> None:
        """One frame as it is."""
        payload = bytes.fromhex(data) if isinstance(data, str) else data
        self.frames.append((at_ms, Frame(can_id, payload, **kind)))

    def send(self, at_ms: float, word: str, data: str | None = None) -> None:
        """One single-frame message (``CRM(AA)``)."""
        self.put(at_ms, MESSAGES[word.partition("(")[0]].can_id, PAYLOADS[word] if data is None else data)

    def every(self, period_ms: float, word: str, from_ms: float, until_ms: float, data: str | None = None) -> None:
        """A cyclic single-frame message, the end not included."""
        at_ms = from_ms
        while at_ms < until_ms:
            self.send(at_ms, word, data)
            at_ms += period_ms

    def announce(self, at_ms: float, name: str, data: str | None = None) -> bytes:
        """The RTS of a multi-packet message; returns its payload."""
        payload = bytes.fromhex(PAYLOADS[name] if data is None else data)
        self.put(at_ms, CM_VEHICLE, Rts(len(payload), packets_for(len(payload)), 0xFF, MESSAGES[name].pgn).encode())
        return payload

    def transfer(self, at_ms: float, name: str, data: str | None = None, acknowledged: bool = True) -> None:
        """A complete multi-packet message: RTS, CTS after 1 ms, packets every 5 ms, acknowledgement."""
        payload = self.announce(at_ms, name, data)
        count, pgn = packets_for(len(payload)), MESSAGES[name].pgn
        self.put(at_ms + 1, CM_CHARGER, Cts(count, 1, pgn).encode())
        for number in range(1, count + 1):
            self.put(at_ms + 1 + 5 * number, DT_VEHICLE, build_packet(payload, number))
        if acknowledged:
            self.put(at_ms + 2 + 5 * count, CM_CHARGER, EndOfMsgAck(len(payload), count, pgn).encode())

    def transfers(self, period_ms: float, name: str, from_ms: float, until_ms: float) -> None:
        """A cyclic multi-packet message."""
        at_ms = from_ms
        while at_ms < until_ms:
            self.transfer(at_ms, name)
            at_ms += period_ms

    def drop(self, unwanted: Callable[[float, Frame], bool]) -> Tape:
        """Remove frames."""
        self.frames = [(at_ms, frame) for at_ms, frame in self.frames if not unwanted(at_ms, frame)]
        return self

    def replace(self, word: str, data: str, *, only_after_ms: float = -1) -> Tape:
        """Other data in all frames of a message (those that carried the usual data of *word*)."""
        can_id, usual = MESSAGES[word.partition("(")[0]].can_id, bytes.fromhex(PAYLOADS[word])
        self.frames = [
            (t, Frame(can_id, bytes.fromhex(data)) if (f.can_id, f.data) == (can_id, usual) and t > only_after_ms else f)
            for t, f in self.frames
        ]
        return self

    @property
    def records(self) -> list[Record]:
        ordered = sorted(self.frames, key=lambda item: item[0])
        return [Record(n, ms(t), ms(t), "charge", Direction.RX, "", f) for n, (t, f) in enumerate(ordered, 1)]

    def handshake(self) -> Tape:
        """CHM and BHM for two seconds, CRM(00) at 2000 ms."""
        self.every(250, "CHM", 0, 2000)
        self.every(250, "BHM", 10, 2000)
        self.send(2000, "CRM(00)")
        return self

    def recognition(self) -> Tape:
        """Up to CRM(AA) at 2120 ms."""
        self.handshake().transfer(2020, "BRM")
        self.send(2120, "CRM(AA)")
        return self

    def configuration(self) -> Tape:
        """Up to BRO(AA) at 3220 and 3470 ms."""
        self.recognition().transfer(2140, "BCP")
        self.every(500, "CTS", 2200, 3220)
        self.every(250, "CML", 2201, 3220)
        self.every(250, "BRO(00)", 2220, 3200)
        self.every(250, "BRO(AA)", 3220, 3480)
        return self

    def charging(self, until_ms: float = 8000) -> Tape:
        """CRO(AA) at 3480 ms, then charging."""
        self.configuration().send(3480, "CRO(AA)")
        self.every(50, "BCL", 3500, until_ms)
        self.transfers(250, "BCS", 3510, until_ms)
        self.every(50, "CCS", 3620.5, until_ms)
        self.every(250, "BSM", 3802, until_ms)
        return self

    def session(self) -> Tape:
        """Everything, ended by the charger's manual stop at 8030 ms."""
        self.charging()
        self.every(10, "CST", 8030, 8350)
        self.every(10, "BST", 8055, 8155)
        self.every(250, "BSD", 8360, 9300)
        self.every(250, "CSD", 8371, 9300)
        return self


@pytest.fixture
def tape() -> Tape:
    return Tape()


@pytest.fixture(scope="session")
def limits():  # type: ignore[no-untyped-def]
    return load_profile(Path(resource("test_suites", "gbt27930", "profile-2015.toml")))


def messages_of(records: Iterable[Record]) -> list[Message]:
    decoder = STANDARD.decoder()
    return [message for record in records for message in decoder.feed(record)]


@pytest.fixture
def judge(limits):  # type: ignore[no-untyped-def]
    def run(tape: Tape | Sequence[Record], parties: Sequence[str] = (), **more: object) -> dict[str, Check]:
        records = tape.records if isinstance(tape, Tape) else list(tape)
        context = JudgeContext(**{"limits": limits, "time_base": CLOCK, "parties": frozenset(parties), **more})
        return {check.name: check for check in STANDARD.judge(messages_of(records), records, context)}

    return run


@pytest.fixture
def sessions() -> Callable[[Tape], list[Session]]:
    return lambda tape: list(STANDARD.sessions(messages_of(tape.records), tape.records))
