"""What a change won and lost: two sets of predictions against the same gold, document by document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from casenlp.scoring.annotations import GoldSet, Prediction
from casenlp.scoring.evaluation import ScoringError
from casenlp.scoring.report import Report, score


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """Errors of the first run that the second has not (`won`), and the other way round (`lost`)."""

    doc_id: str
    won: tuple[ScoringError, ...]
    lost: tuple[ScoringError, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two reports on the same gold and the documents in which they differ, in the gold's order."""

    first: Report
    second: Report
    documents: tuple[DocumentChange, ...]

    def to_dict(self) -> dict[str, Any]:
        """Counts of both runs for each score that changed, and every item won and lost."""
        return {
            "scores": [
                {"part": a.part, "name": a.name, "mode": a.mode, "first": a.to_dict(), "second": b.to_dict()}
                for a, b in zip(self.first.scores, self.second.scores, strict=True)
                if a.counts != b.counts
            ],
            "documents": [
                {"doc_id": d.doc_id, "won": [asdict(e) for e in d.won], "lost": [asdict(e) for e in d.lost]}
                for d in self.documents
            ],
        }

    def to_text(self, items: bool = True) -> str:
        """The comparison for a terminal: changed scores, then won (+) and lost (-) items by document."""
        lines = [f"{'score':<44} {'tp':>12} {'fp':>12} {'fn':>12}   F1"]
        for a, b in zip(self.first.scores, self.second.scores, strict=True):
            if a.counts != b.counts:
                cells = (f"{f'{getattr(a.counts, c)} > {getattr(b.counts, c)}':>12}" for c in ("tp", "fp", "fn"))
                change = f"{_ratio(a.counts.f1)} > {_ratio(b.counts.f1)}"
                lines.append(f"{f'{a.part} {a.name} {a.mode}':<44} {' '.join(cells)}   {change}")
        if len(lines) == 1:
            lines = ["no score changed"]
        won, lost = sum(len(d.won) for d in self.documents), sum(len(d.lost) for d in self.documents)
        lines.append(f"{len(self.documents)} documents differ: {won} items won, {lost} lost")
        for document in self.documents:
            lines.append(f"{document.doc_id}: +{len(document.won)} -{len(document.lost)}")
            if items:
                lines += [_item("+", e) for e in document.won] + [_item("-", e) for e in document.lost]
        return "\n".join(lines) + "\n"


def compare(run_a: Mapping[str, Prediction], run_b: Mapping[str, Prediction], gold: GoldSet) -> Comparison:
    """Compare two runs (doc_id -> document): an item is won when it is an error of `run_a` and not of `run_b`."""
    first, second = score(gold, run_a, interval=False), score(gold, run_b, interval=False)
    before, after = _by_document(first), _by_document(second)
    changes = []
    for document in gold.golds:
        a, b = before.get(document.doc_id, []), after.get(document.doc_id, [])
        won, lost = _less(a, b), _less(b, a)
        if won or lost:
            changes.append(DocumentChange(document.doc_id, won, lost))
    return Comparison(first, second, tuple(changes))


def _by_document(report: Report) -> dict[str, list[ScoringError]]:
    errors: dict[str, list[ScoringError]] = {}
    for error in report.errors:
        errors.setdefault(error.doc_id, []).append(error)
    return errors


def _key(error: ScoringError) -> tuple[Any, ...]:
    return (error.part, error.name, error.kind, error.start, error.end, error.text)


def _less(errors: list[ScoringError], others: list[ScoringError]) -> tuple[ScoringError, ...]:
    """Errors without those that `others` has too, counted as multisets."""
    left = Counter(map(_key, others))
    out = []
    for error in errors:
        if left[_key(error)]:
            left[_key(error)] -= 1
        else:
            out.append(error)
    return tuple(out)


def _item(sign: str, error: ScoringError) -> str:
    return f"  {sign} {error.part} {error.name} {error.kind}: {error.text!r}" + (
        f" at {error.start}" if error.start is not None else ""
    )


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
