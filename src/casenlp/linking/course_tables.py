"""Tables of medicines and of the course: a drug a row with its dose beside it, and what happened day by day.

In a table of medicines the cells of a row are said of the drug in it; in one of the course, whose rows begin with a
time, the results of a row have that time. Words come from rules/patterns/tables.toml; source of the layouts:
corpus/guidelines.md sections 12.3 and 13.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from casenlp.linking.grids import Grid, GridCell
from casenlp.linking.reading import Reading
from casenlp.pipeline.annotations import Item, Pair

_RULE = "tables.cell"
_SHORT = 60  # characters of a cell that names a drug or a time; longer ones are prose
#: What an item of a row says of the row's drug.
_SAID = {"dose": "dose", "amount": "dose", "route": "route", "frequency": "frequency", "duration": "duration"}

_DROPPED = {"ROUTE": "route", "FREQUENCY": "frequency"}


def pair_course(reading: Reading, grids: Sequence[Grid]) -> None:
    """Add the pairs of tables of medicines, and the times of results in tables of the course."""
    course = _Course(reading)
    for grid in grids:
        if grid and len(grid[0]) > 1:
            course.read(grid)


class _Course:
    """The tables of one document."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._known = reading.known
        self._items = sorted(reading.known.items, key=lambda i: i.start)
        self._starts = [item.start for item in self._items]
        self._dropped = [c for c in self._known.choices if c.label in _DROPPED and c.outcome == "rejected"]
        self._told = {id(p.head) for p in self._known.pairs if p.kind == "dose"}
        pairs = sorted((p for p in self._known.pairs if p.kind == "value"), key=lambda p: p.part.start)
        self._values = [p for p in pairs if p.rule != _RULE]
        self._value_starts = [p.part.start for p in self._values]

    def _is(self, macro: str, words: str) -> bool:
        return self._reading.rules.macro(macro).fullmatch(words) is not None

    def read(self, grid: Grid) -> None:
        """Read a table as one of medicines or, where its rows begin with times, of the course."""
        column = self._drug_column(grid)
        if column is not None:
            heads = [cell.lower for cell in grid[0]]
            for row in grid:
                self._medicine(row, column, heads)
        for row in grid:
            self._time(row, grid[0][0])

    def _drug_column(self, grid: Grid) -> int | None:
        """The column of which most cells name one drug each; its head says so, or another column has doses."""
        dosed = any(self._is("table_dose_column", cell.lower) for cell in grid[0])
        for column in range(len(grid[0])):
            cells = list(dict.fromkeys(row[column] for row in grid[1:] if row[column].text))
            drugs = sum(1 for cell in cells if self._drug_in(cell) is not None)
            if drugs and 2 * drugs > len(cells) and (dosed or self._is("table_drug_column", grid[0][column].lower)):
                return column
        return None

    def _drug_in(self, cell: GridCell) -> Item | None:
        """The drug that a cell names and says no dose of itself."""
        drugs = [i for i in self._inside(cell) if i.kind == "drug" and not i.negated]
        alone = len(drugs) == 1 and len(cell.text) <= _SHORT and id(drugs[0]) not in self._told
        return drugs[0] if alone else None

    def _medicine(self, row: Sequence[GridCell], column: int, heads: Sequence[str]) -> None:
        drug = self._drug_in(row[column])
        if drug is None:
            return
        read: list[GridCell] = [row[column]]
        for cell, head in zip(row, heads, strict=True):
            if any(cell is other for other in read) or len(cell.text) > _SHORT:
                continue
            read.append(cell)
            for item in [*self._inside(cell), *self._recovered(cell)]:
                kind = _SAID.get(item.kind)
                if item.kind == "time" and self._is("table_duration_column", head):
                    kind = "duration"
                if kind is None:
                    continue
                item.kind = kind
                item.values.pop("orphan", None)
                self._known.pairs.append(Pair(kind, drug, item, _RULE))

    def _recovered(self, cell: GridCell) -> list[Item]:
        """Routes and frequencies that were dropped because no drug stands with them in their cell."""
        found: list[Item] = []
        for choice in self._dropped:
            standing = [*self._inside(cell), *found]
            free = not any(i.start < choice.end and choice.start < i.end for i in standing)
            if free and cell.start <= choice.start and choice.end <= cell.end:
                entries = self._reading.rules.vocabulary.look_up(self._known.text[choice.start : choice.end].lower())
                entry = next((e for e in entries if e.label == choice.label), None)
                item = Item(_DROPPED[choice.label], choice.start, choice.end, choice.rule, entry)
                item.sentence = self._known.sentence_at(choice.start)
                item.section = self._known.section_at(choice.start)
                self._known.items.append(item)
                found.append(item)
        return found

    def _time(self, row: Sequence[GridCell], corner: GridCell) -> None:
        """Give the results of a row that begins with a time this time."""
        cell = row[0]
        if not cell.text or len(cell.text) > _SHORT or cell is corner:
            return
        time = cell.text
        counted = self._reading.rules.macro("table_counted").fullmatch(corner.lower)
        if counted and cell.text[:1].isdigit():
            time = f"{corner.text[: len(counted.group('unit'))]} {cell.text}"
        elif not self._reading.rules.macro("table_time").search(cell.lower):
            return
        place = Item("date", cell.start, cell.end, _RULE, sentence=self._known.sentence_at(cell.start))
        for other in row[1:]:
            if other is cell or not other.text:
                continue
            low, high = bisect_left(self._value_starts, other.start), bisect_right(self._value_starts, other.end)
            for pair in self._values[low:high]:
                same = self._reading.by_sentence.get(pair.part.sentence, ())
                if not any(item.kind == "date" for item in same) and "date_text" not in pair.part.values:
                    pair.part.values["date_text"] = time
                    pair.part.values["beside"] = {"date": place}

    def _inside(self, cell: GridCell) -> list[Item]:
        low, high = bisect_left(self._starts, cell.start), bisect_left(self._starts, cell.end)
        return self._items[low:high]
