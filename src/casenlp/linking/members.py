"""A class of drugs that stands for the one drug of it that was named: "dexamethasone was given … after the steroid".

Only where the words point back ("the", "this"), and exactly one drug of the class was named before in the part of the
report on the same patient. Macros of rules/patterns/macros.toml hold the words.
Source: corpus/guidelines.md section 15.1.
"""

from __future__ import annotations

from casenlp.linking.reading import Reading, drug_name
from casenlp.pipeline.annotations import Item

_LEAD = 24  # characters before a class that may point back


def name_members(reading: Reading) -> None:
    """Give every class of a patient's drugs that stands for a drug named before the entry of that drug."""
    drugs = reading.items("drug")
    points_back, alone = reading.rules.macro("points_back"), reading.rules.macro("points_back_alone")
    form = reading.rules.macro("form_behind")
    for number, item in enumerate(drugs):
        if not number or item.entry is None or item.subject != "patient":
            continue
        lead = reading.text[max(0, item.start - _LEAD) : item.start].lower()
        if points_back.search(lead) is None and alone.search(reading.text[item.start : item.end].lower()) is None:
            continue
        behind = drugs[number + 1] if number + 1 < len(drugs) else None
        if behind is not None and behind.sentence == item.sentence and _is_of(reading, item, behind):
            continue  # "the steroid dexamethasone" names its drug itself
        before = {drug_name(d): d for d in drugs[:number] if _is_of(reading, item, d)}
        if form.match(reading.text[item.end : item.end + _LEAD].lower()):  # "the steroid drops" beside tablets
            before = {n: d for n, d in before.items() if form.match(reading.text[d.end : d.end + _LEAD].lower())}
        if len(before) == 1:
            item.entry = next(iter(before.values())).entry
            item.values["member"] = True


def _is_of(reading: Reading, item: Item, drug: Item) -> bool:
    """Whether a drug of the same patient is of the class of another item."""
    if drug.entry is None or drug.negated or drug.subject != "patient":
        return False
    if reading.case_of(drug) != reading.case_of(item):
        return False
    words = f"{drug_name(item)} | {drug_name(drug)}".lower()
    return reading.rules.macro("class_members").search(words) is not None
