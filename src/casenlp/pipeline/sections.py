"""Sections of a report: by bare heading lines, inline headings, captions and abbreviation lists.

Where a reader gave blocks, their kinds and headings tell instead of the lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from casenlp.documents import SECTION_STEP, Block
from casenlp.pipeline.annotations import Annotations, Component, annotations_of
from casenlp.pipeline.resources import rules_of
from casenlp.rules import RuleSet, Section

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_LINE = re.compile(r"[^\n]+")
_WITHIN = re.compile(r"[.!?)](?P<heading>\s*(?P<title>[A-Z][A-Za-z /&-]{3,40}):\s*)(?=[A-Z0-9\"“(])")
_NUMBER = re.compile(r"^(?:[\d.]+|[IVX]+\.)\s+")
_JOINT = re.compile(r"\s*(?:[,;:/&|]|\band\b|\s-\s|\s–\s|\s—\s)\s*", re.IGNORECASE)
_LONGEST_HEADING = 80  # characters
_RUN_IN = 40  # characters in which a heading that ends with a point does so
_HEADER_LINES = 12  # first cells of a table, in which its header is looked for
_ABBREVIATION = re.compile(r"(?:^|[;.:])\s*([A-Z][\w-]{0,9}|[A-Za-z]{2,6}[-\w]*)\s*[,:=-]\s*[^;,.]{3,80}(?=[;.]|$)")


class Sectionizer(Component):
    """Finds sections; text before the first heading has none unless it is a title."""

    def __init__(self, rules: RuleSet) -> None:
        self._kinds = rules.sections
        self._by_name = {kind.name: kind for kind in rules.sections}
        titles = {kind.name: "|".join(kind.headings) for kind in rules.sections if kind.headings}
        self._heading = rules.layout.heading
        self._caption = rules.layout.caption
        self._which = {name: re.compile(f"(?:{title})", re.IGNORECASE) for name, title in titles.items()}
        inline = "|".join(f"(?:{t})" for t in titles.values())
        self._inline_colon = re.compile(rf"\s*((?:{inline}))\s*:\s*(?=\S)", re.IGNORECASE)
        self._of_type = {name: kind for kind in rules.sections for name in kind.types}
        self._case_heading = rules.macro("case_section")
        self._case_table_head = rules.macro("case_table_head")
        self._case_row = rules.macro("case_row")
        self._of_others = rules.macro("literature_table_caption")
        self._column_of_others = rules.macro("literature_table_column")
        self._first_of_others = rules.macro("literature_table_first_column")

    def __call__(self, doc: Doc) -> Doc:
        """Store section spans in `doc.spans["sections"]` and in the annotations."""
        super().__call__(doc)
        spans = []
        for start, end, section in annotations_of(doc).sections:
            span = doc.char_span(start, end, label=section.name, alignment_mode="expand")
            if span is not None:
                spans.append(span)
        doc.spans["sections"] = spans
        return doc

    def annotate(self, known: Annotations) -> None:
        """Set the spans of sections."""
        known.sections = self.find_in_blocks(known.text, known.blocks) if known.blocks else self.find(known.text)

    def find(self, text: str) -> list[tuple[int, int, Section]]:
        """(start, end, section) in order, not overlapping; the span begins after the heading, whose line may run on.

        A heading with a colon may stand within a line too, after a sentence's end: structured abstracts do so.
        """
        found: list[tuple[int, int, Section]] = []
        current: Section | None = None
        start = 0
        first = True
        rows: Section | None = None  # of a summary table of the report's patients, line by line
        caption = ""
        is_caption = self._caption.match

        def close(end: int) -> None:
            if current is not None and text[start:end].strip():
                found.append((start, end, current))

        for m in _LINE.finditer(text):
            line = m.group()
            stripped = line.strip()
            if not stripped:
                continue
            has_colon = ":" in line  # what a line cannot be is not asked
            kind = self._kind_of_line(stripped) if len(stripped) <= _LONGEST_HEADING else None
            inline = self._inline_heading(line) if kind is None else None
            apart: Section | None = None
            if kind is None and inline is None:
                if is_caption(stripped):
                    apart = self._by_name.get("caption")
                elif ";" in stripped and _lists_abbreviations(stripped):
                    apart = self._by_name.get("abbreviations")
                elif first and self._is_title(text, m.end(), stripped):
                    apart = self._by_name.get("title")
            first = False
            if kind is None and inline is None and apart is None:
                rows = self._row_of_cases(stripped.lower(), caption, rows)
                apart = rows
            if apart is not None and apart.name == "caption":
                caption = stripped.lower()
            if kind is not None:
                close(m.start())
                current, start = kind, m.end()
            elif inline is not None:
                close(m.start())
                current, start = inline[0], m.start() + inline[1]
            elif apart is not None:
                close(m.start())
                found.append((m.start(), m.end(), apart))
                start = m.end()
            if has_colon and kind is None and apart is None:
                for low, high, within in self._headings_within(text, m.start(), m.end()):
                    if low > start:
                        close(low)
                        current, start = within, high
        close(len(text))
        return sorted(found, key=lambda s: s[0])

    def _row_of_cases(self, line: str, caption: str, rows: Section | None) -> Section | None:
        """The section of a line of a flattened summary table of patients; None when it is no such line."""
        if self._case_table_head.match(line):
            others = self._of_others.search(caption) or any(self._column_of_others.fullmatch(w) for w in line.split())
            table = self._by_name["table"]
            return replace(table, subject="literature") if others else table
        return rows if rows is not None and self._case_row.match(line) else None

    def find_in_blocks(self, text: str, blocks: Sequence[Block]) -> list[tuple[int, int, Section]]:
        """(start, end, section) in order, not overlapping, from the blocks of `text`.

        A bare heading has no section, as in plain text; what stands under no heading has none either.
        """
        found: list[tuple[int, int, Section]] = []
        path: str | None = None
        current: Section | None = None
        caption = ""
        for block in blocks:
            start, end = block.start, block.end
            if block.kind == "title":
                found.append((start, end, self._by_name["title"]))
                continue
            if block.kind == "caption":
                found.append((start, end, self._by_name["caption"]))
                caption = text[start:end].lower()
                continue
            if block.section != path:
                path, current = block.section, self.section_of(block.section, current)
            if block.kind == "table":
                found.append((start, end, self._table_section(text[start:end].lower(), caption, current)))
            elif block.kind == "heading":
                if current is not None and self.kind_of_heading(text[start:end]) is None:
                    found.append((start, end, current))
            else:
                for low, high, section in self._of_paragraph(text, start, end, current):
                    current = section
                    if section is not None:
                        found.append((low, high, section))
            caption = ""
        return found

    def section_of(self, path: str | None, before: Section | None) -> Section | None:
        """The section of a path of headings; under headings that say nothing the section `before` goes on.

        Within other people's part, headings such as "Treatment" do not return to the patient; "Our case" does.
        """
        if not path:
            return None
        section: Section | None = None
        for heading in path.split(SECTION_STEP):
            kind = self.kind_of_heading(heading)
            if kind is None:
                continue
            if section is not None and section.subject == "none":
                return section
            closed = section is not None and section.subject == "literature" and kind.subject == "patient"
            if not closed or self._case_heading.search(heading.lower()):
                section = kind
        if section is not None:
            return section
        over = before is None or before.subject in ("mixed", "none") or before.name == "introduction"
        return self._by_name.get("other") if over else before

    def kind_of_heading(self, heading: str) -> Section | None:
        """The kind of section that the words of a heading, or the name of its type in JATS or BioC, announce."""
        bare = _NUMBER.sub("", " ".join(heading.split()))
        parts = [bare, *(_JOINT.split(bare) if len(bare) <= _LONGEST_HEADING else ())]
        for part in parts:
            kind = self._of_type.get(part.lower()) or self._kind(part)
            if kind is not None:
                return kind
        return self._by_name["case report"] if self._case_heading.search(bare.lower()) else None

    def _of_paragraph(
        self, text: str, start: int, end: int, current: Section | None
    ) -> Iterator[tuple[int, int, Section | None]]:
        """A paragraph as stretches of one section each; headings within it begin new ones."""
        line = text[start:end]
        if _lists_abbreviations(line):
            yield start, end, self._by_name.get("abbreviations")
            yield end, end, current
            return
        inline = self._inline_heading(line)
        if inline is not None:
            current, start = inline[0], start + inline[1]
        for low, high, within in self._headings_within(text, start, end):
            if low > start:
                yield start, low, current
                current, start = within, high
        yield start, end, current

    def _headings_within(self, text: str, start: int, end: int) -> Iterator[tuple[int, int, Section]]:
        """Headings with a colon behind the end of a sentence, which may stand right before `start`."""
        if text.find(":", start, end) >= 0:
            for m in _WITHIN.finditer(text, max(0, start - 1), end):
                kind = self._kind(m.group("title"))
                if kind is not None:
                    yield m.start("heading"), m.end(), kind

    def _table_section(self, text: str, caption: str, around: Section | None) -> Section:
        """A table's section: other people's where the discussion stands around it or it has a column of authors."""
        table = self._by_name["table"]
        lines = text.split("\n", _HEADER_LINES)[:_HEADER_LINES]
        others = around is not None and around.name == "discussion"
        others = others or self._of_others.search(caption) is not None
        others = others or self._first_of_others.fullmatch(lines[0].strip()) is not None
        others = others or any(self._column_of_others.fullmatch(line.strip()) for line in lines)
        if around is not None and around.subject == "none":
            return around
        return replace(table, subject="literature") if others else table

    def _kind_of_line(self, line: str) -> Section | None:
        if len(line) > _LONGEST_HEADING or not self._heading.fullmatch(line):
            return None
        return self._kind(_NUMBER.sub("", line))

    def _kind(self, title: str) -> Section | None:
        bare = title.strip().rstrip(":.").strip()
        for name, pattern in self._which.items():
            if pattern.fullmatch(bare):
                return self._by_name[name]
        return None

    def _inline_heading(self, line: str) -> tuple[Section, int] | None:
        m = self._inline_colon.match(line) if ":" in line else None
        if m:
            kind = self._kind(m.group(1))
            return (kind, m.end()) if kind else None
        point = line.find(". ", 0, _RUN_IN)  # "Discussion. The rash …"
        if point < 0 or not line[point + 2 : point + 3].isupper():
            return None
        kind = self._kind(line[:point])
        return (kind, point + 2) if kind else None

    def _is_title(self, text: str, end: int, line: str) -> bool:
        after = text[end : end + 3]
        return (
            len(line) < 250 and line[-1] not in ".:;," and (after.startswith("\n\n") or self._heading_next(text, end))
        )

    def _heading_next(self, text: str, end: int) -> bool:
        m = _LINE.search(text, end)
        while m and not m.group().strip():
            m = _LINE.search(text, m.end())
        return bool(m and self._heading.fullmatch(m.group().strip()))


def _lists_abbreviations(line: str) -> bool:
    return line.count(";") >= 2 and len(_ABBREVIATION.findall(line)) >= 3


def make_sections(nlp: Language, name: str, rules: str | None) -> Sectionizer:
    """Factory; `rules` is a rules folder, None for the one that travels with the program."""
    return Sectionizer(rules_of(rules))
