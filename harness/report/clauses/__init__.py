"""What ISO/IEC 17025 asks of a report, one named check per demand, on the text of the finished PDF and on results.json.

The checks read the document as its reader does and share nothing with the modules that made it: a page that was
forgotten, a sentence that was lost and a number that was changed show here. The list lies in ``clauses.toml``.
"""

from __future__ import annotations

from harness.report.clauses.document import Finished, Kept
from harness.report.clauses.kept import closing_limit_s, kept_in
from harness.report.clauses.listing import ClausesDoc, Demand, State, demands, state_of
from harness.report.clauses.run import CHECKS, check_clauses, clause_problems, finished

__all__ = [
    "CHECKS",
    "ClausesDoc",
    "Demand",
    "Finished",
    "Kept",
    "State",
    "check_clauses",
    "clause_problems",
    "closing_limit_s",
    "demands",
    "finished",
    "kept_in",
    "state_of",
]
