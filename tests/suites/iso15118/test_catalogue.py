"""The families of every message: which rows they have, in which protocol, for which inlet."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from harness.case.suites.catalogue import Catalogue, load_catalogue
from harness.case.suites.family import Row
from harness.core import resource

FAMILIES = ("NORESP", "FAILRC", "BADSID", "WRONGMSG")
OF_EACH = {"DIN": 51, "I2": 55, "I20": 63, "MCS": 63}
"""13, 14 and 16 messages in four families, less the session id of SupportedAppProtocol."""
EDITIONS = {"DIN": "din70121", "I2": "iso15118-2", "I20": "iso15118-20", "MCS": "iso15118-20"}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue([Path(resource("test_suites", "iso15118"))])


@pytest.fixture(scope="module")
def families(catalogue: Catalogue) -> list[tuple[str, Row]]:
    return [(source.meta.id, source.row) for source in catalogue.cases if "-EVCC-" in source.family]


def test_every_message_has_its_four_families(families: list[tuple[str, Row]]):
    assert Counter(case_id.split("-")[1] for case_id, _ in families) == OF_EACH
    kinds = Counter(case_id.rsplit("-", 1)[1] for case_id, _ in families)
    assert kinds == {"NORESP": 59, "FAILRC": 59, "WRONGMSG": 59, "BADSID": 55}
    for case_id, row in families:
        assert case_id == f"HV-{row['family']}-EVCC-{row['row']}-{case_id.rsplit('-', 1)[1]}"


def test_mcs_repeats_the_rows_of_iso_20(families: list[tuple[str, Row]]):
    assert [case_id.replace("HV-I20-", "HV-MCS-") for case_id, row in families if row["family"] == "I20"] == [
        case_id for case_id, row in families if row["family"] == "MCS"
    ]


def test_a_family_is_run_in_its_protocol_and_where_its_inlet_is(catalogue: Catalogue):
    for source in catalogue.cases:
        if "-EVCC-" not in source.family:
            continue
        family = str(source.row["family"])
        assert source.meta.editions == (EDITIONS[family],)
        assert ("E.MCS" in source.meta.pics) == (family == "MCS")
        assert ("E.CCS" in source.meta.pics) == (family != "MCS")
