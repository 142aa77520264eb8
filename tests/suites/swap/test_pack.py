"""Cases of the new pack: orders to a pack that are not carried out leave them inconclusive and blame nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.protocols.swap.pack import PackBms
from harness.sim.swap.pack import SwapPack

RIG = "virtual-swap.yaml"
ORDERS = [
    (PackBms, "silent", "BMS-047 BMS-048"),
    (PackBms, "change", "BMS-049 BMS-052 INS-060 INS-061"),
    (PackBms, "limits", "BMS-050"),
    (PackBms, "identity", "ID-054 ID-055 ID-056 ID-057 ID-058"),
    (PackBms, "imd", "INS-062"),
    (PackBms, "thermal", "THM-065 THM-066 THM-067"),
    (SwapPack, "stick_precharge", "PRC-064"),
]
"""Orders to a pack, with the cases that depend on them."""


@pytest.mark.slow
@pytest.mark.parametrize(("owner", "order", "names"), ORDERS, ids=[order for _, order, _ in ORDERS])
def test_order_to_a_pack_that_is_not_carried_out_is_inconclusive(
    play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, owner: type, order: str, names: str
) -> None:
    monkeypatch.setattr(owner, order, lambda *arguments, **named: None)
    cases = [f"SWP-{name}" for name in names.split()]
    found = {record["id"]: (record["verdict"], record["reason_code"]) for record in play(cases, RIG, "")}
    assert found == dict.fromkeys(cases, ("inconc", "PRECONDITION"))
