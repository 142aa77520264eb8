"""The laboratory's own data for the cover: who issues, for whom, where, who signs. A TOML file, every field optional."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.case.toml_file import read_toml
from harness.core import ConfigError, Problem, did_you_mean, toml_line
from harness.report.claims import forbidden_claims

__all__ = ["Body", "Lab", "Person", "load_lab"]

_CATEGORIES = ("self", "witnessed", "commissioned")
_MARKS = ("accreditation", "accreditation_mark", "mark", "logo", "seal", "cnas", "cma")


@dataclass(frozen=True, slots=True)
class Body:
    """A body with its address."""

    name: str = ""
    address: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs in one of the three roles."""

    name: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Lab:
    """What the laboratory file says; empty fields are printed as not stated."""

    number: str = ""
    revision: int = 0
    category: str = "self"
    issuer: Body = field(default_factory=Body)
    client: Body = field(default_factory=Body)
    item_name: str = ""
    item_model: str = ""
    manufacturer: str = ""
    condition: str = ""
    received: str = ""
    site: str = ""
    prepared: Person = field(default_factory=Person)
    reviewed: Person = field(default_factory=Person)
    approved: Person = field(default_factory=Person)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Report(_Strict):
    number: str = ""
    revision: int = 0
    category: str = "self"


class _Body(_Strict):
    name: str = ""
    address: str = ""
    contact: str = ""

    def value(self) -> Body:
        return Body(self.name, self.address, self.contact)


class _Item(_Strict):
    name: str = ""
    model: str = ""
    manufacturer: str = ""
    condition: str = ""
    received: str = ""


class _Place(_Strict):
    address: str = ""


class _Person(_Strict):
    name: str = ""
    role: str = ""

    def value(self) -> Person:
        return Person(self.name, self.role)


class _People(_Strict):
    prepared: _Person = _Person()
    reviewed: _Person = _Person()
    approved: _Person = _Person()


class _File(_Strict):
    schema_: int = 1
    report: _Report = _Report()
    issuer: _Body = _Body()
    client: _Body = _Body()
    item: _Item = _Item()
    place: _Place = _Place()
    people: _People = _People()


def load_lab(file: Path) -> Lab:
    """Read a laboratory file.

    Raises:
        ConfigError: unreadable, an unknown or wrong field, or a claim that the report must not make.
    """
    content, document = read_toml(file, "laboratory file")
    document["schema_"] = document.pop("schema", 1)
    try:
        parsed = _File.model_validate(document)
    except ValidationError as error:
        raise ConfigError([_problem(item["loc"], item["msg"], content, file) for item in error.errors()]) from None
    problems = [Problem(f"the report must not claim this: {claim}", file) for claim in forbidden_claims(content)]
    if parsed.report.category not in _CATEGORIES:
        hint = did_you_mean(parsed.report.category, _CATEGORIES)
        text = f"report.category: no category '{parsed.report.category}'{hint}"
        problems.append(Problem(text, file, toml_line(content, "report", "category")))
    if parsed.schema_ != 1:
        problems.append(Problem(f"schema {parsed.schema_} is not known (have: 1)", file, toml_line(content, "schema")))
    if problems:
        raise ConfigError(problems)
    return _lab(parsed)


def _lab(parsed: _File) -> Lab:
    return Lab(
        number=parsed.report.number,
        revision=parsed.report.revision,
        category=parsed.report.category,
        issuer=parsed.issuer.value(),
        client=parsed.client.value(),
        item_name=parsed.item.name,
        item_model=parsed.item.model,
        manufacturer=parsed.item.manufacturer,
        condition=parsed.item.condition,
        received=parsed.item.received,
        site=parsed.place.address,
        prepared=parsed.people.prepared.value(),
        reviewed=parsed.people.reviewed.value(),
        approved=parsed.people.approved.value(),
    )


def _problem(location: tuple[int | str, ...], message: str, content: str, file: Path) -> Problem:
    path = [str(part) for part in location]
    key = path[-1]
    if key in _MARKS:
        text = f"{'.'.join(path)}: this report carries no mark, logo or seal; the accredited body adds its own in its own system"
    elif "not permitted" in message:
        text = f"unknown key '{'.'.join(path)}'{did_you_mean(key, _fields(path[:-1]))}"
    else:
        text = f"{'.'.join(path)}: {message[:1].lower()}{message[1:]}"
    return Problem(text, file, toml_line(content, *path))


def _fields(path: list[str]) -> list[str]:
    model: type[BaseModel] = _File
    for part in path:
        annotation = model.model_fields[part].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return [name.rstrip("_") for name in model.model_fields]
