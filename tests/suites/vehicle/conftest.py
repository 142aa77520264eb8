"""The shipped rig of the suite with some of its links taken out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

RIGS = Path(__file__).resolve().parents[3] / "rigs"
RIG = "virtual-vehicle.yaml"


@pytest.fixture
def rig_without(tmp_path: Path) -> Callable[..., str]:
    """Write the rig without these links into the folder in which the cases are run; the name of the file."""

    def write(*links: str) -> str:
        rig = yaml.safe_load((RIGS / RIG).read_text(encoding="utf-8"))
        for link in links:
            del rig["links"][link]
        for name, role in list(rig["roles"].items()):
            role["links"] = [link for link in role["links"] if link in rig["links"]]
            if not role["links"]:
                del rig["roles"][name]
            elif name in ("tester", "truck"):
                role["options"] = {"supply": "supply" in rig["links"], "ethernet": "ethernet" in rig["links"]}
        truck = rig["roles"]["truck"]
        truck["options"]["charging"] = "inlet" in rig["links"]
        truck["pics"] = str(RIGS / truck["pics"])
        (tmp_path / "rig.yaml").write_text(yaml.safe_dump(rig, sort_keys=False), encoding="utf-8")
        return "rig.yaml"

    return write
