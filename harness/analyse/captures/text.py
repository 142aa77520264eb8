"""Text of capture files: decoding, exact time stamps, hexadecimal payloads."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from harness.analyse.captures.model import Complaints, Stamped
from harness.analyse.captures.problems import NotARecording
from harness.core import ConfigError, Frame, Problem

__all__ = ["SUPPORTED", "Scan", "decimals", "decode_text", "exact_ns", "frame_of", "is_cut_off", "payload", "scan", "wall_clock"]

SUPPORTED = (
    "readable are candump (log and screen form), Vector ASC and BLF, PEAK TRC, SavvyCAN CSV, ZLG tables (CSV and text),"
    " pcap and pcapng with SocketCAN or IP, and MF4 bus logging"
)
"""What ``read_capture`` reads, in words."""

_PLAUSIBLE_EPOCH_S = 631_152_000
"""1990-01-01: smaller stamps count from some start of their own and are no wall-clock time."""

_CHINESE_WORDS = ("序号", "数据", "帧")

_SECOND_NS, _NANO_DIGITS, _EPOCH_DIGITS = 1_000_000_000, 9, 12
_SECONDS = re.compile(r"(-?)(\d{1,40})(?:\.(\d{1,12}))?$")


def decode_text(content: bytes, path: Path) -> str:
    """The text of a capture file; UTF-8, or GB 18030 or Latin-1 as older loggers write it.

    Raises:
        NotARecording: the content is no text.
        ConfigError: the content is UTF-16.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError(Problem("this is UTF-16 text; save the file as UTF-8", path, 1))
    sample = content[:65536]
    control = sum(byte < 32 and byte not in b"\t\n\r\f" for byte in sample)
    if control * 50 > len(sample):
        offset = next(index for index, byte in enumerate(sample) if byte < 32 and byte not in b"\t\n\r\f")
        text = f"binary data in no known format (first at byte offset {offset}: 0x{sample[offset]:02X}); {SUPPORTED}"
        raise NotARecording(Problem(text, path))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        chinese = content.decode("gb18030")
    except UnicodeDecodeError:
        return content.decode("latin-1")
    # Nearly any bytes can be read as GB 18030; only the words of a heading tell that they are meant so.
    return chinese if any(word in chinese[:2000] for word in _CHINESE_WORDS) else content.decode("latin-1")


def is_cut_off(lines: Sequence[str], number: int) -> bool:
    """Whether line *number*, counted from 1, is the last one and has no end: the logger was stopped in the middle of it."""
    return number == len(lines) and not lines[-1].endswith("\n")


@dataclass(slots=True)
class Scan:
    """What the lines of a log give."""

    frames: list[Stamped] = field(default_factory=list)
    stamps: list[str] = field(default_factory=list)
    """The stamp of each frame as it is written."""
    notes: list[str] = field(default_factory=list)


def scan(lines: Sequence[str], path: Path, expected: str, take: Callable[[str], tuple[str, Stamped] | str | None]) -> Scan:
    """The frames of a log of one frame a line; blank lines and those that begin with ``#`` are passed over.

    Args:
        lines: those of the file.
        path: the file, for complaints.
        expected: what *take* says of a line that has another form; of a last line that is cut off it is only noted.
        take: stamp and frame of a line, ``None`` for an error frame, or in words what is wrong with the line.

    Raises:
        ConfigError: lines that are wrong; every line with its number.
    """
    complaints, found, errors = Complaints(path), Scan(), 0
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match take(line):
            case None:
                errors += 1
            case str() as problem if problem == expected and found.frames and is_cut_off(lines, number):
                found.notes.append(f"line {number} is cut off in the middle and was left out")
            case str() as problem:
                complaints.add(number, problem, line)
            case stamp, stamped:
                found.stamps.append(stamp)
                found.frames.append(stamped)
    complaints.raise_if_any()
    if errors:
        found.notes.append(f"{errors} error frames were left out")
    return found


def exact_ns(text: str, unit_ns: int = 1_000_000_000) -> int | None:
    """Nanoseconds of a decimal number of *unit_ns*, without a detour through floating point; ``None`` if it is none."""
    whole, point, fraction = text.partition(".")
    is_short = unit_ns == _SECOND_NS and len(fraction) <= _NANO_DIGITS and len(whole) < _EPOCH_DIGITS
    if point and is_short and text.isascii() and whole.isdigit() and fraction.isdigit():
        return int(whole) * _SECOND_NS + int(fraction.ljust(_NANO_DIGITS, "0"))
    match = _SECONDS.match(text.strip())
    if match is None:
        return None
    sign, whole, fraction = match.groups()
    scale: int = 10 ** len(fraction or "")
    value = (int(whole + (fraction or "")) * unit_ns + scale // 2) // scale
    return -value if sign else value


def decimals(text: str) -> int:
    """How many decimals a number is written with."""
    return len(text.rpartition(".")[2]) if "." in text else 0


def payload(words: Sequence[str] | str) -> bytes | None:
    """Bytes of hexadecimal digits, given as one string or byte by byte; ``None`` if they are none."""
    if not isinstance(words, str):
        if any(len(word) != 2 for word in words):
            return None
        words = "".join(words)
    try:
        data = bytes.fromhex(words)
    except ValueError:
        return None
    # Blanks between bytes are passed over by the conversion; here they are no digits.
    return data if 2 * len(data) == len(words) else None


def frame_of(can_id: int, data: bytes, *, extended: bool, fd: bool = False, remote: bool = False) -> Frame | str:
    """The frame, or in words why no such frame exists."""
    try:
        return Frame(can_id, b"" if remote else data, extended, fd, remote)
    except ValueError as error:
        return str(error)


def wall_clock(t_ns: int) -> str:
    """UTC spelling of a stamp that counts from 1970, empty if it cannot be one."""
    seconds, rest = divmod(t_ns, 1_000_000_000)
    if not _PLAUSIBLE_EPOCH_S <= seconds < 2**32:
        return ""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest // 1000:06d} UTC"
