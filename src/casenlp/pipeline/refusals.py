"""Why an amount is no dose, and a word for a route, a frequency or a duration none of a drug.

What stands before or behind says so; the words are in rules/patterns/macros.toml and administration.toml. Positions
are those in a sentence's symbol form. Source: corpus/guidelines.md section 3.
"""

from __future__ import annotations

from casenlp.patterns import SYMBOLS
from casenlp.pipeline.annotations import Item
from casenlp.pipeline.shadow import Shadow
from casenlp.rules import RuleSet

_DRUG = SYMBOLS["drug"]


class Refusals:
    """Gives the reasons against doses and the other parts of what was given."""

    def __init__(self, rules: RuleSet) -> None:
        macro = rules.macro
        self._never_units = frozenset(rules.settings["exposures"]["never_units"])
        self._dose_cue = macro("dose_cue")
        self._form_before = macro("form_before_strength")
        self._dissolved = macro("dissolved_before")
        self._no_dose_after = macro("no_dose_after")
        self._no_dose_before = macro("no_dose_before")
        self._no_route_after = macro("no_route_after")
        self._no_route_before = macro("no_route_before")
        self._no_frequency_before = macro("no_frequency_before")
        self._after_doses = macro("after_doses")
        self._amount_of = macro("amount_of")
        self._of_illness = macro("duration_of_illness")
        self._no_duration_before = macro("no_duration_before")
        self._no_duration_after = macro("no_duration_after")

    def why_no_dose(self, shadow: Shadow, amount: Item, position: int) -> str | None:
        """Why an amount is no dose of a drug, or None."""
        unit = amount.quantity.unit if amount.quantity else None
        if unit in self._never_units:
            return f"{unit} is no unit of dose"
        if amount.kind == "percent" and not self._is_strength(shadow, position):
            return "no drug stands beside it"
        is_volume = amount.quantity is not None and amount.quantity.kind == "volume"
        if is_volume and self._dissolved.search(shadow.text, max(0, position - 10), position):
            return "it is what a dose is dissolved in"
        if self._no_dose_after.match(shadow.text, position + 1):
            return "what follows says that it is something else"
        if self._no_dose_before.search(shadow.text, max(0, position - 30), position):
            return "what precedes says that it is something else"
        return None

    def why_no_part(self, shadow: Shadow, part: Item, position: int) -> str | None:
        """Why a route, frequency or duration is none of a drug, or None."""
        if part.kind == "route":
            if self._no_route_after.match(shadow.text, position + 1):
                return "what follows says that it is a place of the body"
            if self._no_route_before.search(shadow.text, max(0, position - 30), position):
                return "what precedes says that it is a number"
        if part.kind == "duration":
            if self._of_illness.match(shadow.text, position + 1):
                return "what follows says that an illness lasted so long"
            lead = max(0, position - 80)
            if self._no_duration_before.search(shadow.text, lead, position):
                return "what precedes says that something else lasted so long"
            if self._no_duration_after.match(shadow.text, position + 1):
                return "what follows says that something else lasted so long"
        if part.kind == "frequency":
            lead = max(0, position - 40)
            if self._no_frequency_before.search(shadow.text, lead, position):
                return "what precedes says that it is of something else"
            if self._after_doses.search(shadow.text, lead, position) and not self._amount_of.match(
                shadow.text, position + 1
            ):
                return "it only counts what was given before"
        return None

    def _is_strength(self, shadow: Shadow, position: int) -> bool:
        """Whether a share stands beside a drug, so that it can be how strong it is."""
        following = shadow.text[position + 1 : position + 30].lstrip(" ")
        before = shadow.text[max(0, position - 2) : position].strip()
        return (
            following[:1] == _DRUG
            or before == _DRUG
            or self._form_before.search(shadow.text, max(0, position - 5), position) is not None
            or bool(self._dose_cue.search(shadow.text, max(0, position - 14), position))
        )
