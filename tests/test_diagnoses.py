"""Diagnosis rows: reports of a few sentences -> rows, by corpus/guidelines.md section 14."""

from __future__ import annotations

import pytest

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor, load


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    """The rules of this checkout."""
    return load()


def _rows(extractor: Extractor, text: str, *columns: str) -> list[tuple[object, ...]]:
    rows = extractor.extract(SourceDocument("d", text)).diagnoses
    return [tuple(getattr(row, column) for column in ("subject", "diagnosis_name", *columns)) for row in rows]


STATUS = [
    ("He had gastritis.", [("patient", "gastritis", "confirmed")]),
    ("Lymphoma was suspected.", [("patient", "lymphoma", "suspected")]),
    ("There was no pneumonia.", [("patient", "pneumonia", "ruled_out")]),
    ("Lymphoma was suspected, but no further evidence was found.", [("patient", "lymphoma", "ruled_out")]),
    ("Lymphoma was considered, but excluded.", [("patient", "lymphoma", "ruled_out")]),
    ("The biopsy disproved lymphoma.", [("patient", "lymphoma", "ruled_out")]),
    ("Drug allergies: none.", [("patient", "drug allergy", "ruled_out")]),
    ("Lymphoma was among the differential diagnoses.", [("patient", "lymphoma", "suspected")]),
    ("He died of catheter-related sepsis.", [("patient", "catheter-related sepsis", "confirmed")]),
    ("A Jarisch-Herxheimer reaction followed.", [("patient", "jarisch-herxheimer reaction", "confirmed")]),
    ("Histology showed interface dermatitis.", []),
    ("Lymphoma was suspected. Later lymphoma was ruled out.", [("patient", "lymphoma", "ruled_out")]),
    ("Lymphoma was suspected. Biopsy proved lymphoma.", [("patient", "lymphoma", "confirmed")]),
    ("He was told to return if pneumonia developed.", []),
    ("He took statins and had hyperlipidemia.", [("patient", "hyperlipidemia", "confirmed")]),
    ("Hemolytic anemia was diagnosed.", [("patient", "hemolytic anemia", "confirmed")]),
    ("Methemoglobinemia was diagnosed.", [("patient", "methemoglobinemia", "confirmed")]),
    ("Henoch-Schönlein purpura was diagnosed.", [("patient", "iga vasculitis", "confirmed")]),
    ("Colon cancer was diagnosed.", [("patient", "colon cancer", "confirmed")]),
    ("Sheehan's syndrome was diagnosed.", [("patient", "sheehan syndrome", "confirmed")]),
    ("She was a known hypertensive.", [("patient", "hypertension", "confirmed")]),
    ("He was hypertensive at 170/105 mmHg.", []),
    ("Rejection was not to be assumed.", [("patient", "graft rejection", "ruled_out")]),
    ("Amlodipine was begun lest she develop stroke.", []),
    # capitals that no lexicon has, where they are what was diagnosed
    ("A final diagnosis of QZX was made.", [("patient", "qzx", "confirmed")]),
    ("His father suffered from QZX.", [("family", "qzx", "confirmed")]),
    ("There was suspicion of QZX.", [("patient", "qzx", "suspected")]),
    ("She was diagnosed as WHO grade II.", []),
    ("The diagnosis of ICU delirium was made.", [("patient", "delirium", "confirmed")]),
]


@pytest.mark.parametrize(("text", "wanted"), STATUS, ids=lambda v: str(v)[:40])
def test_status(extractor: Extractor, text: str, wanted: list[tuple[str, ...]]) -> None:
    assert _rows(extractor, text, "status") == wanted


def test_a_short_name_is_the_fuller_one_said_before(extractor: Extractor) -> None:
    text = "A boy had atopic dermatitis. The dermatitis worsened. Contact dermatitis was ruled out."
    assert _rows(extractor, text, "status") == [
        ("patient", "atopic dermatitis", "confirmed"),
        ("patient", "contact dermatitis", "ruled_out"),
    ]


def test_the_case_section_wins_over_general_statements(extractor: Extractor) -> None:
    text = (
        "Abstract\nWe report psoriasis in a boy with moderate atopic dermatitis.\n\n"
        "Case report\nA 12-year-old boy was diagnosed with severe atopic dermatitis.\n\n"
        "Discussion\nMild atopic dermatitis is common. Urticaria has been reported with dupilumab.\n"
    )
    rows = _rows(extractor, text, "severity")
    assert ("patient", "atopic dermatitis", "severe") in rows
    assert [row for row in rows if row[1] == "urticaria"] == []


def test_severity_is_no_part_of_the_name(extractor: Extractor) -> None:
    extraction = extractor.extract(
        SourceDocument("d", "She had severe preeclampsia and stage 3 chronic kidney disease.")
    )
    assert [(r.diagnosis_text, r.severity) for r in extraction.diagnoses] == [
        ("preeclampsia", "severe"),
        ("chronic kidney disease", "stage 3"),
    ]


def test_family_and_duration(extractor: Extractor) -> None:
    text = (
        "He had a six-year history of asthma; his father also had a history of asthma, but his mother was healthy. "
        "There was no family history of epilepsy."
    )
    assert _rows(extractor, text, "relative", "temporality", "status", "duration_text") == [
        ("patient", "asthma", None, "historical", "confirmed", "six-year"),
        ("family", "asthma", "father", "historical", "confirmed", None),
        ("family", "epilepsy", None, "current", "ruled_out", None),
    ]


def test_other_peoples_cases_only_where_a_person_is_told_of(extractor: Extractor) -> None:
    text = (
        "Case report\nA 30-year-old man had gout.\n\nDiscussion\nPancreatitis has been reported in patients with gout. "
        "Another report described a 19-year-old woman who developed hepatitis.\n"
    )
    assert _rows(extractor, text) == [("patient", "gout"), ("literature", "hepatitis")]


FINAL = [
    ("We report a rare case of pustular psoriasis.", True),
    ("Finally, the child was diagnosed with pustular psoriasis.", True),
    ("Pustular psoriasis was diagnosed.", True),
    ("He had pustular psoriasis.", False),
]


@pytest.mark.parametrize(("text", "final"), FINAL)
def test_what_the_report_is_about(extractor: Extractor, text: str, final: bool) -> None:
    assert _rows(extractor, text, "final") == [("patient", "pustular psoriasis", final)]


SHARED = [
    ("Tests showed acute liver and renal failure.", ["acute liver failure", "renal failure"]),
    ("She had brain, lung and liver metastases.", ["brain metastasis", "lung metastasis", "liver metastasis"]),
    ("Type 1 and type 2 diabetes were considered.", ["type 1 diabetes mellitus", "type 2 diabetes mellitus"]),
    ("He had nausea, fever and renal failure.", ["renal failure"]),
    ("Breast and ovarian cancer were ruled out.", ["breast cancer", "ovarian cancer"]),
    ("She met the criteria for serotonin syndrome.", ["serotonin syndrome"]),
    ("Hepatitis A, B and C serologies were negative.", []),
    ("We followed the European vasculitis study group.", []),
    ("A scleroderma-like reaction was seen.", []),
]


@pytest.mark.parametrize(("text", "wanted"), SHARED, ids=lambda v: str(v)[:40])
def test_names_share_their_last_words(extractor: Extractor, text: str, wanted: list[str]) -> None:
    assert [name for _, name in _rows(extractor, text)] == wanted


def test_a_part_of_a_name_has_a_row_and_no_mention(extractor: Extractor) -> None:
    extraction = extractor.extract(SourceDocument("d", "There was no heart or renal failure."))
    assert [(r.diagnosis_text, r.diagnosis_name, r.status) for r in extraction.diagnoses] == [
        ("heart", "heart failure", "ruled_out"),
        ("renal failure", "renal failure", "ruled_out"),
    ]
    assert [m.text for m in extraction.mentions if m.label == "DIAGNOSIS"] == ["renal failure"]
