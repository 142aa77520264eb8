"""The errors of the harness.

HarnessError
  ConfigError             rig, PICS, PIXIT, catalogue, case metadata, unreadable input, a port that
                          cannot be opened at the start: nothing runs, exit code 2
  RigError                bus, port, power or lock lost during the run: verdict ERROR
    NodeError             a node of the bench raised: verdict ERROR
  ProtocolError
    LocalProtocolError    one of our machines was asked for an illegal move: verdict ERROR
    RemoteProtocolError   the peer did an illegal thing: verdict FAIL
  Inconclusive            a precondition of the purpose was not reached: verdict INCONC
  ExpectationFailed       the SUT did not do what the step expects: verdict FAIL
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.core.problems import Problem

__all__ = [
    "ConfigError",
    "ExpectationFailed",
    "HarnessError",
    "Inconclusive",
    "LocalProtocolError",
    "NodeError",
    "ProtocolError",
    "RemoteProtocolError",
    "RigError",
]


class HarnessError(Exception):
    """Anything that the harness itself reports."""


class ConfigError(HarnessError):
    """The inputs do not allow a run. Carries every problem that was found, not only the first.

    Examples: an unknown key in a rig file, an undeclared PICS item, a truncated capture, a CAN
    interface that does not exist.
    """

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = (Problem(problems),)
        elif isinstance(problems, Problem):
            problems = (problems,)
        self.problems: Sequence[Problem] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RigError(HarnessError):
    """The bench broke while a case was running, for example a bus that went away."""


class NodeError(RigError):
    """A node raised; ``node`` is its name and ``__cause__`` the exception."""

    def __init__(self, node: str, message: str) -> None:
        self.node = node
        super().__init__(f"node '{node}': {message}")


class ProtocolError(HarnessError):
    """A protocol rule was broken, by us or by the peer."""


class LocalProtocolError(ProtocolError):
    """One of our own machines was asked for something that its protocol forbids."""


class RemoteProtocolError(ProtocolError):
    """The peer sent something that its protocol forbids; ``pdu`` is what it sent."""

    def __init__(self, message: str, pdu: object = None) -> None:
        self.pdu = pdu
        super().__init__(message)


class Inconclusive(HarnessError):
    """The purpose was neither met nor violated; ``reason`` is a word of ``harness.core.Reason``."""

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class ExpectationFailed(HarnessError, AssertionError):
    """The SUT did not do what the step expects."""
