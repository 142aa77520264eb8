"""Reading the folder of a swap profile: ``profile.toml`` and its database, with everything that is wrong in one go."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from harness.core.durations import is_time_unit
from harness.core.errors import ConfigError
from harness.core.limit import Limit
from harness.core.problems import Problem, did_you_mean, toml_line
from harness.core.resources import resource
from harness.protocols.dbc import MessageLayout, load_codec
from harness.protocols.swap.checksums import CHECKSUMS
from harness.protocols.swap.fields import CHECK, COUNTER, Field, Form
from harness.protocols.swap.identity import IdentityRule
from harness.protocols.swap.messages import DEFAULT_PROFILE, MessageSpec, StreamRule, SwapProfile
from harness.protocols.swap.words import ADDRESSES, MESSAGES, TIMERS, WORDS, Kind

__all__ = ["PROFILE_FILE", "SwapProfile", "default_profile", "load_profile"]

PROFILE_FILE = "profile.toml"
_TOP = frozenset(("schema", "name", "version", "title", "status", "dbc", "missing", "addresses", "integrity"))
_TABLES = frozenset(("messages", "words", "timers", "identity", "stream"))
_MESSAGE_KEYS = frozenset(("name", "senders", "cycle_ms", "timeout_ms", "signals"))
_TIMER_KEYS = frozenset(("value", "unit", "source", "confidence", "text"))
_CONFIDENCES = ("high", "medium", "low")


def default_profile() -> SwapProfile:
    """HTSWAP 0.1, the project-defined profile that travels with the harness."""
    return load_profile(resource("dbc", DEFAULT_PROFILE))


def load_profile(folder: Path) -> SwapProfile:
    """The profile in *folder*; read once for each version of its files.

    Raises:
        ConfigError: everything that is wrong with it, each with file and line.
    """
    file = Path(folder) / PROFILE_FILE
    try:
        stamps = tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(Path(folder).glob("*")))
    except OSError as error:
        raise ConfigError(Problem(f"the swap profile cannot be read: {error.strerror}", folder)) from error
    if not file.is_file():
        raise ConfigError(Problem(f"no swap profile here: a profile is a folder with {PROFILE_FILE} and a database", folder))
    return _load(Path(folder), stamps)


@lru_cache(maxsize=8)
def _load(folder: Path, stamps: object) -> SwapProfile:
    return _Reading(folder).profile()


class _Reading:
    """One pass over a profile; problems are collected."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / PROFILE_FILE
        self._problems: list[Problem] = []
        self._text, self._data = _read(self._file)
        self._absent: frozenset[str] = frozenset()

    def profile(self) -> SwapProfile:
        """The profile.

        Raises:
            ConfigError: it has problems.
        """
        data = self._data
        for key in data:
            if key not in _TOP | _TABLES:
                self._add(f"unknown key '{key}'{did_you_mean(key, _TOP | _TABLES)}", key)
        for key in ("messages", "words", "timers"):
            for name, row in self._table(key).items():
                if not isinstance(row, dict):
                    self._add(f"{key}: '{name}' must be a table", key, name)
        if data.get("schema", 1) != 1:
            self._add(f"'schema = 1' is expected, not {data['schema']!r}", "schema")
        title = self._table("title")
        if set(title) != {"en", "zh"} or not all(isinstance(part, str) and part for part in title.values()):
            self._add('\'title\' must be {en = "...", zh = "..."}', "title")
        name, version, status = (self._string(key) for key in ("name", "version", "status"))
        self._absent = frozenset(self._missing())
        dbc = self._folder / self._string("dbc")
        forms = self._forms(dbc)
        specs = {role: self._spec(role, row) for role, row in self._rows("messages").items()}
        addresses, timers = self._addresses(), self._timers()
        identity, stream = self._identity(), self._stream()
        if self._problems:
            raise ConfigError(self._problems)
        assert identity is not None
        assert stream is not None
        files = (self._file, dbc)
        absent = tuple(sorted(self._absent))
        texts = (str(title["en"]), str(title["zh"]), status)
        return SwapProfile(self._folder, name, version, *texts, addresses, forms, specs, timers, identity, stream, absent, files)

    # messages and signals

    def _missing(self) -> Iterator[str]:
        roles = self._data.get("missing", [])
        if not isinstance(roles, list):
            self._add("'missing' must be a list of roles", "missing")
            return
        for role in roles:
            message, _, signal = str(role).partition(".")
            known = MESSAGES.get(message)
            if known is None or (signal and signal not in known):
                every = [*MESSAGES, *(f"{name}.{part}" for name, parts in MESSAGES.items() for part in parts)]
                self._add(f"missing: no role '{role}'{did_you_mean(str(role), every)}", "missing")
            else:
                yield str(role)

    def _forms(self, dbc: Path) -> Mapping[str, Form]:
        rows = self._rows("messages")
        for role in rows:
            if role not in MESSAGES:
                self._add(f"messages: unknown role '{role}'{did_you_mean(role, MESSAGES)}", "messages", role)
            elif role in self._absent:
                self._add(f"messages: '{role}' is in 'missing' too", "messages", role)
        for role in MESSAGES:
            if role not in rows and role not in self._absent:
                self._add(f"messages: the role '{role}' has no table; if the profile lacks it, name it in 'missing'", "messages")
        words = self._words()
        try:
            layouts = load_codec(dbc).messages
        except ConfigError as error:
            self._problems.extend(error.problems)
            return {}
        checksum = self._checksum()
        forms = {role: self._form(role, row, layouts, words, checksum) for role, row in rows.items() if role in MESSAGES}
        self._check_identifiers({role: form for role, form in forms.items() if form is not None})
        return {role: form for role, form in forms.items() if form is not None}

    def _form(
        self, role: str, row: Mapping[str, Any], layouts: Mapping[str, MessageLayout], words: Mapping[str, Mapping[str, int]], checksum: str
    ) -> Form | None:
        name = str(row.get("name", ""))
        layout = layouts.get(name)
        if layout is None:
            self._add(f"messages.{role}: the database has no message '{name}'{did_you_mean(name, layouts)}", "messages", role, "name")
            return None
        if layout.unsupported:
            self._add(f"messages.{role}: {name}: {layout.unsupported}", "messages", role, "name")
            return None
        named = row.get("signals", {})
        if not isinstance(named, dict):
            self._add(f"messages.{role}: 'signals' must be a table of roles and names", "messages", role, "signals")
            named = {}
        for signal in named:
            if signal not in MESSAGES[role]:
                self._add(f"messages.{role}: unknown role '{signal}'{did_you_mean(signal, MESSAGES[role])}", "messages", role, "signals")
        known = {signal.name: signal for signal in layout.signals}
        fields: dict[str, Field] = {}
        for signal, kind in MESSAGES[role].items():
            if f"{role}.{signal}" in self._absent:
                continue
            if (own := str(named.get(signal, signal))) not in known:
                text = f"messages.{role}: {name} has no signal '{own}' for the role '{signal}'{did_you_mean(own, known)}"
                self._add(f"{text}; name it in 'signals', or '{role}.{signal}' in 'missing'", "messages", role)
                continue
            numbers = words.get(f"{role}.{signal}", words.get(kind, {}))
            field = fields[signal] = Field(signal, known[own], kind, numbers)
            self._check_field(role, field)
        self._check_guard(role, fields, checksum)
        return Form(role, layout, fields, checksum)

    def _check_field(self, role: str, field: Field) -> None:
        place = f"{role}.{field.role}"
        if field.kind in (Kind.TEXT, Kind.LETTER) and (field.signal.size % 8 or field.signal.start % 8):
            self._add(f"{place}: text must fill whole bytes", "messages", role)
        if field.signal.signed:
            self._add(f"{place}: '{field.signal.name}' is signed; the profile reads unsigned signals", "messages", role)
        table = place if place in self._rows("words") else field.kind
        for word, raw in field.words.items():
            # A set is for many signals: a word that not all of them can carry is one that this one lacks, if it may lack it.
            if isinstance(raw, int) and raw > field.signal.mask and (table == place or word in WORDS[field.kind].needed):
                text = f"words.{table}: {word} = {raw} does not fit the {field.signal.size} bits of {place}"
                self._add(text, "words", *((place, word) if table == place else (table, word)))

    def _check_guard(self, role: str, fields: Mapping[str, Field], checksum: str) -> None:
        if checksum and CHECK in fields:
            if COUNTER not in fields:
                self._add(f"messages.{role}: has a checksum but no counter", "messages", role)
            if (size := fields[CHECK].signal.size) != (needed := CHECKSUMS[checksum][1]):
                self._add(f"messages.{role}: the checksum '{checksum}' has {needed} bits, its signal {size}", "messages", role)

    def _check_identifiers(self, forms: Mapping[str, Form]) -> None:
        seen: dict[int, str] = {}
        for role, form in forms.items():
            group = form.layout.can_id >> 8 & 0x3FFFF
            if group >> 8 & 0xFF < 0xF0:
                self._add(
                    f"messages.{role}: PGN {group:05X} has a destination; the profile reads broadcasts only", "messages", role, "name"
                )
            if (first := seen.setdefault(group, role)) != role:
                self._add(f"messages.{role}: PGN {group:05X} belongs to {first} already", "messages", role, "name")

    def _spec(self, role: str, row: Mapping[str, Any]) -> MessageSpec:
        for key in row:
            if key not in _MESSAGE_KEYS:
                self._add(f"messages.{role}: unknown key '{key}'{did_you_mean(key, _MESSAGE_KEYS)}", "messages", role, key)
        senders = row.get("senders", [])
        if not isinstance(senders, list) or not senders:
            self._add(f"messages.{role}: 'senders' must name who sends it", "messages", role)
            senders = []
        for sender in senders:
            if sender not in ADDRESSES:
                self._add(f"messages.{role}: no sender '{sender}'{did_you_mean(str(sender), ADDRESSES)}", "messages", role, "senders")
        times = [row.get(key) for key in ("cycle_ms", "timeout_ms")]
        for key, value in zip(("cycle_ms", "timeout_ms"), times, strict=True):
            if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value <= 0):
                self._add(f"messages.{role}: '{key}' must be a positive whole number", "messages", role, key)
        return MessageSpec(tuple(senders), *times)

    def _checksum(self) -> str:
        table = self._table("integrity")
        for key in table:
            if key != "checksum":
                self._add(f"integrity: unknown key '{key}' (have: checksum)", "integrity", key)
        name = str(table.get("checksum", ""))
        if name == "none":
            return ""
        if name not in CHECKSUMS:
            self._add(f"integrity: no checksum '{name}'{did_you_mean(name, [*CHECKSUMS, 'none'])}", "integrity", "checksum")
            return ""
        return name

    # words

    def _words(self) -> Mapping[str, Mapping[str, int]]:
        tables = self._rows("words")
        known = {f"{message}.{signal}": kind for message, parts in MESSAGES.items() for signal, kind in parts.items() if kind in WORDS}
        for name, table in tables.items():
            kind = known.get(name, name)
            if kind not in WORDS:
                self._add(f"words: no word set '{name}'{did_you_mean(name, [*WORDS, *known])}", "words", name)
                continue
            self._check_words(name, kind, table)
        for name in WORDS:
            users = [place for place, kind in known.items() if kind == name and place not in tables and not self._lacks(place)]
            if name not in tables and users:
                self._add(f"words: the set '{name}' is missing; {users[0]} needs it", "words")
        return tables

    def _check_words(self, name: str, kind: str, table: Mapping[str, Any]) -> None:
        words = WORDS[kind]
        taken: dict[int, str] = {}
        for word, raw in table.items():
            if word not in words.all:
                self._add(f"words.{name}: unknown word '{word}'{did_you_mean(word, words.all)}", "words", name, word)
            elif not isinstance(raw, int) or isinstance(raw, bool) or raw < 0:
                self._add(f"words.{name}: {word} must be a whole number from 0", "words", name, word)
            elif (first := taken.setdefault(raw, word)) != word:
                self._add(f"words.{name}: '{first}' and '{word}' have the same number {raw}", "words", name, word)
        for word in words.needed:
            if word not in table:
                self._add(f"words.{name}: the word '{word}' has no number", "words", name)

    def _lacks(self, place: str) -> bool:
        return place in self._absent or place.partition(".")[0] in self._absent

    # the rest

    def _addresses(self) -> Mapping[str, int]:
        table = self._table("addresses")
        for role in table:
            if role not in ADDRESSES:
                self._add(f"addresses: unknown role '{role}'{did_you_mean(role, ADDRESSES)}", "addresses", role)
        taken: dict[int, str] = {}
        for role in ADDRESSES:
            address = table.get(role)
            if not isinstance(address, int) or isinstance(address, bool) or not 0 <= address <= 0xFD:
                self._add(f"addresses: '{role}' needs a source address from 0x00 to 0xFD", "addresses", role)
            elif (first := taken.setdefault(address, role)) != role:
                self._add(f"addresses: '{first}' and '{role}' have the same address 0x{address:02X}", "addresses", role)
        return dict(table)

    def _timers(self) -> Mapping[str, Limit]:
        rows = self._rows("timers")
        found: dict[str, Limit] = {}
        for name in TIMERS:
            if name not in rows:
                self._add(f"timers: '{name}' is missing", "timers")
        for name, row in rows.items():
            if name not in TIMERS:
                self._add(f"timers: unknown timer '{name}'{did_you_mean(name, TIMERS)}", "timers", name)
                continue
            faults = list(_timer_faults(row))
            for fault in faults:
                self._add(f"timers.{name}: {fault}", "timers", name)
            if not faults:
                ref = f"{self._data.get('name')}-{self._data.get('version')}:timers/{name}"
                value = Decimal(str(row["value"]))
                found[name] = Limit(name, row["unit"], value, None, None, row["source"], ref, row["confidence"], row["text"])
        return found

    def _identity(self) -> IdentityRule | None:
        table = dict(self._table("identity"))
        if table.pop("confidence", None) not in _CONFIDENCES:
            self._add(f"identity: 'confidence' must be one of {', '.join(_CONFIDENCES)}", "identity", "confidence")
        wanted: Mapping[str, type] = {
            "strict": bool,
            **dict.fromkeys(("pattern", "position_4", "battery_types", "years", "months", "days"), str),
        }
        for key in table:
            if key not in wanted:
                self._add(f"identity: unknown key '{key}'{did_you_mean(key, wanted)}", "identity", key)
        for key, kind in wanted.items():
            if not isinstance(table.get(key), kind):
                self._add(f"identity: '{key}' must be {'true or false' if kind is bool else 'text'}", "identity", key)
        try:
            re.compile(str(table.get("pattern", "")))
        except re.error as error:
            self._add(f"identity: 'pattern' is no regular expression: {error}", "identity", "pattern")
        return None if self._problems else IdentityRule(**table)

    def _stream(self) -> StreamRule | None:
        table = self._table("stream")
        bounds = {"start": 0xFFFF, "answer_flag": 0xFF, "encryption": 0xFF, "vin_length": 64}
        for key in table:
            if key not in bounds:
                self._add(f"stream: unknown key '{key}'{did_you_mean(key, bounds)}", "stream", key)
        for key, highest in bounds.items():
            value = table.get(key)
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= highest:
                self._add(f"stream: '{key}' must be a whole number from 0 to 0x{highest:X}", "stream", key)
        if self._problems:
            return None
        return StreamRule(table["start"].to_bytes(2, "big"), table["answer_flag"], table["encryption"], table["vin_length"])

    # access

    def _add(self, text: str, *path: str) -> None:
        self._problems.append(Problem(text, self._file, toml_line(self._text, *path)))

    def _string(self, key: str) -> str:
        value = self._data.get(key)
        if not isinstance(value, str) or not value:
            self._add(f"'{key}' must be text", key)
            return ""
        return value

    def _table(self, key: str) -> Mapping[str, Any]:
        value = self._data.get(key, {})
        if not isinstance(value, dict):
            self._add(f"'{key}' must be a table", key)
            return {}
        return value

    def _rows(self, key: str) -> Mapping[str, Mapping[str, Any]]:
        return {name: row for name, row in self._table(key).items() if isinstance(row, dict)}


def _timer_faults(row: Mapping[str, Any]) -> Iterator[str]:
    for key in row:
        if key not in _TIMER_KEYS:
            yield f"unknown key '{key}'{did_you_mean(key, _TIMER_KEYS)}"
    value, unit = row.get("value"), row.get("unit")
    number = Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else Decimal("NaN")
    if not number.is_finite() or number <= 0:
        yield "'value' must be a positive number"
    if not isinstance(unit, str) or not is_time_unit(unit):
        yield "'unit' must be a unit of time (ms, s, min)"
    if row.get("confidence") not in _CONFIDENCES:
        yield f"'confidence' must be one of {', '.join(_CONFIDENCES)}"
    missing: Sequence[str] = [key for key in ("source", "text") if not isinstance(row.get(key), str)]
    for key in missing:
        yield f"'{key}' must be text"


def _read(file: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = file.read_text(encoding="utf-8")
        return text, tomllib.loads(text, parse_float=Decimal)
    except OSError as error:
        raise ConfigError(Problem(f"the swap profile cannot be read: {error.strerror}", file)) from error
    except UnicodeDecodeError as error:
        raise ConfigError(Problem(f"the swap profile is no UTF-8 text (byte {error.start})", file)) from error
    except (tomllib.TOMLDecodeError, RecursionError, ValueError, ArithmeticError) as error:
        line = re.search(r"line (\d+)", str(error))
        raise ConfigError(Problem(f"the swap profile is no TOML: {error}", file, int(line[1]) if line else None)) from error
