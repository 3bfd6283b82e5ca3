"""SourceDocument -> Extraction: repair, pipeline, linking; and the way back, explained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from casenlp.documents import NormalizedText, SourceDocument, normalize
from casenlp.errors import DocumentError, UsageError
from casenlp.linking.reading import Reading
from casenlp.linking.rows import link
from casenlp.pipeline import build
from casenlp.pipeline.annotations import Annotations, annotations_of
from casenlp.records import TABLES, Decision, Evidence, Extraction, Row
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
            Decision(r.start, r.end, document.text[r.start : r.end], "", "documents.normalize", "repaired", r.kind)
            for r in normalized.repairs
        )
        return Extraction(document.doc_id, tuple(mentions), decisions=decisions + repairs, **rows)  # type: ignore[arg-type]

    def read(self, document: SourceDocument) -> tuple[Reading, NormalizedText]:
        """The document repaired and run through the pipeline, before linking."""
        normalized = normalize(document.text, self.rules.layout)
        doc = self.nlp.make_doc(normalized.text)
        doc._.casenlp = Annotations(normalized.text)
        doc = self.nlp(doc, disable=["casenlp_spans"])  # spans are for users of the pipeline; linking reads items
        return Reading(document, normalized, annotations_of(doc), self.rules), normalized

    def explain(self, document: SourceDocument, row_id: str) -> str:
        """The way from the words to one row, as text for a terminal; UsageError when there is no such row."""
        extraction = self.extract(document)
        for table in TABLES:
            for row in extraction.rows(table):
                if row.row_id == row_id:
                    return _explanation(document, extraction, table, row, self.rules)
        known = [row.row_id for table in TABLES for row in extraction.rows(table)]
        raise UsageError(f"{document.doc_id}: no row {row_id!r}; rows are {', '.join(known) or 'none'}")


def load(rules: Path | None = None, lexicons: Sequence[Path] = ()) -> Extractor:
    """An extractor over a rules folder (default: the rules that travel with casenlp) and further lexicons.

    Raises RuleError, naming file and line, when a rule is wrong.
    """
    return Extractor(load_rules(rules, lexicons))


def _explanation(document: SourceDocument, extraction: Extraction, table: str, row: Row, rules: RuleSet) -> str:
    from casenlp.records import as_dict

    lines = [f"{row.row_id} of {document.doc_id} ({row.subject}, case {row.case_id})", ""]
    skipped = {"doc_id", "case_id", "row_id", "subject", "evidence"}
    lines += [f"  {k:18} {v}" for k, v in as_dict(row).items() if k not in skipped and v not in (None, "", False)]
    lines += ["", f"Linked by {row.rule}{_rule_line(rules, row.rule)}", "", "From the words"]
    mentions = {(m.start, m.end): m for m in extraction.mentions}
    for evidence in row.evidence:
        mention = mentions.get((evidence.start, evidence.end))
        found = f" [{mention.label} by {mention.rule}]" if mention else ""
        lines.append(f"  {evidence.field:12} {evidence.start}-{evidence.end} {evidence.text!r}{found}")
        lines.append(f"    {_context(document.text, evidence)}")
    places = [(e.sentence_start, e.sentence_end) for e in row.evidence if e.sentence_start is not None]
    near = [
        d for d in extraction.decisions
        if any(low <= d.start < (high or low) for low, high in places if low is not None)
    ]  # fmt: skip
    for outcome, title in (("rejected", "Rejected in these sentences"), ("repaired", "Repaired in these sentences")):
        chosen = [d for d in near if d.outcome == outcome]
        if chosen:
            lines += ["", title]
            lines += [f"  {d.start}-{d.end} {d.text!r} as {d.label or 'text'} ({d.rule}): {d.reason}" for d in chosen]
    return "\n".join(lines)


def _rule_line(rules: RuleSet, identity: str) -> str:
    rule = rules.rule(identity)
    return f" ({rule.place.removeprefix(f'{rules.folder}/')}; source: {rule.source})" if rule else ""


def _context(text: str, evidence: Evidence) -> str:
    low = evidence.sentence_start if evidence.sentence_start is not None else max(0, evidence.start - 60)
    high = evidence.sentence_end if evidence.sentence_end is not None else evidence.end + 60
    low, high = max(low, evidence.start - 90), min(high, evidence.end + 90)
    marked = f"{text[low : evidence.start]}>>{evidence.text}<<{text[evidence.end : high]}"
    return " ".join(marked.split())
