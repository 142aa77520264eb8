"""Our tester's station against the EVCC of the package, in DIN SPEC 70121, ISO 15118-2 and ISO 15118-20: verdicts as written down."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from harness.protocols.iso15118.exi import codec
from harness.protocols.iso15118.station.iso20.content import scheduled
from tests.interop.findings import expected, run, seen
from tests.interop.namespaces import Pair
from tests.interop.party import SPEAKS, running
from tests.protocols.iso15118.documents import json_form
from tests.protocols.iso15118.peer import environment

pytestmark = pytest.mark.interop

_LOOPS = 100_000
"""Charge loops that the EVCC makes before it is full: hours of them, a case that asks it to stop must not see it end of its own."""
_PARTS = 3
"""Vehicles side by side: each session ends with five seconds in which nothing happens."""


@pytest.mark.parametrize("part", range(_PARTS))
def test_findings_on_the_evcc_are_those_written_down(part: int, pair: Pair, tmp_path: Path) -> None:
    findings = expected("evcc.toml")
    cases = list(dict.fromkeys(case for case, _ in findings))[part::_PARTS]
    with running("evcc", pair, tmp_path, *SPEAKS, loops=_LOOPS):
        folder = run(pair, tmp_path, "evcc", *cases)
    assert seen(folder) == {key: told for key, told in findings.items() if key[0] in cases}


_READ = (
    "import sys; from iso15118.shared.messages.iso15118_20.common_messages import ScheduleExchangeRes as R; R.parse_raw(sys.stdin.read())"
)


@pytest.mark.parametrize("price_levels", [True, False])
def test_a_schedule_without_prices_is_refused_although_the_schema_permits_it(price_levels: bool) -> None:
    header = {"SessionID": bytes(range(8)), "TimeStamp": 1}
    content = scheduled("Finished", [[(3600, 50_000)]], price_levels=price_levels)
    document = {"ScheduleExchangeRes": {"Header": header, "ResponseCode": "OK", **content}}
    one = codec("iso20_common")
    assert one.decode(one.encode(document)).document == document
    [told] = json_form(one.schema, document).values()
    done = subprocess.run(
        [environment() / "bin" / "python", "-c", _READ], input=json.dumps(told), capture_output=True, text=True, check=False
    )
    assert ("ValidationError" in done.stderr) is not price_levels, done.stderr
