"""How a receiver answers an RTS: the tester's steering of CTS, EndOfMsgAck and Conn_Abort."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["GrantPolicy", "Grants"]


@dataclass(frozen=True, slots=True)
class GrantPolicy:
    """The answer of a receiver. The default grants everything at once and acknowledges; the fields combine."""

    respond: bool = True
    """Send CTS at all."""
    packets: int | None = None
    """Packets per CTS; ``None``: all that are left. Never above the limit of the RTS unless *beyond_limit*."""
    beyond_limit: bool = False
    """Send *packets* as it is, even above the limit of the RTS or the number of packets left."""
    delay_ns: int = 0
    """Wait before every granting CTS."""
    hold_ns: int = 0
    """Hold the connection so long with CTS(0) before the first grant."""
    hold_every_ns: int | None = None
    """Interval of the CTS(0); ``None``: Th."""
    repeat_from: int | None = None
    """When this packet and what follows it in its grant have arrived, ask for them once again."""
    acknowledge: bool = True
    """Send EndOfMsgAck."""
    abort_reason: int | None = None
    """Send Conn_Abort with this reason."""
    abort_after: int = 0
    """Packets to take before that; 0: answer the RTS with it."""
    cts_pgn: int | None = None
    """Put this PGN into the CTS instead of the right one."""

    @classmethod
    def everything(cls) -> GrantPolicy:
        """Grant all, acknowledge."""
        return cls()

    @classmethod
    def chunks(cls, packets: int) -> GrantPolicy:
        """Grant *packets* at a time."""
        return cls(packets=packets)

    @classmethod
    def never(cls) -> GrantPolicy:
        """No answer to an RTS at all."""
        return cls(respond=False)

    @classmethod
    def hold(cls, for_ns: int, every_ns: int | None = None) -> GrantPolicy:
        """CTS(0) every *every_ns* during *for_ns*, then grant all."""
        return cls(hold_ns=for_ns, hold_every_ns=every_ns)

    @classmethod
    def repeat(cls, from_packet: int) -> GrantPolicy:
        """Grant all, then ask once more for everything from *from_packet* on."""
        return cls(repeat_from=from_packet)

    @classmethod
    def unacknowledged(cls) -> GrantPolicy:
        """Grant all, never send EndOfMsgAck."""
        return cls(acknowledge=False)

    @classmethod
    def refuse(cls, reason: int, after: int = 0) -> GrantPolicy:
        """Conn_Abort with *reason*, on the RTS or *after* so many packets."""
        return cls(abort_reason=reason, abort_after=after)

    @classmethod
    def wrong_pgn(cls, pgn: int) -> GrantPolicy:
        """CTS with *pgn* instead of the announced one."""
        return cls(cts_pgn=pgn)

    @classmethod
    def above_limit(cls, packets: int) -> GrantPolicy:
        """CTS for *packets* whatever the RTS allows."""
        return cls(packets=packets, beyond_limit=True)

    @classmethod
    def delayed(cls, by_ns: int) -> GrantPolicy:
        """Wait *by_ns* before each CTS."""
        return cls(delay_ns=by_ns)


@dataclass(slots=True)
class Grants:
    """Policies by PGN, changeable at any time; a running session follows from its next decision on."""

    default: GrantPolicy = field(default_factory=GrantPolicy)
    by_pgn: dict[int, GrantPolicy] = field(default_factory=dict)

    def policy(self, pgn: int) -> GrantPolicy:
        """The policy for *pgn*."""
        return self.by_pgn.get(pgn, self.default)

    def set(self, pgn: int, policy: GrantPolicy) -> None:
        """Answer *pgn* with *policy* from now on."""
        self.by_pgn[pgn] = policy

    def clear(self, pgn: int | None = None) -> None:
        """Back to the default for *pgn*, or for all."""
        if pgn is None:
            self.by_pgn.clear()
        else:
            self.by_pgn.pop(pgn, None)
