"""One section of a rig file against its schema, with every problem in the words of the file."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from harness.core import Problem, did_you_mean
from harness.rig.document import Document, KeyPath
from harness.rig.schema import Section

__all__ = ["parse_section"]

S = TypeVar("S", bound=Section)

_TYPES = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "string_pattern_mismatch": "1 to 60 letters, digits, '.', '-' and '_'",
    "bool_type": "true or false",
    "list_type": "a list",
    "too_short": "at least one item",
    "dict_type": "'key: value' lines",
    "model_type": "'key: value' lines",
}


def parse_section(
    document: Document, path: KeyPath, data: object, schema: type[S], problems: list[Problem], *, beside: Sequence[str] = ()
) -> S | None:
    """*data*, found at *path*, as *schema*; its problems are appended.

    A section with problems is given without its bad keys, so that what the others refer to can be checked
    too; it is ``None`` if that leaves too little. *beside*: further keys that may stand at this place, for suggestions.
    """
    try:
        return schema.model_validate(data)
    except ValidationError as error:
        document.partial.add(path)
        seen: set[KeyPath] = set()
        for detail in error.errors():
            where = _written(document, path, detail)
            # A value that may be of several types gives one error for each; the first says enough.
            if detail["type"] == "extra_forbidden" or where not in seen:
                known = _keys(schema, where[:-1]) + (list(beside) if len(where) == 1 else [])
                problems.append(_problem(document, path, where, detail, known))
            seen.add(where)
        return _without(data, {where[0] for where in seen if where}, schema)


def _keys(schema: type[BaseModel], where: KeyPath) -> list[str]:
    """The keys that may stand in the section at *where*; none if it has keys of its own."""
    model: type[BaseModel] | None = schema
    for part in where:
        if isinstance(part, str) and model is not None:
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            model = _section(fields[part].annotation) if part in fields else None
    return [] if model is None else [field.alias or name for name, field in model.model_fields.items()]


def _section(annotation: object) -> type[BaseModel] | None:
    """The section in *annotation*: itself, the items of a list, or what may be left out."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section(part)) is not None), None)


def _without(data: object, bad: Set[str | int], schema: type[S]) -> S | None:
    if not isinstance(data, dict) or not bad:
        return None
    try:
        return schema.model_validate({key: value for key, value in data.items() if key not in bad})
    except ValidationError:
        return None


def _written(document: Document, path: KeyPath, detail: ErrorDetails) -> KeyPath:
    """The place in the file; behind it pydantic appends the member of a union that it tried."""
    where = detail["loc"]
    while detail["type"] != "missing" and where and (*path, *where) not in document.lines:
        where = where[:-1]
    return where


def _problem(document: Document, path: KeyPath, where: KeyPath, detail: ErrorDetails, known: list[str]) -> Problem:
    kind = detail["type"]
    if kind == "extra_forbidden":
        key = str(where[-1])
        return document.problem(_unknown_key(key, known), (*path, *where[:-1]), document.line((*path, *where)))
    if kind == "missing":
        return document.problem(f"key '{where[-1]}' is missing", (*path, *where[:-1]))
    return document.problem(_bad_value(detail), (*path, *where))


def _unknown_key(key: str, known: list[str]) -> str:
    with_unit = [name for name in known if name.startswith(f"{key}_") and name.rsplit("_", 1)[1] in ("bps", "us", "ppm", "v", "a")]
    if with_unit:
        return f"unknown key '{key}': a quantity carries its unit, write '{with_unit[0]}'"
    return f"unknown key '{key}'{did_you_mean(key, known)}"


def _bad_value(detail: ErrorDetails) -> str:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    shown = _shown(value)
    if kind == "literal_error":
        choices = [choice.strip("'") for choice in str(context["expected"]).replace(" or ", ", ").split(", ")]
        hint = did_you_mean(value, choices) if isinstance(value, str) else f" (have: {', '.join(choices)})"
        return f"{shown} is not known here{hint}"
    if kind == "greater_than_equal":
        return f"expected at least {context['ge']}, have {shown}"
    if kind == "less_than_equal":
        return f"expected at most {context['le']}, have {shown}"
    if kind == "greater_than":
        return f"expected more than {context['gt']}, have {shown}"
    if kind == "less_than":
        return f"expected less than {context['lt']}, have {shown}"
    if kind == "string_type" and not isinstance(value, dict | list | bool | None):
        return f"expected text, have {shown}; put it in quotes"
    if kind in _TYPES:
        return f"expected {_TYPES[kind]}, have {shown}"
    return f"{detail['msg']}, have {shown}"


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return "'key: value' lines" if isinstance(value, dict) else "a list"
    return f"'{value}'" if isinstance(value, str) else str(value)
