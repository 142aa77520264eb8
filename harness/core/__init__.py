"""Values of the harness: time, frames, nodes, traces, checks, verdicts, uncertainty, errors. No I/O, no clock."""

from harness.core.check import Check, Finding, Severity, Statistics, judge_number, judge_quality
from harness.core.decision import Conformity, Criterion, Decision, DecisionRule, decide
from harness.core.durations import format_s, is_time_unit, ms, ns_from, ns_in, s, us
from harness.core.errors import (
    ConfigError,
    ExpectationFailed,
    HarnessError,
    Inconclusive,
    LocalProtocolError,
    NodeError,
    ProtocolError,
    RemoteProtocolError,
    RigError,
)
from harness.core.jitter import unless_jitter
from harness.core.limit import Limit, Limits
from harness.core.message import Decoder, Message, Value
from harness.core.node import Node
from harness.core.pdu import Chunk, Datagram, Frame, Handshake, Level, Listen, Pdu
from harness.core.problems import Problem, did_you_mean, toml_line
from harness.core.recognition import Claim, claims_on
from harness.core.resources import resource
from harness.core.risk import GlobalRisk, global_risk
from harness.core.standard import Column, JudgeContext, Phase, Recognition, Session, SignalInfo, Standard, Table
from harness.core.tls import TLS_VERSIONS, TlsSettings
from harness.core.trace import Direction, Record, Trace
from harness.core.uncertainty import COVERAGE_FACTOR, TimeBase, combined, from_expanded, rectangular, resolution, round_up
from harness.core.verdict import Reason, Verdict, worst

__all__ = [
    "COVERAGE_FACTOR",
    "TLS_VERSIONS",
    "Check",
    "Chunk",
    "Claim",
    "Column",
    "ConfigError",
    "Conformity",
    "Criterion",
    "Datagram",
    "Decision",
    "DecisionRule",
    "Decoder",
    "Direction",
    "ExpectationFailed",
    "Finding",
    "Frame",
    "GlobalRisk",
    "Handshake",
    "HarnessError",
    "Inconclusive",
    "JudgeContext",
    "Level",
    "Limit",
    "Limits",
    "Listen",
    "LocalProtocolError",
    "Message",
    "Node",
    "NodeError",
    "Pdu",
    "Phase",
    "Problem",
    "ProtocolError",
    "Reason",
    "Recognition",
    "Record",
    "RemoteProtocolError",
    "RigError",
    "Session",
    "Severity",
    "SignalInfo",
    "Standard",
    "Statistics",
    "Table",
    "TimeBase",
    "TlsSettings",
    "Trace",
    "Value",
    "Verdict",
    "claims_on",
    "combined",
    "decide",
    "did_you_mean",
    "format_s",
    "from_expanded",
    "global_risk",
    "is_time_unit",
    "judge_number",
    "judge_quality",
    "ms",
    "ns_from",
    "ns_in",
    "rectangular",
    "resolution",
    "resource",
    "round_up",
    "s",
    "toml_line",
    "unless_jitter",
    "us",
    "worst",
]
