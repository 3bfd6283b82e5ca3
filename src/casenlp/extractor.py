"""SourceDocument -> Extraction: repair, pipeline, linking; and the way back, explained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from casenlp.documents import NormalizedText, SourceDocument
from casenlp.errors import DocumentError, UsageError
from casenlp.explanation import explain_row
from casenlp.linking.reading import Reading
from casenlp.linking.rows import link
from casenlp.pipeline import build
from casenlp.pipeline.annotations import Annotations, Component
from casenlp.records import TABLES, Decision, Extraction
from casenlp.repair import normalize
from casenlp.rules import RuleSet, load_rules

if TYPE_CHECKING:
    from spacy.language import Language


class Extractor:
    """Reads documents with one set of rules; safe to use for any number of them."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.nlp: Language = build(rules)

    def extract(self, document: SourceDocument) -> Extraction:
        """Everything that a document says, as mentions and rows.

        Raises DocumentError when the document has no text.
        """
        if not document.text.strip():
            raise DocumentError(document.doc_id, "no text", "give a report in words")
        reading, normalized = self.read(document)
        mentions, rows = link(reading)
        decisions = tuple(
            Decision(*(span := normalized.offsets.to_source(c.start, c.end)), document.text[span[0] : span[1]],
                     c.label, c.rule, c.outcome, c.reason)
            for c in reading.known.choices
        )  # fmt: skip
        repairs = tuple(
            Decision(r.start, r.end, document.text[r.start : r.end], "", "repair.normalize", "repaired", r.kind)
            for r in normalized.repairs
        )
        return Extraction(document.doc_id, tuple(mentions), decisions=decisions + repairs, text=document.text, **rows)  # type: ignore[arg-type]

    def read(self, document: SourceDocument) -> tuple[Reading, NormalizedText]:
        """The document repaired and run through the pipeline, before linking."""
        normalized = normalize(document.text, self.rules.layout, document.blocks, document.tables)
        known = Annotations(normalized.text, blocks=list(normalized.blocks), make_doc=self.nlp.make_doc)
        for name, component in self.nlp.pipeline:
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


def load(rules: Path | None = None, lexicons: Sequence[Path] = ()) -> Extractor:
    """An extractor over a rules folder (default: the rules that travel with casenlp) and further lexicons.

    Raises RuleError, naming file and line, when a rule is wrong.
    """
    return Extractor(load_rules(rules, lexicons))
