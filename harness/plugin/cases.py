"""The part of the plug-in that runs cases: parameters, fixtures, and the call of the test function."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from harness.case.documents import RecordDoc
from harness.case.expectations import CaseBench
from harness.case.metadata import CaseMeta
from harness.case.run.plan import applicability
from harness.case.suites.family import fill
from harness.case.sut import Sut
from harness.core import Check, Inconclusive, Verdict
from harness.plugin.attempt import Attempt
from harness.plugin.settings import RunSettings, Variant
from harness.rig.profiles import unspoken

__all__ = ["NOT_APPLICABLE", "RECORD", "CasePlugin"]

RECORD = "precert_record"
"""User property that carries the record of an attempt from where the case ran to where the run is kept."""
NOT_APPLICABLE = "precert_not_applicable"

_RUNNING = pytest.StashKey[Attempt]()
_OUTCOMES = (pytest.skip.Exception, pytest.fail.Exception, pytest.xfail.Exception)
_VARIANT = "precert_variant"
_ATTEMPT = "precert_attempt"


def _case_of(item: object) -> CaseMeta | None:
    meta = getattr(item, "precert_case", None)
    return meta if isinstance(meta, CaseMeta) else None


class CasePlugin:
    """Runs every selected case once per variant. *out* is the run folder, ``None`` for a proof or a replay."""

    def __init__(self, settings: RunSettings, out: Path | None, attempts: Callable[[Variant], Attempt] | None = None) -> None:
        """*attempts* makes the attempt of a variant; by default one on the bench of its rig."""
        self._variants: dict[tuple[Path, str], list[Variant]] = {}
        """By module and function."""
        for variant in settings.variants:
            self._variants.setdefault((variant.source.file.resolve(), variant.source.function), []).append(variant)
        self._standards = settings.standards
        self._attempts = attempts or partial(Attempt, settings=settings, out=out)

    def _lacking(self, variant: Variant) -> Mapping[str, str]:
        """Messages of the case that the message profile of its rig does not have."""
        standard = self._standards.get(variant.source.suite)
        return {} if standard is None else unspoken(standard, variant.rig, variant.source.meta.messages)

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", "nightly: certification case with more than ten seconds of bus time")

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        meta = _case_of(metafunc.function)
        if meta is None:
            return
        variants = self._variants.get((Path(str(metafunc.module.__file__)).resolve(), metafunc.function.__name__), [])
        # A deselected case keeps one parameter, so that its item exists to be deselected by name.
        params = [pytest.param(variant, id=variant.id) for variant in variants] or [pytest.param(None, id=meta.id)]
        metafunc.parametrize(_VARIANT, params, indirect=True)

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        kept: list[pytest.Item] = []
        dropped: list[pytest.Item] = []
        for item in items:
            variant = _variant(item)
            if variant is not None and variant.source.meta.nightly:
                item.add_marker("nightly")
            is_case = _case_of(getattr(item, "function", None)) is not None
            (dropped if is_case and variant is None else kept).append(item)
        if dropped:
            config.hook.pytest_deselected(items=dropped)
            items[:] = kept

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        variant = _variant(item)
        if variant is not None:
            applies = applicability(variant.source, variant.declaration, self._lacking(variant))
            if applies["value"] == "not_applicable":
                item.user_properties.append((NOT_APPLICABLE, variant.source.meta.id))
                pytest.skip(f"not applicable: {applies['reason']}")
        try:
            return (yield)
        except Exception as error:
            # A fixture of the suite failed, for example because the rig lacks a line: the attempt has its verdict.
            attempt = item.stash.get(_RUNNING, None)
            if attempt is None:
                raise
            _conclude(item, attempt, error)
            raise

    @pytest.fixture(name=_VARIANT)
    def _variant_fixture(self, request: pytest.FixtureRequest) -> Variant:
        assert isinstance(request.param, Variant)
        return request.param

    @pytest.fixture(name=_ATTEMPT)
    def _attempt_fixture(self, precert_variant: Variant, request: pytest.FixtureRequest) -> Iterator[Attempt]:
        attempt = self._attempts(precert_variant)
        request.node.stash[_RUNNING] = attempt
        attempt.start()
        if isinstance(attempt.trouble, Inconclusive):
            # Raised here, so that no fixture of the suite steers a bench that does not run.
            raise attempt.trouble
        yield attempt
        # Whatever ended the case, a stop by the operator included.
        attempt.close()

    @pytest.fixture
    def bench(self, precert_attempt: Attempt) -> CaseBench:
        """The running bench, decoded."""
        return precert_attempt.bench

    @pytest.fixture
    def truck(self, precert_attempt: Attempt) -> Sut:
        """Declarations and limits of the system under test."""
        return precert_attempt.sut

    @pytest.fixture
    def row(self, precert_variant: Variant) -> Mapping[str, object]:
        """The row of the case in the table of its family; empty for a case that is of none."""
        return precert_variant.source.row

    @pytest.fixture
    def step(self, precert_attempt: Attempt, row: Mapping[str, object]) -> Callable[[int, str, str], AbstractContextManager[None]]:
        """``with step(1, "what is done", expect="what must be seen"):``"""

        def enter(number: int, text: str, expect: str) -> AbstractContextManager[None]:
            return precert_attempt.recorder.step(number, fill(text, row), fill(expect, row))

        return enter

    @pytest.fixture
    def check(self, precert_attempt: Attempt) -> Callable[..., Check]:
        """``check("BHM.max_voltage", value, between=(200, 1000), unit="V")``"""
        return precert_attempt.recorder.check

    @pytest.fixture
    def check_time(self, precert_attempt: Attempt) -> Callable[..., Check]:
        """``check_time("BST after CST", elapsed_ns, truck.limit("..."))``"""
        return precert_attempt.recorder.check_time

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        attempt = pyfuncitem.funcargs.get(_ATTEMPT)
        if not isinstance(attempt, Attempt):
            return None
        error: BaseException | None = attempt.trouble
        if error is None:
            try:
                pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames if name != _VARIANT})
            except _OUTCOMES as raised:
                error = RuntimeError(f"a case does not call pytest.{type(raised).__name__.lower()}; it uses check and expect")
            except Exception as raised:
                error = raised
        _conclude(pyfuncitem, attempt, error)
        return True


def _conclude(item: pytest.Item, attempt: Attempt, error: BaseException | None) -> None:
    """Finish the attempt, attach its record to the item, and end the item as its verdict says."""
    record = attempt.finish(error)
    item.user_properties.append((RECORD, json.dumps({"record": record, "variant": attempt.variant.id})))
    verdict = Verdict.from_word(record["verdict"])
    if verdict is Verdict.INCONC:
        pytest.skip(f"inconclusive {record['reason_code']}: {record['reason']}")
    if verdict > Verdict.INCONC:
        pytest.fail(failure_text(record), pytrace=False)


def _variant(item: object) -> Variant | None:
    callspec = getattr(item, "callspec", None)
    variant = None if callspec is None else callspec.params.get(_VARIANT)
    return variant if isinstance(variant, Variant) else None


def failure_text(record: RecordDoc) -> str:
    """What a person reads of a case that did not pass."""
    failure = record["failure"]
    if failure is None:
        return ""
    place = f"step {failure['step']}" if failure["step"] is not None else "rules of the standard"
    lines = [
        f"{record['id']}: {record['verdict'].upper()} ({record['reason_code']}) at {place}",
        f"  expected  {failure['expected']}",
        f"  observed  {failure['observed']}",
        f"  reason    {record['reason']}",
        "  frames on the link up to it:",
        *(f"    {frame}" for frame in failure["frames"]),
    ]
    return "\n".join(lines)
