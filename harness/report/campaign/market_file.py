"""Market profiles: which interfaces and data exchanges a truck needs for a destination, as replaceable data files.

A profile is a selection of its author, shipped ones included; it quotes no law. Every row states where it comes from
and how sure that is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from harness.case.suites.pics import parse_condition
from harness.case.toml_file import read_toml
from harness.core import ConfigError, Problem, did_you_mean, resource, toml_line
from harness.report.campaign.market_shape import MarketShape, NeedShape
from harness.report.claims import forbidden_claims

__all__ = ["Market", "find_market", "known_interfaces", "load_market", "load_markets", "shipped_markets"]

_INTERFACES = Path(__file__).with_name("interfaces.toml")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PATTERN = re.compile(r"[A-Z0-9]+([.-][A-Za-z0-9]+)*[.-]?\*?")


@dataclass(frozen=True, slots=True)
class Market:
    """A market profile as read from its file."""

    file: Path
    sha256: str
    shape: MarketShape

    @property
    def id(self) -> str:
        return self.shape.id


def shipped_markets() -> dict[str, Path]:
    """Files of the profiles that travel with the harness, by id."""
    return {file.stem: file for file in sorted(resource("reports", "markets").glob("*.toml"))}


def find_market(name: str) -> Path:
    """The file of the profile called *name*, or *name* itself if it is a file.

    Raises:
        ConfigError: it is neither.
    """
    shipped = shipped_markets()
    if name in shipped:
        return shipped[name]
    if name.endswith(".toml") or "/" in name or Path(name).is_file():
        return Path(name)
    raise ConfigError(Problem(f"no market profile '{name}'{did_you_mean(name, shipped)}; name a file for one of your own"))


def load_markets(names: Sequence[str]) -> list[Market]:
    """The profiles that *names* name, in their order.

    Raises:
        ConfigError: everything that is wrong with any of them, or one is named twice.
    """
    problems: list[Problem] = []
    markets: dict[str, Market] = {}
    for name in names:
        try:
            market = load_market(find_market(name))
        except ConfigError as error:
            problems += error.problems
            continue
        if (other := markets.setdefault(market.id, market)) is not market:
            problems.append(Problem(f"market '{market.id}' is named twice, it is that of {other.file} too", market.file))
    if problems:
        raise ConfigError(problems)
    return list(markets.values())


def load_market(file: Path) -> Market:
    """Read a market profile.

    Raises:
        ConfigError: unreadable, an unknown, missing or wrong member, or a claim that the report must not make.
    """
    content, document = read_toml(file, "market profile")
    try:
        shape = MarketShape.model_validate(document)
    except ValidationError as error:
        raise ConfigError(
            [Problem(_message(item["loc"], item["type"], item["msg"]), file, _line(content, item["loc"])) for item in error.errors()]
        ) from None
    problems = [Problem(text, file, _line(content, place)) for place, text in _faults(shape)]
    problems += [Problem(f"the report must not claim this: {claim}", file) for claim in forbidden_claims(content)]
    if problems:
        raise ConfigError(problems)
    return Market(file, hashlib.sha256(file.read_bytes()).hexdigest(), shape)


def known_interfaces(shape: MarketShape) -> Mapping[str, Mapping[str, str]]:
    """Titles of the interfaces that a profile may name: those of the project and its own."""
    _, document = read_toml(_INTERFACES, "table of interfaces")
    return {**document["interfaces"], **{name: {"zh": title.zh, "en": title.en} for name, title in shape.interfaces.items()}}


Place = tuple[int | str, ...]


def _faults(shape: MarketShape) -> Iterator[tuple[Place, str]]:
    if shape.schema_ != 1:
        yield ("schema",), f"schema {shape.schema_} is not known (have: 1)"
    if not _ID.fullmatch(shape.id):
        yield ("id",), f"'{shape.id}' is no id; use small letters, digits and hyphens"
    if shape.risk.high_from_weeks <= shape.risk.medium_from_weeks:
        yield ("risk", "high_from_weeks"), "high_from_weeks must be more than medium_from_weeks"
    if not shape.needs:
        yield ("needs",), "a profile without [[needs]] would call every truck ready"
    seen: dict[str, int] = {}
    interfaces = known_interfaces(shape)
    for position, need in enumerate(shape.needs):
        if seen.setdefault(need.id, position) != position:
            yield ("needs", position, "id"), f"'{need.id}' is the id of two needs"
        for key, text in _need_faults(need, interfaces):
            yield ("needs", position, *key), f"need '{need.id}': {text}"


def _need_faults(need: NeedShape, interfaces: Mapping[str, object]) -> Iterator[tuple[Place, str]]:
    if not _ID.fullmatch(need.id):
        yield ("id",), f"'{need.id}' is no id; use small letters, digits and hyphens"
    if need.interface not in interfaces:
        yield ("interface",), f"no interface '{need.interface}'{did_you_mean(need.interface, interfaces)}; add your own in [interfaces]"
    if not need.cases:
        yield ("cases",), "names no cases; '*' takes all of the suite"
    for pattern in need.cases:
        if pattern != "*" and not _PATTERN.fullmatch(pattern):
            yield ("cases",), f"'{pattern}' is no case id; a '*' may stand at its end"
    if (need.necessity == "if_fitted") != bool(need.applies_if):
        yield ("necessity",), "'if_fitted' goes with 'applies_if', a condition over PICS items, and only with it"
    if need.applies_if:
        try:
            parse_condition(need.applies_if)
        except ValueError as error:
            yield ("applies_if",), str(error)
    if need.lead_time is not None and not 0 < need.lead_time.weeks[0] <= need.lead_time.weeks[1]:
        yield ("lead_time", "weeks"), "weeks are two numbers above 0, the smaller one first"


def _message(place: Place, kind: str, message: str) -> str:
    path = ".".join(str(part + 1) if isinstance(part, int) else part for part in place)
    if kind == "extra_forbidden":
        return f"unknown key '{path}'{did_you_mean(str(place[-1]), _fields(place[:-1]))}"
    if kind == "missing":
        return f"'{path}' is missing"
    return f"{path}: {message[:1].lower()}{message[1:]}"


def _fields(place: Place) -> list[str]:
    """Members that the table at *place* may have; nothing for a table of free names."""
    fields = MarketShape.fields_at([part for part in place if isinstance(part, str)])
    return [name.rstrip("_") for name in fields]


def _line(content: str, place: Place) -> int | None:
    """Line on which the member at *place* is written; a position counts the tables of ``[[needs]]``."""
    if len(place) < 2 or not isinstance(place[1], int):
        return toml_line(content, *(str(part) for part in place))
    lines = content.splitlines()
    header = re.compile(rf"\s*\[\[\s*{re.escape(str(place[0]))}\s*\]\]\s*(?:#.*)?")
    starts = [number for number, line in enumerate(lines) if header.fullmatch(line)]
    if place[1] >= len(starts):
        return toml_line(content, str(place[0]))
    start = starts[place[1]]
    end = starts[place[1] + 1] if place[1] + 1 < len(starts) else len(lines)
    rest = [str(part) for part in place[2:] if isinstance(part, str)]
    found = toml_line("\n".join(lines[start:end]), str(place[0]), *rest)
    return start + (found or 1)
