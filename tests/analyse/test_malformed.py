"""Whatever a file holds: a recording that is analysed, or one clear message; never anything else."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.analyse.analysis import analyse_captures
from harness.analyse.export import document_of
from harness.core import ConfigError
from harness.rig.registry import standards

SAMPLES = {
    "trc": """;$FILEVERSION=2.1
;$STARTTIME=43008.920986006
;$COLUMNS=N,O,T,B,I,d,R,L,D
;
      1      1059.900 DT 1 18FECA00 Rx -  8    04 FF B8 04 03 0A FF FF
      2      1060.100 DT 1 18ECFF00 Rx -  8    20 09 00 02 FF CA FE 00
      3      1120.100 DT 1 18EBFF00 Rx -  8    01 04 FF B8 04 03 0A 5B
      4      1180.100 DT 1 18EBFF00 Rx -  8    02 00 03 FF FF FF FF FF
""",
    "trc 1.1": """;$FILEVERSION=1.1
;$STARTTIME=37704.5364870833
;
     1)      1059.9  Rx     18FECA00  8  04 FF B8 04 03 0A FF FF
     2)      1060.3  Rx     18EEFF03  8  64 00 40 00 00 03 03 10
""",
    "candump": """(1700000000.000100) can0 18FECA00#04FFB804030AFFFF
(1700000000.100200) can0 18DA27F1#0322F190CCCCCCCC
(1700000000.110300) can0 18DAF127#037F2231CCCCCCCC
(1700000000.200400) can0 18ECFF00#20090002FFCAFE00
""",
}


PIECES = st.text(st.characters(codec="utf-8"), max_size=4) | st.sampled_from(["FFFFFFFF", "9" * 30, "-", "\n", ";", " 64 "])


def problems_of(path):
    """Why the file is refused; empty if it is analysed."""
    try:
        analyses = analyse_captures([path], standards())
    except ConfigError as error:
        return error.problems
    assert document_of(analyses)["captures"]
    return ()


@pytest.mark.parametrize("name", SAMPLES)
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_spoilt_file_gives_an_analysis_or_one_message(tmp_path_factory, name, data):
    text = SAMPLES[name]
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(PIECES) + text[at + data.draw(st.integers(0, 6)) :]
    path = tmp_path_factory.getbasetemp() / "spoilt.bin"
    path.write_bytes(text.encode("utf-8"))
    assert all(str(problem.file) == str(path) and problem.text for problem in problems_of(path))


@pytest.mark.parametrize("stamp", ["9" * 19, "9" * 40])
def test_stamp_that_cannot_be_is_named(write, stamp):
    path = write(SAMPLES["candump"] + f"({stamp}.000000) can0 18FECA00#00\n", "far.log")
    with pytest.raises(ConfigError, match=r"a time stamp of 9+ s is none; correct or remove that line"):
        analyse_captures([path], standards())


def test_stamp_of_thousands_of_digits_is_named_with_its_line(write):
    path = write(SAMPLES["candump"] + f"({'9' * 5000}.0) can0 18FECA00#00\n", "longer.log")
    with pytest.raises(ConfigError, match=r"longer.log:5: no candump log line"):
        analyse_captures([path], standards())
