"""Times that are counted: "day 6", "the third week", "2nd month"."""

from __future__ import annotations

import re
from collections.abc import Mapping

from casenlp.quantities import DAYS

_FIGURES = re.compile(r"\d+")


def counted_time(words: str, ordinals: Mapping[str, float]) -> tuple[float | None, str | None]:
    """Number and unit of a counted time in lower case, None for what it does not tell; `ordinals` are number words.

    The unit is the last word that is one ("second day"), named as in the latencies table.
    """
    parts = words.replace("-", " ").split()
    units = [part.rstrip("s") for part in parts if part.rstrip("s") in DAYS]
    figures = _FIGURES.search(words)
    counting = next((part for part in parts if part in ordinals), None)
    number = float(figures.group()) if figures else float(ordinals[counting]) if counting else None
    return number, units[-1] if units else None


def days_of(value: float | None, unit: str | None) -> float | None:
    """A time in days; None where value or unit is not known."""
    return round(value * DAYS[unit], 4) if value is not None and unit in DAYS else None
