"""Names that are a test in one sentence and something else in another: "potassium", "insulin", "raised ESR".

The resolver keeps one reading of the same words and leaves the others with it (`values["readings"]`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence

from casenlp.lexicons import read_rows
from casenlp.pipeline.annotations import Annotations, Choice, Item, of_kinds
from casenlp.pipeline.roles import reading_as_test
from casenlp.rules import RuleSet
from casenlp.vocabulary import Entry, Vocabulary

_FINDINGS = frozenset({"finding"})
_NO_TEST_ALONE = frozenset({"never", "exact-case", "defined", "needs-value"})
#: Why a finding that says a result and a test is no mention.
OF_A_TEST = "says what a test showed: a test and its result"
_BETWEEN = re.compile(r"\s+(?:\w+\s+)?")


def leave_doses(known: Annotations, dosing: re.Pattern[str]) -> None:
    """Undo pairs of a drug that is a test too and a word that is said of doses: "norepinephrine was increased".

    Only names that their row says are titrated, and only where no number was measured; `dosing` are the words.
    """
    doubtful = [
        pair
        for pair in known.pairs
        if pair.kind == "value"
        and pair.part.quantity is None
        and (test := reading_as_test(pair.head)) is not None
        and "titrated" in test.guards
        and dosing.fullmatch(known.text[pair.part.start : pair.part.end].lower())
    ]
    if doubtful:
        measured = {id(pair.head) for pair in known.pairs if pair.kind == "value" and pair.part.quantity is not None}
        undone = {id(pair) for pair in doubtful if id(pair.head) not in measured}
        known.pairs = [pair for pair in known.pairs if id(pair) not in undone]


def split_findings(known: Annotations) -> None:
    """Make two items of a finding that says a result and a test and nothing else ("elevated creatinine").

    Source: corpus/guidelines.md sections 5.1 and 5.2; one word for both stays a finding (section 5.4).
    """
    hits = known.hits
    if not hits:
        return
    for finding in of_kinds(known.items, _FINDINGS):
        start, end = finding.start, finding.end
        values = finding.values
        if values and "results" in values:  # a rule put them together, for what is said of both
            _put_back(known, finding, values["inner"])
            continue
        name = known.text[start:end]
        if name.isalpha() or len(name.split(None, 1)) < 2:
            continue
        if values and "readings" in values and reading_as_test(finding) is not None:
            continue
        at = bisect_left(hits, (start,))  # before all that begin there
        result = None
        while at < len(hits) and hits[at][0] == start:
            _, hit_end, entries = hits[at]
            if hit_end < end:  # the longest comes last
                result = next(((hit_end, e) for e in entries if e.label == "RESULT"), result)
            at += 1
        while result is not None and at < len(hits) and hits[at][0] < end:
            test_start, test_end, entries = hits[at]
            at += 1
            if test_end == end and test_start > result[0] and _BETWEEN.fullmatch(known.text, result[0], test_start):
                test = next((e for e in entries if e.label == "LAB_TEST" and not e.guards & _NO_TEST_ALONE), None)
                if test is not None:
                    _divide(known, finding, *result, test_start, test)
                    break


def _divide(known: Annotations, finding: Item, end: int, result: Entry, test_start: int, test: Entry) -> None:
    halves = []
    for kind, low, high, entry in (
        ("result", finding.start, end, result),
        ("test", test_start, finding.end, test),
    ):
        halves.append(Item(kind, low, high, entry.rule, entry, None, finding.sentence, finding.section))
    _put_back(known, finding, halves)


def _put_back(known: Annotations, finding: Item, parts: Sequence[Item]) -> None:
    """Give a finding's place to its parts, of which the same is told."""
    for part in parts:
        part.negated, part.uncertain, part.temporality = finding.negated, finding.uncertain, finding.temporality
        part.subject, part.relative = finding.subject, finding.relative
    finding.values = {**finding.values, "parts": parts}
    at = known.items.index(finding)
    known.items[at : at + 1] = parts
    known.choices.append(Choice(finding.start, finding.end, "FINDING", finding.rule, "rejected", OF_A_TEST))


def trim_specimens(
    known: Annotations, tests: Sequence[Item], vocabulary: Vocabulary, specimen: re.Pattern[str]
) -> None:
    """Leave the specimen out of a test's name where the rest names the same test ("serum creatinine").

    Source: corpus/guidelines.md section 5.1.
    """
    same: dict[str, int] = {}
    text = known.text
    for item in tests:
        if item.entry is None:
            continue
        words = text[item.start : item.end].lower()
        if words not in same:
            m = specimen.match(words)
            same[words] = m.end() if m and _is_same_test(vocabulary, item.entry, words, m.end()) else 0
        item.start += same[words]


def _is_same_test(vocabulary: Vocabulary, test: Entry, words: str, end: int) -> bool:
    """Whether a test's name without its first letters up to `end` names the same test."""
    if test.concept.startswith(words.split(" ")[0]):  # part of the name: "blood urea nitrogen"
        return False
    return any(e.label == "LAB_TEST" and e.concept == test.concept for e in vocabulary.look_up(words[end:]))


def split_trends(
    known: Annotations,
    items: Sequence[Item],
    lead: re.Pattern[str],
    joint: re.Pattern[str],
    kinds: Collection[str] = ("conc", "percent", "number"),
) -> list[Item]:
    """Two items for each range that is a change ("fell from 36.6 to 39.9 °C"); the unit said last holds for both.

    `items` are those of one sentence, of which those of `kinds` are looked at; returned is the new list. Source:
    corpus/guidelines.md section 12.1.
    """
    out: list[Item] = []
    for item in items:
        quantity = item.quantity
        parts = None
        bounded = quantity is not None and quantity.high is not None and item.kind in kinds
        if bounded and lead.search(known.text[max(0, item.start - 40) : item.start].lower()):
            parts = joint.search(known.text, item.start, item.end)
        if parts is None or quantity is None:
            out.append(item)
            continue
        second = Item(item.kind, parts.end(), item.end, item.rule, None, None, item.sentence, item.section)
        second.quantity = quantity._replace(low=quantity.high, high=None)
        second.negated, second.uncertain, second.temporality = item.negated, item.uncertain, item.temporality
        second.subject, second.relative = item.subject, item.relative
        item.end = parts.start()
        item.quantity = quantity._replace(high=None)
        known.items.insert(known.items.index(item) + 1, second)
        out += [item, second]
    return out


def split_counts(known: Annotations, nouns: re.Pattern[str], vocabulary: Vocabulary) -> None:
    """A number and a test of each quantity whose unit holds the test ("CSF contained 412 leukocytes/µL").

    `nouns` are the words of such units. A quantity of a test named before it in its sentence stays as it is ("WBC count
    412 leukocytes/µL"). Source: corpus/guidelines.md section 5.1.
    """
    for m in nouns.finditer(known.lower):
        entry = next((e for e in vocabulary.look_up(m.group("noun")) if e.label == "LAB_TEST"), None)
        start, end = m.span("noun")
        at = next((n for n, i in enumerate(known.items) if i.kind == "conc" and i.start < start < i.end), None)
        if entry is None or at is None:
            continue
        value = known.items[at]
        earlier = (i for i in known.items[:at] if i.sentence == value.sentence and i.kind == "test")
        if any(i.concept == entry.concept for i in earlier):
            continue
        test = Item("test", start, end, entry.rule, entry, None, value.sentence, value.section)
        test.negated, test.uncertain, test.temporality = value.negated, value.uncertain, value.temporality
        test.subject, test.relative = value.subject, value.relative
        value.kind, value.end = "number", m.start() + 1
        known.items.insert(at + 1, test)


def concept_units(rules: RuleSet) -> tuple[dict[str, tuple[str, str]], frozenset[str], frozenset[str]]:
    """(usual unit and its kind of each test, names of scores, names of tests that have no numbers)."""
    unmeasured = set()
    fractions = rules.settings["labs"]["fractions"]
    kinds: dict[str, tuple[str, str]] = {}
    scores = set()
    lexicons = rules.folder / "lexicons"
    by_ucum = {row["ucum"]: row["kind"] for _, row in read_rows(lexicons / "units.tsv", ("ucum", "kind"))}
    for _, row in read_rows(lexicons / "lab_test_concepts.tsv", ("concept", "unit", "category")):
        if row["category"] == "score":
            scores.add(row["concept"])
        if row["category"] == "other" and not row["unit"] and row["concept"] not in fractions:
            unmeasured.add(row["concept"])
        if row["unit"] in by_ucum:
            kinds[row["concept"]] = row["unit"], by_ucum[row["unit"]]
        elif row["category"] == "score":
            kinds[row["concept"]] = "", "number"
        elif row["unit"]:
            kinds[row["concept"]] = row["unit"], "concentration" if "/" in row["unit"] else "number"
    return kinds, frozenset(scores), frozenset(unmeasured)
