"""Whose facts a sentence tells: the patient's, a relative's, other people's of the literature, or a third person's.

The section says whose facts to expect; the words of each clause (semicolons part clauses, and so does "but our
patient") and the clause before decide. Macros of rules/patterns/context.toml hold the words.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from casenlp.patterns import SYMBOLS
from casenlp.pipeline.annotations import Annotations, Item, of_kinds
from casenlp.pipeline.numbered_cases import case_number, openings
from casenlp.pipeline.roles import reading_as_test
from casenlp.pipeline.shadow import Shadow
from casenlp.quantities import DAYS
from casenlp.rules import RuleSet, Section
from casenlp.units import TIME_NAMES

_OF_A_RELATIVE = frozenset(
    {"drug", "diagnosis", "finding", "dose", "amount", "route", "frequency", "duration", "latency"}
)
_NUMBERS = frozenset({"conc", "number", "percent", "pair", "length"})
_MEASURED = _NUMBERS | {"test", "result", "value"}
_AGES, _SEXES = frozenset({"age"}), frozenset({"sex"})
_ADULT_YEARS = 13.0
_THING = re.compile("[" + SYMBOLS["drug"] + SYMBOLS["diagnosis"] + SYMBOLS["finding"] + "]")
_GIVEN = re.compile("[" + SYMBOLS["dose"] + SYMBOLS["amount"] + SYMBOLS["value"] + "]")
_PART = "; "  # between clauses whose subjects are told apart
_PARTS = re.compile(_PART)
_BOTH = frozenset({"literature", "patient"})
_NOTHING: frozenset[str] = frozenset()
_NEAR_START = 25  # characters in which a general statement names what it is about
_RELATIVE, _AGE, _SEX = SYMBOLS["relative"], SYMBOLS["age"], SYMBOLS["sex"]


@dataclass(slots=True)
class Course:
    """What the sentences of a document so far leave behind: the last subject, whether it was a certain person, the
    section.

    `opens` says that a paragraph begins, `introduced` that the patient's age was told; `obstetric` and `donors`, what
    the document is about too; `own` are the numbers of the report's own patients, where it has several; `has_others`
    sums these up; `sex` is that of the patient where the report tells one alone; `kin` is
    the relative of whom the last sentence spoke at its end.
    """

    obstetric: bool = False
    donors: bool = False
    own: frozenset[str] = frozenset()
    has_others: bool = False
    sex: str | None = None
    kin: Item | None = None
    subject: str = ""
    person: bool = False
    section: Section | None = None
    default: str = "patient"
    name: str = ""
    opens: bool = True
    introduced: bool = False

    def enter(self, section: Section | None) -> None:
        """Begin a section: whose facts it tells unless the words say otherwise, and its name."""
        self.section, self.subject, self.person = section, "", False
        self.default, self.name = ("patient", "") if section is None else (section.subject, section.name)


class Subjects:
    """Sets the subject of items, sentence by sentence in text order."""

    def __init__(self, rules: RuleSet) -> None:
        self._ours = rules.guarded("patient_subject")
        self._pronoun = rules.macro("patient_pronoun")
        self._returns = rules.macro("returns_to_patient")
        self._goes_on = rules.macro("after_family_history")
        self._general = rules.macro("general_present")
        self._another = rules.macro("another_person")
        self._past = rules.macro("narrative_past")
        self._turns = rules.macro("turns_to_patient")
        self._child = rules.macro("newborn_subject")
        self._donor = rules.guarded("donor_subject")
        self._obstetric = rules.guarded("obstetric_report")
        self._rules = rules
        self._numbered = rules.macro("case_named")
        self._is_a_case = rules.macro("relative_is_a_case")
        self._taken_from = rules.macro("taken_from_relative")
        self._beside = rules.macro("beside_relative")
        self._sex_of = {word: sex for sex in ("male", "female") for word in rules.settings["cases"][sex]}
        self._informant = rules.guarded("informant_after")
        self._introduced = rules.macro("introduced_in_title")
        self._acts = rules.macro("relative_acts")
        self._for_somebody = rules.macro("for_somebody")
        self._apart = rules.macro("relative_apart_before")
        self._reaches_back = rules.macro("reaches_back_before")
        self._opens_clause = rules.macro("clause_opens_behind")
        self._definite = rules.macro("definite_before")
        self._age_after = rules.macro("age_or_sex_after")
        self._backward_stop = rules.macro("clause_joint")
        self._family_names = frozenset(rules.settings["context"]["family_as_a_whole"])

    def begin(self, known: Annotations) -> Course:
        """The course of a document, before its first sentence."""
        adult = False
        for item in of_kinds(known.items, _AGES):
            if _years(item) >= _ADULT_YEARS:
                adult = True
                break
        obstetric = adult and self._obstetric.search(known.lower) is not None
        donors = self._donor.may_match(known.lower)
        own = frozenset(openings(known, self._rules).values())
        own = own if len(own) > 1 else frozenset()
        sexes = {item.concept for item in of_kinds(known.items, _SEXES)}
        sex = sexes.pop() if len(sexes) == 1 else None
        return Course(obstetric, donors, own, obstetric or donors or bool(own), sex)

    def read(
        self,
        known: Annotations,
        course: Course,
        number: int,
        shadow: Shadow,
        items: list[Item],
        says: list[tuple[int, str]],
    ) -> None:
        """Set the subject of one sentence's items and append the sentence's own; cues at positions say whose it is."""
        begin = known.sentences[number][0]
        section = known.section_at(begin)
        end = known.section_at(shadow.end - 1)
        if end is not section and end is not None and end.name == "discussion":
            section = end  # of "DISCUSSION: X is …", which begins with its heading
        if section is not course.section:
            course.enter(section)
        text = shadow.text
        if not course.name:
            course.opens = begin == 0 or known.text.find("\n", begin - 2 if begin > 2 else 0, begin) >= 0
        cuts = [m.end() for m in _PARTS.finditer(text)] if _PART in text else []
        if len(says) > 1 and {category for _, category in says} >= _BOTH:
            cuts = sorted({*cuts, *(m.end() for m in self._turns.finditer(text))})
        if cuts:
            subjects = []
            for low, high in itertools.pairwise([0, *cuts, len(text)]):
                in_part = {category for at, category in says if low <= at < high}
                subjects.append(self._of_part(known, course, shadow, items, low, high, in_part))
            subject = "patient" if "patient" in subjects else subjects[0]
        elif says or course.has_others:
            said = {category for _, category in says}
            subject = self._of_part(known, course, shadow, items, 0, len(text), said)
        else:  # as of most
            plain = course.default == "patient" and (
                course.name or not (course.opens or course.subject == "literature")
            )
            subject = "patient" if plain else self._judge(course, text, _NOTHING)
            if subject == "patient":  # what `_set` does
                course.subject, course.person = subject, False
                if not course.introduced:
                    course.introduced = _AGE in text
            else:
                self._set(course, subject, text, items, begin, shadow.end)
        known.subjects.append(subject)
        if _RELATIVE in text:
            self._family(course, shadow)
        elif course.kin is not None:
            self._go_on(course, shadow)

    def _of_part(
        self,
        known: Annotations,
        course: Course,
        shadow: Shadow,
        items: list[Item],
        low: int,
        high: int,
        says: AbstractSet[str],
    ) -> str:
        """Set the subject of the items of one clause of a sentence."""
        if course.own and course.name != "table" and "literature" not in says:
            start, end = _place(shadow, low, high)
            if self._names_own(course, known.text[start:end]):
                says = {*says, "patient"}
        text = shadow.text[low:high]
        subject = self._judge(course, text, says)
        if subject == "patient" and (
            (course.obstetric and self._child.match(text))
            or (course.subject == "other" and self._pronoun.match(text))
            or (course.donors and self._donor.search(text))
        ):
            subject = "other"
        self._set(course, subject, text, items, *_place(shadow, low, high))
        return subject

    def _set(self, course: Course, subject: str, text: str, items: list[Item], start: int, end: int) -> None:
        """Set the subject of the items of a clause, which stands at some place, and leave it to those behind."""
        course.subject = subject
        if subject == "patient":  # as items are until something else is said
            course.person = False
            course.introduced |= _AGE in text
            return
        course.person = subject == "literature" and (
            _AGE in text or _SEX in text or (course.person and self._pronoun.search(text) is not None)
        )
        for item in items:
            if start <= item.start < end:
                item.subject = subject

    def _judge(self, course: Course, text: str, says: AbstractSet[str]) -> str:
        default = course.default
        if default == "patient":
            if not says and (course.name or not (course.opens or course.subject == "literature")):
                return "patient"  # as of most
        elif default not in ("mixed", "literature"):
            return default
        if course.name == "title" or "patient" in says:
            return "patient"
        if default == "patient":
            of_others = self._of_others(course, text, says)
        elif "literature" in says:
            of_others = not (default == "mixed" and course.subject == "patient" and self._pronoun.search(text))
        elif default == "mixed":
            of_others = self._of_others_in_mixed(course, text)
        else:
            person = self._pronoun.search(text) and not course.person
            of_others = not (person and self._past.search(text) and not self._general.match(text))
        # asked last, for it costs the most
        of_others = of_others and ("literature" in says or not self._ours.search(text))
        return "literature" if of_others else "patient"

    def _of_others(self, course: Course, text: str, says: AbstractSet[str]) -> bool:
        """Whether a clause of a section about the patient, or of none, tells of others."""
        if "literature" in says and (course.subject == "literature" or not self._pronoun.search(text)):
            return True
        if course.name:
            return False
        if course.subject == "literature" and course.introduced and self._another.match(text):
            return True
        if course.subject == "literature" and not (_AGE in text or _SEX in text):
            general = self._general.match(text) or not self._past.search(text)
            return bool(general or (course.person and self._pronoun.search(text)))
        about_a_thing = course.opens and _THING.search(text, 0, _NEAR_START) and not _GIVEN.search(text)
        about_a_thing = about_a_thing and _RELATIVE not in text
        return bool(about_a_thing and self._general.match(text) and not self._pronoun.search(text))

    def _of_others_in_mixed(self, course: Course, text: str) -> bool:
        """Whether a clause of a section that tells of the patient and of others tells of others."""
        general = bool(self._general.match(text))
        if course.subject == "patient":
            return general and not self._pronoun.search(text)
        return general or not (_AGE in text or _SEX in text or self._pronoun.search(text))

    def _names_own(self, course: Course, text: str) -> bool:
        """Whether a clause names patients by number, all of whom are the report's own several."""
        named = {case_number(self._rules, m) for m in self._numbered.finditer(text.lower())}
        return bool(named) and named <= course.own

    def _family(self, course: Course, shadow: Shadow) -> None:
        """A relative is the subject of what is said after it, up to the next relative or a return to the patient."""
        text = shadow.text
        course.kin = None
        positions = [p for p, item in shadow.items.items() if item.kind == "relative"]
        whole = next((p for p in positions if shadow.items[p].concept in self._family_names), None)
        for order, position in enumerate(positions):
            before, after = text[:position], text[position + 1 :]
            if self._is_a_case.match(text, position + 1):
                continue
            definite_mother = course.obstetric and self._definite.search(before) is not None
            if course.name == "title" and self._introduced.search(before):
                continue  # the patient, who is a mother
            informant = self._informant.may_match(after) and self._informant.pattern.match(after)
            apart = informant or self._apart.search(before) or self._taken_from.search(text, 0, position + 4)
            if definite_mother or apart:
                self._age_beside(shadow, position)
                continue
            following = positions[order + 1] if order + 1 < len(positions) else len(text)
            limit = min(following, self._return(course, text, position + 1))
            if shadow.items[position].concept in self._family_names:
                goes_on = self._goes_on.search(text, position + 1, limit)
                limit = goes_on.start() if goes_on else limit
            back = self._reaches_back.search(before)
            if back and not self._opens_clause.search(before[: back.start()]):
                begin = self._begin_of_clause(text, position)
                self._assign(shadow, begin, position, shadow.items[position], begin, position)
                if whole is not None and whole < position:  # "family history: X in a sister, negative for Y"
                    self._assign(shadow, position + 1, limit, shadow.items[whole], position + 1, position + 1)
            else:
                beside = self._beside.match(text, position + 1)
                joint = self._backward_stop.search(text, beside.end() if beside else position + 1)
                # behind which the patient may be measured
                measured = min(limit, joint.start() if joint else limit)
                self._assign(shadow, position + 1, limit, shadow.items[position], position + 1, measured)
                if limit == len(text) and _AGE not in text:  # who is told with an age may be a patient too
                    course.kin = shadow.items[position]
            self._age_beside(shadow, position)

    def _go_on(self, course: Course, shadow: Shadow) -> None:
        """Give the relative of the sentence before what a pronoun that cannot be the patient's begins."""
        relative, text = course.kin, shadow.text
        word = text.split(None, 1)[0] if text else ""
        pronoun = self._sex_of.get(word)
        if relative is None or pronoun is None or course.sex is None or pronoun == course.sex:
            course.kin = None
            return
        if self._informant.pattern.match(text, len(word)) or self._acts.match(text, len(word)):
            return
        for m in self._for_somebody.finditer(text):
            if self._sex_of.get(m.group(1)) == course.sex:  # "took him some amoxicillin for his fever"
                return
        limit = self._return(course, text, 1)
        self._assign(shadow, 0, limit, relative, 0, limit)

    def _return(self, course: Course, text: str, start: int) -> int:
        """Where from `start` on a clause turns to the patient; a pronoun of the other sex is the relative's."""
        for m in self._returns.finditer(text, start):
            sexes = [self._sex_of[word] for word in m.group().split() if word in self._sex_of]
            if not (sexes and course.sex and sexes[0] != course.sex):
                return m.start()
        return len(text)

    def _begin_of_clause(self, text: str, position: int) -> int:
        joints = [m.end() for m in self._backward_stop.finditer(text, 0, max(0, position - 12))]
        persons = [p + 1 for p in (text.rfind(_AGE, 0, position), text.rfind(_SEX, 0, position)) if p >= 0]
        return max([*joints[-1:], *persons, text.rfind(_PART, 0, position) + 1])

    def _assign(self, shadow: Shadow, low: int, high: int, relative: Item, first: int, last: int) -> None:
        """Give a relative the items of a stretch; of tests and results those from `first` to `last`.

        A number before the relative is the relative's; its test may be measured in others too ("19 in the son and 4").
        """
        told = shadow.items.get(last) is relative and any(
            first <= p < last and i.kind in _NUMBERS for p, i in shadow.items.items()
        )
        for p, item in shadow.items.items():
            own = low <= p < high and item.kind in _OF_A_RELATIVE
            if item.kind in _MEASURED or reading_as_test(item) is not None:
                own = first <= p < last and not (told and item.kind not in _NUMBERS)
            if own and item.subject != "literature":
                item.subject = "family"
                item.relative = relative.concept if relative.concept not in self._family_names else None
                item.why["family"] = relative.rule

    def _age_beside(self, shadow: Shadow, position: int) -> None:
        """An age or sex beside a relative is the relative's: "her 3-year-old brother", "one sibling, a girl"."""
        after = self._age_after.match(shadow.text, position + 1)
        for p in (position - 2, position - 1, after.end() - 1 if after else -1):
            item = shadow.items.get(p)
            if item is not None and item.kind in ("age", "sex") and item.subject != "literature":
                item.subject = "family"


def _place(shadow: Shadow, low: int, high: int) -> tuple[int, int]:
    """The text offsets of a part of a sentence."""
    return shadow.text_start(low), shadow.text_end(high) if high < len(shadow.text) else shadow.end


def _years(item: Item) -> float:
    quantity = item.quantity
    if quantity is None or quantity.low is None:
        return 0.0
    unit = TIME_NAMES.get(quantity.unit or "", "year")
    return quantity.low * DAYS[unit] / DAYS["year"]
