"""Sections of a report: by bare heading lines, inline headings, captions and abbreviation lists."""

from __future__ import annotations

import re

from spacy.language import Language
from spacy.tokens import Doc, Span

from casenlp.pipeline.annotations import annotations_of
from casenlp.pipeline.resources import rules_of
from casenlp.rules import RuleSet, Section

_LINE = re.compile(r"[^\n]+")
_WITHIN = re.compile(r"(?<=[.!?)])\s*(?P<title>[A-Z][A-Za-z /&-]{3,40}):\s*(?=[A-Z0-9\"“(])")
_ABBREVIATION = re.compile(r"(?:^|[;.:])\s*([A-Z][\w-]{0,9}|[A-Za-z]{2,6}[-\w]*)\s*[,:=-]\s*[^;,.]{3,80}(?=[;.]|$)")


class Sectionizer:
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

    def __call__(self, doc: Doc) -> Doc:
        """Store section spans in `doc.spans["sections"]` and in the annotations."""
        known = annotations_of(doc)
        known.sections = self.find(known.text)
        spans = []
        for start, end, section in known.sections:
            span = doc.char_span(start, end, label=section.name, alignment_mode="expand")
            if span is not None and isinstance(span, Span):
                spans.append(span)
        doc.spans["sections"] = spans
        return doc

    def find(self, text: str) -> list[tuple[int, int, Section]]:
        """(start, end, section) in order, not overlapping; the span begins after the heading, whose line may run on.

        A heading with a colon may stand within a line too, after a sentence's end: structured abstracts do so.
        """
        found: list[tuple[int, int, Section]] = []
        current: Section | None = None
        start = 0
        first = True

        def close(end: int) -> None:
            if current is not None and text[start:end].strip():
                found.append((start, end, current))

        for m in _LINE.finditer(text):
            line = m.group()
            stripped = line.strip()
            if not stripped:
                continue
            kind = self._kind_of_line(stripped)
            inline = None if kind else self._inline_heading(line)
            apart: Section | None = None
            if kind is None and inline is None:
                if self._caption.match(stripped):
                    apart = self._by_name.get("caption")
                elif len(_ABBREVIATION.findall(stripped)) >= 3 and stripped.count(";") >= 2:
                    apart = self._by_name.get("abbreviations")
                elif first and self._is_title(text, m.end(), stripped):
                    apart = self._by_name.get("title")
            first = False
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
            if kind is None and apart is None:
                for inside in _WITHIN.finditer(text, m.start(), m.end()):
                    within = self._kind(inside.group("title"))
                    if within is not None and inside.start() > start:
                        close(inside.start())
                        current, start = within, inside.end()
        close(len(text))
        return sorted(found, key=lambda s: s[0])

    def _kind_of_line(self, line: str) -> Section | None:
        if len(line) > 80 or not self._heading.fullmatch(line):
            return None
        return self._kind(re.sub(r"^(?:[\d.]+|[IVX]+\.)\s+", "", line))

    def _kind(self, title: str) -> Section | None:
        bare = title.strip().rstrip(":.").strip()
        for name, pattern in self._which.items():
            if pattern.fullmatch(bare):
                return self._by_name[name]
        return None

    def _inline_heading(self, line: str) -> tuple[Section, int] | None:
        m = self._inline_colon.match(line)
        if not m:
            return None
        kind = self._kind(m.group(1))
        return (kind, m.end()) if kind else None

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


@Language.factory("casenlp_sections", assigns=["doc.spans", "doc._.casenlp"], default_config={"rules": None})
def make_sections(nlp: Language, name: str, rules: str | None) -> Sectionizer:
    """Factory; `rules` is a rules folder, None for the one that travels with the program."""
    return Sectionizer(rules_of(rules))
