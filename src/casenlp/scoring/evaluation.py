"""One gold document against one prediction: counts of every score, and every error.

Mentions and relations are matched one-to-one by a largest matching; strict means the same offsets, relaxed any
shared character. Errors are those of the relaxed sense, and boundaries where a relaxed match is not strict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from casenlp.scoring.annotations import (
    COREFERENT,
    GoldDocument,
    LabelRule,
    Prediction,
    Relation,
    Scheme,
    Span,
    check_tables,
    predicted_spans,
    row_relations,
)
from casenlp.scoring.matching import Counts, identical, maximum_matching, overlapping
from casenlp.scoring.phee import exact_counts, normalize_answer, phee_arguments, token_counts
from casenlp.scoring.tables import (
    IDENTITY,
    ColumnCounts,
    count_columns,
    describe_row,
    differences,
    equal,
    match_rows,
    same_person,
)

#: Part of a report: mentions, tables, pairs, negation, arguments.
Key = tuple[str, str, str]
WINDOW = 300
_BREAK = re.compile(r"[.?!][\"')\]]*\s+(?=[A-Z\d(\[\"'])|\n\s*")
_EMPTY: Prediction = {}


@dataclass(frozen=True, slots=True)
class ScoringError:
    """One disagreement: `kind` is fp, fn or boundary.

    `context` is its sentence, `rule` what made a false positive, `against` what stood there instead, if anything.
    """

    doc_id: str
    part: str
    name: str
    kind: str
    text: str
    start: int | None = None
    end: int | None = None
    context: str = ""
    rule: str = ""
    against: str = ""


@dataclass(slots=True)
class DocumentResult:
    """Counts by (part, name, mode), columns by (table, column), and errors of one document."""

    counts: dict[Key, Counts] = field(default_factory=dict)
    columns: dict[str, dict[str, ColumnCounts]] = field(default_factory=dict)
    errors: list[ScoringError] = field(default_factory=list)


def evaluate_document(gold: GoldDocument, prediction: Prediction | None, scheme: Scheme) -> DocumentResult:
    """Score one document; a missing prediction is an empty one, so that all its gold is missed."""
    return _Evaluation(gold, prediction, scheme).run()


class _Evaluation:
    def __init__(self, gold: GoldDocument, prediction: Prediction | None, scheme: Scheme) -> None:
        if prediction is not None and (scheme.relations or scheme.tables or scheme.arguments):
            check_tables(prediction, f"document '{gold.doc_id}'")
        self.gold = gold
        self.prediction = prediction or _EMPTY
        self.scheme = scheme
        self.spans = predicted_spans(self.prediction)
        self.result = DocumentResult()

    def run(self) -> DocumentResult:
        matches = {rule.name: self.mentions(rule) for rule in self.scheme.labels}
        self.negation({name: matches[name] for name in self.scheme.negation})
        for kind in self.scheme.relations:
            self.relations(kind)
        for table in self.scheme.tables:
            self.table(table)
        if self.scheme.arguments:
            self.arguments()
        return self.result

    def error(
        self, part: str, name: str, kind: str, text: str, spans: Iterable[Span], rule: str = "", against: str = ""
    ) -> None:
        pieces = [piece for span in spans for piece in span.pieces]
        start = min((a for a, _ in pieces), default=None)
        end = max((b for _, b in pieces), default=None)
        context = ""
        if self.gold.text is not None and start is not None and end is not None:
            context = _sentence(self.gold.text, start, end)
        self.result.errors.append(
            ScoringError(self.gold.doc_id, part, name, kind, text, start, end, context, rule, against)
        )

    # mentions -------------------------------------------------------------------------------------------------

    def mentions(self, rule: LabelRule) -> list[tuple[Span, Span]]:
        """Count one reported label; returns the relaxed matches."""
        gold = [s for s in self.gold.spans if s.label in rule.gold]
        predicted = [s for s in self.spans if s.label in rule.predicted]
        if len(rule.gold) > 1:  # one place in the gold counts once, whatever its label
            gold = list({span.pieces: span for span in reversed(gold)}.values())[::-1]
        exact = identical([s.pieces for s in gold], [s.pieces for s in predicted])
        found = maximum_matching(overlapping(gold, predicted))
        pairs = [(gold[i], predicted[j]) for i, j in sorted(found.items())]
        left = [i for i in range(len(gold)) if i not in found]
        others = [s for s in self.spans if s.label in rule.also]
        rescued = maximum_matching(overlapping([gold[i] for i in left], others)) if others else {}
        pairs += [(gold[left[i]], others[j]) for i, j in sorted(rescued.items())]
        missed = [gold[i] for n, i in enumerate(left) if n not in rescued]
        excuses = [s for s in self.gold.spans if s.label in rule.excused_by]
        used = set(found.values())
        extra = [p for j, p in enumerate(predicted) if j not in used and not any(p.shared(e) for e in excuses)]
        strict_used = set(exact.values())
        strict_extra = sum(
            j not in strict_used and not any(p.shared(e) for e in excuses) for j, p in enumerate(predicted)
        )
        self.result.counts["mentions", rule.name, "strict"] = Counts(len(exact), strict_extra, len(gold) - len(exact))
        self.result.counts["mentions", rule.name, "relaxed"] = Counts(len(pairs), len(extra), len(missed))
        for span in extra:
            self.error(
                "mentions", rule.name, "fp", span.text, [span], span.rule, _beside(span, self.gold.spans, "gold")
            )
        for span in missed:
            self.error("mentions", rule.name, "fn", span.text, [span], "", _beside(span, self.spans, "predicted"))
        for wanted, given in pairs:
            if wanted.pieces != given.pieces:
                against = f"gold {wanted.label} {wanted.text!r}"
                self.error("mentions", rule.name, "boundary", given.text, [given], given.rule, against)
        return pairs

    def negation(self, matches: Mapping[str, Sequence[tuple[Span, Span]]]) -> None:
        """Negation on found spans: of the relaxed matches, which are said to be absent."""
        total = Counts()
        ended = self.scheme.ended_is_negated
        for name, found in matches.items():
            pairs = [(g, replace(p, negated=p.negated or (ended and p.ended))) for g, p in found]
            tp = sum(g.negated and p.negated for g, p in pairs)
            fp = sum(p.negated and not g.negated for g, p in pairs)
            fn = sum(g.negated and not p.negated for g, p in pairs)
            counts = Counts(tp, fp, fn)
            self.result.counts["negation", name, "relaxed"] = counts
            total += counts
            for wanted, given in pairs:
                if wanted.negated != given.negated:
                    kind = "fp" if given.negated else "fn"
                    against = f"gold {wanted.label} {wanted.text!r}"
                    self.error("negation", name, kind, given.text, [given], given.rule, against)
        if matches:
            self.result.counts["negation", "all", "relaxed"] = total

    # pairs ----------------------------------------------------------------------------------------------------

    def relations(self, kind: str) -> None:
        """Count one kind of relation; the errors of a kind with any coreferent name are those of the kind itself."""
        plain = kind.removesuffix(COREFERENT)
        by_id = {span.id: span for span in self.spans}
        by_place = self.scheme.relations_by_place
        gold = [r for r in self.gold.relations if r.kind == kind]
        predicted = row_relations(self.prediction, plain, by_id, by_place)
        found = _match(gold, predicted)
        left = [i for i in range(len(gold)) if i not in found]
        rescued: dict[int, int] = {}
        if plain == "drug-dose" and by_place:  # the gold's dose may be nothing but a frequency
            others = row_relations(self.prediction, "drug-frequency", by_id, by_place)
            rescued = _match([gold[i] for i in left], others)
        missed = [gold[i] for n, i in enumerate(left) if n not in rescued]
        used = set(found.values())
        extra = [r for j, r in enumerate(predicted) if j not in used]
        counts = Counts(len(found) + len(rescued), len(extra), len(missed))
        self.result.counts["pairs", kind, "relaxed"] = counts
        if plain == "test-value":
            tp = sum(_has_digit(gold[i]) for i in found)
            counts = Counts(tp, sum(map(_has_digit, extra)), sum(map(_has_digit, missed)))
            self.result.counts["pairs", f"test-value with a number{kind.removeprefix(plain)}", "relaxed"] = counts
        if kind != plain:
            return
        for side, relations, others in (("fp", extra, gold), ("fn", missed, predicted)):
            for relation in relations:
                spans = [end[0] for end in relation.ends]
                against = _related(relation, others, "gold" if side == "fp" else "predicted")
                self.error("pairs", kind, side, relation.text, spans, relation.rule, against)

    # tables ---------------------------------------------------------------------------------------------------

    def table(self, table: str) -> None:
        gold: Sequence[Mapping[str, Any]] = (self.gold.record or {}).get(table) or ()
        predicted: Sequence[Mapping[str, Any]] = self.prediction.get(table) or ()
        match = match_rows(table, gold, predicted)
        for mode, found in (("strict", match.strict), ("relaxed", match.relaxed)):
            self.result.counts["tables", table, mode] = Counts(
                len(found), len(predicted) - len(found), len(gold) - len(found)
            )
        columns = self.result.columns.setdefault(table, {})
        for i, j in match.relaxed.items():
            count_columns(table, gold[i], predicted[j], columns)
            if i not in match.strict:
                differing = differences(table, gold[i], predicted[j])
                if differing:
                    self.row_error(table, "boundary", predicted[j], self.spans, differing)
        used = set(match.relaxed.values())
        for j, row in enumerate(predicted):
            if j not in used:
                rivals = [(r, differences(table, r, row)) for r in gold if _akin(table, r, row)]
                self.row_error(table, "fp", row, self.spans, _rival(rivals, "gold"))
        for i, row in enumerate(gold):
            if i not in match.relaxed:
                rivals = [(r, differences(table, row, r)) for r in predicted if _akin(table, row, r)]
                self.row_error(table, "fn", row, self.gold.spans, _rival(rivals, "predicted"))

    def row_error(self, table: str, kind: str, row: Mapping[str, Any], spans: Sequence[Span], against: str) -> None:
        ids = [value for column, value in row.items() if column.endswith("_mention") and value]
        places = [span for span in spans if span.id in ids][:1]
        if not places and row.get("sentence_start") is not None and row.get("sentence_end") is not None:
            places = [Span("", ((row["sentence_start"], row["sentence_end"]),), "")]
        rule = str(row.get("rule") or "") if kind != "fn" else ""
        self.error("tables", table, kind, describe_row(table, row), places, rule, against)

    # PHEE's arguments -----------------------------------------------------------------------------------------

    def arguments(self) -> None:
        given = phee_arguments(self.prediction)
        for name in self.scheme.arguments:
            wanted, said = list(self.gold.arguments.get(name, ())), given.get(name, [])
            self.result.counts["arguments", name, "EM_F1"] = exact_counts(wanted, said)
            self.result.counts["arguments", name, "token_F1"] = token_counts(wanted, said)
            only_gold, only_said = _without_common(wanted, said)
            for kind, texts, others, side in (
                ("fp", only_said, only_gold, "gold"),
                ("fn", only_gold, only_said, "predicted"),
            ):
                for text in texts:
                    at = self.gold.text.find(text) if self.gold.text else -1
                    places = [Span("", ((at, at + len(text)),), text)] if at >= 0 and text else []
                    against = f"{side} " + ", ".join(map(repr, others)) if others else ""
                    self.error("arguments", name, kind, text, places, "", against)


def _sentence(text: str, start: int, end: int) -> str:
    """The sentence (or sentences) around a place, at most WINDOW characters more on either side."""
    before = [m.end() for m in _BREAK.finditer(text, max(0, start - WINDOW), start)]
    after = _BREAK.search(text, end, end + WINDOW)
    low = before[-1] if before else max(0, start - WINDOW)
    return text[low : after.start() + 1 if after else end + WINDOW].strip()


def _match(gold: Sequence[Relation], predicted: Sequence[Relation]) -> dict[int, int]:
    candidates = [(float(g.agreement(p)), i, j) for i, g in enumerate(gold) for j, p in enumerate(predicted)]
    return maximum_matching(c for c in candidates if c[0])


def _has_digit(relation: Relation) -> bool:
    return any(character.isdigit() for span in relation.ends[-1] for character in span.text)


def _beside(span: Span, others: Iterable[Span], side: str) -> str:
    """What the other side has at a place."""
    there = [f"{other.label} {other.text!r}" for other in others if other.shared(span)]
    return f"{side} " + ", ".join(there) if there else ""


def _related(relation: Relation, others: Iterable[Relation], side: str) -> str:
    """Relations of the other side that share the modifying end."""
    last = relation.ends[-1]
    there = [o.text for o in others if any(a.shared(b) for a in last for b in o.ends[-1])]
    return f"{side} " + ", ".join(map(repr, there)) if there else ""


def _akin(table: str, gold: Mapping[str, Any], predicted: Mapping[str, Any]) -> bool:
    """Whether two rows share the first thing that names them, so that showing one explains the other."""
    first = IDENTITY[table][0]
    return (gold.get(first) is not None and equal(gold.get(first), predicted.get(first))) or (
        table == "cases" and same_person(gold, predicted)
    )


def _rival(rivals: Sequence[tuple[Any, str]], side: str) -> str:
    if not rivals:
        return ""
    fewest = min(rivals, key=lambda rival: rival[1].count(";"))
    return f"{side} row ({fewest[0].get('row_id')}): {fewest[1] or 'same, matched elsewhere'}"


def _without_common(wanted: list[str], said: list[str]) -> tuple[list[str], list[str]]:
    """Both multisets without what they share after normalisation."""
    found = identical([normalize_answer(t) for t in wanted], [normalize_answer(t) for t in said])
    used = set(found.values())
    return [t for i, t in enumerate(wanted) if i not in found], [t for j, t in enumerate(said) if j not in used]


__all__ = ["DocumentResult", "Key", "ScoringError", "evaluate_document"]
