"""Drafts of rows and the evidence for them: the way from items back to the words of the source."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from casenlp.documents import OffsetMap, Place, SourceDocument
from casenlp.freezing import thawed
from casenlp.native import rows as compiled_rows
from casenlp.pipeline.annotations import Item
from casenlp.records import Evidence, Mention
from casenlp.vocabulary import Entry

_NOWHERE = Place()


@dataclass(slots=True, eq=False)
class Draft:
    """A row in the making: column values, the items behind its parts, and every place that states it."""

    values: dict[str, Any]
    parts: dict[str, Item]
    subject: str
    case_id: str
    rule: str
    evidence: list[Evidence] = field(default_factory=list)
    order: int = 0
    sentence: int = 0

    def add(self, other: Draft) -> None:
        """Take over what another statement of the same fact knows besides."""
        values = self.values
        for column, value in other.values.items():
            if not values.get(column):  # None, "", False, and 0
                values[column] = value
        for part, item in other.parts.items():
            self.parts.setdefault(part, item)
        self.evidence += other.evidence  # the same place twice is dropped when the row is made


class Quotes:
    """The items of one document in the words of its source; `cases` tells where each patient's part begins."""

    def __init__(self, source: SourceDocument, offsets: OffsetMap, sentence_spans: list[tuple[int, int]]) -> None:
        self.cases: list[tuple[int, str]] = [(0, "1")]
        self._source = source
        self._to_source = offsets.to_source
        self._sentence_spans = sentence_spans
        self._new_evidence = thawed(Evidence)

    def surface(self, item: Item) -> str:
        """An item's words as they stand in the source."""
        start, end = self._to_source(item.start, item.end)
        return self._source.text[start:end]

    def case_of(self, item: Item) -> str:
        """The patient whose part of the report an item stands in."""
        case = "1"
        if len(self.cases) > 1:
            for start, name in self.cases:
                if start <= item.start:
                    case = name
        return case

    def evidence(self, parts: dict[str, Item], rule: str) -> list[Evidence]:
        """One piece of evidence a part, in text order."""
        source, to_source = self._source, self._to_source
        out = []
        for name, item in parts.items() if len(parts) == 1 else sorted(parts.items(), key=_start_of_part):
            start, end = to_source(item.start, item.end)
            low, high = self._sentence_spans[item.sentence]
            section = item.section.name if item.section is not None else None
            block = source.block_at(start) if source.blocks else None
            place = (block.place if block else None) or _NOWHERE
            evidence = self._new_evidence(
                name, start, end, source.text[start:end], rule, section, low, high, place.page, place.box, place.xpath
            )
            evidence.__class__ = Evidence
            out.append(evidence)
        return out

    def draft(
        self, values: dict[str, Any], parts: dict[str, Item | None], rule: str, subject: str | None = None
    ) -> Draft:
        """A draft row; its place is that of its first part."""
        present = {name: item for name, item in parts.items() if item is not None}
        lead = next(iter(present.values()))
        evidence = self.evidence(present, rule)
        case = self.case_of(lead)
        return Draft(values, present, subject or lead.subject, case, rule, evidence, lead.start, lead.sentence)


def quotes_of(source: SourceDocument, offsets: OffsetMap, sentence_spans: list[tuple[int, int]]) -> Quotes:
    """The quotes of a document whose sentences stand at these places of the source, compiled where that can be."""
    layout = layout_of_records()
    if compiled_rows is None or layout is None:
        return Quotes(source, offsets, sentence_spans)
    quotes: Quotes = compiled_rows.Quotes(layout, source, offsets, sentence_spans)  # another class that does the same
    return quotes


@cache
def layout_of_records() -> Any:
    """Where the compiled part finds the fields of items, drafts and records; None where it cannot."""
    if compiled_rows is None:
        return None
    try:
        return compiled_rows.Layout(Item, Entry, Draft, Mention, Evidence)
    except TypeError:  # a Python whose classes with slots are made otherwise
        return None


def _start_of_part(part: tuple[str, Item]) -> int:
    return part[1].start
