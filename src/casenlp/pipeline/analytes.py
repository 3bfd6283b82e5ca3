"""Names that are a test in one sentence and something else in another: "potassium", "insulin", "raised ESR".

The resolver keeps one reading of the same words and leaves the others with it (`values["readings"]`).
"""

from __future__ import annotations

import re

from casenlp.pipeline.annotations import Annotations, Choice, Item
from casenlp.vocabulary import Entry

_OTHERWISE = frozenset({"drug", "finding", "diagnosis"})
_BETWEEN = re.compile(r"\s+(?:\w+\s+)?")


def reading_as_test(item: Item) -> Entry | None:
    """The test that a drug, finding or diagnosis of the same name is where it is measured, or None."""
    if item.kind not in _OTHERWISE:
        return None
    for other in item.values.get("readings", ()):
        if other.kind == "test" and other.entry is not None and "never" not in other.entry.guards:
            entry: Entry = other.entry
            return entry
    return None


def split_findings(known: Annotations) -> None:
    """Make two items of a finding that says a result and a test and nothing else ("elevated creatinine").

    Source: corpus/guidelines.md sections 5.1 and 5.2; one word for both stays a finding (section 5.4).
    """
    findings = [i for i in known.items if i.kind == "finding" and " " in known.text[i.start : i.end].replace("\n", " ")]
    if not findings or not known.hits:
        return
    spans = {i.start: i for i in findings}
    results: dict[int, tuple[int, Entry]] = {}
    tests: dict[int, list[tuple[int, Entry]]] = {}
    for hit in known.hits:
        for entry in hit.entries:
            if entry.label == "RESULT" and hit.start in spans and hit.end < spans[hit.start].end:
                if hit.end > results.get(hit.start, (0, entry))[0]:
                    results[hit.start] = hit.end, entry
            elif entry.label == "LAB_TEST" and not entry.guards & {"never", "exact-case", "defined"}:
                tests.setdefault(hit.end, []).append((hit.start, entry))
    for start, (end, result) in results.items():
        finding = spans[start]
        for test_start, test in tests.get(finding.end, ()):
            if test_start > end and _BETWEEN.fullmatch(known.text, end, test_start):
                _divide(known, finding, end, result, test_start, test)
                break


def _divide(known: Annotations, finding: Item, end: int, result: Entry, test_start: int, test: Entry) -> None:
    halves = []
    for kind, low, high, entry in (
        ("result", finding.start, end, result),
        ("test", test_start, finding.end, test),
    ):
        half = Item(kind, low, high, entry.rule, entry, None, finding.sentence, finding.section)
        half.negated, half.uncertain, half.temporality = finding.negated, finding.uncertain, finding.temporality
        half.subject, half.relative = finding.subject, finding.relative
        halves.append(half)
    at = known.items.index(finding)
    known.items[at : at + 1] = halves
    reason = f"says {known.text[finding.start : end]!r} of a test"
    known.choices.append(Choice(finding.start, finding.end, "FINDING", finding.rule, "rejected", reason))
