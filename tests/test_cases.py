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
]


@pytest.mark.parametrize(("text", "wanted"), CASES, ids=lambda v: str(v)[:40])
def test_patients(extractor: Extractor, text: str, wanted: list[tuple[str, float, str, str]]) -> None:
    rows = extractor.extract(SourceDocument("d", text)).cases
    assert [(r.case_id, r.age_value, r.age_unit, r.sex) for r in rows] == wanted


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
