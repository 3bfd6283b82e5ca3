"""Options that several commands have, and how commands print columns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RulesFolder = Annotated[
    Path | None, typer.Option("--rules", metavar="FOLDER", help="Rules to use instead of those that come with casenlp.")
]
Lexicons = Annotated[
    list[Path] | None,
    typer.Option(
        "--lexicon", metavar="FILE", help="A lexicon (.tsv) of your own, used besides the others; repeatable."
    ),
]


def columns(rows: list[tuple[str, ...]]) -> None:
    """Print rows with their cells under each other."""
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))] if rows else []
    for row in rows:
        typer.echo("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
