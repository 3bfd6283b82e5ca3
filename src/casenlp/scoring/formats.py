"""The gold formats that can be read, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from casenlp.errors import GoldError, UsageError
from casenlp.scoring.annotations import GoldSet
from casenlp.scoring.contract import read_casenlp
from casenlp.scoring.phee import read_phee
from casenlp.scoring.standoff import read_brat, read_maccrobat

GOLD_FORMATS: Mapping[str, Callable[[Path], GoldSet]] = {
    "casenlp": read_casenlp,
    "maccrobat": read_maccrobat,
    "brat": read_brat,
    "phee": read_phee,
}


def read_gold(path: str | Path, format: str = "casenlp") -> GoldSet:
    """Gold of a named format; UsageError for an unknown format, GoldError for what cannot be read."""
    if format not in GOLD_FORMATS:
        raise UsageError(f"gold format '{format}' is unknown; use one of {', '.join(GOLD_FORMATS)}")
    if not Path(path).exists():
        raise GoldError(f"{path}: no such file or folder; give the path of {format} gold")
    return GOLD_FORMATS[format](Path(path))
