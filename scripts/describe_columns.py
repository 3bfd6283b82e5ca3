"""Write the column tables of the README from the records, between its two markers.

python scripts/describe_columns.py            # rewrite README.md
python scripts/describe_columns.py --check    # exit 1 when README.md is not in step
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path

from casenlp.records import TABLES, Row, describe_columns

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN = "<!-- columns: made by scripts/describe_columns.py -->"
END = "<!-- end of columns -->"


def column_tables() -> str:
    """The columns that all tables share, then each table's own, as Markdown."""
    common = {f.name for f in dataclasses.fields(Row)}
    parts = ["Every table has", *_lines("cases", common, shared=True)]
    for table, row in TABLES.items():
        about = (row.__doc__ or "").strip().splitlines()[0].rstrip(".")
        parts += ["", f"**{table}**: one row is {about[0].lower()}{about[1:]}", *_lines(table, common, shared=False)]
    return "\n".join(parts)


def _lines(table: str, common: set[str], shared: bool) -> Iterator[str]:
    yield from ("", "| column | type | what |", "|---|---|---|")
    for name, kind, doc, choices in describe_columns(table):
        if (name in common) is shared:
            values = f": {', '.join(f'`{value}`' for value in choices)}" if choices else ""
            yield f"| {name} | {kind} | {doc}{values} |"


def in_step(readme: str) -> str:
    """A README with its column tables as the records have them; ValueError when a marker is not there."""
    begin, end = readme.index(BEGIN), readme.index(END)
    return f"{readme[:begin]}{BEGIN}\n\n{column_tables()}\n\n{readme[end:]}"


def main() -> int:
    """Rewrite or check README.md."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when it would change")
    check = parser.parse_args().check
    old = README.read_text(encoding="utf-8")
    new = in_step(old)
    if check and new != old:
        print("README.md: its column tables are not those of records.py; run: python scripts/describe_columns.py")
        return 1
    if not check:
        README.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
