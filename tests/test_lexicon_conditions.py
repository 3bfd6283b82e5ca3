"""The files of diseases, findings, modifiers and relatives hold what their loaders and readers rely on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

LEXICONS = Path(__file__).resolve().parents[1] / "rules" / "lexicons"
TERMS = ("term", "concept", "code", "vocabulary", "source", "note")
HEADERS = {
    "diagnoses.tsv": TERMS,
    "diagnoses_own.tsv": TERMS,
    "findings.tsv": TERMS,
    "findings_own.tsv": TERMS,
    "diagnosis_concepts.tsv": ("concept", "mesh", "icd10cm", "hpo", "tree_numbers", "note"),
    "guards_conditions.tsv": ("term", "label", "guard", "why"),
    "modifiers.tsv": ("term", "kind", "concept", "source", "note"),
    "relatives.tsv": ("term", "concept", "source", "note"),
    "phrases_apart.tsv": ("term", "concept", "source", "note", "why"),
}
TERM_FILES = [name for name, header in HEADERS.items() if header == TERMS]
AT_LEAST = {
    "diagnoses.tsv": 25_000,
    "diagnoses_own.tsv": 300,
    "findings.tsv": 20_000,
    "findings_own.tsv": 200,
    "diagnosis_concepts.tsv": 5_000,
    "guards_conditions.tsv": 100,
    "modifiers.tsv": 100,
    "relatives.tsv": 60,
    "phrases_apart.tsv": 100,
}
CODES = {
    "MeSH": re.compile(r"[DC]\d{6,9}"),
    "HPO": re.compile(r"HP:\d{7}"),
    "ICD-10-CM": re.compile(r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?"),
    "Mondo": re.compile(r"MONDO:\d{7}"),
    "": re.compile(""),
}


def rows(name: str) -> list[dict[str, str]]:
    """Rows of a file by column name; every line has as many fields as the header."""
    lines = (LEXICONS / name).read_text(encoding="utf-8").split("\n")
    assert lines[-1] == "", f"{name} does not end with one line feed"
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:-1]]


@pytest.mark.parametrize("name", HEADERS)
def test_header_size_and_cells(name: str) -> None:
    table = rows(name)
    assert tuple(table[0]) == HEADERS[name]
    assert len(table) >= AT_LEAST[name]
    key = "concept" if name == "diagnosis_concepts.tsv" else "term"
    assert [r for r in table if not r[key] or any(v != v.strip() for v in r.values())] == []


@pytest.mark.parametrize("name", HEADERS)
def test_sorted(name: str) -> None:
    table = rows(name)
    by_concept = name != "phrases_apart.tsv" and {"term", "concept"} <= set(table[0])
    order = [(r["concept"], r["term"]) if by_concept else next(iter(r.values())) for r in table]
    assert order == sorted(order)


@pytest.mark.parametrize("name", HEADERS)
def test_no_term_twice(name: str) -> None:
    keys = [r.get("term", r.get("concept", "")) for r in rows(name)]
    assert sorted({k for k in keys if keys.count(k) > 1} if len(keys) < 5_000 else ()) == []
    assert len(keys) == len(set(keys))


def test_one_term_has_one_label() -> None:
    label: dict[str, str] = {}
    clashes = []
    for name in TERM_FILES:
        for row in rows(name):
            kind = name.split("_")[0].removesuffix(".tsv")
            if label.setdefault(row["term"], kind) != kind:
                clashes.append(row["term"])
    assert clashes == []


def test_one_concept_has_one_label() -> None:
    diseases = {r["concept"] for name in TERM_FILES if name.startswith("diag") for r in rows(name)}
    findings = {r["concept"] for name in TERM_FILES if name.startswith("find") for r in rows(name)}
    assert sorted(diseases & findings) == []


@pytest.mark.parametrize("name", TERM_FILES)
def test_codes_have_the_shape_of_their_vocabulary(name: str) -> None:
    assert [r for r in rows(name) if not CODES[r["vocabulary"]].fullmatch(r["code"])] == []


def test_codes_of_concepts() -> None:
    shape = {"mesh": CODES["MeSH"], "icd10cm": CODES["ICD-10-CM"], "hpo": CODES["HPO"]}
    table = rows("diagnosis_concepts.tsv")
    assert [r for r in table for column, form in shape.items() if r[column] and not form.fullmatch(r[column])] == []


def test_every_diagnosis_has_its_concept_row() -> None:
    concepts = {r["concept"] for r in rows("diagnosis_concepts.tsv")}
    named = {r["concept"] for name in TERM_FILES if name.startswith("diag") for r in rows(name)}
    assert sorted(named - concepts) == []


@pytest.mark.parametrize("name", TERM_FILES)
def test_terms_are_lower_case_unless_case_tells(name: str) -> None:
    assert [r["term"] for r in rows(name) if r["term"] != r["term"].lower() and not r["note"]] == []
    assert {r["note"] for r in rows(name)} <= {"", "exact-case", "defined"}


def test_guards_are_known_and_none_that_is_never_stays_in_the_lexicons() -> None:
    guards = rows("guards_conditions.tsv")
    assert {g for r in guards for g in r["guard"].split(";")} == {"never", "exact-case", "defined"}
    assert {r["label"] for r in guards} == {"DIAGNOSIS", "FINDING"}
    assert [r["term"] for r in guards if not r["why"]] == []
    never = {r["term"].lower() for r in guards if r["guard"] == "never"}
    assert sorted(never & {r["term"].lower() for name in TERM_FILES for r in rows(name)}) == []


def test_kinds_of_modifiers() -> None:
    kinds = {r["kind"] for r in rows("modifiers.tsv")}
    assert kinds == {"severity", "acuity", "laterality", "extent", "status", "onset", "quality"} & kinds
    assert {"severity", "acuity", "laterality", "extent", "status"} <= kinds


@pytest.mark.parametrize(
    ("concept", "mesh", "icd10cm", "hpo"),
    [
        ("atopic dermatitis", "D003876", "L20", "HP:0001047"),
        ("gout", "D006073", "M10", "HP:0001997"),
        ("alzheimer disease", "D000544", "G30", "HP:0002511"),
        ("type 2 diabetes mellitus", "D003924", "E11", "HP:0005978"),
        ("multiple sclerosis", "D009103", "G35", ""),
    ],
)
def test_codes_of_well_known_diseases(concept: str, mesh: str, icd10cm: str, hpo: str) -> None:
    found = [r for r in rows("diagnosis_concepts.tsv") if r["concept"] == concept]
    assert [(r["mesh"], r["icd10cm"], r["hpo"]) for r in found] == [(mesh, icd10cm, hpo)]


#: A usual name that was given to one thing of a descriptor names no other thing of it.
NAMES = {
    "hypopituitarism": ("pituitary insufficiency", "pituitary hormone deficiency", "hypopituitarism"),
    "anterior hypopituitarism": ("anterior hypopituitarism",),
    "sheehan syndrome": ("postpartum pituitary necrosis", "sheehan's syndrome"),
    "tendinopathy": ("tendinosis", "tendon disease", "tendinopathy"),
    "tendinitis": ("tendonitis",),
    "peroneal neuropathy": ("peroneal palsy", "fibular neuropathy"),
    "foot drop": ("footdrop", "foot dorsiflexor weakness"),
    "iga vasculitis": ("henoch-schonlein purpura", "immunoglobulin a vasculitis"),
    "purpura hemorrhagica": ("purpura hemorrhagica",),
    "hemorrhagic vasculitis": ("hemorrhagic vasculitis",),
    "infectious arthritis": ("viral arthritis",),
    "septic arthritis": ("suppurative arthritis",),
    "gastric varices": ("gastric varix",),
    "esophageal varices": ("esophageal varix",),
    "hemophilia a": ("factor viii deficiency", "hemophilia a"),
    "uterine inertia": ("uterine inertia",),
    "linear iga bullous dermatosis": ("linear iga disease",),
    "bladder cancer": ("cancer of the bladder", "urinary bladder cancer"),
    "colon cancer": ("colonic cancer",),
    "cervical cancer": ("cancer of the cervix", "uterine cervical cancer"),
}


@pytest.fixture(scope="module")
def concept_of() -> dict[str, str]:
    rows: dict[str, str] = {}
    for name in TERM_FILES:
        for line in (LEXICONS / name).read_text(encoding="utf-8").splitlines()[1:]:
            term, concept, *_ = line.split("\t")
            rows.setdefault(term, concept)
    return rows


@pytest.mark.parametrize("concept", NAMES)
def test_names_of_one_thing(concept_of: dict[str, str], concept: str) -> None:
    assert {term: concept_of.get(term) for term in NAMES[concept]} == dict.fromkeys(NAMES[concept], concept)
