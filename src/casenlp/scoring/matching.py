"""One-to-one matching of gold and predicted items, counts, and bootstrap intervals.

Nothing here knows what an item is: callers give weighted candidate pairs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from casenlp.scoring.annotations import Span


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives and false negatives, and the ratios made of them.

    A ratio without a denominator is None: precision when nothing was predicted, recall when nothing is
    in the gold, F1 when neither holds anything.
    """

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def precision(self) -> float | None:
        """tp / (tp + fp)."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None

    @property
    def recall(self) -> float | None:
        """tp / (tp + fn)."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else None

    @property
    def f1(self) -> float | None:
        """2 tp / (2 tp + fp + fn)."""
        total = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / total if total else None


def maximum_matching(candidates: Iterable[tuple[float, int, int]]) -> dict[int, int]:
    """A largest one-to-one matching {gold index: predicted index} of weighted candidate pairs.

    Heavier pairs are taken first and given up only where that gains a match: a greedy start, then shortest
    augmenting paths (Berge 1957), so the number of matches is the maximum. Equal input gives equal output.
    """
    ordered = sorted(candidates, key=lambda c: (-c[0], c[1], c[2]))
    neighbours: dict[int, list[int]] = {}
    gold_of: dict[int, int] = {}
    matched: dict[int, int] = {}
    for _, gold, predicted in ordered:
        neighbours.setdefault(gold, []).append(predicted)
        if gold not in matched and predicted not in gold_of:
            matched[gold] = predicted
            gold_of[predicted] = gold
    for gold in sorted(neighbours):
        if gold not in matched:
            _augment(gold, neighbours, matched, gold_of)
    return matched


def _augment(
    root: int, neighbours: Mapping[int, Sequence[int]], matched: dict[int, int], gold_of: dict[int, int]
) -> None:
    """Match `root` too, moving its rivals to other partners, if that is possible at all."""
    reached_from: dict[int, int] = {}
    queue = deque([root])
    while queue:
        gold = queue.popleft()
        for predicted in neighbours[gold]:
            if predicted in reached_from:
                continue
            reached_from[predicted] = gold
            rival = gold_of.get(predicted)
            if rival is not None:
                queue.append(rival)
                continue
            end: int | None = predicted
            while end is not None:
                owner = reached_from[end]
                previous = matched.get(owner)
                matched[owner] = end
                gold_of[end] = owner
                end = previous
            return


def overlapping(gold: Sequence[Span], predicted: Sequence[Span]) -> list[tuple[float, int, int]]:
    """Candidates (characters shared, gold index, predicted index) of all spans that share a character.

    Spans with the same offsets outweigh any others. Labels are not looked at.
    """
    order = sorted(range(len(predicted)), key=lambda j: predicted[j].start)
    found: list[tuple[float, int, int]] = []
    active: list[int] = []
    following = 0
    for i in sorted(range(len(gold)), key=lambda i: gold[i].start):
        span = gold[i]
        while following < len(order) and predicted[order[following]].start < span.end:
            active.append(order[following])
            following += 1
        active = [j for j in active if predicted[j].end > span.start]
        for j in active:
            shared = span.shared(predicted[j])
            if shared:
                found.append((float("inf") if span.pieces == predicted[j].pieces else float(shared), i, j))
    return found


def identical(gold: Sequence[Hashable], predicted: Sequence[Hashable]) -> dict[int, int]:
    """The one-to-one matching of equal keys, in order."""
    places: dict[Hashable, deque[int]] = {}
    for j, key in enumerate(predicted):
        places.setdefault(key, deque()).append(j)
    matched = {}
    for i, key in enumerate(gold):
        if places.get(key):
            matched[i] = places[key].popleft()
    return matched


def f1_intervals(
    groups: Sequence[Sequence[Counts]], draws: int = 1000, seed: int = 0
) -> list[tuple[float, float] | None]:
    """A 95 % percentile bootstrap interval of the micro F1 of each column of `groups`.

    `groups[g][k]` are the counts of score k in document g; documents are drawn with replacement (Efron 1979).
    Draws in which F1 is undefined are left out; None where every draw is.
    """
    import numpy as np

    if not groups or not groups[0]:
        return [None] * (len(groups[0]) if groups else 0)
    halves = np.array([[[2 * c.tp, c.fp + c.fn] for c in row] for row in groups], dtype=np.float64)
    number, scores = halves.shape[0], halves.shape[1]
    random = np.random.default_rng(seed)
    weights = random.multinomial(number, np.full(number, 1 / number), size=draws).astype(np.float64)
    sums = (weights @ halves.reshape(number, -1)).reshape(draws, scores, 2)
    total = sums.sum(axis=2)
    intervals: list[tuple[float, float] | None] = []
    for k in range(scores):
        defined = total[:, k] > 0
        if not defined.any():
            intervals.append(None)
            continue
        low, high = np.percentile(sums[defined, k, 0] / total[defined, k], [2.5, 97.5])
        intervals.append((float(low), float(high)))
    return intervals
