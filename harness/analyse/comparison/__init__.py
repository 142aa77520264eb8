"""Two recordings side by side: where the second one, which is suspected, first leaves the path of the first one, which is good.

Sessions of real vehicles never agree frame by frame, so four things are compared that do agree between good sessions:

* *order*: the first occurrence of each event (``CRM(AA)``, ``BRM``), none missing, none new, none earlier than another;
* *timing*: the delay from one event to the next, the longest gap between two of the same kind, and where their row ends;
* *length*: the payload of each message;
* *value*: a state that the good session never shows, or a quantity outside of the range it has there.

What the parties only tell about themselves (VIN, versions, numbers) is listed apart and is no deviation.
"""

from harness.analyse.comparison.compare import compare
from harness.analyse.comparison.deviation import KINDS, Comparison, Cycle, Deviation, Sight
from harness.analyse.comparison.output import comparison_document, print_comparison

__all__ = ["KINDS", "Comparison", "Cycle", "Deviation", "Sight", "compare", "comparison_document", "print_comparison"]
