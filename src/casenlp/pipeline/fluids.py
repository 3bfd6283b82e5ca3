"""Results of a fluid other than blood, which a sentence names once: "CSF: protein 92 mg/dL, glucose 40 mg/dL"."""

from __future__ import annotations

from bisect import bisect_right

from casenlp.pipeline.annotations import Annotations
from casenlp.rules import RuleSet


class Fluids:
    """Gives tests behind the name of a fluid the names that they have there, where the vocabulary has one."""

    def __init__(self, rules: RuleSet) -> None:
        self._fluid = rules.guarded("fluid_named")
        self._ends = rules.macro("fluid_ends")
        self._prefix = str(rules.settings["labs"]["fluid"])
        self._vocabulary = rules.vocabulary

    def name(self, known: Annotations) -> None:
        """Rename the tests from a fluid's name to the end of its sentence, or to where another specimen is named.

        Source: corpus/guidelines.md section 12.2: the vocabulary's name, which has the specimen in it.
        """
        lowered = known.lower
        if len(lowered) != len(known.text) or not self._fluid.may_match(lowered):
            return
        stretches: list[tuple[int, int]] = []
        starts = [start for start, _ in known.sentences]
        for named in self._fluid.pattern.finditer(lowered):
            _, end = known.sentences[bisect_right(starts, named.start()) - 1]
            other = self._ends.search(lowered, named.end(), end)
            stretches.append((named.end(), other.start() if other else end))
        for item in known.items if stretches else ():
            entry = item.entry
            if item.kind != "test" or entry is None or not any(a <= item.start < b for a, b in stretches):
                continue
            for name in (entry.concept, entry.term.lower()):
                there = [e for e in self._vocabulary.look_up(f"{self._prefix} {name}") if e.label == entry.label]
                if there:
                    item.entry, item.rule = there[0], there[0].rule
                    break
