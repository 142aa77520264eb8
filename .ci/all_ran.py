"""all_ran.py JUNIT: exit code 1 if a test of that file was skipped for another reason than recordings that are not beside the checkout."""

import sys
from xml.etree import ElementTree

ALLOWED = "no recordings"


def main(path: str) -> int:
    """Command line."""
    cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    reasons = {case: skipped.get("message", "") for case in cases for skipped in case.iter("skipped")}
    wrong = {case: reason for case, reason in reasons.items() if not reason.startswith(ALLOWED)}
    for case, reason in wrong.items():
        print(f"{case.get('classname')}::{case.get('name')} did not run: {reason}", file=sys.stderr)
    if len(reasons) == len(cases):
        print(f"{path}: nothing ran", file=sys.stderr)
        return 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
