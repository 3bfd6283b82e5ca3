"""Results of a fluid other than blood, which a sentence names once: "CSF: protein 92 mg/dL, glucose 40 mg/dL".

The limits and the codes of blood do not hold there. A test that the vocabulary has of that fluid gets its entry;
another gets a name that says the fluid, and no code. "The fluid" is the one named last. Source: corpus/guidelines.md
section 12.2.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from casenlp.pipeline.annotations import Annotations, Item
from casenlp.pipeline.measures import is_daily
from casenlp.rules import RuleSet
from casenlp.vocabulary import Entry

_LEAD = 60  # characters before a fluid's name that may say that it is only named
_BEHIND = 60  # characters between a test and the fluid said behind it
_ANY = "fluid"  # the group of words that stand for a fluid named before
_SITE = "_site"


class _Named(NamedTuple):
    """A fluid's name in a text: the fluid, where its name stands and whether results of it follow, up to `until`."""

    fluid: str
    start: int
    end: int
    until: int
    told: bool


class Fluids:
    """Gives tests behind or before the name of a fluid the names that they have there."""

    def __init__(self, rules: RuleSet) -> None:
        labs = rules.settings["labs"]
        self._named = rules.guarded("fluid_named")
        self._only_named = rules.macro("fluid_only_named")
        self._imaged, self._measured = rules.macro("fluid_imaged"), rules.macro("fluid_measured")
        self._normal = rules.macro("fluid_normal")
        self._shown = rules.macro("fluid_shown")
        self._ends = rules.macro("fluid_ends")
        self._clause = rules.macro("fluid_clause")
        self._of_blood_behind = rules.macro("blood_behind")
        self._behind = rules.macro("fluid_behind")
        self._reach = int(labs["fluid_back"])
        self._fluids = labs["fluids"]
        self._tests: dict[str, str] = labs["fluid_tests"]
        self._of_blood = frozenset(labs["of_blood_alone"])
        self._of_urine = rules.macro("of_urine")
        self._in_urine, self._in_blood = rules.macro("urine_result"), rules.macro("blood_result")
        self._daily: dict[str, str] = labs["daily"]
        self._vocabulary = rules.vocabulary
        self._there: dict[tuple[str, str, str, bool], Entry | None] = {}

    def name(self, known: Annotations) -> None:
        """Rename the tests from a fluid's name to its sentence's end, or to where another specimen is named, and those
        whose result is of a day's urine."""
        self._name_daily(known)
        lowered = known.lower
        if len(lowered) != len(known.text):
            return
        named = self._read(known, lowered)
        if not named:
            return
        left: dict[int, bool] = {}  # where a fluid's results have ended, as blood was spoken of
        first, last = named[0].start - _BEHIND, max(n.until for n in named)
        results: dict[int, list[str]] = {}
        for pair in known.pairs:
            if pair.kind == "value" and first <= pair.head.end and pair.head.start < last:
                results.setdefault(id(pair.head), []).append(lowered[pair.part.start : pair.part.end])
        for item in known.items:
            entry = item.entry
            if item.kind != "test" or entry is None or not first <= item.end or item.start >= last:
                continue
            fluid = next((n for n in named if n.told and n.end <= item.start < n.until), None)
            if fluid is not None and self._of_blood_behind.match(lowered, item.end):
                continue
            if fluid is not None:
                shown = results.get(id(item), ())
                first_told = not any(map(str.isdigit, lowered[fluid.end : item.start]))
                if entry.concept in self._of_blood or not all(
                    self._fits(entry, fluid.fluid, r, first_told) for r in shown
                ):
                    left[fluid.start] = True
                if fluid.start not in left and shown:
                    self._rename(item, entry, fluid.fluid)
                continue
            after = next((n for n in named if item.end < n.start <= item.end + _BEHIND), None)
            if after is not None and self._behind.fullmatch(lowered, item.end, after.start):
                self._rename(item, entry, after.fluid, said=True)

    def _fits(self, entry: Entry, fluid: str, result: str, first: bool) -> bool:
        """Whether a result can be that of a test in a fluid; what cannot shows that blood is spoken of again.
        Of the `first` result behind a fluid's name a count of cells is the fluid's."""
        if self._fluids[fluid]["open"]:
            return first or self._in_blood.search(result) is None
        if self._fluids[fluid]["begins"] in entry.concept:
            return True
        return self._in_urine.search(f"{entry.concept.lower()}|{result}") is not None

    def _name_daily(self, known: Annotations) -> None:
        """What a day's urine holds; of a food that is told for a day ("protein 60 g/day") nothing was measured."""
        eaten = []
        for pair in known.pairs:
            quantity, entry = pair.part.quantity, pair.head.entry
            if quantity is None or entry is None or entry.concept not in self._daily or not is_daily(quantity):
                continue
            begin, end = known.sentences[pair.head.sentence]
            if not self._of_urine.search(known.lower, begin, end):
                eaten.append(pair)
                continue
            of_a_day = self._vocabulary.look_up(self._daily[entry.concept])
            pair.head.entry = next(e for e in of_a_day if e.label == entry.label)
            pair.head.rule = pair.head.entry.rule
        if eaten:
            known.pairs = [pair for pair in known.pairs if all(pair is not e for e in eaten)]

    def _read(self, known: Annotations, lowered: str) -> list[_Named]:
        """The fluids that a text names, each with its sentence's end or the place where another specimen is named."""
        found: list[_Named] = []
        last, last_in = _ANY, -1
        for number, m in self._names(known, lowered):
            begin, end = known.sentences[number]
            group = m.lastgroup or _ANY
            fluid = group.removesuffix(_SITE)
            if fluid != _ANY:
                last, last_in = fluid, number
            elif last_in >= 0 and number - last_in <= self._reach:
                fluid = last
            told = group in (fluid, _ANY) and fluid != _ANY
            low = max(begin, m.start() - _LEAD)
            told = told and not self._only_named.search(lowered, low, m.start())
            puncture = m.group() in self._fluids[fluid]["puncture"]
            if told and not puncture and self._imaged.search(lowered, low, m.start()):
                told = self._measured.match(lowered, m.end(), end) is not None
            told = told and self._normal.match(lowered, m.end(), end) is None
            if told and puncture:
                told = self._shown.match(lowered[m.end() : end]) is not None
            if found and found[-1].until > m.start():
                found[-1] = found[-1]._replace(until=m.start())
            other = self._ends.search(lowered, m.end(), end)
            until = other.start() if other else end
            clause = None if self._fluids[fluid]["open"] else self._clause.search(lowered, m.end(), until)
            found.append(_Named(fluid, m.start(), m.end(), clause.start() if clause else until, told))
        return found

    def _names(self, known: Annotations, lowered: str) -> Iterator[tuple[int, re.Match[str]]]:
        """The names of fluids, each with the number of its sentence; looked for in sentences that hold their words."""
        starts = [start for start, _ in known.sentences]
        may_match, names = self._named.may_match, self._named.pattern
        for number, (low, high) in enumerate(itertools.pairwise([*starts, len(lowered)])):
            if may_match(lowered[low:high]):
                for m in names.finditer(lowered, low, high):
                    yield number, m

    def _rename(self, item: Item, entry: Entry, fluid: str, said: bool = False) -> None:
        there = self._entry(entry, fluid, said)
        if there is not None:
            item.entry, item.rule = there, there.rule

    def _entry(self, entry: Entry, fluid: str, said: bool) -> Entry | None:
        """A test's entry in a fluid, None where it has none there; any test has where it is `said` of the fluid."""
        key = (fluid, entry.concept, entry.term, said)
        if key not in self._there:
            self._there[key] = self._find(entry, fluid, said)
        return self._there[key]

    def _find(self, entry: Entry, fluid: str, said: bool) -> Entry | None:
        begins, is_open = self._fluids[fluid]["begins"], self._fluids[fluid]["open"]
        usual = self._tests.get(entry.concept, entry.concept if said else None)
        names = (usual, entry.term.lower()) if is_open or usual else ()
        for name in names:
            if name is not None:
                found = [e for e in self._vocabulary.look_up(f"{begins} {name}") if e.label == entry.label]
                if found:
                    return found[0]
        if usual is None or not is_open:
            return None
        return replace(entry, concept=f"{begins} {usual}", code="", vocabulary="")
