"""Lines of laboratory tables in plain text: "Creatinine, µmol/L 402 518 96".

Columns are lost when a table becomes text; what is left is a test, its unit and a run of numbers, the last of which
may be the reference range (macro `table_row`). Source: corpus/guidelines.md sections 5.2 and 12.3.
"""

from __future__ import annotations

from casenlp.patterns import SYMBOLS
from casenlp.pipeline.annotations import Annotations, Item, Pair
from casenlp.pipeline.shadow import Shadow
from casenlp.rules import RuleSet

_CELLS = f"{SYMBOLS['number']} {SYMBOLS['number']}"  # a line has two numbers at least


class TableLines:
    """Pairs the cells of such lines with their test."""

    def __init__(self, rules: RuleSet) -> None:
        self._line = rules.macro("table_row")
        self._quantities = rules.quantities

    def pair(self, known: Annotations, shadow: Shadow, heads: set[int], apart: dict[int, str]) -> None:
        """Pair the cells of a table's line, which has its unit beside the test: "Creatinine, µmol/L 402 518 96"."""
        if _CELLS not in shadow.text:
            return
        for m in self._line.finditer(shadow.text):
            head, written = m.start("head"), m.group("unit")
            unit = None
            if written:
                begin, end = shadow.text_start(m.start("unit")), shadow.text_end(m.end("unit"))
                unit = self._quantities.unit_at(known.text, begin)
                if unit is None or unit[0] != end:
                    continue
            if head not in heads and unit is None:
                continue
            row: list[Item] = []
            for position in range(m.start("cells"), m.end("cells")):
                cell = shadow.items.get(position)
                if cell is None or cell.quantity is None or apart.get(position, "reference") != "reference":
                    continue
                test = shadow.items[head]
                if cell.quantity.high is not None and row:
                    apart[position] = "table"
                    for value in row:
                        facts = {"what": "reference", "of": value}
                        known.pairs.append(Pair("reference", test, cell, "values.reference", values=facts))
                    continue
                if unit is not None:
                    cell.values["unit_text"] = unit[1]
                    cell.quantity = cell.quantity._replace(unit=unit[2].ucum, kind=unit[2].kind)
                known.pairs.append(Pair("value", test, cell, "values.table-row"))
                apart[position] = "table"
                row.append(cell)
