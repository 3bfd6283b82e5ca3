"""Scores over a gold set: `score` makes a Report; it is printed, kept as JSON, and lists every error."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from casenlp.scoring.annotations import JOINT, GoldSet, Prediction
from casenlp.scoring.evaluation import DocumentResult, Key, ScoringError, evaluate_document
from casenlp.scoring.matching import Counts, f1_intervals
from casenlp.scoring.tables import ColumnCounts

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Score:
    """One line of a report: counts over all documents and the interval of F1, if one was asked for."""

    part: str
    name: str
    mode: str
    counts: Counts
    interval: Interval | None = None

    def to_dict(self) -> dict[str, Any]:
        """Counts first, then ratios; undefined is None."""
        c = self.counts
        return {
            "tp": c.tp,
            "fp": c.fp,
            "fn": c.fn,
            "precision": c.precision,
            "recall": c.recall,
            "f1": c.f1,
            "interval": list(self.interval) if self.interval else None,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What scoring gives: scores, accuracy of columns, errors, and which documents lacked a prediction."""

    format: str
    documents: int
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    scores: tuple[Score, ...]
    columns: Mapping[str, Mapping[str, ColumnCounts]]
    errors: tuple[ScoringError, ...]
    notes: tuple[str, ...] = ()

    def get(self, part: str, name: str, mode: str = "relaxed") -> Score:
        """One score; KeyError when the report has none of that name."""
        for item in self.scores:
            if (item.part, item.name, item.mode) == (part, name, mode):
                return item
        raise KeyError((part, name, mode))

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-ready dicts, without the errors."""
        out: dict[str, Any] = {
            "format": self.format,
            "documents": self.documents,
            "documents_without_prediction": list(self.missing),
            "predictions_without_gold": list(self.unknown),
        }
        for item in self.scores:
            out.setdefault(item.part, {}).setdefault(item.name, {})[item.mode] = item.to_dict()
        out["columns"] = {
            table: {column: {**asdict(c), "accuracy": c.accuracy} for column, c in columns.items()}
            for table, columns in self.columns.items()
        }
        out["notes"] = list(self.notes)
        return out

    def to_text(self, errors: int = 0) -> str:
        """The report for a terminal; `errors` > 0 adds that many commonest errors of each kind."""
        lines = [f"{self.documents} gold documents ({self.format})"]
        if self.missing:
            lines.append(f"{len(self.missing)} without a prediction, counted as missed: {_some(self.missing)}")
        if self.unknown:
            lines.append(f"{len(self.unknown)} predicted documents are not in the gold: {_some(self.unknown)}")
        for part in dict.fromkeys(item.part for item in self.scores):
            lines += ["", *_part_lines(part, [item for item in self.scores if item.part == part])]
        for table, columns in self.columns.items():
            told = {name: c for name, c in columns.items() if c.accuracy is not None or c.spurious}
            if told:
                lines += ["", f"columns of matched rows: {table:<24} right wrong missing extra  accuracy"]
            for name, c in told.items():
                lines.append(f"  {name:<46} {c.right:6} {c.wrong:5} {c.missing:7} {c.spurious:5}  {_ratio(c.accuracy)}")
        if errors:
            lines += ["", *self.common_errors(errors)]
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join(lines) + "\n"

    def common_errors(self, most: int = 10, name: str | None = None) -> list[str]:
        """Lines that count errors by text, the commonest first, for each part, name and kind."""
        tallies: dict[tuple[str, str, str], Counter[str]] = {}
        for e in self.errors:
            if name is None or e.name == name:
                tallies.setdefault((e.part, e.name, e.kind), Counter())[" ".join(e.text.casefold().split())] += 1
        lines = []
        for (part, label, kind), tally in tallies.items():
            ranked = sorted(tally.items(), key=lambda item: (-item[1], item[0]))[:most]
            lines.append(f"{part} {label} {kind} ({tally.total()}): " + "; ".join(f"{t} x{n}" for t, n in ranked))
        return lines


def score(
    gold: GoldSet,
    predictions: Mapping[str, Prediction],
    *,
    interval: bool = True,
    draws: int = 1000,
    seed: int = 0,
) -> Report:
    """Score predictions (doc_id -> document in the contract's form) against a gold set, micro over documents.

    Every gold document counts: one without a prediction misses all it holds. `interval` adds a 95 % bootstrap
    interval of F1 over reports, `draws` draws from `seed`. GoldError for a prediction that breaks the contract.
    """
    results = [evaluate_document(g, predictions.get(g.doc_id), gold.scheme) for g in gold.golds]
    for result in results:
        _add_totals(result)
    keys = list(dict.fromkeys(key for result in results for key in result.counts))
    intervals: list[Interval | None] = [None] * len(keys)
    if interval and keys:
        groups: dict[str, list[Counts]] = {}
        for document, result in zip(gold.golds, results, strict=True):
            row = groups.setdefault(document.group or document.doc_id, [Counts()] * len(keys))
            groups[document.group or document.doc_id] = [
                a + result.counts.get(key, Counts()) for a, key in zip(row, keys, strict=True)
            ]
        intervals = f1_intervals(list(groups.values()), draws, seed)
    totals = {key: _sum(result.counts.get(key, Counts()) for result in results) for key in keys}
    known = {g.doc_id for g in gold.golds}
    return Report(
        gold.format,
        len(gold.golds),
        tuple(g.doc_id for g in gold.golds if g.doc_id not in predictions),
        tuple(doc_id for doc_id in predictions if doc_id not in known),
        tuple(Score(*key, totals[key], i) for key, i in zip(keys, intervals, strict=True)),
        _sum_columns(results),
        tuple(error for result in results for error in result.errors),
        gold.notes,
    )


def write_errors(errors: Iterable[ScoringError], path: str | Path) -> None:
    """Write errors as JSONL (a name ending in .jsonl) or as tab-separated lines with a header."""
    names = [f.name for f in fields(ScoringError)]
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        if str(path).endswith(".jsonl"):
            for error in errors:
                file.write(json.dumps(asdict(error), ensure_ascii=False) + "\n")
            return
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(names)
        for error in errors:
            cells = (getattr(error, name) for name in names)
            writer.writerow(["" if c is None else " ".join(c.split()) if isinstance(c, str) else c for c in cells])


def _add_totals(result: DocumentResult) -> None:
    """The micro sum over all labels (the joint one left out) and over all tables."""
    for part, skipped in (("mentions", JOINT), ("tables", "")):
        for mode in ("strict", "relaxed"):
            these = [c for (p, name, m), c in result.counts.items() if p == part and m == mode and name != skipped]
            if len(these) > 1:
                result.counts[part, "all", mode] = _sum(these)


def _sum(counts: Iterable[Counts]) -> Counts:
    return sum(counts, Counts())


def _sum_columns(results: Iterable[DocumentResult]) -> dict[str, dict[str, ColumnCounts]]:
    total: dict[str, dict[str, ColumnCounts]] = {}
    for result in results:
        for table, columns in result.columns.items():
            for column, c in columns.items():
                into = total.setdefault(table, {}).setdefault(column, ColumnCounts())
                into.right += c.right
                into.wrong += c.wrong
                into.missing += c.missing
                into.spurious += c.spurious
    return total


def _part_lines(part: str, scores: list[Score]) -> list[str]:
    with_interval = any(item.interval for item in scores)
    head = f"{part:<26} {'mode':<9} {'tp':>6} {'fp':>6} {'fn':>6}   prec.  recall  F1"
    lines = [head + ("     95 % interval" if with_interval else "")]
    for item in scores:
        c = item.counts
        line = f"  {item.name:<24} {item.mode:<9} {c.tp:6} {c.fp:6} {c.fn:6}  "
        line += f" {_ratio(c.precision)}  {_ratio(c.recall)}  {_ratio(c.f1)}"
        if item.interval:
            line += f"  {item.interval[0]:.3f} to {item.interval[1]:.3f}"
        lines.append(line)
    return lines


def _ratio(value: float | None) -> str:
    return "  -  " if value is None else f"{value:.3f}"


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")


__all__ = ["Interval", "Key", "Report", "Score", "score", "write_errors"]
