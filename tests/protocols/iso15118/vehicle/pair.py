"""The simulated truck against the tester's station, on one bench in virtual time."""

from __future__ import annotations

from pathlib import Path

from harness.bench.kernel import Kernel
from harness.bench.links import LineLink
from harness.bench.links.network import NetworkLink
from harness.case.suites.profile import load_profile
from harness.core import Chunk, Direction, JudgeContext, Level, TimeBase, Verdict, s
from harness.protocols.iso15118 import STANDARD
from harness.sim.ccs_station import ccs_station
from harness.sim.ccs_truck import ccs_truck

PROFILES = Path(__file__).parents[4] / "test_suites" / "iso15118"
EDITIONS = ("din70121", "iso15118-2", "iso15118-20")


class Pair:
    """Truck and station, connected; times in seconds."""

    def __init__(self, edition="iso15118-2", *faults, station=None, latency_us=100, **options):
        self.edition = edition
        self.kernel = Kernel()
        self.kernel.add_link(NetworkLink("charge", latency_us * 1000))
        self.kernel.add_link(LineLink("pilot"))
        self.nodes = {
            "charger": ccs_station({"plain_20": True, **(station or {})}),
            "truck": ccs_truck({"protocols": [edition], "plain_20": True, "faults": list(faults), **options}),
        }
        for role, direction in (("charger", Direction.TX), ("truck", Direction.RX)):
            for node, link in zip(self.nodes[role], ("charge", "pilot"), strict=True):
                self.kernel.attach(node, link, role=role, direction=direction)
        self.station, self.truck = self.nodes["charger"][0], self.nodes["truck"][0]
        self.decoder = STANDARD.decoder()
        self.decoded, self.seen = 0, []
        self.kernel.start()

    # Time and orders

    @property
    def now(self):
        return self.kernel.now_ns / 1e9

    def order(self, *orders):
        """Steer either side between two events."""
        for order in orders:
            order()
        self.kernel.poke(self.station)
        self.kernel.poke(self.truck)
        return self

    def line(self, name, value):
        """A level on the pilot link from outside, as a hand at the truck or a broken wire gives it."""
        self.kernel.deliver("pilot", None, Level(name, value))

    def plug_in(self):
        return self.order(lambda: self.station.plug(True))

    def unplug(self):
        return self.order(lambda: self.station.plug(False))

    def run(self, seconds):
        self.kernel.run_until(self.kernel.now_ns + s(seconds))
        return self

    def until(self, name, within=30.0, count=1):
        """Run until a message of that name was sent so often from now on; it."""
        start = len(self.messages())
        end = self.kernel.now_ns + s(within)

        def found():
            return sum(message.name == name for message in self.messages()[start:]) >= count

        assert self.kernel.run_until(end, found), f"{name} did not come within {within} s; {self.names()[-6:]}"
        return self.messages()[-1]

    # What happened

    def messages(self):
        records = list(self.kernel.trace)[self.decoded :]
        for record in records:
            if record.link == "charge":
                self.seen += self.decoder.feed(record)
        self.decoded += len(records)
        return self.seen

    def names(self, since=0.0):
        return [message.name for message in self.messages() if message.t_ns / 1e9 >= since]

    def requests(self, since=0.0):
        return [name for name in self.names(since) if name.endswith("Req")]

    def last(self, name):
        return next(message for message in reversed(self.messages()) if message.name == name)

    def levels(self, line, role="truck"):
        """Times in s and values of a line."""
        return [
            (record.t_ns / 1e9, record.pdu.value)
            for record in self.kernel.trace
            if isinstance(record.pdu, Level) and record.pdu.line == line and record.sender == role
        ]

    def level(self, line):
        return self.levels(line)[-1][1]

    def closings(self, role="truck"):
        """Times in s at which a side ended or tore a connection."""
        return [
            record.t_ns / 1e9
            for record in self.kernel.trace
            if isinstance(record.pdu, Chunk) and (record.pdu.end or record.pdu.reset) and record.sender == role
        ]

    def left(self, after, *, b_within=0.25, close_within=5.0):
        """SAFE-STOP after the instant *after*, and nothing else."""
        self.run(6)
        assert not [name for name in self.requests(after + 1e-6) if name != "SECCDiscoveryReq"]
        closed = [t for t in self.closings() if t > after]
        assert closed
        assert closed[0] - after <= close_within
        changes = [(t, v) for t, v in self.levels("cp_v")]
        assert changes[-1][1] in (9.0, 12.0, 0.0, -12.0)
        assert all(v == 9.0 or t <= after + b_within for t, v in changes if v == 6.0)
        assert self.level("contactor") == 0
        return closed[0] - after

    def failures(self):
        """Failed checks of the rules V1 to V6 on the whole trace."""
        self.messages()
        records = [record for record in self.kernel.trace if record.link == "charge"]
        context = JudgeContext(load_profile(PROFILES / f"profile-{self.edition}.toml"), TimeBase("test", 1, 0.0, 0.0), edition=self.edition)
        checks = STANDARD.judge(self.seen, records, context)
        assert checks
        return [check for check in checks if check.verdict is not Verdict.PASS]


def charging(edition="iso15118-2", *faults, **options):
    """A pair in the energy loop."""
    pair = Pair(edition, *faults, **options)
    pair.plug_in()
    pair.until("DC_ChargeLoopRes" if edition == "iso15118-20" else "CurrentDemandRes", count=10)
    return pair
