"""Context of mentions after ConText (Harkema 2009): negated, uncertain, historical, hypothetical, family, literature.

Cues and the words that end their scope come from rules/patterns/context.toml. A cue of direction "sentence" sets
the subject of the whole sentence; the others reach forward or back to a termination, another cue's end, or the
sentence's end.
"""

from __future__ import annotations

import re

from spacy.language import Language
from spacy.tokens import Doc

from casenlp.pipeline.annotations import Annotations, Item, annotations_of
from casenlp.pipeline.grammar import group_by_sentence
from casenlp.pipeline.resources import rules_of
from casenlp.pipeline.shadow import Shadow, make_shadow
from casenlp.quantities import literal_regex
from casenlp.rules import SYMBOLS, Cue, RuleSet

_AFFECTED = frozenset({"drug", "diagnosis", "finding", "test", "value", "dose", "route", "frequency", "duration", "result"})
_EVENTS = frozenset({"diagnosis", "finding", "drug", "test"})


class Context:
    """Sets the context of every item of a Doc."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        cues: dict[str, list[Cue]] = {}
        for cue in rules.cues:
            for term in cue.terms:
                cues.setdefault(" ".join(term.lower().split()), []).append(cue)
        self._cues = cues
        self._find = re.compile(rf"(?<![\w])(?:{literal_regex(cues)})(?![\w])")
        terms = "|".join(re.escape(t) if t[0].isalnum() else t for t in rules.terminations)
        self._stop = re.compile(rf"(?:(?<![\w])(?:{terms})(?![\w]))|[;:]| - |—")
        self._generic = rules.macro("generic_subject")
        self._patient = rules.macro("patient_subject")
        self._relative = SYMBOLS["relative"]

    def __call__(self, doc: Doc) -> Doc:
        """Set negated, uncertain, temporality and subject on items."""
        known = annotations_of(doc)
        by_sentence = group_by_sentence(known)
        known.subjects = []
        for number, (start, end) in enumerate(known.sentences):
            items = by_sentence.get(number, [])
            shadow = make_shadow(known.text, start, end, items)
            subject = self._subject(known, number, shadow)
            known.subjects.append(subject)
            for item in items:
                item.subject = subject
            self._apply(known, shadow, items)
            self._family(shadow, items)
        return doc

    def _subject(self, known: Annotations, number: int, shadow: Shadow) -> str:
        start, _ = known.sentences[number]
        section = known.section_at(start)
        default = section.subject if section else "patient"
        says = {c.category for m in self._find.finditer(shadow.text) for c in self._cues[_key(m)] if c.direction == "sentence"}
        patient = bool(self._patient.search(shadow.text)) or SYMBOLS["age"] in shadow.text
        if default == "patient":
            return "literature" if "literature" in says and "patient" not in says else "patient"
        if default == "mixed":
            if "patient" in says or ("literature" not in says and patient):
                return "patient"
            return "literature"
        if default == "literature":
            if "patient" in says or (patient and "literature" not in says and self._follows_patient(known, number)):
                return "patient"
            return "literature"
        return default

    def _follows_patient(self, known: Annotations, number: int) -> bool:
        return bool(known.subjects) and known.subjects[-1] == "patient"

    def _apply(self, known: Annotations, shadow: Shadow, items: list[Item]) -> None:
        if not items:
            return
        matches = [(m, cue) for m in self._find.finditer(shadow.text) for cue in self._cues[_key(m)]]
        pseudo = [m.span() for m, cue in matches if cue.category == "pseudo"]
        for m, cue in matches:
            if cue.category in ("pseudo", "patient") or cue.direction == "sentence":
                continue
            if any(low <= m.start() and m.end() <= high for low, high in pseudo):
                continue
            for position in self._scope(shadow, m, cue):
                item = shadow.items[position]
                if item.kind in _AFFECTED:
                    self._set(item, cue)

    def _scope(self, shadow: Shadow, m: re.Match[str], cue: Cue) -> list[int]:
        positions: list[int] = []
        if cue.direction in ("forward", "both"):
            stop = self._stop.search(shadow.text, m.end())
            limit = min(stop.start() if stop else len(shadow.text), m.end() + cue.reach)
            positions += [p for p in shadow.items if m.end() <= p < limit]
        if cue.direction in ("backward", "both"):
            low = max(0, m.start() - cue.reach)
            stops = [s.end() for s in self._stop.finditer(shadow.text, low, m.start())]
            limit = max(stops, default=low)
            positions += [p for p in shadow.items if limit <= p < m.start()]
        return positions

    def _set(self, item: Item, cue: Cue) -> None:
        if cue.category == "negated":
            item.negated = True
        elif cue.category == "uncertain":
            item.uncertain = True
        elif cue.category in ("historical", "hypothetical"):
            if item.temporality == "current":
                item.temporality = cue.category
        elif cue.category in ("family", "literature"):
            item.subject = cue.category
        item.why[cue.category] = cue.id

    def _family(self, shadow: Shadow, items: list[Item]) -> None:
        """A relative is the subject of what is said after it, up to the next relative or a return to the patient."""
        positions = [p for p, item in shadow.items.items() if item.kind == "relative"]
        patient = [m.start() for m in self._patient.finditer(shadow.text)]
        for order, position in enumerate(positions):
            relative = shadow.items[position]
            following = positions[order + 1] if order + 1 < len(positions) else len(shadow.text)
            limit = min([p for p in patient if p > position] + [following])
            before = shadow.text[:position]
            reaches_back = bool(self._rules.macro("had_by_relative").search(before + SYMBOLS["relative"]))
            for p, item in shadow.items.items():
                if item.kind not in _AFFECTED or item.subject == "literature":
                    continue
                if position < p < limit or (reaches_back and p < position):
                    item.subject = "family"
                    item.relative = relative.concept or None
                    item.why["family"] = relative.rule


def _key(m: re.Match[str]) -> str:
    return " ".join(m.group().split())


@Language.factory("casenlp_context", assigns=["doc._.casenlp"], requires=["doc.sents", "doc._.casenlp"], default_config={"rules": None})
def make_context(nlp: Language, name: str, rules: str | None) -> Context:
    """Factory of the context component."""
    return Context(rules_of(rules))
