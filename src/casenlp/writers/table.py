"""Tables to read: one section a table, only the columns that say something, evidence quoted shortly.

A column that is empty, or holds nothing but its default, is left out; a default among other values is left blank. On
a narrow terminal a row becomes a list. Colours and rules are for terminals; into a file or pipe goes plain text.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from casenlp.records import TABLES, Extraction, Row, columns
from casenlp.writers.csv import number
from casenlp.writers.files import text_output

if TYPE_CHECKING:
    from rich.console import Console

#: Width where nothing tells one, the longest word kept in one piece, the least for evidence, the longest quotation.
_WIDTH = 140
_WORD = 16
_EVIDENCE = 20
_QUOTE = 60

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_SPACE = re.compile(r"\s+")


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """A column as shown: its heading, the record's columns it stands for, and how it reads them."""

    heading: str
    stands_for: tuple[str, ...]
    read: Callable[[Row, tuple[str, ...]], str]


def _text(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    text = number(value) if isinstance(value, float) else str(value)
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", _SPACE.sub(" ", text))


def _first(row: Row, names: tuple[str, ...]) -> str:
    """The first of several columns that holds something."""
    return next((text for name in names if (text := _text(getattr(row, name)))), "")


def _quantity(row: Row, names: tuple[str, ...]) -> str:
    """Comparator, low, high, unit, text (and time part): the number as read, or the words where there is none."""
    comparator, low, high, unit, text, per = (getattr(row, n) if n else None for n in (*names, "")[:6])
    if low is None:
        return _text(text)
    span = _text(low) + (f"–{_text(high)}" if high is not None else "")
    return f"{comparator or ''}{span} {unit or ''}".strip() + (f"/{per}" if per else "")


def _range(row: Row, names: tuple[str, ...]) -> str:
    low, high = (_text(getattr(row, n)) for n in names)
    return f"{low}–{high}" if low and high else f"≥{low}" if low else f"≤{high}" if high else ""


#: How columns are put together for reading; columns that are not named here stand for themselves.
_TOGETHER: Mapping[str, tuple[Shown, ...]] = {
    "cases": (Shown("age", ("", "age_value", "", "age_unit", "age_years"), _quantity),),
    "drugs": (
        Shown("drug", ("drug_name", "drug_text"), _first),
        Shown("dose", ("", "dose_value", "dose_value_high", "dose_unit", "dose_text", "dose_per"), _quantity),
        Shown("frequency", ("frequency_text", "frequency_per_day"), _first),
        Shown("duration", ("duration_text", "duration_days"), _first),
        Shown("code", ("drug_code",), _first),
    ),
    "labs": (
        Shown("test", ("test_name", "test_text"), _first),
        Shown("value", ("comparator", "value", "value_high", "unit", "value_text"), _quantity),
        Shown("reference", ("reference_low", "reference_high"), _range),
        Shown("date", ("date_text",), _first),
    ),
    "latencies": (
        Shown("drug", ("drug_name", "drug_text"), _first),
        Shown("event", ("event_text",), _first),
        Shown("time", ("comparator", "value", "value_high", "unit", "latency_text"), _quantity),
    ),
    "diagnoses": (
        Shown("diagnosis", ("diagnosis_name", "diagnosis_text"), _first),
        Shown("duration", ("duration_text",), _first),
        Shown("code", ("mesh", "icd10cm", "hpo"), _first),
    ),
    "reactions": (
        Shown("drug", ("drug_name", "drug_text"), _first),
        Shown("event", ("event_name", "event_text"), _first),
        Shown("causality", ("causality_text",), _first),
    ),
}
#: Columns that a narrow table does without, in this order.
_DISPENSABLE = ("section", "code", "loinc", "category", "evidence")
_HIDDEN = frozenset(
    "doc_id row_id evidence sentence_start sentence_end rule drug_vocabulary unit_text days days_high".split()
)


def shown_columns(table: str) -> tuple[Shown, ...]:
    """The columns of a table as they are shown, in the record's order."""
    together = {name: shown for shown in _TOGETHER[table] for name in shown.stands_for if name}
    out: list[Shown] = []
    for name in columns(table):
        if name in _HIDDEN or name.endswith("_mention"):
            continue
        shown = together.get(name) or Shown(name.removesuffix("_id"), (name,), _first)
        if shown not in out:
            out.append(shown)
    return tuple(out)


def write_table(extractions: Iterable[Extraction], out: Path | None, tables: Sequence[str]) -> None:
    """Each document's tables, one section a table, to standard output or the file `out`."""
    with text_output(out) as stream:
        console = _console(stream)
        for extraction in extractions:
            _document(console, extraction, tables)


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    if stream.isatty():
        return Console(file=stream, highlight=False)
    width = os.environ.get("COLUMNS", "")
    return Console(file=stream, highlight=False, width=int(width) if width.isdigit() and int(width) else _WIDTH)


def _document(console: Console, extraction: Extraction, tables: Sequence[str]) -> None:
    from rich.text import Text

    filled = [table for table in tables if extraction.rows(table)]
    counts = ", ".join(f"{len(extraction.rows(table))} {table}" for table in filled) or "no rows"
    heading = f"{_text(extraction.doc_id)}: {len(extraction.mentions)} mentions, {counts}"
    console.print(Text(heading, style="bold"), soft_wrap=True)
    for table in filled:
        rows = extraction.rows(table)
        defaults = {f.name: f.default for f in dataclasses.fields(TABLES[table])}
        headings, cells = ["row"], [[row.row_id for row in rows]]
        for shown in shown_columns(table):
            names = tuple(n for n in shown.stands_for if n)
            if any(getattr(row, n) not in (defaults[n], None, "") for row in rows for n in names):
                headings.append(shown.heading)
                cells.append([_cell(row, shown, names, defaults) for row in rows])
        headings.append("evidence")
        cells.append([_evidence(row) for row in rows])
        console.print()
        held = _fit(headings, cells, console.width)
        if held is None:
            _list(console, table, headings, cells)
        else:
            _grid(console, table, [headings[i] for i in held], [cells[i] for i in held])
    console.print()


def _cell(row: Row, shown: Shown, names: tuple[str, ...], defaults: Mapping[str, Any]) -> str:
    at_default = len(names) == 1 and getattr(row, names[0]) == defaults[names[0]]
    return "" if at_default else shown.read(row, shown.stands_for)


def _fit(headings: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """Which columns stand side by side in a width, the dispensable left out one after the other; None for too few."""
    held = list(range(len(headings)))
    for dispensable in (*_DISPENSABLE, None):
        if sum(_least(headings[i], cells[i]) + 2 for i in held) < width:
            return held
        held = [i for i in held if headings[i] != dispensable]
    return None


def _widths(headings: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """The width of each column: its least, and then the room that is left, to those that lack little first."""
    widths = [_least(heading, column) for heading, column in zip(headings, cells, strict=True)]
    wanted = [max(map(len, (heading, *column))) for heading, column in zip(headings, cells, strict=True)]
    room = width - sum(widths) - 2 * len(widths)
    lacking = sorted(range(len(widths)), key=lambda i: wanted[i] - widths[i])
    for place, i in enumerate(lacking):
        grant = min(max(0, wanted[i] - widths[i]), max(0, room) // (len(lacking) - place))
        widths[i] += grant
        room -= grant
    return widths


def _least(heading: str, cells: Sequence[str]) -> int:
    """The narrowest that a column may get: its longest word, within reason."""
    if heading == "evidence":
        return _EVIDENCE
    return min(_WORD, max(len(word) for text in (heading, *cells) for word in text.split() or [""]))


def _grid(console: Console, title: str, headings: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    grid = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, show_edge=False)
    grid.padding = (0, 1, 0, 0)
    grid.pad_edge = False
    widths = _widths(headings, cells, console.width)
    for heading, width in zip(headings, widths, strict=True):
        grid.add_column(heading, overflow="fold", width=width, style="dim" if heading == "evidence" else "")
    for row in zip(*cells, strict=True):
        grid.add_row(*(Text(cell) for cell in row))
    console.print(grid)


def _list(console: Console, title: str, headings: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    from rich.text import Text

    console.print(Text(title, style="bold"))
    for row in zip(*cells, strict=True):
        for i, (heading, cell) in enumerate(zip(headings, row, strict=True)):
            if cell:
                console.print(Text(cell if i == 0 else f"  {heading}: {cell}"))


def _evidence(row: Row) -> str:
    """The words that the row rests on, each once, in the order of the source, cut to a glance."""
    quotes = list(dict.fromkeys(_text(e.text) for e in sorted(row.evidence, key=lambda e: (e.start, e.end))))
    whole = " … ".join(quotes)
    return whole if len(whole) <= _QUOTE else whole[: _QUOTE - 1].rstrip() + "…"
