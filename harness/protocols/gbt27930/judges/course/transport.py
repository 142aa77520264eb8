"""F8: the transport protocol as the standard uses it, judged apart for the sender (vehicle) and the receiver (charger).

Packets carry no PGN. Where several transfers are open, a packet belongs to the one that expects it, the one
granted last first; a packet that nobody expects breaks the sequence. What the charger asks for (repetition,
holding, small grants) is followed, so that the vehicle is judged by its grants and not by a plain 1..n. What
was announced before the recording begins is left alone.

Frames of both sides may cross: within Tr of J1939-21 (section 2.1 of the reference) a side need not have taken
note of the other's last frame. A vehicle that announces again meanwhile, or goes on with a transfer that the
charger just closed, has done nothing wrong; it has if the crossing repeats at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.core.check import Check, Finding, judge_quality
from harness.core.pdu import Frame
from harness.core.trace import Record
from harness.protocols.gbt27930.judges.view import MAX_FINDINGS, View
from harness.protocols.gbt27930.messages import BY_PGN, CHARGER, VEHICLE, party_of
from harness.protocols.j1939.frames import (
    MAX_LENGTH,
    MIN_LENGTH,
    PACKET_BYTES,
    TP_CM,
    TP_DT,
    Abort,
    Bam,
    Cts,
    EndOfMsgAck,
    Rts,
    packets_for,
    parse_control,
)
from harness.protocols.j1939.ids import GLOBAL, split_id
from harness.protocols.j1939.timing import J1939_21

__all__ = ["judge_transport"]

_FRAME_BYTES = 8


@dataclass(slots=True)
class _Transfer:
    rts: Rts
    last_ns: int
    granted: bool = False
    expected: int = 1
    """Next packet that the grant allows."""
    up_to: int = 0
    """Last packet that the grant allows."""
    highest: int = 0
    granted_ns: int = 0
    """Last grant."""
    crossed: bool = False
    """Announced while the grant of the transfer before was on its way: the order of its packets says nothing."""
    disturbed: bool = False
    """The tester shorted the bus meanwhile: frames of both sides got lost."""
    mistakable: bool = False
    """The acknowledgement of the transfer before came after the announcement: the vehicle may take it for the end of this one."""

    @property
    def owes(self) -> bool:
        """Granted packets were not sent yet."""
        return self.granted and self.expected <= self.up_to

    @property
    def is_complete(self) -> bool:
        """All packets were sent."""
        return self.highest >= self.rts.packets

    def is_overtaken(self, now_ns: int) -> bool:
        """A frame of the vehicle at *now_ns* may have crossed the grant, to which no packet has answered."""
        return self.owes and not self.crossed and self.last_ns == self.granted_ns and now_ns - self.granted_ns < J1939_21.tr_ns


class _Watch:
    """Follows the transport frames of one link and collects what is wrong, by party."""

    def __init__(self, abandoned_ns: int, outages: Sequence[tuple[int, int]] = ()) -> None:
        self._outages = sorted(outages)
        self._was_out = False
        """Announcements may have got lost."""
        self._abandoned_ns = abandoned_ns
        """A transfer left alone for longer was given up; a new announcement then continues nothing."""
        self.open: dict[int, _Transfer] = {}
        """By PGN; the one granted last stands at the end."""
        self.known: set[int] = set()
        """PGNs announced so far."""
        self._unacknowledged: dict[int, _Transfer] = {}
        """By PGN: complete, but announced again before the acknowledgement came."""
        self._closing_until_ns = 0
        """Until then packets of a transfer that the charger closed may come."""
        self.transfers = 0
        self.crossings = 0
        self.frames = {"vehicle": 0, "charger": 0}

    def feed(self, record: Record, frame: Frame) -> Iterator[tuple[str, str]]:
        """Party and text of everything that is wrong with this frame of TP.CM or TP.DT."""
        ident = split_id(frame.can_id)
        sender = party_of(ident.source)
        peer = CHARGER if ident.source == VEHICLE else VEHICLE
        if sender is None or ident.destination not in (peer, GLOBAL):
            return
        self.frames[sender] += 1
        while self._outages and record.t_ns > self._outages[0][1]:
            self._outages.pop(0)
            self._was_out = True
            for transfer in self.open.values():
                transfer.disturbed = transfer.crossed = True
        if ident.destination == GLOBAL:
            if ident.pgn == TP_CM:
                yield sender, f"{frame}: broadcast announcement, the standard uses addressed transfers only"
        elif len(frame.data) != _FRAME_BYTES:
            return
        elif ident.pgn == TP_CM:
            for text in self._control(sender, frame.data, record.t_ns):
                yield sender, f"{frame}: {text}"
        elif sender == "charger":
            yield sender, f"{frame}: data packet of the charger, only the vehicle sends multi-packet messages"
        else:
            for text in self._packet(frame.data, record.t_ns):
                yield sender, f"{frame}: {text}"

    def _control(self, sender: str, data: bytes, now_ns: int) -> Iterator[str]:
        match parse_control(data):
            case None:
                yield f"unknown control byte 0x{data[0]:02X}"
            case Rts() as rts if sender == "vehicle":
                yield from self._announce(rts, now_ns)
            case Bam():
                yield "broadcast announcement, the standard uses addressed transfers only"
            case Cts() as cts if sender == "charger":
                yield from self._grant(cts, now_ns)
            case EndOfMsgAck() as ack if sender == "charger":
                yield from self._acknowledge(ack, now_ns)
            case Abort() as abort:
                if self.open.pop(abort.pgn, None) is None and self.known and abort.pgn not in self.known and not self._was_out:
                    yield f"abort of PGN 0x{abort.pgn:06X}, which was not announced"
            case Rts() | Cts() | EndOfMsgAck():
                yield f"control byte 0x{data[0]:02X} is not for the {sender}"

    def _announce(self, rts: Rts, now_ns: int) -> Iterator[str]:
        old = self.open.pop(rts.pgn, None)
        name = _name(rts.pgn)
        crossed = old is not None and old.is_overtaken(now_ns)
        self.crossings += crossed
        if old is not None and old.is_complete:
            self._unacknowledged[rts.pgn] = old
        if old is not None and old.owes and not (crossed or old.disturbed or old.mistakable) and now_ns - old.last_ns < self._abandoned_ns:
            yield f"{name} announced again after packet {old.highest} of {old.rts.packets}, up to {old.up_to} were granted"
        if not MIN_LENGTH <= rts.length <= MAX_LENGTH:
            yield f"{name} announced with {rts.length} bytes, possible are {MIN_LENGTH}..{MAX_LENGTH}"
        elif rts.packets != packets_for(rts.length):
            yield f"{name} announced with {rts.packets} packets, {rts.length} bytes need {packets_for(rts.length)}"
        if rts.pgn not in BY_PGN:
            yield f"PGN 0x{rts.pgn:06X} is no message of the table"
        self.open[rts.pgn] = _Transfer(rts, now_ns, crossed=crossed)
        self.known.add(rts.pgn)
        self.transfers += 1

    def _grant(self, cts: Cts, now_ns: int) -> Iterator[str]:
        transfer = self.open.pop(cts.pgn, None)
        if transfer is None:
            if self.known:
                yield f"CTS for {_name(cts.pgn)}, which has no open transfer"
            return
        self.open[cts.pgn] = transfer
        transfer.last_ns = transfer.granted_ns = now_ns
        transfer.granted = True
        if cts.packets == 0:
            transfer.up_to = transfer.expected - 1
            return
        total = transfer.rts.packets
        if not 1 <= cts.next_packet <= total or cts.next_packet + cts.packets - 1 > total:
            yield f"CTS for packets {cts.next_packet}..{cts.next_packet + cts.packets - 1} of {_name(cts.pgn)}, which has {total}"
        elif 0 < transfer.rts.max_per_cts < cts.packets:
            yield f"CTS for {cts.packets} packets of {_name(cts.pgn)}, the announcement allows {transfer.rts.max_per_cts}"
        transfer.expected = cts.next_packet
        transfer.up_to = min(cts.next_packet + cts.packets - 1, total)

    def _acknowledge(self, ack: EndOfMsgAck, now_ns: int) -> Iterator[str]:
        before = self._unacknowledged.pop(ack.pgn, None)
        transfer = self.open.pop(ack.pgn, None)
        if transfer is not None and transfer.highest == 0 and before is not None:
            # It is about the transfer before; the announcement crossed it.
            transfer.mistakable = True
            self.open[ack.pgn] = transfer
            transfer = before
        elif transfer is not None and (transfer.owes or transfer.crossed):
            self._closing_until_ns = now_ns + J1939_21.tr_ns
        if transfer is None:
            if self.known:
                yield f"acknowledgement of {_name(ack.pgn)}, which has no open transfer"
            return
        if (ack.length, ack.packets) != (transfer.rts.length, transfer.rts.packets):
            announced = f"{transfer.rts.length} bytes in {transfer.rts.packets} packets"
            yield f"{_name(ack.pgn)} acknowledged with {ack.length} bytes in {ack.packets} packets, announced were {announced}"
        if not transfer.is_complete and not transfer.crossed:
            yield f"{_name(ack.pgn)} acknowledged after packet {transfer.highest} of {transfer.rts.packets}"

    def _packet(self, data: bytes, now_ns: int) -> Iterator[str]:
        number = data[0]
        if not self.open:
            if self.known and now_ns >= self._closing_until_ns:
                yield f"packet {number} without an open transfer"
            return
        transfers = list(reversed(self.open.values()))
        transfer = next((t for t in transfers if t.owes and t.expected == number), None)
        if transfer is None:
            transfer = next((t for t in transfers if t.owes), transfers[0])
            if not transfer.crossed and now_ns >= self._closing_until_ns:
                yield _out_of_order(transfer, number)
        rts = transfer.rts
        transfer.last_ns = now_ns
        transfer.expected = number + 1
        transfer.highest = max(transfer.highest, min(number, rts.packets))
        used = rts.length - PACKET_BYTES * (number - 1)
        if number == rts.packets and 0 < used < PACKET_BYTES and data[1 + used :].strip(b"\xff"):
            yield f"last packet of {_name(rts.pgn)} filled with {data[1 + used :].hex(' ').upper()}, not with FF"


def _out_of_order(transfer: _Transfer, number: int) -> str:
    name = _name(transfer.rts.pgn)
    if transfer.owes:
        return f"packet {number} of {name}, expected was {transfer.expected}"
    if number > transfer.rts.packets:
        return f"packet {number} of {name}, which has {transfer.rts.packets}"
    return f"packet {number} of {name} without a grant"


def _name(pgn: int) -> str:
    row = BY_PGN.get(pgn)
    return row.name if row else f"PGN 0x{pgn:06X}"


def judge_transport(view: View) -> Iterator[Check]:
    """One check per party that sent transport frames."""
    abandoned = view.limit("judge.abandoned_transfer")
    watch = _Watch(0 if abandoned is None else abandoned.upper_ns, view.context.outages)
    wrong: dict[str, list[tuple[Record, str]]] = {"vehicle": [], "charger": []}
    for record in view.records:
        frame = record.pdu
        if not isinstance(frame, Frame) or not frame.extended or split_id(frame.can_id).pgn not in (TP_CM, TP_DT):
            continue
        if not frame.remote and not frame.fd:
            for party, text in watch.feed(record, frame):
                wrong[party].append((record, text))
    for party in view.parties:
        if watch.frames[party]:
            yield _check(party, watch, wrong[party])


def _check(party: str, watch: _Watch, wrong: Sequence[tuple[Record, str]]) -> Check:
    rule = f"F8 {party} transport"
    told = f"{watch.transfers} transfers, {watch.frames[party]} frames"
    if watch.crossings:
        told += f", {watch.crossings} announced again while the grant was on its way"
    return judge_quality(
        rule,
        not wrong,
        observed=f"{told}, {len(wrong)} irregular, first {wrong[0][1]}" if wrong else f"{told}, all regular",
        expected="announcement, grants, packets and acknowledgement that fit each other",
        frames=(wrong[0][0].number,) if wrong else (),
        t_ns=wrong[0][0].t_ns if wrong else None,
        findings=tuple(Finding(text, record.t_ns, record.number, rule=rule) for record, text in wrong[:MAX_FINDINGS]),
        occurrences=len(wrong),
    )
