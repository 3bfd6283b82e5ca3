"""Mentions as spaCy spans: `doc.spans["casenlp"]` with label_ and, as id_, the rule; `doc.ents` likewise."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc, Span

from casenlp.pipeline.annotations import annotations_of

KEY = "casenlp"


class SpanWriter:
    """Writes the mentions of a Doc as spans; a mention inside a token takes the whole token."""

    def __call__(self, doc: Doc) -> Doc:
        """Set the span group and the entities; entities already there give way where they overlap."""
        spans = []
        for item in annotations_of(doc).items:
            if item.label:
                span = doc.char_span(item.start, item.end, label=item.label, alignment_mode="expand", span_id=item.rule)
                if span is not None:
                    spans.append(span)
        doc.spans[KEY] = spans
        taken: set[int] = set()
        entities: list[Span] = []
        for span in spans:
            if taken.isdisjoint(range(span.start, span.end)):
                taken.update(range(span.start, span.end))
                entities.append(span)
        doc.set_ents(entities, default="unmodified")
        return doc


@Language.factory("casenlp_spans", assigns=["doc.spans", "doc.ents"], requires=["doc._.casenlp"])
def make_spans(nlp: Language, name: str) -> SpanWriter:
    """Factory of the component that writes spans."""
    return SpanWriter()
