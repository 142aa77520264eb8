"""The statements that every report makes."""

from __future__ import annotations

from harness.case.documents import ResultsDoc, Text
from harness.report.strings import text

__all__ = ["statements_of"]


def statements_of(results: ResultsDoc) -> list[Text]:
    """The statements; the first says that the results are not accredited, and stands on the cover too."""
    rule = results["plan"]["decision_rule"]
    meaning = text(f"rule.{rule}_meaning")
    return [
        text("statement.not_accredited"),
        text("statement.only_item"),
        text("statement.as_received"),
        text("statement.client_data"),
        text("statement.decision_rule", rule=rule, meaning_zh=meaning["zh"], meaning_en=meaning["en"]),
        text("statement.limits"),
        text("statement.project_cases"),
        text("statement.no_extract"),
        text("statement.signature"),
        *_complaints(results),
        *_required(results),
        text(f"statement.language_{results['report'].get('precedence', 'zh')}"),
        *(
            text("statement.provider", name=each["name"], cases=", ".join(each["cases"]), note=each["note"])
            for each in results.get("providers", [])
        ),
        *([text("statement.demo")] if results["report"].get("demo") else []),
    ]


def _complaints(results: ResultsDoc) -> list[Text]:
    """To whom an objection goes, and until when: a draft without a laboratory's data names nobody."""
    if (stated := results.get("complaints")) is None:
        return []
    return [text("statement.complaints", contact=stated["contact"], days=stated["days"])]


def _required(results: ResultsDoc) -> list[Text]:
    """What method, authority or client asked for, and where."""
    found = []
    for each in results.get("required_content", []):
        by, block = text(f"statement.required_by_{each['by']}"), text(f"statement.required_{each['block']}")
        words = {"by_zh": by["zh"], "by_en": by["en"], "block_zh": block["zh"], "block_en": block["en"]}
        found.append(text("statement.required", ref=each["ref"], **words))
    return found
