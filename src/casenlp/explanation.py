"""The way from the words of a report to one row, as text for a terminal: `casenlp explain`."""

from __future__ import annotations

from collections.abc import Iterable

from casenlp.linking.reading import Reading
from casenlp.pipeline.annotations import Choice, Relation
from casenlp.records import Evidence, Mention, Row, as_dict

_SKIPPED = frozenset({"doc_id", "case_id", "row_id", "subject", "evidence"})
_SHOWN = 90  # characters of the sentence on either side of the words


def explain_row(reading: Reading, mentions: Iterable[Mention], row: Row) -> str:
    """Columns, rule, quoted words, the rules and context cues that speak of them, what was rejected and repaired."""
    lines = [f"{row.row_id} of {row.doc_id} ({row.subject}, case {row.case_id})", ""]
    lines += [
        f"  {k:18} {_one_line(v)}" for k, v in as_dict(row).items() if k not in _SKIPPED and v not in (None, "", False)
    ]
    lines += ["", f"Linked by {describe(reading, row.rule)}", "", "From the words"]
    by_span = {(m.start, m.end): m for m in mentions}
    for evidence in dict.fromkeys(_place(e) for e in row.evidence):
        field, start, end = evidence
        mention = by_span.get((start, end))
        found = f" [{mention.label} by {mention.rule}{_meaning(mention)}]" if mention else ""
        lines.append(f"  {field:12} {start}-{end} {_one_line(reading.source.text[start:end])!r}{found}")
        lines.append(f"    {_sentence(reading, row, start, end)}")
        lines += [f"    at {place}" for place in _original(reading, start)]
    spans = {(e.start, e.end) for e in row.evidence}
    sections = (
        ("Rules that speak of these words", _relations(reading, spans)),
        ("Context of these words", _context(reading, spans)),
        ("Rejected in these sentences", _rejected(reading, row)),
        ("Repaired in these sentences", _repaired(reading, row)),
    )
    for title, found_lines in sections:
        shown = list(dict.fromkeys(found_lines))
        if shown:
            lines += ["", title, *(f"  {line}" for line in shown)]
    return "\n".join(lines)


def describe(reading: Reading, identity: str) -> str:
    """A rule's id with its place and source, as far as rules/ knows it."""
    known = reading.rules.place_of(identity)
    return f"{identity} ({known})" if known else identity


def _meaning(mention: Mention) -> str:
    concept = mention.concept
    return f": {concept.name} {concept.code}".rstrip() if concept else ""


def _original(reading: Reading, start: int) -> Iterable[str]:
    """Where words stand in the original file, as far as its reader knows."""
    block = reading.source.block_at(start)
    if block is not None and block.place is not None:
        place = block.place
        if place.page is not None:
            yield f"page {place.page}"
        if place.xpath is not None:
            yield place.xpath


def _place(evidence: Evidence) -> tuple[str, int, int]:
    return evidence.field, evidence.start, evidence.end


def _one_line(value: object) -> str:
    return " ".join(str(value).split())


def _sentence(reading: Reading, row: Row, start: int, end: int) -> str:
    text = reading.source.text
    evidence = next(e for e in row.evidence if (e.start, e.end) == (start, end))
    low = evidence.sentence_start if evidence.sentence_start is not None else start
    high = evidence.sentence_end if evidence.sentence_end is not None else end
    low, high = max(low, start - _SHOWN), min(high, end + _SHOWN)
    return _one_line(f"{text[low:start]}>>{text[start:end]}<<{text[end:high]}")


def _relations(reading: Reading, spans: set[tuple[int, int]]) -> Iterable[str]:
    """Linking rules that matched with one of the row's words in a slot."""
    for relation in reading.known.relations:
        if any(reading.span(item) in spans for items in relation.slots.values() for item in items):
            quoted = _words(reading, relation.start, relation.end)
            yield f"{describe(reading, relation.rule.id)}: {quoted!r}{_values(relation)}"


def _values(relation: Relation) -> str:
    said = ", ".join(f"{k} {v}" for k, v in relation.rule.values.items())
    return f" says {said}" if said else ""


def _context(reading: Reading, spans: set[tuple[int, int]]) -> Iterable[str]:
    """Context cues, and what was made of them, for the row's own words."""
    words = {_one_line(reading.source.text[start:end]) for start, end in spans}
    sentences = {item.sentence for item in reading.known.items if reading.span(item) in spans}
    for choice in reading.known.choices:
        mine = choice.outcome == "context" and reading.known.sentence_at(choice.start) in sentences
        if mine and any(repr(word) in choice.reason for word in words):
            quoted = _words(reading, choice.start, choice.end)
            yield f"{choice.label}: {quoted!r} {choice.reason} ({describe(reading, choice.rule)})"
    for item in reading.known.items:
        if reading.span(item) in spans:
            for category, identity in item.why.items():
                if not any(c.rule == identity and c.outcome == "context" for c in reading.known.choices):
                    yield f"{category}: {_one_line(reading.surface(item))!r} by {describe(reading, identity)}"


def _rejected(reading: Reading, row: Row) -> Iterable[str]:
    for choice in _near(reading, row):
        if choice.outcome == "rejected" and not choice.reason.startswith("written otherwise"):
            quoted = _words(reading, choice.start, choice.end)
            yield f"{quoted!r} as {choice.label} ({choice.rule}): {choice.reason}"


def _near(reading: Reading, row: Row) -> Iterable[Choice]:
    places = {(e.sentence_start, e.sentence_end) for e in row.evidence}
    for choice in reading.known.choices:
        start, _ = reading.normalized.offsets.to_source(choice.start, choice.end)
        if any(low is not None and high is not None and low <= start < high for low, high in places):
            yield choice


def _repaired(reading: Reading, row: Row) -> Iterable[str]:
    for repair in reading.normalized.repairs:
        for evidence in row.evidence:
            low, high = evidence.sentence_start, evidence.sentence_end
            if low is not None and high is not None and low <= repair.start < high:
                yield f"{reading.source.text[repair.start : repair.end]!r}: {repair.kind}"


def _words(reading: Reading, start: int, end: int) -> str:
    low, high = reading.normalized.offsets.to_source(start, end)
    return _one_line(reading.source.text[low:high])
