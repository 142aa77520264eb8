"""Shape of the files in a run folder: plan.json, records.jsonl, journal.jsonl, results.json.

The typed dictionaries are the single definition. They validate on writing and on reading, and the JSON
Schemas shipped beside them are generated from them. Numbers whose digits matter are decimal strings,
instants inside a run are decimal seconds since its start, wall-clock times are RFC 3339 with offset.
"""

from __future__ import annotations

from harness.case.documents.campaign import (
    AmendmentDoc,
    ChangeDoc,
    LeadTimeDoc,
    MarketCountsDoc,
    MarketDoc,
    NeedDoc,
    RiskRuleDoc,
    SupersedesDoc,
)
from harness.case.documents.elements import (
    CheckDoc,
    CriterionDoc,
    DecisionDoc,
    EvidenceDoc,
    ExecutionDoc,
    FailureDoc,
    FindingDoc,
    PlannedStepDoc,
    SessionDoc,
    StepDoc,
    TesterDoc,
    Text,
    ValueDoc,
)
from harness.case.documents.lab import (
    BodyDoc,
    CalibrationDoc,
    ClockDoc,
    ConditionsDoc,
    CorrectionDoc,
    EquipmentDoc,
    OpinionDoc,
    PeopleDoc,
    PersonDoc,
    ProviderDoc,
    RangeDoc,
    SiteDoc,
    VerificationDoc,
)
from harness.case.documents.plan import ApplicabilityDoc, CaseDoc, CorrectionsDoc, JournalDoc, PicsDoc, PlanDoc, RigDoc, SuiteDoc
from harness.case.documents.record import RecordDoc
from harness.case.documents.results import AttemptDoc, CountsDoc, ReportDoc, ResultsDoc, RowDoc, RunDoc, SealDoc, SuiteCountsDoc
from harness.case.documents.words import BenchMode, VerdictWord

__all__ = [
    "AmendmentDoc",
    "ApplicabilityDoc",
    "AttemptDoc",
    "BenchMode",
    "BodyDoc",
    "CalibrationDoc",
    "CaseDoc",
    "ChangeDoc",
    "CheckDoc",
    "ClockDoc",
    "ConditionsDoc",
    "CorrectionDoc",
    "CorrectionsDoc",
    "CountsDoc",
    "CriterionDoc",
    "DecisionDoc",
    "EquipmentDoc",
    "EvidenceDoc",
    "ExecutionDoc",
    "FailureDoc",
    "FindingDoc",
    "JournalDoc",
    "LeadTimeDoc",
    "MarketCountsDoc",
    "MarketDoc",
    "NeedDoc",
    "OpinionDoc",
    "PeopleDoc",
    "PersonDoc",
    "PicsDoc",
    "PlanDoc",
    "PlannedStepDoc",
    "ProviderDoc",
    "RangeDoc",
    "RecordDoc",
    "ReportDoc",
    "ResultsDoc",
    "RigDoc",
    "RiskRuleDoc",
    "RowDoc",
    "RunDoc",
    "SealDoc",
    "SessionDoc",
    "SiteDoc",
    "StepDoc",
    "SuiteCountsDoc",
    "SuiteDoc",
    "SupersedesDoc",
    "TesterDoc",
    "Text",
    "ValueDoc",
    "VerdictWord",
    "VerificationDoc",
]
