"""The two drives offer a case the same bench: in virtual time, and on the clock with one pump thread."""

from __future__ import annotations

import threading
import time

import pytest

from harness.bench.bench import Bench
from harness.bench.drive import Drive, RealDrive, VirtualDrive
from harness.bench.kernel import Kernel
from harness.bench.links import CanLink, LineLink, PortLink
from harness.core import ConfigError, Frame, Level, NodeError, RemoteProtocolError, RigError, TimeBase, ms, s

PATIENCE_NS = s(20)
"""Far beyond anything that has to happen; reaching it is a failure."""


@pytest.fixture(params=["virtual", pytest.param("real", marks=pytest.mark.realtime)])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def _drive(kind: str, kernel: Kernel, ports: dict[str, PortLink] | None = None) -> Drive:
    return VirtualDrive(kernel) if kind == "virtual" else RealDrive(kernel, ports or {})


def _bench(kind: str, nodes: list, *, link: object = None, ports: dict[str, PortLink] | None = None) -> Bench:
    kernel = Kernel()
    for member in [link or CanLink("can", 500_000), *(ports or {}).values()]:
        kernel.add_link(member)
    first = next(iter(ports)) if ports else (link.name if link else "can")
    for node in nodes:
        kernel.attach(node, first)
    return Bench(
        _drive(kind, kernel, ports), time_base=TimeBase("virtual", 1, 0, 0), roles={node.name: (node,) for node in nodes}, ports=ports
    )


class TestBothDrives:
    """What a case may rely on in either world."""

    def test_a_case_waits_until_something_is_on_the_trace(self, kind: str, cyclic):
        with _bench(kind, [cyclic("truck", ms(5), Frame(1))]) as bench:
            assert bench.run_until(PATIENCE_NS, lambda: len(bench.trace) >= 3) is True
            assert len(bench.trace) >= 3
            assert bench.now_ns() >= ms(15)

    def test_a_case_waits_its_time_if_nothing_comes(self, kind: str, script):
        with _bench(kind, [script("truck")]) as bench:
            start_ns = bench.now_ns()
            assert bench.run_until(start_ns + ms(20), lambda: False) is False
            assert bench.now_ns() >= start_ns + ms(20)
            assert len(bench.trace) == 0

    def test_steering_takes_effect_between_two_events(self, kind: str, script):
        node = script("charger")
        with _bench(kind, [node]) as bench:
            bench.run_until(ms(10))
            result = bench.call("charger", lambda: setattr(node, "plan", [(0, Frame(2))]) or "done")
            assert result == "done"
            assert bench.run_until(PATIENCE_NS, lambda: len(bench.trace) == 1) is True
            assert bench.trace[0].t_ns >= ms(10)

    def test_an_exception_in_a_node_reaches_the_case(self, kind: str, script):
        def explode(now_ns: int, pdu: object) -> list:
            raise KeyError("no such state")

        with _bench(kind, [script("truck", reply=explode), script("charger", [(ms(1), Frame(1))])]) as bench:
            with pytest.raises(NodeError, match="node 'truck': KeyError") as caught:
                bench.run_until(PATIENCE_NS)
            assert isinstance(caught.value.__cause__, KeyError)

    def test_a_violation_by_the_peer_reaches_the_case_as_such(self, kind: str, script):
        error = RemoteProtocolError("BRM before CRM")

        def refuse(now_ns: int, pdu: object) -> list:
            raise error

        with _bench(kind, [script("charger", reply=refuse), script("truck", [(ms(1), Frame(1))])]) as bench:
            with pytest.raises(RemoteProtocolError) as caught:
                bench.run_until(PATIENCE_NS)
            assert caught.value is error

    def test_closing_twice_is_safe(self, kind: str, script):
        bench = _bench(kind, [script("truck")])
        bench.start()
        bench.close()
        bench.close()

    def test_roles_are_known_by_name(self, kind: str, script):
        node = script("truck")
        bench = _bench(kind, [node])
        assert bench.nodes("truck") == (node,)
        with pytest.raises(KeyError):
            bench.nodes("charger")

    def test_the_evidence_says_how_time_was_kept(self, kind: str, script):
        assert _bench(kind, [script("truck")]).info["time"] == kind


@pytest.mark.realtime
class TestRealDrive:
    """The pump thread, the ports and the thread of the case."""

    def test_messages_leave_in_the_order_in_which_they_are_due(self, fake_port, script):
        port = fake_port()
        frames = [Frame(n) for n in range(1, 31)]
        node = script("charger", [(ms(1) * (1 + n // 3), frame) for n, frame in enumerate(frames)])
        with _bench("real", [node], ports={"can0": PortLink("can0", port)}) as bench:
            assert bench.run_until(PATIENCE_NS, lambda: len(bench.trace) == 30)
        assert port.sent == frames
        stamps = [record.t_ns for record in bench.trace]
        assert stamps == sorted(stamps)
        assert all(stamp >= ms(1) * (1 + n // 3) for n, stamp in enumerate(stamps))

    def test_a_cyclic_sender_keeps_its_schedule(self, cyclic):
        node = cyclic("charger", ms(2), Level("x", 1))
        with _bench("real", [node], link=LineLink("pilot")) as bench:
            assert bench.run_until(PATIENCE_NS, lambda: len(bench.trace) >= 20)
        assert all(record.host_ns >= ms(2) * n for n, record in enumerate(bench.trace, 1))
        assert node.due_ns == ms(2) * (len(bench.trace) + 1)

    def test_what_a_port_receives_reaches_the_nodes_in_order(self, fake_port, script):
        port, node = fake_port(), script("charger")
        with _bench("real", [node], ports={"can0": PortLink("can0", port)}) as bench:
            feeder = threading.Thread(
                target=lambda: [port.sink(Frame(n), time.monotonic_ns(), n * ms(1), False) for n in range(50)], daemon=True
            )
            feeder.start()
            assert bench.run_until(PATIENCE_NS, lambda: len(bench.trace) == 50)
            feeder.join()
        assert [pdu.can_id for _, pdu in node.heard] == list(range(50))
        assert [b.t_ns - a.t_ns for a, b in zip(bench.trace, list(bench.trace)[1:], strict=False)] == [ms(1)] * 49

    def test_what_came_in_before_the_start_is_no_part_of_the_run(self, fake_port, script):
        port = fake_port()
        bench = _bench("real", [script("charger")], ports={"can0": PortLink("can0", port)})
        early_ns = time.monotonic_ns()
        bench.start()
        port.sink(Frame(1), early_ns, 0, False)
        port.sink(Frame(2), time.monotonic_ns(), ms(1), False)
        try:
            assert bench.run_until(PATIENCE_NS, lambda: len(bench.trace) == 1)
        finally:
            bench.close()
        assert [record.pdu for record in bench.trace] == [Frame(2)]
        assert bench.trace[0].t_ns >= 0

    def test_the_case_may_answer_what_the_nodes_hear(self, fake_port, script):
        """Steering from the thread of the case while a port delivers: every command is sent once and in order."""
        port, node = fake_port(), script("charger")
        with _bench("real", [node], ports={"can0": PortLink("can0", port)}) as bench:
            for n in range(1, 21):
                bench.call("charger", lambda n=n: node.plan.append((0, Frame(n))))
                port.sink(Frame(0x700), time.monotonic_ns(), None, False)
                assert bench.run_until(PATIENCE_NS, lambda n=n: len(port.sent) == n)
        assert port.sent == [Frame(n) for n in range(1, 21)]

    def test_steering_does_not_count_as_jitter(self, fake_port, script):
        """A command is due when it is given, however old the deadline that the machine names."""
        port, node = fake_port(), script("charger")
        link = PortLink("can0", port)
        with _bench("real", [node], ports={"can0": link}) as bench:
            bench.run_until(ms(50))
            bench.call("charger", lambda: node.plan.append((0, Frame(1))))
            given_ns = bench.now_ns()
            assert bench.run_until(PATIENCE_NS, lambda: len(port.sent) == 1)
            sent_ns = bench.now_ns()
        # The deviation lies within the span in which the command was carried out, and knows nothing of instant 0.
        assert 0 <= link.deviations_ns[0] <= sent_ns - given_ns + ms(50) - 1

    def test_closing_joins_the_pump_and_releases_the_ports(self, fake_port, script):
        port = fake_port()
        before = threading.active_count()
        bench = _bench("real", [script("charger")], ports={"can0": PortLink("can0", port)})
        bench.start()
        assert threading.active_count() == before + 1
        bench.close()
        assert threading.active_count() == before
        assert (port.opened, port.closed) == (1, 1)

    def test_a_port_that_cannot_be_opened_closes_those_before_it(self, fake_port, script):
        first, refusing, never = fake_port(), fake_port(refuses=True), fake_port()
        ports = {name: PortLink(name, port) for name, port in (("can0", first), ("can1", refusing), ("can2", never))}
        bench = _bench("real", [script("charger")], ports=ports)
        with pytest.raises(ConfigError, match="fake0: no such device"):
            bench.start()
        assert [(port.opened, port.closed) for port in (first, refusing, never)] == [(1, 1), (0, 0), (0, 0)]

    def test_a_node_that_cannot_start_closes_the_ports(self, fake_port, script):
        node = script("truck")
        node.start = lambda now_ns: None
        port = fake_port()
        with pytest.raises(NodeError, match="node 'truck'"):
            _bench("real", [node], ports={"can0": PortLink("can0", port)}).start()
        assert (port.opened, port.closed) == (1, 1)

    def test_a_port_that_breaks_stops_the_bench_with_its_own_words(self, fake_port, cyclic):
        class Gone(fake_port):
            def send(self, pdu: object) -> None:
                raise RigError("can0: the network is down")

        bench = _bench("real", [cyclic("charger", ms(1), Frame(1))], ports={"can0": PortLink("can0", Gone())})
        with bench, pytest.raises(RigError, match="can0: the network is down"):
            bench.run_until(PATIENCE_NS)

    def test_whatever_else_stops_the_pump_is_told(self, script):
        class Odd(CanLink):
            def submit(self, sender: object, pdu: object) -> None:
                raise ZeroDivisionError("odd")

        bench = _bench("real", [script("charger", [(ms(1), Frame(1))])], link=Odd("can"))
        with bench:
            with pytest.raises(RigError, match="the bench stopped: ZeroDivisionError: odd"):
                bench.run_until(PATIENCE_NS)
            with pytest.raises(RigError, match="the bench stopped"):
                bench.call("charger", lambda: None)

    def test_a_pump_that_cannot_get_ready_is_told_and_does_not_hang(self, script, monkeypatch: pytest.MonkeyPatch):
        def refuse() -> None:
            raise OSError("no scheduler")

        monkeypatch.setattr("harness.bench.drive.realtime_class", refuse)
        with _bench("real", [script("charger")]) as bench, pytest.raises(RigError, match="OSError: no scheduler"):
            bench.run_until(PATIENCE_NS)

    def test_lines_are_in_their_safe_state_before_the_first_and_after_the_last_pdu(self, fake_port, script):
        port, safe = fake_port(), Level("plug", 0)
        kernel = Kernel()
        kernel.add_link(link := PortLink("pilot", port))
        kernel.attach(script("charger", [(0, Level("plug", 1))]), "pilot")
        bench = Bench(RealDrive(kernel, {"pilot": link}), time_base=None, roles={}, ports={"pilot": link}, safe_state={"pilot": [safe]})
        with bench:
            bench.run_until(PATIENCE_NS, lambda: len(bench.trace) == 1)
        bench.close()
        assert port.sent == [safe, Level("plug", 1), safe]

    def test_lines_go_back_to_their_safe_state_if_a_node_cannot_start(self, fake_port, script):
        port, safe = fake_port(), Level("plug", 0)
        kernel = Kernel()
        kernel.add_link(link := PortLink("pilot", port))
        eager, broken = script("charger"), script("truck")
        eager.start = lambda now_ns: [Level("plug", 1)]
        broken.start = lambda now_ns: 1 / 0
        for node in (eager, broken):
            kernel.attach(node, "pilot")
        bench = Bench(RealDrive(kernel, {"pilot": link}), time_base=None, roles={}, ports={"pilot": link}, safe_state={"pilot": [safe]})
        with pytest.raises(NodeError, match="node 'truck': ZeroDivisionError"):
            bench.start()
        assert port.sent == [safe, Level("plug", 1), safe]
        assert port.closed >= 1

    def test_two_threads_never_run_nodes_at_the_same_time(self, cyclic):
        """A command reads and writes the node twice; the pump must not come between."""
        node = cyclic("charger", ms(1), Level("x", 1))
        torn: list[int] = []

        def command() -> None:
            before = node.due_ns
            time.sleep(0.003)
            if node.due_ns != before:
                torn.append(before)

        with _bench("real", [node], link=LineLink("pilot")) as bench:
            for _ in range(10):
                bench.call("charger", command)
            assert bench.run_until(PATIENCE_NS, lambda: len(bench.trace) >= 10)
        assert torn == []

    def test_the_evidence_names_scheduler_and_ports(self, fake_port, script):
        with _bench("real", [script("charger")], ports={"can0": PortLink("can0", fake_port())}) as bench:
            info = bench.info
        assert info["can0.interface"] == "fake"
        assert "scheduler" in info


def test_jitter_and_losses_of_a_bench_are_those_of_its_worst_port(fake_port, script):
    ports = {name: PortLink(name, fake_port()) for name in ("can0", "can1")}
    bench = _bench("virtual", [script("charger")], ports=ports)
    assert bench.tester_jitter_ns() == 0
    ports["can0"].deviations_ns += [5, 9]
    ports["can1"].deviations_ns += [100, 101]
    assert bench.tester_jitter_ns() == 4
    ports["can0"].port.dropped = lambda: 3
    assert bench.dropped() == 3
