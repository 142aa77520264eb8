"""Names out of a maker's diagnostic data (ODX, PDX), read with odxtools, which is installed with the extra ``odx``.

A data identifier is named by the service that reads or writes it: a request that begins with 22 or 2E and two constant bytes. Services
with the identifier as a parameter name none. Trouble codes stand in the data objects for them.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from harness.core import ConfigError, Problem
from harness.protocols.uds.names import Names, Naming
from harness.protocols.uds.services import Sid

__all__ = ["is_odx", "names_of_odx"]

_ENDINGS = (".pdx", ".odx", ".odx-d")
_SERVICES = (Sid.READ_DID, Sid.WRITE_DID)
_PREFIX = 3
_BROKEN = (ArithmeticError, AssertionError, AttributeError, BadZipFile, LookupError, NotImplementedError, OSError, ParseError)
_WRONG = (RecursionError, RuntimeError, TypeError, ValueError)
"""What odxtools raises for files that are broken or use what it does not know, beside its own errors."""


def is_odx(file: Path) -> bool:
    """Whether the name of *file* is that of diagnostic data."""
    return file.name.lower().endswith(_ENDINGS)


def names_of_odx(file: Path) -> Names:
    """The names in a maker's diagnostic data.

    Raises:
        ConfigError: odxtools is not installed, or the file cannot be read by it or names nothing.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigError(Problem(f"cannot be read: {error.strerror or error}", file)) from error
    database = _database(file)
    layers = [*database.base_variants, *database.ecu_variants]
    try:
        dids, dtcs = _merged(_dids(layers)), _merged(_dtcs(layers))
    except (*_BROKEN, *_WRONG) as error:
        raise ConfigError(Problem(f"odxtools cannot tell its services: {_first_line(error)}", file)) from error
    if not dids and not dtcs:
        text = f"no data identifier and no trouble code is named in it (units: {len(layers)}); export the ECU variants with their services"
        raise ConfigError(Problem(text, file))
    return Names(dids, dtcs, f"{file.name}, SHA-256 {hashlib.sha256(content).hexdigest()}")


def _database(file: Path) -> Any:
    try:
        import odxtools
        from odxtools.exceptions import OdxError
    except ImportError as error:
        raise ConfigError(Problem("reading ODX needs the package odxtools; pip install 'precert[odx]'", file)) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return odxtools.load_file(file)
    except (OdxError, *_BROKEN, *_WRONG) as error:
        raise ConfigError(Problem(f"odxtools cannot read it as diagnostic data: {_first_line(error)}", file)) from error


def _dids(layers: Iterable[Any]) -> Iterator[tuple[int, str, str]]:
    """Number, name and unit of everything that a service reads or writes."""
    for layer in layers:
        for service in layer.services:
            request = getattr(service, "request", None)
            prefix = bytes(request.coded_const_prefix()) if request is not None else b""
            if len(prefix) >= _PREFIX and prefix[0] in _SERVICES:
                yield int.from_bytes(prefix[1:_PREFIX], "big"), _name(service), layer.short_name


def _dtcs(layers: Iterable[Any]) -> Iterator[tuple[int, str, str]]:
    for layer in layers:
        specification = layer.diag_data_dictionary_spec
        for objects in specification.dtc_dops if specification is not None else ():
            for code in objects.dtcs:
                shown = code.display_trouble_code
                text = str(getattr(code.text, "text", code.text) or code.short_name).strip()
                if 0 <= code.trouble_code < 1 << 24:
                    yield code.trouble_code, f"{shown} {text}" if shown and shown not in text else text, layer.short_name


def _name(service: Any) -> str:
    return " ".join(str(service.long_name or service.short_name).split())


def _merged(found: Iterable[tuple[int, str, str]]) -> tuple[Naming, ...]:
    """Each name of each number once, with all units that use it."""
    units: dict[tuple[int, str], dict[str, None]] = {}
    for number, name, unit in found:
        units.setdefault((number, name), {})[unit] = None
    return tuple(Naming(number, name, tuple(names)) for (number, name), names in sorted(units.items()))


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
