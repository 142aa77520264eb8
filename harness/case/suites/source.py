"""Cases and their step plans, read from the source of a suite by its syntax tree, so that plan and code cannot drift."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Collection, Sequence
from pathlib import Path

from harness.case.metadata import NEEDS, CaseMeta, CaseSource, StepPlan, case
from harness.case.suites.family import FamilyTables
from harness.core import ConfigError, Problem, did_you_mean

__all__ = ["read_cases"]

_PARAMETERS = tuple(inspect.signature(case).parameters)
_REQUIRED = tuple(name for name, parameter in inspect.signature(case).parameters.items() if parameter.default is inspect.Parameter.empty)
_LISTS = frozenset(("refs", "faults", "pixit", "needs", "editions", "messages"))


def read_cases(file: Path, suite: str, folder: Path) -> tuple[list[CaseSource], list[Problem]]:
    """All cases of one module, in the order of the source, and everything that is wrong with their metadata.

    *folder* is that of the suite, where the tables of families stand.
    """
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
    except (OSError, UnicodeDecodeError) as error:
        return [], [Problem(f"cannot be read: {error}", file)]
    except SyntaxError as error:
        return [], [Problem(f"is no Python: {error.msg}", file, error.lineno)]
    cases: list[CaseSource] = []
    problems: list[Problem] = []
    tables = FamilyTables(folder)
    for node in tree.body:
        if isinstance(node, ast.AsyncFunctionDef) and (node.name.startswith("test_") or any(map(_is_case, node.decorator_list))):
            problems.append(Problem(f"'{node.name}' is asynchronous; a case is a plain function", file, node.lineno))
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            problems.append(Problem(f"'{node.name}' is a class of tests; a case is a plain function", file, node.lineno))
        if not isinstance(node, ast.FunctionDef):
            continue
        call = next((found for found in node.decorator_list if _is_case(found)), None)
        if call is None:
            if node.name.startswith("test_"):
                problems.append(Problem(f"'{node.name}' has no @case(...); every test of a suite is a case", file, node.lineno))
            continue
        assert isinstance(call, ast.Call)
        meta = _read_meta(call, file, problems)
        inside = list(ast.walk(node))
        steps = _read_steps(node, inside, file, problems)
        if not node.name.startswith("test_"):
            problems.append(
                Problem(f"'{node.name}': the function of a case begins with 'test_', or pytest does not run it", file, node.lineno)
            )
        if meta is not None:
            limits, pixit = _asked(inside, "limit"), _asked(inside, "pixit")
            source = CaseSource(meta, steps, suite, limits, pixit, file, node.name, node.lineno, meta.pics)
            cases += _cases_of(source, _asked_by_row(inside), tables, problems) if meta.rows else [source]
    return cases, problems


def _cases_of(source: CaseSource, asked: Collection[str], tables: FamilyTables, problems: list[Problem]) -> list[CaseSource]:
    """The cases of a family. *asked* are the columns that its code asks limits for."""
    try:
        return tables.cases(source, asked)
    except ConfigError as error:
        problems.extend(error.problems)
        return []


def _is_case(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "case"


def _read_meta(call: ast.Call, file: Path, problems: list[Problem]) -> CaseMeta | None:
    values: dict[str, object] = {}
    before = len(problems)
    if len(call.args) == 1:
        values["case_id"] = _read_value("case_id", call.args[0], file, problems)
    elif call.args:
        problems.append(Problem("@case takes the case id, then named arguments", file, call.lineno))
    for keyword in call.keywords:
        name = keyword.arg
        if name is None or name not in _PARAMETERS:
            problems.append(Problem(f"@case has no argument '{name}'{did_you_mean(name or '', _PARAMETERS)}", file, keyword.value.lineno))
            continue
        values[name] = _read_value(name, keyword.value, file, problems)
        if name == "needs":
            problems += _unknown_needs(values[name], keyword.value, file)
    if missing := [name for name in _REQUIRED if name not in values]:
        problems.append(Problem(f"@case lacks {', '.join(repr(name) for name in missing)}", file, call.lineno))
    if len(problems) > before:
        return None
    return CaseMeta(
        id=str(values["case_id"]),
        title=str(values["title"]),
        purpose=str(values["purpose"]),
        refs=_strings(values["refs"]),
        basis=str(values["basis"]),
        confidence=str(values["confidence"]),
        pics=str(values["pics"]),
        faults=_strings(values["faults"]),
        pixit=_strings(values.get("pixit", ())),
        duration_s=float(str(values.get("duration_s", 0.0))),
        needs=_strings(values.get("needs", ())),
        sut=str(values.get("sut", "")),
        editions=_strings(values.get("editions", ())),
        rows=str(values.get("rows", "")),
        where=str(values.get("where", "")),
        messages=_strings(values.get("messages", ())),
    )


def _fits(name: str, value: object) -> bool:
    if name in _LISTS:
        return isinstance(value, list | tuple) and all(isinstance(part, str) for part in value)
    if name == "duration_s":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def _unknown_needs(value: object, node: ast.expr, file: Path) -> list[Problem]:
    words = _strings(value) if _fits("needs", value) else ()
    return [
        Problem(f"@case: 'needs' knows no '{word}'{did_you_mean(word, NEEDS)}", file, node.lineno)
        for word in words
        # What a column of a family holds is looked at with its rows.
        if word not in NEEDS and not word.startswith("{")
    ]


def _strings(value: object) -> tuple[str, ...]:
    assert isinstance(value, list | tuple)
    return tuple(str(part) for part in value)


def _read_value(name: str, node: ast.expr, file: Path, problems: list[Problem]) -> object:
    what = "the case id" if name == "case_id" else f"'{name}'"
    try:
        value: object = ast.literal_eval(node)
    except (ValueError, TypeError):
        problems.append(Problem(f"@case: {what} must be a literal, not an expression", file, node.lineno))
        return None
    if not _fits(name, value):
        wanted = "a list of strings" if name in _LISTS else "a number" if name == "duration_s" else "a string"
        problems.append(Problem(f"@case: {what} must be {wanted}, not {value!r}", file, node.lineno))
    return value


def _asked(nodes: Sequence[ast.AST], method: str) -> frozenset[str]:
    """Literal keys of ``truck.<method>("key")`` among the nodes of a function."""
    keys = set()
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="truck"), attr=name), args=[ast.Constant(value=str() as key)]) if (
                name == method
            ):
                keys.add(key)
    return frozenset(keys)


def _asked_by_row(nodes: Sequence[ast.AST]) -> frozenset[str]:
    """Columns in ``truck.limit(row["column"])`` among the nodes of a function."""
    columns = set()
    for node in nodes:
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="truck"), attr="limit"),
                args=[ast.Subscript(value=ast.Name(id="row"), slice=ast.Constant(value=str() as column))],
            ):
                columns.add(column)
    return frozenset(columns)


def _read_steps(function: ast.FunctionDef, nodes: Sequence[ast.AST], file: Path, problems: list[Problem]) -> tuple[StepPlan, ...]:
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    calls = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "step"]
    entered = {id(item.context_expr) for node in nodes if isinstance(node, ast.With) for item in node.items}
    steps: list[StepPlan] = []
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        if id(call) not in entered:
            problems.append(
                Problem(f"'{function.name}': a step is entered by 'with step(...):', a call alone does nothing", file, call.lineno)
            )
        elif (step := _read_step(call, file, problems)) is not None:
            steps.append(step)
    for expected, step in enumerate(steps, 1):
        if step.number != expected and len(steps) == len(calls):
            problems.append(Problem(f"'{function.name}': step {step.number} stands where step {expected} belongs", file, step.line))
    if not calls:
        problems.append(Problem(f"'{function.name}' has no step; write 'with step(1, ..., expect=...):'", file, function.lineno))
    return tuple(steps)


def _read_step(call: ast.Call, file: Path, problems: list[Problem]) -> StepPlan | None:
    arguments: list[object] = []
    expressions = list(call.args) + [keyword.value for keyword in call.keywords if keyword.arg == "expect"]
    for expression in expressions:
        if not isinstance(expression, ast.Constant):
            problems.append(
                Problem("step(...) takes literals only: step(1, 'what is done', expect='what must be seen')", file, call.lineno)
            )
            return None
        arguments.append(expression.value)
    match arguments:
        case [int() as number, str() as text, str() as expect] if len(call.args) + len(call.keywords) == 3:
            return StepPlan(number, text, expect, call.lineno)
    problems.append(Problem("a step is step(1, 'what is done', expect='what must be seen')", file, call.lineno))
    return None
