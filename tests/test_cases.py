"""Patients: reports of a few sentences -> rows, by corpus/guidelines.md section 10."""

from __future__ import annotations

import pytest

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor, load


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    """The rules of this checkout."""
    return load()


CASES = [
    ("A 54-year-old man came.", [("1", 54.0, "year", "male")]),
    ("A boy aged 3 months came.", [("1", 3.0, "month", "male")]),
    ("A woman in her sixties came.", [("1", 60.0, "year", "female")]),
    ("A man in his 60s was seen.", [("1", 60.0, "year", "male")]),
    ("A 40-year-old patient came. She had fever and her cough was dry.", [("1", 40.0, "year", "female")]),
    ("A 9-year-old boy came. His brother, a 3-year-old boy, was well.", [("1", 9.0, "year", "male")]),
    ("At 5 years of age he had a seizure. The patient is a 16-year-old boy.", [("1", 16.0, "year", "male")]),
    ("A 70 y/o M was admitted with fever.", [("1", 70.0, "year", "male")]),
    ("A 62 yo F came.", [("1", 62.0, "year", "female")]),
    ("A woman of 62 presented with fever.", [("1", 62.0, "year", "female")]),
    ("A boy of five months was seen.", [("1", 5.0, "month", "male")]),
    ("A 32-year-old G2P1 presented with headache.", [("1", 32.0, "year", "female")]),
    ("A 29-year-old gravida 2 para 1 was admitted.", [("1", 29.0, "year", "female")]),
    ("Fever was treated.", []),
    ("A 66F presented with syncope.", [("1", 66.0, "year", "female")]),
    ("66M with gout was seen.", [("1", 66.0, "year", "male")]),
    ("38 F, 52 kg, was admitted.", [("1", 38.0, "year", "female")]),
    ("A 29F G1P0 at 34 weeks presented with headache.", [("1", 29.0, "year", "female")]),
    ("A 45/F with asthma was admitted.", [("1", 45.0, "year", "female")]),
    ("A 45/M farmer came.", [("1", 45.0, "year", "male")]),
    ("F/38 with asthma was seen.", [("1", 38.0, "year", "female")]),
    ("Age/sex: 38/F. She had fever.", [("1", 38.0, "year", "female")]),
    ("A patient (38/M) died.", [("1", 38.0, "year", "male")]),
    ("38yoF with asthma came.", [("1", 38.0, "year", "female")]),
    ("A 38-y-old woman came.", [("1", 38.0, "year", "female")]),
    ("A 9 m.o. boy came.", [("1", 9.0, "month", "male")]),
    ("Mr. Y, 38, took ibuprofen.", [("1", 38.0, "year", "male")]),
    ("Age: 38; sex: M.", [("1", 38.0, "year", "male")]),
    ("A woman in her early 40's came.", [("1", 40.0, "year", "female")]),
    ("A nonagenarian man came.", [("1", 90.0, "year", "male")]),
    ("Patient is a 38-year-old man with gout.", [("1", 38.0, "year", "male")]),
]
NO_AGE = [
    "A 6F was taken to the cath lab.",
    "The MS symptoms (3 years) were mild.",
    "A 16 F catheter was placed.",
    "An 8F sheath was exchanged.",
    "A 14F with a balloon was passed.",
    "The temperature was 101 F with rigors.",
    "A 101F with chills was measured.",
    "Then 0.5 M sodium chloride was infused.",
    "A 10M solution was drunk.",
    "The pulse was 90/m with palpitations.",
    "A 120/m heart rate was found.",
    "We thank Mr. Jones for the drawings.",
]


@pytest.mark.parametrize(("text", "wanted"), CASES, ids=lambda v: str(v)[:40])
def test_patients(extractor: Extractor, text: str, wanted: list[tuple[str, float, str, str]]) -> None:
    rows = extractor.extract(SourceDocument("d", text)).cases
    assert [(r.case_id, r.age_value, r.age_unit, r.sex) for r in rows] == wanted


@pytest.mark.parametrize("text", NO_AGE)
def test_what_is_no_age(extractor: Extractor, text: str) -> None:
    extraction = extractor.extract(SourceDocument("d", text))
    assert [m.text for m in extraction.mentions if m.label in ("AGE", "SEX")] == []
    assert extraction.cases == ()


def test_age_and_sex_letter_are_mentions_of_their_own(extractor: Extractor) -> None:
    mentions = extractor.extract(SourceDocument("d", "A 66F presented with syncope.")).mentions
    assert [(m.label, m.start, m.end, m.text) for m in mentions[:2]] == [("AGE", 2, 4, "66"), ("SEX", 4, 5, "F")]


def test_pronoun_is_evidence_and_no_mention(extractor: Extractor) -> None:
    text = "A 40-year-old patient came. She had fever and her cough was dry."
    extraction = extractor.extract(SourceDocument("d", text))
    told = [(e.start, e.text) for e in extraction.cases[0].evidence if e.field == "sex"]
    assert told == [(text.index("She"), "She")]
    assert [m.label for m in extraction.mentions if m.label == "SEX"] == []


def test_several_patients(extractor: Extractor) -> None:
    text = (
        "Rash after phenytoin: two cases\n\nCase 1\nA 54-year-old man developed urticaria.\n\n"
        "Case 2\nA 23-year-old woman developed hepatitis.\n\n"
        "Discussion\nA 70-year-old man with vasculitis was described by others.\n"
    )
    extraction = extractor.extract(SourceDocument("d", text))
    assert [(r.case_id, r.age_value, r.sex) for r in extraction.cases] == [("1", 54.0, "male"), ("2", 23.0, "female")]
    patients = [(r.case_id, r.diagnosis_name) for r in extraction.diagnoses if r.subject == "patient"]
    assert patients == [("1", "urticaria"), ("2", "hepatitis")]


SERIES = (
    "Rash after phenytoin: two cases\n\nCase 1\nA 54-year-old man developed urticaria.\n\n"
    "Case 2\nA 23-year-old woman developed hepatitis.\n\nDiscussion\n"
)
SAID = [
    ("In patient 2, the creatinine rose to 2.3 mg/dL.", ("2", "patient")),
    ("Case 1 had the highest creatinine, 2.3 mg/dL.", ("1", "patient")),
    ("The creatinine was 2.3 mg/dL in our second patient.", ("2", "patient")),
    ("Smith et al. described that the creatinine was 2.3 mg/dL in patient 2.", ("2", "literature")),
    ("In patient 5 of that series, the creatinine was 2.3 mg/dL.", ("1", "literature")),
]


@pytest.mark.parametrize(("sentence", "wanted"), SAID)
def test_a_patient_named_by_number_in_the_discussion(
    extractor: Extractor, sentence: str, wanted: tuple[str, str]
) -> None:
    labs = extractor.extract(SourceDocument("d", f"{SERIES}{sentence}\n")).labs
    assert [(row.case_id, row.subject) for row in labs] == [wanted]
