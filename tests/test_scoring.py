"""Scores of small cases, every expected figure counted by hand."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casenlp.errors import GoldError, UsageError
from casenlp.records import TABLES
from casenlp.scoring import (
    Counts,
    GoldSet,
    Report,
    compare,
    phee_arguments,
    read_gold,
    read_predictions,
    score,
    write_errors,
)
from casenlp.scoring.annotations import Span, row_relations
from casenlp.scoring.matching import f1_intervals, maximum_matching, overlapping
from casenlp.scoring.phee import exact_counts, normalize_answer, token_counts
from casenlp.scoring.tables import equal, match_rows


def mention(text: str, label: str, words: str, id: str = "", nth: int = 0, **more: Any) -> dict[str, Any]:
    start = -1
    for _ in range(nth + 1):
        start = text.index(words, start + 1)
    return {
        "id": id or f"{label}-{start}",
        "label": label,
        "start": start,
        "end": start + len(words),
        "text": words,
        **more,
    }


def document(doc_id: str, mentions: list[dict[str, Any]], **rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"doc_id": doc_id, "mentions": mentions, **{table: rows.get(table, []) for table in TABLES}}


def span(start: int, end: int, label: str = "DRUG") -> Span:
    return Span(label, ((start, end),), "x" * (end - start))


def counts(report: Report, part: str, name: str, mode: str = "relaxed") -> tuple[int, int, int]:
    c = report.get(part, name, mode).counts
    return c.tp, c.fp, c.fn


def casenlp_gold(folder: Path, texts: dict[str, str], *documents: dict[str, Any]) -> GoldSet:
    (folder / "reports").mkdir(exist_ok=True)
    for doc_id, text in texts.items():
        (folder / "reports" / f"{doc_id}.txt").write_bytes(text.encode())
    (folder / "gold.jsonl").write_text("".join(json.dumps(d) + "\n" for d in documents), encoding="utf-8")
    return read_gold(folder / "gold.jsonl")


def brat(folder: Path, name: str, text: str, ann: str) -> None:
    (folder / f"{name}.txt").write_bytes(text.encode())
    (folder / f"{name}.ann").write_bytes(ann.encode())


# counts and matching ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_counts", "precision", "recall", "f1"),
    [
        (Counts(3, 1, 2), 0.75, 0.6, 6 / 9),
        (Counts(0, 0, 0), None, None, None),
        (Counts(0, 0, 4), None, 0.0, 0.0),
        (Counts(0, 2, 0), 0.0, None, 0.0),
    ],
)
def test_ratios_without_a_denominator_are_none(
    given_counts: Counts, precision: float | None, recall: float | None, f1: float | None
) -> None:
    assert (given_counts.precision, given_counts.recall, given_counts.f1) == (precision, recall, f1)


def test_greedy_by_overlap_would_lose_a_match() -> None:
    # Gold A 0-10 and B 10-30; predicted X 5-20 shares 5 with A and 10 with B, Y 20-25 shares 5 with B only.
    gold, predicted = [span(0, 10), span(10, 30)], [span(5, 20), span(20, 25)]
    assert sorted(overlapping(gold, predicted)) == [(5.0, 0, 0), (5.0, 1, 1), (10.0, 1, 0)]
    assert maximum_matching(overlapping(gold, predicted)) == {0: 0, 1: 1}


def test_matching_moves_along_a_whole_chain() -> None:
    # Each prediction shares most with the next gold: greedy matches 99, the largest matching has 100.
    gold = [span(10 * i, 10 * i + 10) for i in range(100)]
    predicted = [span(10 * i + 8, 10 * i + 17) for i in range(99)] + [span(990, 991)]
    assert len(maximum_matching(overlapping(gold, predicted))) == 100


def test_touching_spans_do_not_overlap_and_same_offsets_come_first() -> None:
    assert overlapping([span(0, 5)], [span(5, 9)]) == []
    assert maximum_matching(overlapping([span(2, 4)], [span(0, 9), span(2, 4)])) == {0: 1}


@given(st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4))))
def test_matching_is_as_large_as_brute_force_finds(edges: set[tuple[int, int]]) -> None:
    found = maximum_matching((1.0, i, j) for i, j in edges)
    best = max(sum((i, j) in edges for i, j in enumerate(order)) for order in permutations(range(5)))
    assert len(found) == best
    assert all((i, j) in edges for i, j in found.items())
    assert len(set(found.values())) == len(found)


spans_of_a_line = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)).map(lambda t: span(t[0], t[0] + t[1])))


@given(spans_of_a_line, spans_of_a_line)
def test_the_sweep_finds_every_overlap(gold: list[Span], predicted: list[Span]) -> None:
    expected = {
        (i, j) for i, g in enumerate(gold) for j, p in enumerate(predicted) if g.start < p.end and p.start < g.end
    }
    assert {(i, j) for _, i, j in overlapping(gold, predicted)} == expected


def test_bootstrap_interval() -> None:
    perfect, wrong, empty = Counts(1, 0, 0), Counts(0, 1, 1), Counts()
    assert f1_intervals([[perfect, empty]] * 5) == [(1.0, 1.0), None]
    mixed = f1_intervals([[perfect], [wrong]] * 20)
    assert mixed == f1_intervals([[perfect], [wrong]] * 20)
    interval = mixed[0]
    assert interval is not None
    assert 0.2 < interval[0] < 0.5 < interval[1] < 0.8
    assert f1_intervals([]) == []


# gold in the contract's form ----------------------------------------------------------------------------------

TEXT = "Ñandú 🦙 took amoxicillin 500 mg orally; rash and fever followed after 3 days of amoxicillin."


def test_mentions_strict_and_relaxed(tmp_path: Path) -> None:
    gold = casenlp_gold(
        tmp_path,
        {"a": TEXT, "b": "No drug."},
        document(
            "a",
            [
                mention(TEXT, "DRUG", "amoxicillin"),
                mention(TEXT, "DRUG", "amoxicillin", nth=1),
                mention(TEXT, "DOSE", "500 mg"),
                mention(TEXT, "FINDING", "rash"),
                mention(TEXT, "FINDING", "fever", negated=True),
            ],
        ),
        document("b", []),
    )
    prediction = document(
        "a",
        [
            mention(TEXT, "DRUG", "amoxicillin", rule="drug.lexicon"),
            mention(TEXT, "DRUG", "amoxicillin", "again", rule="drug.twice"),
            mention(TEXT, "DOSE", "500 mg orally"),
            mention(TEXT, "DIAGNOSIS", "rash"),
            mention(TEXT, "FINDING", "fever"),
            mention(TEXT, "FINDING", "followed", negated=True),
        ],
    )
    report = score(gold, {"a": prediction, "c": document("c", [])}, interval=False)
    assert counts(report, "mentions", "DRUG", "strict") == (1, 1, 1)
    assert counts(report, "mentions", "DRUG") == (1, 1, 1)
    assert counts(report, "mentions", "DOSE", "strict") == (0, 1, 1)
    assert counts(report, "mentions", "DOSE") == (1, 0, 0)
    assert counts(report, "mentions", "FINDING") == (1, 1, 1)
    assert counts(report, "mentions", "DIAGNOSIS") == (0, 1, 0)
    assert counts(report, "mentions", "DIAGNOSIS+FINDING") == (2, 1, 0)
    assert counts(report, "mentions", "all") == (3, 3, 2)
    assert counts(report, "negation", "all") == (0, 0, 1)
    assert report.get("mentions", "ROUTE").counts.f1 is None
    assert (report.documents, report.missing, report.unknown) == (2, ("b",), ("c",))

    errors = [(e.name, e.kind, e.text, e.rule, e.against) for e in report.errors if e.part == "mentions"]
    assert errors == [
        ("DRUG", "fp", "amoxicillin", "drug.twice", "gold DRUG 'amoxicillin'"),
        ("DRUG", "fn", "amoxicillin", "", ""),
        ("DOSE", "boundary", "500 mg orally", "", "gold DOSE '500 mg'"),
        ("DIAGNOSIS", "fp", "rash", "", "gold FINDING 'rash'"),
        ("FINDING", "fp", "followed", "", ""),
        ("FINDING", "fn", "rash", "", "predicted DIAGNOSIS 'rash'"),
        ("DIAGNOSIS+FINDING", "fp", "followed", "", ""),
    ]
    missed = next(e for e in report.errors if e.kind == "fn" and e.name == "DRUG")
    assert (missed.start, missed.end) == (80, 91)
    assert missed.context == TEXT


def test_every_gold_document_counts(tmp_path: Path) -> None:
    texts = {"a": "aspirin", "b": "aspirin", "c": ""}
    gold = casenlp_gold(
        tmp_path,
        texts,
        *(document(d, [mention(t, "DRUG", t)] if t else []) for d, t in texts.items()),
    )
    report = score(gold, {"a": document("a", [mention("aspirin", "DRUG", "aspirin")])})
    assert counts(report, "mentions", "DRUG", "strict") == (1, 0, 1)
    assert report.missing == ("b", "c")
    assert [d.doc_id for d in gold.documents()] == ["a", "b", "c"]
    assert score(gold, {}, interval=False).get("mentions", "DRUG").counts == Counts(0, 0, 2)
    assert score(gold.subset({"a"}), {}, interval=False).documents == 1


def test_rows_and_columns(tmp_path: Path) -> None:
    def drug(name: str, value: float | None = None, unit: str | None = None, **more: Any) -> dict[str, Any]:
        return {"subject": "patient", "case_id": "1", "drug_name": name, "dose_value": value, "dose_unit": unit, **more}

    wanted = [
        drug("Amoxicillin", 500.0, "mg", route="oral", frequency_per_day=3, action="started"),
        drug("amoxicillin", 250.0, "mg"),
        drug("warfarin", subject="family"),
    ]
    given_rows = [
        drug("amoxicillin", 500, "mg", route="intravenous", frequency_per_day=3.00001, indication="otitis"),
        drug("amoxicillin", 250, "mg"),
        drug("amoxicillin", 250, "mg"),
        drug("warfarin"),
    ]
    gold = casenlp_gold(tmp_path, {"a": TEXT}, document("a", [], drugs=wanted))
    report = score(gold, {"a": document("a", [], drugs=given_rows)}, interval=False)
    assert counts(report, "tables", "drugs", "strict") == (1, 3, 2)
    assert counts(report, "tables", "drugs") == (2, 2, 1)
    columns = {c: (n.right, n.wrong, n.missing, n.spurious) for c, n in report.columns["drugs"].items()}
    assert columns["drug_name"] == (2, 0, 0, 0)
    assert columns["dose_value"] == (2, 0, 0, 0)
    assert columns["route"] == (0, 1, 0, 0)
    assert columns["frequency_per_day"] == (1, 0, 0, 0)
    assert columns["action"] == (0, 0, 1, 0)
    assert columns["indication"] == (0, 0, 0, 1)
    assert not {"row_id", "evidence", "drug_mention", "sentence_start"} & set(columns)
    told = [(e.kind, e.text, e.against) for e in report.errors if e.part == "tables"]
    assert told == [
        (
            "boundary",
            "drug_name=amoxicillin, dose_value=500, dose_unit=mg, route=intravenous, frequency_per_day=3.00001",
            "route: oral / intravenous",
        ),
        (
            "fp",
            "drug_name=amoxicillin, dose_value=250, dose_unit=mg",
            "gold row (None): same, matched elsewhere",
        ),
        ("fp", "drug_name=warfarin", "gold row (None): subject: family / patient"),
        ("fn", "drug_name=warfarin [family]", "predicted row (None): subject: family / patient"),
    ]


@pytest.mark.parametrize(
    ("table", "gold", "predicted", "same"),
    [
        ("labs", {"test_name": "sodium", "value": 130}, {"test_name": "Sodium", "value": 130.0}, True),
        ("labs", {"test_name": "sodium", "value": 130}, {"test_name": "sodium", "value": 131}, False),
        ("labs", {"test_name": "ana", "flag": "negative"}, {"test_name": "ana", "flag": "negative"}, True),
        ("labs", {"test_name": "ana", "flag": "negative"}, {"test_name": "ana", "flag": "positive"}, False),
        ("labs", {"test_name": "ana", "value_text": "1:80"}, {"test_name": "ana", "value_text": "1:80"}, True),
        ("labs", {"test_name": "ana", "flag": "high"}, {"test_name": "ana", "flag": "high", "value": 3}, False),
        ("reactions", {"drug_name": "x", "event_name": "skin rash"}, {"drug_name": "X", "event_name": "Rash"}, True),
        ("reactions", {"drug_name": "x", "event_name": "rash"}, {"drug_name": "x", "event_name": "fever"}, False),
        ("reactions", {"drug_name": "x", "event_name": "rash"}, {"drug_name": "y", "event_name": "rash"}, False),
        (
            "latencies",
            {"drug_name": "x", "value": 3, "unit": "day"},
            {"drug_name": "x", "value": 3, "unit": "day"},
            True,
        ),
        ("latencies", {"drug_name": "x", "value": 3, "unit": "day"}, {"drug_name": "x", "value": 3}, False),
        ("diagnoses", {"diagnosis_name": "asthma", "case_id": "1"}, {"diagnosis_name": "asthma"}, True),
        ("diagnoses", {"diagnosis_name": "asthma", "case_id": "2"}, {"diagnosis_name": "asthma"}, False),
        ("cases", {"age_value": 3, "age_unit": "year", "sex": "male"}, {"age_value": 3, "age_unit": "year"}, False),
    ],
)
def test_identity_of_rows(table: str, gold: dict[str, Any], predicted: dict[str, Any], same: bool) -> None:
    assert bool(match_rows(table, [gold], [predicted]).relaxed) is same


def test_cells() -> None:
    assert equal("Atopic  Dermatitis", "atopic dermatitis")
    assert equal(0.0714, 1 / 14)
    assert equal(None, None)
    assert not equal(None, "")
    assert not equal(None, False)
    assert not equal(True, False)
    assert not equal("5", 5)


def test_pairs_of_rows_use_every_place(tmp_path: Path) -> None:
    text = "Clozapine caused fever.\nOn clozapine 50 mg he had chills and fever on day 3."
    mentions = [
        mention(text, "DRUG", "Clozapine", "d1"),
        mention(text, "FINDING", "fever", "e1"),
        mention(text, "DRUG", "clozapine", "d2"),
        mention(text, "DOSE", "50 mg", "o1"),
        mention(text, "FINDING", "chills", "e2"),
        mention(text, "FINDING", "fever", "e3", nth=1),
        mention(text, "LATENCY", "day 3", "t1"),
    ]
    gold = casenlp_gold(
        tmp_path,
        {"a": text},
        document(
            "a",
            mentions,
            drugs=[{"drug_mention": "d2", "dose_mention": "o1"}, {"drug_mention": "d1"}],
            reactions=[{"drug_mention": "d1", "event_mention": "e1", "also_mentions": ["d2", "e3"]}],
            latencies=[{"drug_mention": "d2", "event_mention": "e3", "latency_mention": "t1"}],
        ),
    )
    row = {"drug_mention": "d2", "event_mention": "e3", "evidence": [{"field": "event", "start": 17, "end": 22}]}
    wrong = {"drug_mention": "d2", "event_mention": "e2"}
    prediction = document(
        "a",
        mentions,
        drugs=[{"drug_mention": "d1", "dose_mention": "o1"}],
        reactions=[row, wrong],
        latencies=[{"drug_mention": "d2", "event_mention": "e2", "latency_mention": "t1"}],
    )
    report = score(gold, {"a": prediction}, interval=False)
    assert counts(report, "pairs", "drug-dose") == (0, 1, 1)
    assert counts(report, "pairs", "drug-event") == (1, 1, 0)
    assert counts(report, "pairs", "drug-event-time") == (0, 1, 1)
    error = next(e for e in report.errors if e.part == "pairs" and e.kind == "fp" and e.name == "drug-dose")
    assert (error.text, error.against) == ("Clozapine | 50 mg", "gold 'clozapine | 50 mg'")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"gold\.jsonl:1: no JSON"),
        ("[]", r"gold\.jsonl:1: no object with a doc_id"),
        ('{"doc_id": "a"}', r"gold\.jsonl:1: 'a' has no list of mentions"),
        ('{"doc_id": "a", "mentions": []}', r"gold\.jsonl:1: table 'cases' is missing"),
        (
            json.dumps(document("a", [{"label": "X", "start": 0, "end": 1}])),
            r"gold\.jsonl:1: document 'a', mention 1: unknown label 'X'",
        ),
        (json.dumps(document("a", [{"label": "DRUG", "start": 2, "end": 2}])), "2, 2 are no half-open span"),
        (json.dumps(document("a", [{"label": "DRUG", "start": 0}])), r"no 'end'"),
        (
            json.dumps({**document("a", [{"label": "DRUG", "start": 0, "end": 2, "text": "xx"}]), "text": "yy"}),
            "says 'xx', but 0..2 of the text of 'a' is 'yy'",
        ),
        (json.dumps(document("a", [])) + "\n\n" + json.dumps(document("a", [])), "3: doc_id 'a' stands in line 1 too"),
    ],
)
def test_malformed_gold_names_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "gold.jsonl").write_text(line, encoding="utf-8")
    with pytest.raises(GoldError, match=message):
        read_gold(tmp_path / "gold.jsonl")


def test_gold_without_texts_and_unknown_formats(tmp_path: Path) -> None:
    (tmp_path / "gold.jsonl").write_text(json.dumps(document("a", [])), encoding="utf-8")
    gold = read_gold(tmp_path)
    with pytest.raises(GoldError, match=r"no text of 'a' \(looked for reports/a\.txt"):
        list(gold.documents())
    with pytest.raises(UsageError, match="gold format 'conll' is unknown"):
        read_gold(tmp_path, "conll")
    with pytest.raises(GoldError, match="no such file"):
        read_gold(tmp_path / "none.jsonl")


def test_a_prediction_that_breaks_the_contract_is_refused(tmp_path: Path) -> None:
    gold = casenlp_gold(tmp_path, {"a": ""}, document("a", []))
    with pytest.raises(GoldError, match="document 'a': table 'drugs' is missing"):
        score(gold, {"a": {**document("a", []), "drugs": None}})
    file = tmp_path / "predicted.jsonl"
    file.write_text(json.dumps(document("z", [])) + "\n", encoding="utf-8")
    assert list(read_predictions(file)) == ["z"]


# brat ---------------------------------------------------------------------------------------------------------

BRAT_TEXT = "Gave aspirin 10 mg daily orally.\nSodium (Na) was 130. No liver and renal failure.\n"
BRAT_ANN = """T1\tMedication 5 12\taspirin
T2\tDosage 13 24\t10 mg daily
R1\tMODIFY Arg1:T2 Arg2:E1\t
E1\tMedication:T1
T3\tAdministration 25 31\torally
R2\tMODIFY Arg1:E1 Arg2:T3\t
T4\tDiagnostic_procedure 33 39\tSodium
T5\tDiagnostic_procedure 41 43\tNa
E2\tDiagnostic_procedure:T4
E3\tDiagnostic_procedure:T5
R3\tIDENTICAL Arg1:E3 Arg2:E2\t
T6\tLab_value 49 52\t130
R4\tMODIFY Arg1:T6 Arg2:E2\t
T7\tDisease_disorder 57 62;73 80\tliver failure
E4\tDisease_disorder:T7
A1\tPOLARITY E4 NEG
T8\tSign_symptom 67 80\trenal failure
E5\tSign_symptom:T8
A2\tPOLARITY E5 NEG
A3\tPOLARITY E1 UNCERTAIN
T9\tBiological_structure 57 62\tliver
*\tOVERLAP E4 E5
#1\tAnnotatorNotes E1\tnote
"""


def test_maccrobat_is_mapped_when_scored(tmp_path: Path) -> None:
    brat(tmp_path, "r1", BRAT_TEXT, BRAT_ANN)
    brat(tmp_path, "r2", "", "")
    gold = read_gold(tmp_path, "maccrobat")
    assert [(g.doc_id, len(g.spans)) for g in gold.golds] == [("r1", 8), ("r2", 0)]
    mentions = [
        mention(BRAT_TEXT, "DRUG", "aspirin", "d"),
        mention(BRAT_TEXT, "DOSE", "10 mg", "o"),
        mention(BRAT_TEXT, "FREQUENCY", "daily", "f"),
        mention(BRAT_TEXT, "ROUTE", "orally", "r"),
        mention(BRAT_TEXT, "LAB_TEST", "Na", "t"),
        mention(BRAT_TEXT, "LAB_VALUE", "130", "v"),
        mention(BRAT_TEXT, "DIAGNOSIS", "liver", "g", negated=True),
        mention(BRAT_TEXT, "DIAGNOSIS", "renal failure", "h"),
    ]
    prediction = document(
        "r1",
        mentions,
        drugs=[{"drug_mention": "d", "dose_mention": "o", "route_mention": "r", "frequency_mention": "f"}],
        labs=[{"test_mention": "t", "value_mention": "v"}],
    )
    report = score(gold, {"r1": prediction, "r2": document("r2", [])}, interval=False)
    assert counts(report, "mentions", "DOSE", "strict") == (0, 1, 1)
    assert counts(report, "mentions", "DOSE") == (1, 0, 0)
    assert counts(report, "mentions", "FREQUENCY") == (0, 0, 0)
    assert counts(report, "mentions", "LAB_TEST") == (1, 0, 1)
    # "liver … failure" has two pieces: never strict, and found by either of them.
    assert counts(report, "mentions", "DIAGNOSIS+FINDING", "strict") == (1, 1, 1)
    assert counts(report, "mentions", "DIAGNOSIS+FINDING") == (2, 0, 0)
    assert counts(report, "mentions", "DIAGNOSIS") == (1, 1, 0)
    assert counts(report, "negation", "DIAGNOSIS+FINDING") == (1, 0, 1)
    assert counts(report, "pairs", "drug-dose") == (1, 0, 0)
    # The second relation runs from head to modifier, which MACCROBAT does not mean.
    assert counts(report, "pairs", "drug-route") == (0, 1, 0)
    # The value modifies "Sodium"; "Na" is the same thing by IDENTICAL.
    assert counts(report, "pairs", "test-value") == (0, 1, 1)
    assert counts(report, "pairs", "test-value with a number") == (0, 1, 1)
    assert counts(report, "pairs", "test-value, any name") == (1, 0, 0)
    assert counts(report, "pairs", "test-value with a number, any name") == (1, 0, 0)


def test_a_frequency_alone_may_be_the_gold_dosage(tmp_path: Path) -> None:
    text = "aspirin once daily"
    brat(tmp_path, "r", text, "T1\tMedication 0 7\taspirin\nT2\tDosage 8 18\tonce daily\nR1\tMODIFY Arg1:T2 Arg2:T1\n")
    mentions = [mention(text, "DRUG", "aspirin", "d"), mention(text, "FREQUENCY", "once daily", "f")]
    rows = [{"drug_mention": "d", "frequency_mention": "f"}]
    report = score(read_gold(tmp_path, "maccrobat"), {"r": document("r", mentions, drugs=rows)}, interval=False)
    assert counts(report, "mentions", "DOSE") == (1, 0, 0)
    assert counts(report, "mentions", "FREQUENCY") == (0, 0, 0)
    assert counts(report, "pairs", "drug-dose") == (1, 0, 0)


def test_brat_takes_our_labels_and_relations_either_way(tmp_path: Path) -> None:
    ann = "T1\tDRUG 0 7\taspirin\nT2\tDOSE 8 10\t1g\nR1\tdose-of Arg1:T1 Arg2:T2\nA1\tNegation T1\n"
    brat(tmp_path, "r", "aspirin 1g", ann)
    gold = read_gold(tmp_path, "brat").golds[0]
    assert [(s.label, s.negated) for s in gold.spans] == [("DRUG", True), ("DOSE", False)]
    assert [(r.kind, r.text) for r in gold.relations if r.kind == "drug-dose"] == [("drug-dose", "aspirin | 1g")]


def test_one_relation_for_each_place_with_its_nearest_drug() -> None:
    evidence = [
        {"field": "drug", "start": 0, "end": 3, "sentence_start": 0},
        {"field": "dose", "start": 40, "end": 44, "sentence_start": 20},
        {"field": "drug_text", "start": 20, "end": 23, "sentence_start": 20},
        {"field": "dose", "start": 5, "end": 9, "sentence_start": 0},
        {"field": "dose", "start": 5, "end": 9, "sentence_start": 0},
        {"field": "drug", "start": 46, "end": 49, "sentence_start": 46},
    ]
    rows = document("a", [], drugs=[{"evidence": evidence}])
    found = [tuple(end[0].start for end in r.ends) for r in row_relations(rows, "drug-dose", {}, by_place=True)]
    assert found == [(20, 40), (0, 5)]
    whole = row_relations(rows, "drug-dose", {}, by_place=False)
    assert [[s.start for s in end] for r in whole for end in r.ends] == [[0, 20, 46], [40, 5]]


@pytest.mark.parametrize(
    ("ann", "message"),
    [
        ("T1 Medication 0 3 abc", r"r\.ann:1: .*expected an identifier, a tab"),
        ("T1\tMedication 0\tabc", r"r\.ann:1: offsets '0'"),
        ("\nT1\tMedication 0 99\tabc", r"r\.ann:2: offsets 0 99 outside the text of 7 characters"),
        ("T1\tMedication 3 3\t", "3 3 outside the text of 7 characters or empty"),
        ("T1\tMedication 0 3\txyz", r"r\.ann:1: text there is 'asp', the annotation says 'xyz'"),
        ("T1\tMedication 0 3\tasp\nR1\tMODIFY Arg1:T1 Arg2:T9", r"r\.ann:2: refers to 'T9'"),
        ("T1\tMedication 0 3\tasp\nR1\tMODIFY Arg1:T1", r"r\.ann:2: relation .* two arguments"),
    ],
)
def test_malformed_brat_names_file_and_line(tmp_path: Path, ann: str, message: str) -> None:
    brat(tmp_path, "r", "aspirin", ann)
    with pytest.raises(GoldError, match=message):
        read_gold(tmp_path, "maccrobat")


def test_brat_needs_both_files(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"no \.txt file in it"):
        read_gold(tmp_path, "brat")
    (tmp_path / "x.txt").write_text("a", encoding="utf-8")
    with pytest.raises(GoldError, match=r"no x\.ann beside it"):
        read_gold(tmp_path, "brat")
    (tmp_path / "y.ann").write_text("", encoding="utf-8")
    with pytest.raises(GoldError, match=r"y\.ann: no y\.txt beside it"):
        read_gold(tmp_path, "brat")


# PHEE ---------------------------------------------------------------------------------------------------------

PHEE_TEXT = "A 54-year-old man given oral phenytoin and valproate had a rash three days after."


def argument(*texts: str) -> dict[str, Any]:
    return {"text": [[t] for t in texts], "start": [[PHEE_TEXT.index(t)] for t in texts], "entity_id": []}


PHEE_EVENT = {
    "event_id": "E1",
    "event_type": "Adverse_event",
    "Trigger": argument("had"),
    "Subject": {**argument("A 54-year-old man"), "Age": argument("54-year-old"), "Gender": argument("man")},
    "Treatment": {
        **argument("oral phenytoin and valproate"),
        "Drug": argument("phenytoin", "valproate"),
        "Route": argument("oral"),
        "Time_elapsed": argument("three days"),
    },
    "Effect": argument("a rash"),
}


def phee_line(doc_id: str, *events: dict[str, Any], text: str = PHEE_TEXT) -> str:
    return json.dumps({"id": doc_id, "context": text, "annotations": [{"events": list(events)}]}) + "\n"


def test_phee_arguments_rows_and_published_metric(tmp_path: Path) -> None:
    therapeutic = {"event_type": "Potential_therapeutic_event", "Treatment": {"Drug": argument("valproate")}}
    file = tmp_path / "phee.jsonl"
    file.write_text(phee_line("7_1", PHEE_EVENT, therapeutic) + phee_line("7_2", text="Nothing."), encoding="utf-8")
    gold = read_gold(file, "phee")
    assert [g.group for g in gold.golds] == ["7", "7"]
    assert gold.golds[0].arguments["drug"] == ("phenytoin", "valproate", "valproate")

    mentions = [
        mention(PHEE_TEXT, "AGE", "54-year-old", "a"),
        mention(PHEE_TEXT, "SEX", "man", "s"),
        mention(PHEE_TEXT, "ROUTE", "oral", "r"),
        mention(PHEE_TEXT, "DRUG", "phenytoin", "d1"),
        mention(PHEE_TEXT, "DRUG", "valproate", "d2"),
        mention(PHEE_TEXT, "FINDING", "rash", "e"),
        mention(PHEE_TEXT, "LATENCY", "three days after", "t"),
    ]
    prediction = document(
        "7_1",
        mentions,
        drugs=[{"drug_mention": "d1", "route_mention": "r"}, {"drug_mention": "d2"}],
        reactions=[{"drug_mention": "d2", "event_mention": "e"}],
        latencies=[{"drug_mention": "d2", "event_mention": "e", "latency_mention": "t"}],
    )
    assert phee_arguments(prediction) == {
        "drug": ["phenytoin", "valproate"],
        "dosage": [],
        "route": ["oral"],
        "frequency": [],
        "duration": [],
        "time elapsed": ["three days after"],
        "disorder": [],
        "effect": ["rash"],
        "age": ["54-year-old"],
        "gender": ["man"],
    }
    report = score(gold, {"7_1": prediction, "7_2": document("7_2", [])}, interval=False)
    assert counts(report, "arguments", "drug", "EM_F1") == (2, 0, 1)
    assert counts(report, "arguments", "effect", "EM_F1") == (1, 0, 0)  # "a rash" without its article
    assert counts(report, "arguments", "time elapsed", "EM_F1") == (0, 1, 1)
    assert counts(report, "arguments", "time elapsed", "token_F1") == (2, 1, 0)
    assert counts(report, "arguments", "age", "EM_F1") == (1, 0, 0)
    assert report.get("arguments", "dosage", "EM_F1").counts.f1 is None
    assert counts(report, "pairs", "drug-event") == (1, 0, 1)
    assert counts(report, "pairs", "drug-event-time") == (1, 0, 1)
    assert counts(report, "pairs", "drug-route") == (1, 0, 0)
    assert counts(report, "mentions", "DRUG") == (2, 0, 0)


def test_what_phee_calls_a_drug_a_disorder_and_a_duration() -> None:
    text = "aspirin for gout, not heparin; co-drug/x-drug, warfarin necrosis 3 days later, 4 days"
    mentions = [mention(text, "DRUG", "aspirin", "d"), mention(text, "DRUG", "heparin", "x")]
    mentions.append(mention(text, "DIAGNOSIS", "gout", "g", concept={"name": "gouty arthritis"}))
    mentions += [mention(text, "LATENCY", "3 days", "t"), mention(text, "LATENCY", "4 days", "u")]
    rows = [{"drug_mention": "d", "indication": "Gouty arthritis"}, {"drug_mention": "d", "indication": "unsaid"}]
    found = phee_arguments(document("a", mentions, drugs=rows))
    assert (found["drug"], found["disorder"]) == (["aspirin"], ["gout"])
    assert phee_arguments(document("a", mentions))["drug"] == ["aspirin", "heparin"]  # no row names one

    within = text.index("warfarin")
    inside = {"field": "drug", "start": within, "end": within + 8, "text": "warfarin"}
    found = phee_arguments(document("a", mentions, reactions=[{"drug_mention": None, "evidence": [inside]}]))
    assert found["drug"] == ["warfarin"]

    both = {"name": "codrug-xdrug", "code": ""}
    mentions.append({**mention(text, "DRUG", "co-drug/x-drug", "c"), "text": "codrug/xdrug", "concept": both})
    found = phee_arguments(document("a", mentions, drugs=[{"drug_mention": "c"}]))
    assert found["drug"] == ["codrug", "xdrug"]

    named = "oral anticoagulants"
    only = [mention(named, "DRUG", named, "o")]
    rows = [{"drug_mention": "o", "drug_text": named, "route": "oral", "route_mention": None}]
    found = phee_arguments(document("a", only, drugs=rows))
    assert (found["drug"], found["route"]) == (["anticoagulants"], ["oral"])

    latencies = [{"latency_mention": "t", "anchor": "start"}, {"latency_mention": "u", "anchor": "stop"}]
    found = phee_arguments(document("a", mentions, latencies=latencies))
    assert (found["duration"], found["time elapsed"]) == (["3 days"], ["3 days", "4 days"])


def test_phee_metric_counts_multisets() -> None:
    assert normalize_answer("The 8-month-old  Infant, an A.B.") == "8monthold infant ab"
    assert exact_counts(["A rash", "fever", "fever"], ["rash.", "fever", "chills"]) == Counts(2, 1, 1)
    assert token_counts(["severe skin rash"], ["the rash", "rash"]) == Counts(1, 1, 2)


def test_phee_places_and_faults(tmp_path: Path) -> None:
    file = tmp_path / "phee.jsonl"
    moved = {"event_type": "Adverse_event", "Effect": {"text": [["rash"]], "start": [[0]]}}
    file.write_text(phee_line("1", moved), encoding="utf-8")
    gold = read_gold(file, "phee")
    assert gold.golds[0].spans[0].start == PHEE_TEXT.index("rash")
    assert len(gold.notes) == 1
    lost = {"event_type": "Adverse_event", "Effect": {"text": [["gout"]], "start": [[0]]}}
    for line, message in (
        (phee_line("1", lost), r"phee\.jsonl:1: argument 'gout' at 0 does not stand"),
        (phee_line("1") * 2, r"phee\.jsonl:2: id '1' stands twice"),
        ("{}\n", r"phee\.jsonl:1: KeyError 'id'; expected a PHEE object"),
        ("nope\n", r"phee\.jsonl:1: no JSON"),
    ):
        file.write_text(line, encoding="utf-8")
        with pytest.raises(GoldError, match=message):
            read_gold(file, "phee")


# reports ------------------------------------------------------------------------------------------------------


def test_report_forms_and_error_files(tmp_path: Path) -> None:
    gold = casenlp_gold(tmp_path, {"a": TEXT}, document("a", [mention(TEXT, "DRUG", "amoxicillin")]))
    report = score(gold, {"a": document("a", [mention(TEXT, "DRUG", "amoxicillin"), mention(TEXT, "DRUG", "rash")])})
    relaxed = report.to_dict()["mentions"]["DRUG"]["relaxed"]
    assert relaxed == {
        "tp": 1,
        "fp": 1,
        "fn": 0,
        "precision": 0.5,
        "recall": 1.0,
        "f1": 2 / 3,
        "interval": [2 / 3, 2 / 3],
    }
    assert json.loads(json.dumps(report.to_dict()))["documents"] == 1
    assert "0.500  1.000  0.667  0.667 to 0.667" in report.to_text()
    assert report.common_errors(name="DRUG") == ["mentions DRUG fp (1): rash x1"]
    write_errors(report.errors, tmp_path / "errors.tsv")
    header, first = (tmp_path / "errors.tsv").read_text(encoding="utf-8").splitlines()
    assert header.split("\t") == "doc_id part name kind text start end context rule against".split()
    assert first.split("\t")[:7] == ["a", "mentions", "DRUG", "fp", "rash", "40", "44"]
    write_errors(report.errors, tmp_path / "errors.jsonl")
    assert json.loads((tmp_path / "errors.jsonl").read_text(encoding="utf-8"))["context"] == TEXT


def test_an_error_quotes_its_sentence(tmp_path: Path) -> None:
    text = "He was well. On 3.5 mg of warfarin (INR 2.1) he bled.\nNo drug was named. It ended."
    gold = casenlp_gold(tmp_path, {"a": text}, document("a", [mention(text, "DRUG", "warfarin")]))
    told = [mention(text, "DRUG", "drug"), mention(text, "DRUG", "INR 2.1")]
    errors = score(gold, {"a": document("a", told)}).errors
    assert {(e.kind, e.text, e.context) for e in errors if e.name == "DRUG"} == {
        ("fn", "warfarin", "On 3.5 mg of warfarin (INR 2.1) he bled."),
        ("fp", "INR 2.1", "On 3.5 mg of warfarin (INR 2.1) he bled."),
        ("fp", "drug", "No drug was named."),
    }


def test_compare_tells_what_was_won_and_lost(tmp_path: Path) -> None:
    text = "aspirin or heparin"
    drugs = [mention(text, "DRUG", "aspirin"), mention(text, "DRUG", "heparin")]
    gold = casenlp_gold(tmp_path, {"a": text, "b": text}, document("a", drugs), document("b", drugs))
    before = {"a": document("a", drugs[:1]), "b": document("b", drugs)}
    after = {"a": document("a", drugs[1:]), "b": document("b", drugs)}
    comparison = compare(before, after, gold)
    assert [d.doc_id for d in comparison.documents] == ["a"]
    change = comparison.documents[0]
    assert [(e.kind, e.text) for e in change.won] == [("fn", "heparin")]
    assert [(e.kind, e.text) for e in change.lost] == [("fn", "aspirin")]
    assert "1 documents differ: 1 items won, 1 lost" in comparison.to_text()
    assert compare(before, before, gold).documents == ()
    better = compare(before, {"a": document("a", drugs), "b": document("b", drugs)}, gold)
    assert better.to_dict()["scores"][0]["second"]["tp"] == 4
    assert better.to_text(items=False).endswith("a: +1 -0\n")
