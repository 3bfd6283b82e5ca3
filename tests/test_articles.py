"""Whole articles as they are copied from a web page: only what is said of their patients gives patient rows.

The articles in tests/articles are made up for these tests; what is expected was written down by reading them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor, load
from casenlp.records import Extraction

ARTICLES = Path(__file__).parent / "articles"
WEB = (ARTICLES / "web.txt").read_text(encoding="utf-8")
SERIES = (ARTICLES / "series.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return load()


@pytest.fixture(scope="module")
def web(extractor: Extractor) -> Extraction:
    return extractor.extract(SourceDocument("web", WEB))


@pytest.fixture(scope="module")
def series(extractor: Extractor) -> Extraction:
    return extractor.extract(SourceDocument("series", SERIES))


def test_patients_of_a_web_article(web: Extraction) -> None:
    assert [(r.case_id, r.age_value, r.sex) for r in web.cases] == [("1", 44.0, "female"), ("2", 61.0, "male")]


def test_drugs_and_results_are_those_of_its_patients(web: Extraction) -> None:
    assert [(r.case_id, r.drug_name, r.dose_text) for r in web.drugs if r.subject == "patient"] == [
        ("1", "sarilumab", "200 mg"),
        ("2", "sarilumab", "150 mg"),
    ]
    results = [(r.case_id, r.test_name, r.value, r.reference_high) for r in web.labs if r.subject == "patient"]
    assert results == [("1", "lipase", 1240.0, 60.0), ("2", "lipase", 960.0, None)]


def test_other_published_patients_are_literature(web: Extraction) -> None:
    others = [(r.drug_name, r.dose_text) for r in web.drugs if r.subject == "literature" and r.dose_text]
    assert others == [("tocilizumab", "8 mg/kg")]
    assert [r.value for r in web.labs if r.subject == "literature"] == [3400.0]


def test_a_sentence_on_our_patient_in_the_discussion_is_hers(web: Extraction) -> None:
    lipase = next(r for r in web.labs if r.value == 1240.0)
    assert {e.section for e in lipase.evidence} == {"case report", "discussion"}


def test_menus_affiliations_references_and_footers_give_no_rows(web: Extraction) -> None:
    first, last = WEB.index("Abstract\n"), WEB.index("Availability of data")
    for row in [r for table in web.tables().values() for r in table.to_dict("records")]:
        for evidence in row["evidence"]:
            place = evidence["start"] if isinstance(evidence, dict) else evidence.start
            assert first < place < last, row
    names = {r.diagnosis_name for r in web.diagnoses} | {r.drug_name for r in web.drugs}
    assert names.isdisjoint({"diabetes mellitus", "asthma", "insulin", "dupilumab", "hepatitis", "allergy"})


def test_every_patient_of_a_series_is_a_case(series: Extraction) -> None:
    assert [(r.case_id, r.age_value, r.sex) for r in series.cases] == [
        ("1", 23.0, "female"),
        ("2", 27.0, "female"),
        ("3", 70.0, "male"),
    ]


def test_a_sister_who_is_a_case_is_a_patient(series: Extraction) -> None:
    given = [(r.case_id, r.subject, r.drug_name, r.dose_text) for r in series.drugs]
    assert ("2", "patient", "propylthiouracil", "100 mg") in given
    assert [g for g in given if g[1] != "patient"] == []


def test_rows_of_a_flattened_table_and_of_the_discussion_go_to_their_patient(series: Extraction) -> None:
    assert [(r.case_id, r.test_name, r.value) for r in series.labs] == [
        ("1", "neutrophils", 0.1),
        ("2", "neutrophils", 0.3),
        ("3", "creatinine", 2.4),
        ("3", "creatinine", 1.1),
    ]
    doses = [(r.case_id, r.drug_name, r.dose_text) for r in series.drugs]
    assert ("2", "propylthiouracil", "300 mg") in doses
    assert ("3", "colchicine", "1 mg") in doses
    carbimazole = next(r for r in series.drugs if r.drug_name == "carbimazole")
    assert {e.section for e in carbimazole.evidence} >= {"case report", "table"}
