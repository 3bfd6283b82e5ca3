"""Patients of a report: where each begins, age and sex."""

from __future__ import annotations

import re
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from casenlp.documents import Article
from casenlp.linking.quotes import Draft
from casenlp.linking.reading import Reading
from casenlp.pipeline.annotations import Item
from casenlp.pipeline.numbered_cases import case_number, openings
from casenlp.quantities import DAYS
from casenlp.units import TIME_NAMES


def find_cases(reading: Reading) -> None:
    """Set where each patient's part of the report begins, and which sentences elsewhere speak of which patient.

    A part begins with a heading or a sentence that numbers its patient ("Case 2", "Her sister (case 2)") and lasts to
    the next. Elsewhere (discussion, captions, rows of a summary table) a number holds for its sentence alone, two in
    one sentence each up to the next; what names no patient there belongs to the first.
    """
    opens = openings(reading.known, reading.rules)
    if len(set(opens.values())) < 2:
        return
    reading.first_case = min(opens)
    cases = [(0, "1")]
    current = "1"
    for start, end in reading.known.sentences:
        section = reading.known.section_at(start)
        at_home = section is None or section.subject == "patient"
        current = opens.get(start, current)
        said = _said(reading, start, end, set(opens.values()))
        if start in opens or not said:
            cases.append((start, current if at_home else "1"))
            said = said[1:]
        cases += said
    reading.cases = [c for i, c in enumerate(cases) if not i or c[1] != cases[i - 1][1]]


def _said(reading: Reading, start: int, end: int, known: set[str]) -> list[tuple[int, str]]:
    """(place, patient) of the patients that a sentence names by number; the first holds from the sentence's start."""
    text = reading.text[start:end].lower()
    row = reading.rules.macro("case_row")
    pattern = row if row.match(text) else reading.rules.macro("case_named")
    said = [(start + m.start(), case_number(reading.rules, m)) for m in pattern.finditer(text)]
    said = [(place, name) for place, name in said if name in known]
    return [(start, said[0][1]), *said[1:]] if said else []


def link_cases(reading: Reading) -> list[Draft]:
    """One draft a patient, with age and sex as first told."""
    drafts = []
    ages = [i for i in reading.items("age") if i.subject == "patient"]
    ages.sort(key=lambda i: bool(i.values.get("at_event")))  # an age at an event only where no other is told
    sexes = [i for i in reading.items("sex") if i.subject == "patient"]
    for case in dict.fromkeys(name for _, name in reading.cases):
        age = next((i for i in ages if reading.case_of(i) == case and _in_case(i)), None)
        age = age or next((i for i in ages if reading.case_of(i) == case), None)
        sex = _sex_of(reading, sexes, age, case) or _told_sex(reading, case)
        if age is None and sex is None and (case != "1" or len(reading.cases) > 1):
            continue
        parts: dict[str, Item | None] = {"age": age, "sex": sex}
        value, unit = age_of(reading, age)
        values = {
            "age_value": value,
            "age_unit": unit,
            "age_years": _years(value, unit),
            "sex": sex.concept if sex else None,
        }
        lead = age or sex
        if lead is None or not any(v is not None for v in values.values()):
            continue
        draft = reading.draft(values, parts, lead.rule, "patient")
        draft.case_id = case
        draft.values.update(_published(reading.source.article))
        drafts.append(draft)
    return drafts


def _years(value: float | None, unit: str | None) -> float | None:
    if value is None or not unit:
        return None
    if unit == "year" and float(value).is_integer():
        return float(value)
    return round(value * DAYS[unit] / DAYS["year"], 4)


def _published(article: Article | None) -> dict[str, Any]:
    """The columns that tell of the publication; none where the source does not tell."""
    if article is None:
        return {}
    return {**asdict(article), "authors": "; ".join(article.authors) or None}


def _in_case(item: Item) -> bool:
    return item.section is None or (item.section.subject == "patient" and item.section.name != "title")


def _sex_of(reading: Reading, sexes: list[Item], age: Item | None, case: str) -> Item | None:
    near = [s for s in sexes if age is not None and s.sentence == age.sentence]
    if near and age is not None:
        return min(near, key=lambda s: min(abs(s.start - age.end), abs(age.start - s.end)))
    inside = [s for s in sexes if reading.case_of(s) == case]
    return inside[0] if inside else None


def _told_sex(reading: Reading, case: str) -> Item | None:
    """The first pronoun that tells the sex, when those of one sex are much more often used of the patient.

    It is evidence of the row and no mention (guidelines 7.2).
    """
    settings = reading.rules.settings["cases"]
    sex_of = {word: sex for sex in ("male", "female") for word in settings[sex]}
    pronoun = _one_of(tuple(sex_of))
    told: dict[str, list[Item]] = {"male": [], "female": []}
    for number, (start, end) in enumerate(reading.known.sentences):
        section = reading.known.section_at(start)
        if section is not None and section.subject not in ("patient", "mixed"):
            continue
        if next((name for at, name in reversed(reading.cases) if at <= start), "1") != case:
            continue
        for word in pronoun.finditer(reading.text[start:end]):
            sex = sex_of.get(word.group().lower())
            if sex is not None:
                place = start + word.start(), start + word.end()
                item = Item("sex", *place, "cases.pronoun", values={"concept": sex}, sentence=number, section=section)
                told[sex].append(item)
    male, female = told["male"], told["female"]
    if len(male) >= max(1, 2 * len(female)):
        return male[0]
    return female[0] if len(female) >= max(1, 2 * len(male)) else None


@lru_cache(maxsize=4)
def _one_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE)


def age_of(reading: Reading, age: Item | None) -> tuple[float | None, str | None]:
    """(value, unit) of an age mention; a decade counts by its first year."""
    if age is None:
        return None, None
    if age.quantity is not None and age.quantity.low is not None:
        if age.rule == "age.decade":  # "60s" reads as seconds
            return age.quantity.low, "year"
        unit = TIME_NAMES.get(age.quantity.unit or "", "year")
        return age.quantity.low, unit
    words = reading.text[age.start : age.end].lower()
    decades = reading.rules.settings["cases"]["decades"]
    return (float(decades[words]), "year") if words in decades else (None, None)
