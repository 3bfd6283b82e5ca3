"""Results in the tables of a source: tests down and times across, or the other way round, as pairs for `labs`.

A column whose cells name tests makes a table one of results; its other columns are told by their heads (results of a
time or of a patient, units, reference ranges, flags). Words come from rules/patterns/tables.toml. Source of the
layouts: corpus/guidelines.md section 12.3.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from casenlp.documents import SourceTable
from casenlp.linking.grids import Grid, GridCell, caption_of, turned
from casenlp.linking.reading import Reading
from casenlp.pipeline.annotations import Item, Pair
from casenlp.quantities import Quantity
from casenlp.vocabulary import Entry

_RULE = "tables.cell"
_LONGEST = 60  # characters of a cell that is a result; longer ones are prose
_LABELS = 4  # first columns among which that of the tests is looked for
_SHARE = 0.4  # of the cells of a column that name tests
_SHARE_MEASURED = 0.1  # the same where one of them has a unit
_WORD = re.compile(r"[^\s,;:()\[\]|]+")
_NAME = re.compile(r"[^\d(\[,:;]*[^\s\d(\[,:;]")
_IN_BRACKETS = re.compile(r"[(\[][^()\[\]]*\d[^()\[\]]*[)\]]")  # numbers, with the words beside them
#: Kinds of quantity that make no name a test: times and doses have them too.
_NO_RESULT_KINDS = frozenset({"time", "mass", "volume", "form", "dose_rate"})
_PADDING = " ,;:()[]|=-"


@dataclass(slots=True)
class _Label:
    """A test as its cell names it, with unit and reference range where they stand there too."""

    item: Item
    unit: tuple[str, str, str] | None  # as written, UCUM, kind
    reference: Item | None = None


@dataclass(slots=True)
class _Column:
    """What a column holds: role (value, unit, reference, flag, other), when, and whose."""

    role: str = "value"
    time: str | None = None
    time_cell: GridCell | None = None
    case: str | None = None
    relative: Item | None = None
    parts: list[GridCell] = field(default_factory=list)


def pair_tables(reading: Reading, tables: Sequence[tuple[SourceTable, Grid]]) -> None:
    """Add the pairs of all tables of results; what the pipeline paired within their cells is dropped."""
    reader = _Tables(reading)
    for table, grid in tables:
        reader.read(table, grid)
    reader.drop_gone()
    reading.known.items.sort(key=lambda item: (item.start, item.end))


class _Tables:
    """The tables of one document."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._known = reading.known
        self._rules = reading.rules
        self._quantities = reading.rules.quantities
        self._starts = [start for start, _, _ in self._known.hits or ()]
        self._item_starts = [item.start for item in self._known.items]
        self._old = list(self._known.items)
        self._gone: set[int] = set()  # items that gave way to the test or result in their place
        self._values = sorted(p.part.start for p in self._known.pairs if p.kind == "value")
        sexes = [i.concept for i in self._known.items if i.kind == "sex" and i.subject == "patient"]
        self._sex = sexes[0] if sexes else None
        self._named: dict[int, tuple[int, int, Entry] | None] = {}  # by cell of the table that is read
        self._specimen: str | None = None  # of the table that is read

    def _is(self, macro: str, words: str) -> bool:
        return self._rules.macro(macro).fullmatch(words) is not None

    def drop_gone(self) -> None:
        """Take the items off that gave way to others."""
        self._known.items = [item for item in self._known.items if id(item) not in self._gone]

    def read(self, table: SourceTable, grid: Grid) -> None:
        """Pair the results of a table, if it is one of results."""
        self._named.clear()
        if not grid or not grid[0]:
            return
        down, across = self._test_columns(grid), self._test_columns(turned(grid))
        if not down and not across:
            return
        if sum(count for _, count in across) > sum(count for _, count in down):
            grid, down = turned(grid), across
        cells = [cell for row in grid for cell in row]
        low, high = min(c.start for c in cells), max(c.end for c in cells)
        self._known.pairs = [p for p in self._known.pairs if not low <= p.part.start < high or p.kind not in _PAIRS]
        columns = [column for column, _ in down]
        titled = caption_of(self._reading, table).lower()
        self._specimen = self._specimen_in(titled)
        others = self._rules.macro("literature_table_caption").search(titled) is not None
        for column, following in zip(columns, [*columns[1:], len(grid[0])], strict=True):
            self._read_down(grid, column, following, others)

    def _specimen_in(self, caption: str) -> str | None:
        """What alone a caption says the results of its table are of: "csf"."""
        named = {m.group() for m in self._rules.macro("table_specimen").finditer(caption)}
        several = self._rules.macro("table_other_specimen").search(caption)
        return named.pop() if len(named) == 1 and not several else None

    def _of_specimen(self, entry: Entry) -> Entry:
        """The test of the table's specimen where the vocabulary has one: "csf" and "glucose" as "csf glucose"."""
        names = (entry.concept, entry.term.lower()) if self._specimen else ()
        known = [e for name in names for e in self._rules.vocabulary.look_up(f"{self._specimen} {name}")]
        return next((e for e in known if e.label == entry.label), entry)

    def _test_columns(self, grid: Grid) -> list[tuple[int, int]]:
        """(column, how many tests) of the columns that name tests, side-by-side halves of a table each their own."""
        found: list[tuple[int, int]] = []
        told = any(self._is("table_reference_column", cell.lower) for row in grid[:2] for cell in row)
        for column in range(len(grid[0])):
            filled = list(dict.fromkeys(row[column] for row in grid if row[column].text))
            tests = [cell for cell in filled if self._test_at(cell) is not None and not self._is_told(cell)]
            # "sodium (mmol/L)" names a test beyond doubt; at the head of a column it does not name one of several
            measured = any(self._unit_in(cell.text, 0) for cell in tests if cell is not grid[0][column])
            enough = len(tests) >= 2 or (tests and (told or measured))
            share = _SHARE_MEASURED if measured else _SHARE
            if enough and len(tests) >= share * (len(filled) - 1) and (found or column < _LABELS):
                found.append((column, len(tests)))
        return found

    def _is_told(self, cell: GridCell) -> bool:
        """Whether a cell is no label but tells a result itself: "creatinine rose to 3.1 mg/dL"."""
        inside = self._values[bisect_left(self._values, cell.start) : bisect_left(self._values, cell.end)]
        return len(cell.text) > _LONGEST or any(cell.text[at - cell.start - 1] not in "([" for at in inside)

    def _read_down(self, grid: Grid, tests: int, limit: int, others: bool) -> None:
        """Read a table, or a half of it, whose tests stand in the column `tests`; `others` where it says whose."""
        first = next(n for n, row in enumerate(grid) if self._test_at(row[tests]) or self._unknown_test(row[tests]))
        columns = {c: _Column() for c in range(tests + 1, limit)}
        for row in grid[:first]:
            self._heads(row, tests, columns)
        for row in grid[first:]:
            label = self._label(row[tests]) if row[tests].text else None
            if label is not None:
                if not others and self._are_ours(columns):
                    label.item.subject = "patient"  # wherever the table stands
                self._results(row, label, columns)
            elif self._is_head_row(row, tests, columns):
                columns = {c: _Column() for c in columns}
                self._heads(row, tests, columns)

    def _are_ours(self, columns: dict[int, _Column]) -> bool:
        """Whether columns are headed by patients of this report, as it numbers them: by two of them at least."""
        named = {column.case for column in columns.values()} - {None}
        return len(named) > 1 and named <= {name for _, name in self._reading.cases}

    def _is_head_row(self, row: Sequence[GridCell], tests: int, columns: dict[int, _Column]) -> bool:
        """Whether a row below the first tests heads the columns anew."""
        words = [row[c].lower for c in columns if row[c].text]
        time = self._rules.macro("table_time")
        corner = row[tests].lower
        return len(set(words)) > 1 and (
            all(time.search(w) for w in words)
            or self._is("table_counted", corner)
            or self._is("table_patients", corner)
        )

    def _heads(self, row: Sequence[GridCell], tests: int, columns: dict[int, _Column]) -> None:
        """Take what a row of heads says of each column."""
        corner = row[tests].lower
        counted = self._rules.macro("table_counted").fullmatch(corner)
        for number, column in columns.items():
            cell = row[number]
            if not cell.text or any(cell is part for part in column.parts):
                continue
            column.parts.append(cell)
            words = cell.lower
            case = self._rules.macro("case_heading").match(words)
            if self._is("table_unit_column", words):
                column.role = "unit"
            elif self._is("table_reference_column", words):
                column.role = "reference"
            elif self._is("table_flag_column", words):
                column.role = "flag"
            elif case is not None:
                name = next(g for g in case.groups() if g)
                column.case = self._rules.settings["cases"]["numbers"].get(name, name)
            elif words.isdigit() and self._is("table_patients", corner):
                column.case = words
            elif counted is not None and words[:1].isdigit():
                column.time = f"{row[tests].text[: len(counted.group('unit'))]} {cell.text}"
                column.time_cell = cell
            elif self._rules.macro("table_time").search(words) and not self._is("table_no_time_corner", corner):
                column.time = f"{column.time} {cell.text}" if column.time else cell.text
                column.time_cell = cell
            elif self._is("table_other_column", words):
                column.role = "other"
            relatives = [i for i in self._items_in(cell) if i.kind == "relative"]
            column.relative = relatives[0] if relatives else column.relative

    def _results(self, row: Sequence[GridCell], label: _Label, columns: dict[int, _Column]) -> None:
        beside: dict[str, Item] = {}
        reference, unit, flag = label.reference, label.unit, None
        if reference is not None:
            beside["reference"] = reference
        for number, column in columns.items():
            cell = row[number]
            if not cell.text:
                continue
            if column.role == "unit" and unit is None:
                unit = self._unit_in(cell.text, 0)
                beside["unit"] = self._stretch("unit", cell, label.item)
            elif column.role == "reference" and reference is None:
                reference = self._reference(cell, label.item)
                if reference is not None:
                    beside["reference"] = reference
            elif column.role == "flag":
                flag = self._flag_of(cell.lower)
        read: list[GridCell] = []
        for number, column in columns.items():
            cell = row[number]
            if column.role != "value" or any(cell is other for other in read):
                continue
            read.append(cell)
            value = self._value(cell, label, unit, flag)
            if value is None:
                continue
            part, own_reference = value
            if unit is None and part.quantity is not None and part.quantity.unit is not None:
                unit = part.quantity.unit_text or "", part.quantity.unit, part.quantity.kind
            part.values["date_text"] = column.time if label.item.subject != "literature" else None
            part.values["case"] = column.case
            part.values["relative"] = column.relative
            part.values["beside"] = dict(beside)
            if column.time_cell is not None:
                part.values["beside"]["date"] = self._stretch("date", column.time_cell, label.item)
            self._known.pairs.append(Pair("value", label.item, part, _RULE))
            stated = own_reference or reference
            if stated is not None:
                facts = {"what": "reference", "of": part}
                self._known.pairs.append(Pair("reference", label.item, stated, _RULE, values=facts))

    def _test_at(self, cell: GridCell) -> tuple[int, int, Entry] | None:
        """(start, end, entry) of the test that a cell names at its beginning."""
        if id(cell) not in self._named:
            self._named[id(cell)] = self._first_test(cell)
        return self._named[id(cell)]

    def _first_test(self, cell: GridCell) -> tuple[int, int, Entry] | None:
        best: tuple[int, int, Entry] | None = None
        low, high = bisect_left(self._starts, cell.start), bisect_left(self._starts, cell.end)
        for start, end, entries in (self._known.hits or ())[low:high]:
            if best is not None and start != best[0]:
                break
            words = self._known.text[start:end]
            entry = next((e for e in entries if e.label == "LAB_TEST" and _is_written(e, words)), None)
            if entry is None or end > cell.end or (best is not None and end <= best[1]):
                continue
            before, behind = cell.text[: start - cell.start].lower(), cell.text[end - cell.start :].lower()
            if self._is("table_test_lead", before) and not self._rules.macro("table_no_test_tail").match(behind):
                best = start, end, entry
        return best

    def _label(self, cell: GridCell) -> _Label | None:
        """The test of a cell; a name that no lexicon has counts where a unit stands behind it."""
        found = self._test_at(cell)
        if found is not None:
            start, end, entry = found
            entry = self._of_specimen(entry)
            item = self._item_at(start, end, "test", cell)
            item.entry = entry
            item.rule = entry.rule
        else:
            length = self._unknown_test(cell)
            if not length:
                return None
            start, end = cell.start, cell.start + length
            drug = any(i.kind == "drug" for i in self._items_in(cell))
            item = self._item_at(start, end, "test", cell)
            item.entry, item.rule = None, "tables.unknown-test"
            if drug:
                item.values["named"] = "{} level"
        rest = cell.text[end - cell.start :]
        unit = self._unit_in(rest, 0)
        if unit is not None:
            at = rest.find(unit[0])
            rest = rest[:at] + " " * len(unit[0]) + rest[at + len(unit[0]) :]
        made = GridCell(end, cell.end, rest, rest.lower())
        ranged = any(q.high is not None or q.comparator for q in self._quantities.find(rest))
        return _Label(item, unit, self._reference(made, item) if ranged else None)

    def _unknown_test(self, cell: GridCell) -> int:
        """Length of a name that no lexicon has and a unit behind it makes a test's; 0 where a cell has none."""
        name = _NAME.match(cell.text)
        unit = self._unit_in(cell.text, name.end()) if name else None
        if name is None or unit is None or unit[2] in _NO_RESULT_KINDS:
            return 0
        if self._is("table_unit_column", cell.lower[name.end() :].strip()):
            return 0  # "Parameter (unit)" heads the column
        drug = any(i.kind == "drug" for i in self._items_in(cell))
        return 0 if drug and unit[2] != "concentration" else name.end()  # "digoxin (ng/mL)" is its level

    def _unit_in(self, text: str, at: int) -> tuple[str, str, str] | None:
        """(words, UCUM, kind) of the first unit in a stretch."""
        for word in _WORD.finditer(text, at):
            read = self._quantities.unit_at(text, word.start())
            if read is not None and text[read[0] : read[0] + 1] in ("", *_PADDING):
                return read[1], read[2].ucum, read[2].kind
        return None

    def _reference(self, cell: GridCell, test: Item) -> Item | None:
        """The reference range in a cell; of several, for men and women, that of the patient's sex."""
        ranges = [q for q in self._quantities.find(cell.text) if q.high is not None or q.comparator]
        if len(ranges) > 1:
            own = self._rules.macro(f"table_{self._sex}") if self._sex in ("male", "female") else None
            ranges = [q for q in ranges if own is not None and own.search(cell.lower[: q.start])]
        if len(ranges) != 1:
            return None
        made = self._stretch("reference", cell, test)
        made.start, made.end = cell.start + ranges[0].start, cell.start + ranges[0].end
        made.quantity = _moved(ranges[0], cell.start)
        return made

    def _flag_of(self, words: str) -> str | None:
        return "high" if self._is("table_high", words) else "low" if self._is("table_low", words) else None

    def _value(
        self, cell: GridCell, label: _Label, unit: tuple[str, str, str] | None, flag: str | None
    ) -> tuple[Item, Item | None] | None:
        """The result in a cell, and the reference range that stands in brackets behind it."""
        if not cell.text or len(cell.text) > _LONGEST or self._is("table_no_result", cell.lower):
            return None
        words = [i for i in self._items_in(cell) if i.kind == "result" or (i.kind == "value" and i.quantity is None)]
        quantities = [q for q in self._quantities.find(cell.text) if q.low is not None]
        if not quantities:
            return (self._as_value(words[0], label, flag), None) if words else None
        quantity = self._without_flag(quantities[0], unit)
        marks = [m for m in (self._around(cell, quantity, words)) if m]
        if not all(self._flag_of(m) or self._is("table_mark", m) for m in marks):
            return None
        flag = next((f for f in map(self._flag_of, marks) if f), flag)
        start, end = cell.start + quantity.start, cell.start + quantity.end
        item = self._item_at(start, end, "value", cell)
        item.quantity, item.entry, item.rule = _moved(quantity, cell.start), None, _RULE
        item.values.pop("unit_text", None)
        if quantity.unit is None and unit is not None:
            item.quantity = item.quantity._replace(unit=unit[1], kind=unit[2])
            item.values["unit_text"] = unit[0]
        told = next((i.entry.extra.get("flag") for i in words if i.entry is not None), None)
        if flag or told:
            item.values["flag"] = flag or told
        item.subject = label.item.subject
        return item, self._behind(cell, quantities[1:], label.item)

    def _without_flag(self, quantity: Quantity, unit: tuple[str, str, str] | None) -> Quantity:
        """A number whose "unit" is the mark of a low or high result: "9.1 L" where the unit is g/dL."""
        written = (quantity.unit_text or "").lower()
        if unit is None or unit[0].lower() == written or self._flag_of(written) is None:
            return quantity
        return quantity._replace(unit=None, unit_text=None, kind="number", end=quantity.number_end)

    def _around(self, cell: GridCell, quantity: Quantity, words: list[Item]) -> Iterator[str]:
        """The words before and behind a number, without brackets with numbers and result words."""
        plain = cell.lower if len(cell.lower) == len(cell.text) else cell.text
        if words:
            text = list(plain)
            for item in words:
                text[item.start - cell.start : item.end - cell.start] = " " * len(item)
            plain = "".join(text)
        for part in (plain[: quantity.start], _IN_BRACKETS.sub(" ", plain[quantity.end :])):
            yield from (word for word in part.split() if word.strip(_PADDING + "."))

    def _behind(self, cell: GridCell, others: list[Quantity], test: Item) -> Item | None:
        for other in others:
            if other.high is not None and cell.text[: other.start].rstrip()[-1:] in ("(", "["):
                made = self._stretch("reference", cell, test)
                made.start, made.end = cell.start + other.start, cell.start + other.end
                made.quantity = _moved(other, cell.start)
                return made
        return None

    def _as_value(self, item: Item, label: _Label, flag: str | None) -> Item:
        item.kind = "value"
        item.subject = label.item.subject
        if flag and item.entry is None:
            item.values["flag"] = flag
        return item

    def _items_in(self, cell: GridCell) -> list[Item]:
        low, high = bisect_left(self._item_starts, cell.start), bisect_left(self._item_starts, cell.end)
        return [item for item in self._old[low:high] if id(item) not in self._gone]

    def _item_at(self, start: int, end: int, kind: str, cell: GridCell) -> Item:
        """The item of a stretch: the first that stands in it, made to fit; others in it are dropped."""
        inside = [i for i in self._items_in(cell) if i.start < end and i.end > start]
        known = self._known
        if not inside:
            item = self._stretch(kind, cell, None)
            item.start, item.end = start, end
            known.items.append(item)
            return item
        item, *others = inside
        self._gone.update(id(other) for other in others)
        item.kind, item.start, item.end = kind, start, end
        item.negated = item.uncertain = False
        item.temporality = "current"
        return item

    def _stretch(self, kind: str, cell: GridCell, test: Item | None) -> Item:
        """An item over a whole cell."""
        known = self._known
        item = Item(kind, cell.start, cell.end, _RULE, sentence=known.sentence_at(cell.start))
        item.section = known.section_at(cell.start)
        item.subject = test.subject if test else item.section.subject if item.section else "patient"
        return item


#: The pairs that cells make by themselves.
_PAIRS = frozenset({"value", "reference"})


def _is_written(entry: Entry, words: str) -> bool:
    """Whether words may stand for a test by the guards of its row."""
    if entry.guards & {"never", "defined"}:
        return False
    return "exact-case" not in entry.guards or words in (entry.term, f"{entry.term}s")


def _moved(quantity: Quantity, by: int) -> Quantity:
    """A quantity of a cell in offsets of the text."""
    return quantity._replace(
        start=quantity.start + by,
        end=quantity.end + by,
        number_start=quantity.number_start + by,
        number_end=quantity.number_end + by,
    )
