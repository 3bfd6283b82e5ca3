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
        "--lexicon", metavar="FILE", help="A lexicon (.tsv, .csv) of your own, which wins over ours; repeatable."
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="A casenlp.toml that names lexicons of your own. [default: the one in this folder, if any]",
    ),
]
MaxChars = Annotated[int, typer.Option(metavar="N", min=1, help="The most characters that one document may have.")]
TextColumn = Annotated[
    str | None,
    typer.Option(
        "--text-column", metavar="NAME", help="The column (or JSON key) of the text. [default: by its name: text, …]"
    ),
]
IdColumn = Annotated[
    str | None,
    typer.Option(
        "--id-column", metavar="NAME", help="The column (or JSON key) that names the report. [default: doc_id, id, …]"
    ),
]


def own_lexicons(lexicons: list[Path] | None, config: Path | None) -> tuple[Path, ...]:
    """The user's lexicons in the order in which they win: those given by --lexicon, then those of the casenlp.toml."""
    if config is None and Path("casenlp.toml").is_file():
        config = Path("casenlp.toml")
    return (*(lexicons or ()), *((config,) if config else ()))


def columns(rows: list[tuple[str, ...]]) -> None:
    """Print rows with their cells under each other."""
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))] if rows else []
    for row in rows:
        typer.echo("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
