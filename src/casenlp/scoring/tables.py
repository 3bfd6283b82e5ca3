"""Rows of the six tables, gold against predicted: one-to-one, strict and relaxed, and column by column."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from casenlp.records import columns
from casenlp.scoring.matching import maximum_matching

Row = Mapping[str, Any]

#: Columns that make a row what it is: relaxed agreement is agreement in these (labs and reactions see below).
IDENTITY: Mapping[str, tuple[str, ...]] = {
    "cases": ("age_value", "age_unit", "sex"),
    "drugs": ("drug_name", "dose_value", "dose_unit"),
    "labs": ("test_name",),
    "latencies": ("drug_name", "value", "unit"),
    "diagnoses": ("diagnosis_name",),
    "reactions": ("drug_name",),
}
#: Columns that must all be equal (null to null) for strict agreement.
KEY: Mapping[str, tuple[str, ...]] = {
    "cases": ("age_value", "age_unit", "sex"),
    "drugs": ("drug_name", "dose_value", "dose_value_high", "dose_unit", "dose_per", "route", "frequency_per_day"),
    "labs": ("test_name", "comparator", "value", "value_high", "unit", "flag"),
    "latencies": ("drug_name", "event_text", "comparator", "value", "value_high", "unit", "anchor", "statistic"),
    "diagnoses": ("diagnosis_name", "status", "temporality", "severity", "relative", "final", "negated"),
    "reactions": ("drug_name", "event_name"),
}
_NOT_COMPARED = {"doc_id", "case_id", "row_id", "subject", "section", "sentence_start", "sentence_end"}
_NOT_COMPARED |= {"rule", "evidence", "warning"}


@dataclass(slots=True)
class ColumnCounts:
    """A column over matched rows: equal; both given and different; gold only; prediction only."""

    right: int = 0
    wrong: int = 0
    missing: int = 0
    spurious: int = 0

    @property
    def accuracy(self) -> float | None:
        """Right among the rows in which the gold has a value."""
        total = self.right + self.wrong + self.missing
        return self.right / total if total else None


@dataclass(frozen=True, slots=True)
class TableMatch:
    """{gold row index: predicted row index} in both senses."""

    strict: Mapping[int, int]
    relaxed: Mapping[int, int]


def equal(gold: Any, predicted: Any) -> bool:
    """Whether two cells agree: numbers to rounding, text case-folded with single spaces, null with null."""
    if isinstance(gold, bool) or isinstance(predicted, bool):
        return bool(gold) == bool(predicted) if gold is not None and predicted is not None else gold is predicted
    if isinstance(gold, (int, float)) and isinstance(predicted, (int, float)):
        return math.isclose(gold, predicted, rel_tol=1e-6, abs_tol=5e-5)
    if isinstance(gold, str) and isinstance(predicted, str):
        return _fold(gold) == _fold(predicted)
    return gold is None and predicted is None


def _fold(text: Any) -> str:
    return " ".join(str(text or "").casefold().split())


def _words(*texts: Any) -> set[str]:
    return {word.strip(".,;:()'\"") for text in texts for word in _fold(text).replace("-", " ").split()} - {""}


def _same_result(gold: Row, predicted: Row) -> bool:
    """Labs: the number; without one in the gold, the flag or the words of the result."""
    if gold.get("value") is not None or predicted.get("value") is not None:
        return equal(gold.get("value"), predicted.get("value"))
    for column in ("flag", "value_text"):
        if gold.get(column) is not None and equal(gold.get(column), predicted.get(column)):
            return True
    return gold.get("flag") is None and gold.get("value_text") is None


def _same_event(gold: Row, predicted: Row) -> bool:
    """Reactions: the event's name, or a word that both names of the event share."""
    if gold.get("event_name") and equal(gold.get("event_name"), predicted.get("event_name")):
        return True
    return bool(
        _words(gold.get("event_name"), gold.get("event_text"))
        & _words(predicted.get("event_name"), predicted.get("event_text"))
    )


_FURTHER: Mapping[str, Callable[[Row, Row], bool]] = {"labs": _same_result, "reactions": _same_event}


def same_person(gold: Row, predicted: Row) -> bool:
    """Whether two rows are about the same subject and case."""
    return all(
        _fold(gold.get(column, default)) == _fold(predicted.get(column, default))
        for column, default in (("subject", "patient"), ("case_id", "1"))
    )


def match_rows(table: str, gold: Sequence[Row], predicted: Sequence[Row]) -> TableMatch:
    """Largest one-to-one matchings; among equals, rows that agree in more columns are preferred."""
    strict, relaxed = [], []
    compared = compared_columns(table)
    for i, wanted in enumerate(gold):
        for j, given in enumerate(predicted):
            if not same_person(wanted, given):
                continue
            exact = all(equal(wanted.get(c), given.get(c)) for c in KEY[table])
            further = _FURTHER.get(table)
            alike = all(equal(wanted.get(c), given.get(c)) for c in IDENTITY[table])
            if exact or (alike and (further is None or further(wanted, given))):
                weight = sum(equal(wanted.get(c), given.get(c)) for c in compared)
                relaxed.append((float(weight + 100 * exact), i, j))
                if exact:
                    strict.append((float(weight), i, j))
    return TableMatch(maximum_matching(strict), maximum_matching(relaxed))


def compared_columns(table: str) -> tuple[str, ...]:
    """Columns whose accuracy is counted: all that say something of the world."""
    return tuple(c for c in columns(table) if c not in _NOT_COMPARED and not c.endswith("_mention"))


def count_columns(table: str, gold: Row, predicted: Row, into: dict[str, ColumnCounts]) -> None:
    """Add one matched pair of rows to the counts of its columns."""
    for column in compared_columns(table):
        counts = into.setdefault(column, ColumnCounts())
        wanted, given = gold.get(column), predicted.get(column)
        if wanted is None:
            counts.spurious += given is not None
        elif equal(wanted, given):
            counts.right += 1
        elif given is None:
            counts.missing += 1
        else:
            counts.wrong += 1


def describe_row(table: str, row: Row) -> str:
    """A row in a few words: its key columns that are not null."""
    cells = [f"{column}={row[column]}" for column in KEY[table] if row.get(column) is not None]
    person = "" if row.get("subject") == "patient" else f" [{row.get('subject')}]"
    return ", ".join(cells) + person


def differences(table: str, gold: Row, predicted: Row) -> str:
    """The key columns in which two rows differ, as 'column: gold / predicted'."""
    keys = ("subject", "case_id", *KEY[table])
    return "; ".join(
        f"{c}: {gold.get(c)} / {predicted.get(c)}" for c in keys if not equal(gold.get(c), predicted.get(c))
    )
