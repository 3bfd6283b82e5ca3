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
    # "once" as a conjunction
    "Cefazolin was stopped once the cultures were back.": [("DRUG", "Cefazolin")],
    "Cefazolin 2 g was given once.": [("DRUG", "Cefazolin"), ("DOSE", "2 g"), ("FREQUENCY", "once")],
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


DOSES_OF_ROWS = {
    # one dose told in several ways is one exposure; what the patient got of the drug itself stands
    "He got 20 ml of lidocaine 2% (400 mg, or 5 mg/kg).": ["400 mg"],
    # sessions, and blood given beside a drug, are no dose of it
    "Four sessions of hemodialysis were needed, and cefazolin 1 g was given.": ["1 g"],
    "Cefazolin 1 g was begun and two units of red cells were transfused.": ["1 g"],
    "Fluconazole 6 mg/kg daily was given.": ["6 mg/kg"],
    "She was given sodium bicarbonate 8.4% 100 ml.": ["100 ml"],
    "One shot of hydroxocobalamin (1 mg) was given.": ["1 mg"],
    "Amikacin 900 mg, or 15 mg/kg, was infused.": ["900 mg"],
    "He swallowed verapamil tablets (80 mg each, in all 2.4 g).": ["2.4 g"],
    "Clobetasol 0.05% was applied daily.": ["0.05%"],
    "Amoxicillin (1 g, 500 mg) was tried.": ["1 g", "500 mg"],
    # both ends of a change, whose unit is said once; a range of doses is one
    "Prednisone was reduced from 60 to 40 mg daily.": ["60", "40 mg"],
    "Olanzapine was titrated from 5 to 15 mg nightly.": ["5", "15 mg"],
    "Olanzapine was given in doses from 5 to 15 mg.": ["5 to 15 mg"],
    # a number that a day has is no dose, nor is the weight of a body
    "Lamotrigine 25 mg was raised to 50 mg on day 15 and 100 mg on day 29.": ["25 mg", "50 mg", "100 mg"],
    "Sertraline 50 mg was taken, 100 mg from week 2, and 150 mg from week 4.": ["50 mg", "100 mg", "150 mg"],
    "A student, 55 kg, swallowed paracetamol 20 g.": ["20 g"],
}


@pytest.mark.parametrize("text", DOSES_OF_ROWS, ids=lambda text: text[:50])
def test_doses_of_rows(extractor: Extractor, text: str) -> None:
    assert [r.dose_text for r in extractor.extract(SourceDocument("test", text)).drugs] == DOSES_OF_ROWS[text]


def test_doses_of_a_drug_of_the_sentence_before(extractor: Extractor) -> None:
    text = "Intralipid was fetched. A bolus of 100 ml, then an infusion of 15 ml/kg/h, was given (20 g)."
    rows = extractor.extract(SourceDocument("test", text)).drugs
    assert {r.drug_name for r in rows} == {"lipid emulsion"}
    assert "100 ml" in [r.dose_text for r in rows]


def test_each_is_no_more_than_what_stands_before(extractor: Extractor) -> None:
    text = "Two nitroglycerin tablets (0.4 mg each) and aspirin 300 mg were given."
    rows = extractor.extract(SourceDocument("test", text)).drugs
    assert [(r.drug_name, r.dose_text) for r in rows] == [("nitroglycerin", "0.4 mg"), ("aspirin", "300 mg")]
