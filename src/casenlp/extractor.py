"""SourceDocument -> Extraction: repair, pipeline, linking; and the way back, explained."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casenlp.collecting import put_off
from casenlp.documents import NormalizedText, OffsetMap, Repair, SourceDocument
from casenlp.errors import DocumentError, UsageError
from casenlp.explanation import explain_row
from casenlp.freezing import Later
from casenlp.linking.reading import Reading
from casenlp.linking.rows import link
from casenlp.pipeline import build, components
from casenlp.pipeline.annotations import Annotations, Choice, Component
from casenlp.pipeline.shapes import is_word_pattern
from casenlp.records import TABLES, Decision, Extraction
from casenlp.repair import normalize
from casenlp.rules import RuleSet, load_rules

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc


class Extractor:
    """Reads documents with one set of rules; safe to use for any number of them, also from several threads at once:
    components keep what they know of words, and nothing of a document.

    It needs spaCy only where a rule has token patterns of several words, and once `nlp` is asked for; it then runs the
    components of that.
    """

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        needs_docs = any(rule.tokens and not is_word_pattern(rule.tokens) for rule in rules.rules)
        with put_off():
            self._nlp: Language | None = build(rules) if needs_docs else None
            self._components = components(rules) if self._nlp is None else []

    @property
    def nlp(self) -> Language:
        """The same as a pipeline of spaCy, made when first asked for."""
        if self._nlp is None:
            self._nlp = build(self.rules)
        return self._nlp

    @property
    def pipeline(self) -> Sequence[tuple[str, Callable[[Doc], Doc]]]:
        """The names and components that are run, in order."""
        return self._components if self._nlp is None else self._nlp.pipeline

    def memory_zone(self) -> AbstractContextManager[object]:
        """What spaCy remembers of texts read within it is forgotten when it ends."""
        return nullcontext() if self._nlp is None else self._nlp.memory_zone()

    def extract(self, document: SourceDocument) -> Extraction:
        """Everything that a document says, as mentions and rows.

        Raises DocumentError when the document has no text.
        """
        if not document.text.strip():
            raise DocumentError(document.doc_id, "no text", "give a report in words")
        if not gc.isenabled():
            return self._extract(document)
        # Python shall not look for circles of objects meanwhile: one document makes many objects and no circle. Nothing
        # is made between `enable` and the return, so that a result which is let go at once is never gone through.
        # Each of several threads that stops it starts it again, so that it is on when the last has ended; one that
        # finds it stopped by another may be gone through meanwhile.
        gc.disable()
        try:
            return self._extract(document)
        finally:
            gc.enable()

    def _extract(self, document: SourceDocument) -> Extraction:
        reading, normalized = self.read(document)
        mentions, rows = link(reading)
        decided = partial(_decisions, document.text, normalized.offsets, reading.known.choices, normalized.repairs)
        decisions: Any = Later(decided)
        tables: Any = rows  # by the names of the fields, each with rows of its own kind
        return Extraction(document.doc_id, tuple(mentions), decisions=decisions, text=document.text, **tables)

    def read(self, document: SourceDocument) -> tuple[Reading, NormalizedText]:
        """The document repaired and run through the pipeline, before linking."""
        if type(document.text) is not str:  # numpy.str_ and the like, which compiled parts do not take
            document = replace(document, text=str(document.text))
        normalized = normalize(document.text, self.rules.layout, document.blocks, document.tables)
        known = Annotations(
            normalized.text, blocks=list(normalized.blocks), make_doc=lambda text: self.nlp.make_doc(text)
        )
        for name, component in self.pipeline:
            if isinstance(component, Component):  # needs no Doc, as a rule
                component.annotate(known)
            elif name != "casenlp_spans":  # spans are for users of the pipeline; linking reads items
                known.doc._.casenlp = known
                component(known.doc)
        return Reading(document, normalized, known, self.rules), normalized

    def explain(self, document: SourceDocument, row_id: str) -> str:
        """The way from the words to one row, as text for a terminal; UsageError when there is no such row."""
        reading, _ = self.read(document)
        mentions, tables = link(reading)
        rows = [row for table in TABLES for row in tables[table]]
        for row in rows:
            if row.row_id == row_id:
                return explain_row(reading, mentions, row)
        known = ", ".join(row.row_id for row in rows) or "none"
        raise UsageError(f"{document.doc_id}: no row {row_id!r}; rows are {known}")


def _decisions(
    text: str, offsets: OffsetMap, choices: Sequence[Choice], repairs: Sequence[Repair]
) -> tuple[Decision, ...]:
    """What was kept and rejected, in source offsets, and then what was repaired."""
    decisions = []
    for c in choices:
        start, end = offsets.to_source(c.start, c.end)
        decisions.append(Decision(start, end, text[start:end], c.label, c.rule, c.outcome, c.reason))
    for r in repairs:
        said = text[r.start : r.end]
        decisions.append(Decision(r.start, r.end, said, "", "repair.normalize", "repaired", r.kind))
    return tuple(decisions)


def load(rules: Path | None = None, lexicons: Sequence[Path] = ()) -> Extractor:
    """An extractor over a rules folder (default: the rules that travel with casenlp) and further lexicons.

    Raises RuleError, naming file and line, when a rule is wrong.
    """
    return Extractor(load_rules(rules, lexicons))
