"""What items are to tests, results and drugs, by their kinds; and the passes over items that ask for it.

The resolver keeps one reading of the same words and leaves the others with it (`values["readings"]`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from casenlp.native import attach as compiled_attach
from casenlp.pipeline.annotations import Item
from casenlp.quantities import Quantity
from casenlp.vocabulary import Entry

#: Kinds of items that a result can be.
MEASURES = frozenset({"conc", "percent", "number", "length", "pair", "amount", "time"})
#: Kinds of times that a few tests are measured in.
TIMES = frozenset({"duration", "latency"})
#: Units of time that no test is measured in.
CALENDAR = frozenset({"d", "wk", "mo", "a", "h"})
#: Kinds of items that are a result by themselves; times are one of a few tests only.
VALUES = MEASURES | {"result", "value"}
#: Kinds of items that may be a test where they are measured.
OTHERWISE = frozenset({"drug", "finding", "diagnosis"})
#: Kinds of items that break a chain of tests or values without being part of one.
BREAKING = frozenset({"drug", "diagnosis"})
#: Kinds of items that say how a drug was given, and how much of it.
PARTS = ("route", "frequency", "duration")
AMOUNTS = ("dose", "amount", "percent")
_VALUES_OR_TIMES = VALUES | TIMES
_GIVEN = frozenset({"drug", *PARTS, *AMOUNTS})

#: Tests and results of a document; and, of the sentences that hold what may be a test and what may be its result, the
#: items of each and whether one of its results has an upper bound.
Measured = tuple[list[Item], list[Item], list[tuple[list[Item], bool]]]


def reading_as_test(item: Item) -> Entry | None:
    """The test that a drug, finding or diagnosis of the same name is where it is measured, or None."""
    if item.kind not in OTHERWISE:
        return None
    for other in item.values.get("readings", ()):
        if other.kind == "test" and other.entry is not None and "never" not in other.entry.guards:
            entry: Entry = other.entry
            return entry
    return None


def names_test(item: Item) -> bool:
    """Whether a finding is one word for a test and its result: "hyponatremia"."""
    return item.kind == "finding" and item.entry is not None and "flag" in item.entry.extra


def _measured(items: Sequence[Item]) -> Measured:
    """What items, which are in order of the text, hold of tests and results."""
    tests: list[Item] = []
    results: list[Item] = []
    sentences: list[tuple[list[Item], bool]] = []
    number = -1
    tested = valued = bounded = False
    group: list[Item] = []
    for item in items:
        if item.sentence != number:
            if tested and valued:
                sentences.append((group, bounded))
            number = item.sentence
            tested = valued = bounded = False
            group = []
        group.append(item)
        kind = item.kind
        if kind == "test":
            tested = True
            tests.append(item)
        elif kind in _VALUES_OR_TIMES:
            valued = True
            if kind == "result":
                results.append(item)
            elif item.quantity is not None and item.quantity.high is not None:
                bounded = True
        elif not tested and kind in OTHERWISE:
            tested = names_test(item) or (bool(item.values) and reading_as_test(item) is not None)
    if tested and valued:
        sentences.append((group, bounded))
    return tests, results, sentences


def _heads(items: dict[int, Item]) -> tuple[set[int], list[int]]:
    """Positions of tests and of findings that name one; and of other items that may be a test, in order."""
    heads = set()
    others = []
    for position, item in items.items():
        kind = item.kind
        if kind == "test" or (kind == "finding" and names_test(item)):
            heads.add(position)
        elif kind in OTHERWISE and item.values and reading_as_test(item) is not None:
            others.append(position)
    return heads, others


def _with_drugs(items: Sequence[Item]) -> dict[int, list[Item]]:
    """By sentence, in order, the items of those that hold a drug or what may belong to one."""
    numbers = {i.sentence for i in items if i.kind in _GIVEN or "trim" in i.values}
    grouped: dict[int, list[Item]] = {number: [] for number in numbers}
    for item in items:
        if item.sentence in numbers:
            grouped[item.sentence].append(item)
    return grouped


measured: Callable[[list[Item]], Measured] = _measured
heads: Callable[[dict[int, Item]], tuple[set[int], list[int]]] = _heads
with_drugs: Callable[[list[Item]], dict[int, list[Item]]] = _with_drugs
#: The compiled passes, or None.
compiled: Any = None
if compiled_attach is not None:
    _kinds = {
        "test": {"test"},
        "result": {"result"},
        "finding": {"finding"},
        "otherwise": OTHERWISE,
        "value": VALUES,
        "time": TIMES,
        "measured": MEASURES | TIMES,
        "dated": {"time"},
        "given": _GIVEN,
        "breaking": BREAKING,
        "share": {"percent"},
        "count": {"number"},
        "settled": {"value"},
    }
    with contextlib.suppress(TypeError):  # a class without the slots that are read
        compiled = compiled_attach.Items(Item, Entry, Quantity, _kinds, reading_as_test, CALENDAR)
        measured, heads, with_drugs = compiled.measured, compiled.heads, compiled.with_drugs
