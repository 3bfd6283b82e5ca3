"""Mentions of doses, routes, frequencies and durations: text -> label -> words, as whole lists."""

from __future__ import annotations

import pytest

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor, load

LABELS = ("DRUG", "DOSE", "ROUTE", "FREQUENCY", "DURATION")


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return load()


TABLE: dict[str, list[tuple[str, str]]] = {
    "Ceftriaxone 2 g i.v. every 24 hours was given for seven days.": [
        ("DRUG", "Ceftriaxone"), ("DOSE", "2 g"), ("ROUTE", "i.v."), ("FREQUENCY", "every 24 hours"),
        ("DURATION", "seven days"),
    ],
    "Infliximab 5 mg/kg was infused at weeks 0, 2 and 6.": [
        ("DRUG", "Infliximab"), ("DOSE", "5 mg/kg"), ("FREQUENCY", "at weeks 0, 2 and 6")
    ],
    # the body's own places are no routes, stages no abbreviations of them
    "He had oral ulcers and stage IV melanoma and took aspirin.": [("DRUG", "aspirin")],
    # "infusion" only where no other route word stands
    "An intravenous infusion of magnesium sulfate 4 g was given.": [
        ("ROUTE", "intravenous infusion"), ("DRUG", "magnesium sulfate"), ("DOSE", "4 g")
    ],
    # amounts that are no doses
    "After aspirin he lost 500 mL of blood.": [("DRUG", "aspirin")],
    "He received two cycles of cisplatin.": [("DRUG", "cisplatin")],
    # strength is part of a fluid's name, a dose of an ointment
    "He was given 10% dextrose 60 mL.": [("DRUG", "10% dextrose"), ("DOSE", "60 mL")],
    "Clobetasol 0.05% was applied twice daily.": [
        ("DRUG", "Clobetasol"), ("DOSE", "0.05%"), ("FREQUENCY", "twice daily")
    ],
    # two bounds after "from" are two doses
    "Quetiapine was raised from 25 mg to 50 mg bid.": [
        ("DRUG", "Quetiapine"), ("DOSE", "25 mg"), ("DOSE", "50 mg"), ("FREQUENCY", "bid")
    ],
    "Amoxicillin 500-1000 mg tid was prescribed.": [
        ("DRUG", "Amoxicillin"), ("DOSE", "500-1000 mg"), ("FREQUENCY", "tid")
    ],
    # a frequency of something else
    "He drank alcohol twice a week.": [],
    "He was restricted to one litre a day and took aspirin.": [("DRUG", "aspirin")],
    # days of results are no days of dosing
    "Platelets were 34 and 28 on days 2 and 4 and heparin was stopped.": [("DRUG", "heparin")],
    # a single dose says how often
    "A single dose of intravenous desmopressin was given.": [
        ("FREQUENCY", "single dose"), ("ROUTE", "intravenous"), ("DRUG", "desmopressin")
    ],
    "Thrombocytopenia was thought unlikely after a single dose, and cefazolin was given.": [("DRUG", "cefazolin")],
    # salts belong to the name
    "Perhexiline maleate 100 mg was given.": [("DRUG", "Perhexiline maleate"), ("DOSE", "100 mg")],
    # vague doses
    "She took high-dose methotrexate.": [("DOSE", "high-dose"), ("DRUG", "methotrexate")],
}  # fmt: skip


@pytest.mark.parametrize("text", TABLE, ids=lambda text: text[:50])
def test_mentions(extractor: Extractor, text: str) -> None:
    found = extractor.extract(SourceDocument("test", text)).mentions
    assert [(m.label, m.text) for m in found if m.label in LABELS] == TABLE[text]
    assert all(text[m.start : m.end] == m.text for m in found)


def test_one_dose_for_each_of_a_list(extractor: Extractor) -> None:
    rows = extractor.extract(SourceDocument("test", "Ramipril and bisoprolol 5 mg each were given.")).drugs
    assert [(r.drug_name, r.dose_text) for r in rows] == [("ramipril", "5 mg"), ("bisoprolol", "5 mg")]
