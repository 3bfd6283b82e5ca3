"""Reaction rows: which drug is blamed for which event, what only looks like it, and what became of it."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor, load


@cache
def extractor() -> Extractor:
    return load()


def rows(text: str) -> list[dict[str, Any]]:
    return list(extractor().extract(SourceDocument("case", text)).to_dict()["reactions"])


def pairs(text: str) -> set[tuple[str, str]]:
    return {(r["drug_name"], r["event_text"]) for r in rows(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Linezolid-induced lactic acidosis was suspected.", {("linezolid", "lactic acidosis")}),
        ("He had hepatitis due to isoniazid.", {("isoniazid", "hepatitis")}),
        ("The rash was attributed to lamotrigine.", {("lamotrigine", "rash")}),
        ("She had anaphylaxis to cefazolin.", {("cefazolin", "anaphylaxis")}),
        ("Seizures in a man treated with imipenem for pneumonia.", {("imipenem", "Seizures")}),
        ("She developed pancreatitis while taking azathioprine for colitis.", {("azathioprine", "pancreatitis")}),
        ("A boy receiving valproate for epilepsy developed pancreatitis.", {("valproic acid", "pancreatitis")}),
        ("Pancreatitis is a rare side effect of azathioprine.", {("azathioprine", "Pancreatitis")}),
        ("Azathioprine was withdrawn because of pancreatitis.", {("azathioprine", "pancreatitis")}),
        ("Clozapine caused fever.", {("clozapine", "fever")}),
        (
            "Treatment with nivolumab and ipilimumab led to colitis and hepatitis.",
            {(d, e) for d in ("nivolumab", "ipilimumab") for e in ("colitis", "hepatitis")},
        ),
    ],
)
def test_pairs(text: str, expected: set[tuple[str, str]]) -> None:
    assert pairs(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Isoniazid was given for tuberculosis.",
        "The rash resolved after prednisolone.",
        "He had epilepsy treated with valproate.",
        "There was no rash after amoxicillin.",
        "Fever after surgery; cefazolin was given.",
        "Prednisolone was started for treatment of the rash.",
        "He had viral hepatitis-related cirrhosis for 20 years when he was treated with lamivudine.",
        "He had diabetes secondary to immune damage and has received insulin since.",
    ],
)
def test_what_only_looks_like_a_reaction(text: str) -> None:
    assert rows(text) == []


def test_the_illness_treated_is_not_the_event() -> None:
    text = "We report pustular psoriasis during the treatment of asthma with omalizumab."
    assert pairs(text) == {("omalizumab", "pustular psoriasis")}


def test_single_findings_give_way_to_the_named_reaction() -> None:
    text = "Two days after starting linezolid he developed tremor. Serotonin syndrome due to linezolid was diagnosed."
    assert pairs(text) == {("linezolid", "Serotonin syndrome")}


def test_each_event_has_its_own_dechallenge() -> None:
    text = (
        "He had urticaria due to amoxicillin. Hepatitis due to amoxicillin was found too. "
        "Amoxicillin was stopped and the urticaria resolved, while the hepatitis persisted."
    )
    assert {r["event_text"]: r["dechallenge"] for r in rows(text)} == {
        "urticaria": "resolved",
        "Hepatitis": "not improved",
    }


def test_literature_is_marked() -> None:
    found = rows("Discussion\n\nSeveral cases of urticaria after omalizumab have been reported in the literature.")
    told = {(r["subject"], r["drug_name"], r["event_text"]) for r in found}
    assert told == {("literature", "omalizumab", "urticaria")}


@pytest.mark.parametrize(
    ("text", "column", "value"),
    [
        ("Rash due to allopurinol. Allopurinol was stopped and the rash resolved.", "dechallenge", "resolved"),
        ("Rash due to allopurinol. Allopurinol was stopped and the rash improved.", "dechallenge", "improved"),
        ("Rash due to allopurinol. Allopurinol was stopped and the rash resolved.", "outcome", "recovered"),
        ("Colitis due to nivolumab was diagnosed. The patient died.", "outcome", "fatal"),
        ("Rash due to allopurinol. Allopurinol was restarted and the rash recurred.", "rechallenge", "positive"),
        ("Rash due to allopurinol. Allopurinol was restarted without recurrence.", "rechallenge", "negative"),
        ("Rash due to allopurinol. The Naranjo score was 7 (probable).", "causality_text", "probable"),
    ],
)
def test_what_became_of_it(text: str, column: str, value: str) -> None:
    assert [r[column] for r in rows(text)] == [value]
