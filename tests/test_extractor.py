"""From a document to rows, and back to the words."""

from __future__ import annotations

import contextlib
import gc
import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import casenlp
from casenlp.documents import SourceDocument
from casenlp.errors import CasenlpError, DocumentError, UsageError
from casenlp.extractor import Extractor, load
from casenlp.records import TABLES, Extraction

REPORT = (
    "Case report\n"
    "A 54-year-old man was treated with allopurinol 300 mg orally once daily for gout. Three weeks after starting "
    "allopurinol he developed a maculopapular rash. Laboratory tests revealed leukocytosis (18,400/μL) and creatinine "
    "of 2.1 mg/dL (normal 0.7–1.2 mg/dL). Allopurinol was discontinued and the rash resolved. His father had a history "
    "of diabetes mellitus.\n"
)


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return load()


@pytest.fixture(scope="module")
def result(extractor: Extractor) -> Extraction:
    return extractor.extract(SourceDocument("gout", REPORT))


def quoted(result: Extraction, text: str) -> None:
    for mention in result.mentions:
        assert text[mention.start : mention.end] == mention.text
    for table in TABLES:
        for row in result.rows(table):
            for evidence in row.evidence:
                assert text[evidence.start : evidence.end] == evidence.text


@pytest.mark.parametrize("text", [REPORT, " "])
@pytest.mark.parametrize("looking", [True, False])
def test_a_document_leaves_the_search_for_circles_as_it_was(extractor: Extractor, text: str, looking: bool) -> None:
    before = gc.isenabled()
    (gc.enable if looking else gc.disable)()
    try:
        with contextlib.suppress(DocumentError):
            extractor.extract(SourceDocument("gout", text))
        assert gc.isenabled() is looking
    finally:
        (gc.enable if before else gc.disable)()


def test_offsets_quote_the_source(result: Extraction) -> None:
    quoted(result, REPORT)
    assert len(result.mentions) > 10


def test_the_six_tables(result: Extraction) -> None:
    assert [(r.age_value, r.age_unit, r.sex) for r in result.cases] == [(54, "year", "male")]
    assert [
        (r.drug_name, r.dose_value, r.dose_unit, r.route, r.frequency_per_day, r.indication, r.action, r.role)
        for r in result.drugs
    ] == [("allopurinol", 300, "mg", "oral", 1, "gout", "discontinued", "suspect")]
    assert [(r.test_name, r.value, r.unit, r.flag, r.reference_low, r.reference_high) for r in result.labs] == [
        ("leukocytes", 18400, "/uL", "high", None, None),
        ("creatinine", 2.1, "mg/dL", "high", 0.7, 1.2),
    ]
    assert [(r.drug_name, r.event_text, r.value, r.unit, r.days, r.anchor, r.statistic) for r in result.latencies] == [
        ("allopurinol", "maculopapular rash", 3, "week", 21, "start", "individual")
    ]
    assert {(r.diagnosis_name, r.subject, r.relative) for r in result.diagnoses} == {
        ("gout", "patient", None),
        ("diabetes mellitus", "family", "father"),
    }
    assert [(r.drug_name, r.event_text, r.dechallenge) for r in result.reactions] == [
        ("allopurinol", "maculopapular rash", "resolved")
    ]


def test_mentions_of_rows_exist(result: Extraction) -> None:
    known = {m.id: m for m in result.mentions}
    for table in TABLES:
        for row in result.rows(table):
            for column in row.__dataclass_fields__:
                if column.endswith("_mention") and getattr(row, column):
                    assert getattr(row, column) in known


def test_same_input_same_output(extractor: Extractor) -> None:
    once = load().extract(SourceDocument("gout", REPORT)).to_dict()
    assert once == extractor.extract(SourceDocument("gout", REPORT)).to_dict()


def test_what_was_extracted_before_changes_nothing(extractor: Extractor, result: Extraction) -> None:
    extractor.extract(SourceDocument("other", "A 3-year-old girl took amoxicillin (AMX) 250 mg. AMX was stopped."))
    assert extractor.extract(SourceDocument("gout", REPORT)) == result


def test_a_row_is_explained(extractor: Extractor) -> None:
    text = extractor.explain(SourceDocument("gout", REPORT), "latencies.1")
    assert "latency." in text
    assert "Three weeks" in text
    assert "patterns/latencies.toml" in text
    with pytest.raises(UsageError, match=r"no row 'labs.99'; rows are cases.1"):
        extractor.explain(SourceDocument("gout", REPORT), "labs.99")


def test_an_explanation_names_the_words_that_decided(extractor: Extractor) -> None:
    text = "He took phenytoin 300 mg for epilepsy. Phenytoin was stopped. Meningitis was ruled out. He felt well."
    document = SourceDocument("d", text)
    rows = {r.diagnosis_name: r.row_id for r in extractor.extract(document).diagnoses}
    ruled_out = extractor.explain(document, rows["meningitis"])
    assert "negated: 'was ruled out' says so of 'Meningitis' (negated.after (patterns/context.toml" in ruled_out
    assert "drug.stopped (patterns/drugs.toml" in extractor.explain(document, "drugs.1")


def test_tables_are_data_frames(result: Extraction) -> None:
    frames = result.tables()
    assert list(frames) == list(TABLES)
    assert frames["drugs"].loc[0, "dose_value"] == 300
    assert str(frames["drugs"].dtypes["dose_value"]) == "Float64"


def test_the_python_interface(tmp_path: Path) -> None:
    assert casenlp.extract("He took aspirin 100 mg.").drugs[0].dose_value == 100
    path = tmp_path / "a.txt"
    path.write_text("He took aspirin 100 mg.", encoding="utf-8")
    assert casenlp.extract(path).doc_id == "a"
    with pytest.raises(CasenlpError, match=r"no\.txt"):
        casenlp.extract(tmp_path / "no.txt")
    assert set(casenlp.__all__) <= set(dir(casenlp)) | set(casenlp._LAZY)
    with pytest.raises(AttributeError):
        _ = casenlp.nothing


@pytest.mark.parametrize("text", ["", "   \n\t ", "\u2009\u00a0"])
def test_no_text_is_an_error(extractor: Extractor, text: str) -> None:
    with pytest.raises(DocumentError, match="no text"):
        extractor.extract(SourceDocument("empty", text))


def _mixed(length: int) -> str:
    chooser = random.Random(1)
    return "".join(chooser.choice("abcXYZ019.,-/()%αβ") for _ in range(length))


HOSTILE = {
    "no space": "a" * 200_000,
    "mixed without space": _mixed(100_000),
    "digits": "1," * 50_000,
    "brackets": "(" * 20_000 + ")" * 20_000,
    "blanks": " " * 200_000 + "x",
    "line ends": "\n" * 100_000 + "x",
    "hyphens": "a-\n" * 20_000,
    "doses without end": "aspirin 5 mg, " * 3_000,
    "results without end": "AST 40, ALT 51, " * 3_000,
    "captions": "Figure 1 foo\n" * 3_000 + "bar",
    "headings": "Discussion\n" * 10_000,
    "findings without end": "no rash after 3 days of therapy with aspirin " * 2_000,
    "right to left": "המטופל קיבל aspirin 100 mg ליום. عمره 5 سنوات",
    "emoji": "He 😀 took aspirin 💊 100 mg daily 👍🏽. İstanbul ß ﬁ",
    "nul": "He took\x00 aspirin 5 mg\x00\x00.",
    "combining": "e\u0301" * 50_000,
    "lone surrogate": "He took \ud800 aspirin.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_in_bounded_time(extractor: Extractor, name: str) -> None:
    text = HOSTILE[name]
    begin = time.process_time()
    quoted(extractor.extract(SourceDocument(name, text)), text)
    assert time.process_time() - begin < 30


WORDS = st.sampled_from(
    (
        "aspirin dupilumab 5 mg 10 days after starting no rash fever AST 40 U/L × 109/L normal ( ) , . ; \n \n\n "
        "Discussion\n She had a his father Figure 1 psoriasis.3 neutro-\nphilia 3–4 weeks respectively and was "
        "elevated İ ß 😀"
    ).split(" ")
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WORDS, max_size=60).map(" ".join))
def test_any_words_give_a_quoted_extraction(extractor: Extractor, text: str) -> None:
    if text.strip():
        quoted(extractor.extract(SourceDocument("words", text)), text)


def test_a_verb_behind_a_list_speaks_of_its_last_drug(extractor: Extractor) -> None:
    text = "She received heparin 5000 units, insulin 10 units and prednisone 60 mg tapered over two weeks."
    actions = {r.drug_name: r.action for r in extractor.extract(SourceDocument("d", text)).drugs}
    assert actions == {"heparin": "started", "insulin": "started", "prednisone": "reduced"}


def test_what_is_ruled_out_behind_a_cause_is_the_head(extractor: Extractor) -> None:
    rows = extractor.extract(SourceDocument("d", "Sepsis due to pneumonia was ruled out.")).diagnoses
    assert {r.diagnosis_name: r.status for r in rows}["sepsis"] == "ruled_out"


def test_a_mother_in_a_title_is_the_patient(extractor: Extractor) -> None:
    text = "Agranulocytosis after carbimazole in a mother\n\nCase report\nA woman took carbimazole 20 mg daily.\n"
    result = extractor.extract(SourceDocument("d", text))
    assert {r.subject for r in (*result.drugs, *result.reactions)} == {"patient"}


def test_a_pair_of_numbers_is_split_over_two_tests_joined_by_a_slash(extractor: Extractor) -> None:
    text = "BUN/Cr 48/2.3 mg/dL. On examination, his blood pressure was 95/61 mmHg."
    rows = extractor.extract(SourceDocument("d", text)).labs
    assert [(r.test_name, r.value) for r in rows] == [
        ("blood urea nitrogen", 48),
        ("creatinine", 2.3),
        ("systolic blood pressure", 95),
        ("diastolic blood pressure", 61),
    ]


def test_a_range_behind_normal_is_no_value(extractor: Extractor) -> None:
    rows = extractor.extract(SourceDocument("d", "Creatinine was normal (0.7–1.2 mg/dL).")).labs
    assert [(r.test_name, r.value, r.flag) for r in rows] == [("creatinine", None, "normal")]


def test_a_fortnight_is_two_weeks(extractor: Extractor) -> None:
    rows = extractor.extract(SourceDocument("d", "A rash came a fortnight after starting allopurinol.")).latencies
    assert [(r.value, r.unit, r.days) for r in rows] == [(2, "week", 14)]
