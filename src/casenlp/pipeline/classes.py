"""Classes written in roman numerals or letters right behind their test: "NYHA class III", "Child-Pugh B".

The tests whose result is such a class say so in the column `note` of lab_test_concepts.tsv; macro `class_value` tells
what a class looks like. The stage of a tumour is no test here. Source: corpus/guidelines.md sections 5.2 and 6.3.
"""

from __future__ import annotations

from collections.abc import Sequence

from casenlp.lexicons import read_rows
from casenlp.pipeline.annotations import Annotations, Item, Pair
from casenlp.quantities import Quantity
from casenlp.rules import RuleSet

_REACH = 24  # characters behind a test in which its class begins
_ROMAN = {"i": 1.0, "ii": 2.0, "iii": 3.0, "iv": 4.0, "v": 5.0}
_NOTES = frozenset({"roman numerals", "letters"})


class Classes:
    """Adds the pairs of tests and classes to a document; what else their words were read as gives way."""

    def __init__(self, rules: RuleSet) -> None:
        rows = read_rows(rules.folder / "lexicons" / "lab_test_concepts.tsv", ("concept", "note"))
        self._concepts = frozenset(row["concept"] for _, row in rows if row["note"] in _NOTES)
        self._value = rules.macro("class_value")

    def read(self, known: Annotations, tests: Sequence[Item]) -> bool:
        """Make a value of every class that stands behind its test; it is no value of any other.

        Returned is whether there was one.
        """
        found = False
        concepts = self._concepts
        for test in tests:
            if (test.concept if test.entry is None else test.entry.concept) in concepts:
                m = self._value.match(known.text[test.end : test.end + _REACH].lower())
                if m:
                    self._pair(known, test, *(test.end + at for at in m.span("class")))
                    found = True
        return found

    def _pair(self, known: Annotations, test: Item, start: int, end: int) -> None:
        item = Item("value", start, end, "values.class", sentence=test.sentence, section=test.section)
        item.subject, item.temporality, item.values["settled"] = test.subject, test.temporality, True
        number = _ROMAN.get(known.text[start:end].lower())
        if number is not None:
            item.quantity = Quantity(start, end, start, end, number)
        left = [i for i in known.items if i.end <= start or end <= i.start]
        known.items = sorted([*left, item], key=lambda i: i.start)
        known.pairs.append(Pair("value", test, item, "values.class"))
