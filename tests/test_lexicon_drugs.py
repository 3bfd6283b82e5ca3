"""The drug lexicons are well-formed: columns, order, duplicates, guards, numbers and canonical names."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path

import pytest

LEXICONS = Path(__file__).resolve().parent.parent / "rules" / "lexicons"
CODED = ("term", "concept", "code", "vocabulary", "source", "note")
COLUMNS = {
    "drug_classes.tsv": CODED,
    "drug_abbreviations.tsv": CODED,
    "drugs.tsv": CODED,
    "routes.tsv": CODED,
    "frequencies.tsv": ("term", "concept", "per_day", "source", "note"),
    "vague_doses.tsv": ("term", "concept", "source", "note"),
    "guards.tsv": ("term", "label", "guard", "why"),
    "guards_dropped.tsv": ("term", "label", "guard", "why"),
}
LEAST = {
    "drug_classes.tsv": 450,
    "drug_abbreviations.tsv": 250,
    "drugs.tsv": 30_000,
    "routes.tsv": 150,
    "frequencies.tsv": 130,
    "vague_doses.tsv": 60,
    "guards.tsv": 200,
    "guards_dropped.tsv": 300,
}
DRUG_FILES = ("drug_classes.tsv", "drug_abbreviations.tsv", "drugs.tsv")
GUARDS = {"never", "exact-case", "given", "defined"}
NOTES = GUARDS | {"brand", "weak", "ambiguous", "of-drug"}
CODE_FORMS = {
    "DrugBank": re.compile(r"DB\d{5}"),
    "ATC": re.compile(r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?"),
    "SNOMED CT": re.compile(r"\d{6,18}"),
}
ROUTES = {
    "oral", "intravenous", "subcutaneous", "intramuscular", "topical", "inhaled", "intranasal", "intrathecal",
    "intravitreal", "ophthalmic", "rectal", "vaginal", "transdermal", "sublingual", "intraperitoneal",
    "intraarterial", "intraarticular", "intradermal", "epidural", "enteral", "intralesional", "intravesical",
    "buccal", "otic", "intraosseous", "perineural", "parenteral", "systemic", "intraventricular", "intracameral",
    "subconjunctival", "periocular", "intrapleural", "intracoronary", "intracavernosal", "intrauterine",
    "transplacental", "intracardiac", "submucosal", "local infiltration",
}  # fmt: skip


def read(name: str) -> list[dict[str, str]]:
    with (LEXICONS / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def flags(note: str) -> set[str]:
    return {part for part in note.split(";") if part and not part.startswith("regimen: ")}


def spelling(row: dict[str, str]) -> str:
    if "exact-case" in row["note"]:
        return row["term"]
    # the matcher closes no hyphen beside fewer than three letters: "t-PA" is not "tPA"
    return re.sub(r"[-\s]+", " ", re.sub(r"(?<=\w\w\w)[-\s]+(?=\w\w\w)", "", row["term"].lower()))


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_form(name: str) -> None:
    raw = (LEXICONS / name).read_bytes()
    text = raw.decode("utf-8")
    assert b"\r" not in raw
    assert text.endswith("\n")
    lines = text.split("\n")[:-1]
    assert tuple(lines[0].split("\t")) == COLUMNS[name]
    assert [line for line in lines if line.count("\t") != len(COLUMNS[name]) - 1] == []
    assert [line for line in lines if any(cell != cell.strip() for cell in line.split("\t"))] == []
    assert len(lines) > LEAST[name]


@pytest.mark.parametrize("name", sorted(set(COLUMNS) - {"guards.tsv", "guards_dropped.tsv"}))
def test_rows_are_sorted_by_concept_then_term(name: str) -> None:
    keys = [(row["concept"], row["term"]) for row in read(name)]
    assert keys == sorted(keys)


@pytest.mark.parametrize("name", sorted(set(COLUMNS) - {"guards.tsv", "guards_dropped.tsv"}))
def test_terms_are_lower_case_unless_case_tells(name: str) -> None:
    wrong = [
        row["term"]
        for row in read(name)
        if not row["term"] or (row["term"] != row["term"].lower() and "exact-case" not in row["note"])
    ]
    assert wrong == []


@pytest.mark.parametrize("name", sorted(set(COLUMNS) - {"guards.tsv", "guards_dropped.tsv"}))
def test_notes_are_known(name: str) -> None:
    assert [row for row in read(name) if not flags(row["note"]) <= NOTES] == []


@pytest.mark.parametrize("name", sorted(n for n, columns in COLUMNS.items() if columns == CODED))
def test_codes_have_the_form_of_their_vocabulary(name: str) -> None:
    wrong = [
        row
        for row in read(name)
        if bool(row["code"]) != bool(row["vocabulary"])
        or (row["code"] and not CODE_FORMS[row["vocabulary"]].fullmatch(row["code"]))
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ["routes.tsv", "frequencies.tsv", "vague_doses.tsv"])
def test_no_term_stands_twice(name: str) -> None:
    spellings = [spelling(row) for row in read(name)]
    assert sorted({term for term in spellings if spellings.count(term) > 1}) == []


def test_a_drug_term_of_two_drugs_is_guarded() -> None:
    concepts: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for name in DRUG_FILES:
        for row in read(name):
            concepts[spelling(row)].append(row)
    same_twice = [term for term, rows in concepts.items() if len({row["concept"] for row in rows}) < len(rows)]
    unguarded = [
        term
        for term, rows in concepts.items()
        if len(rows) > 1 and not all(flags(row["note"]) & GUARDS for row in rows)
    ]
    assert (same_twice, unguarded) == ([], [])


def test_guards_are_known_and_name_a_term_once() -> None:
    rows = read("guards.tsv")
    keys = [(row["term"], row["label"]) for row in rows]
    assert keys == sorted(set(keys))
    assert {row["guard"] for row in rows} <= GUARDS
    assert [row for row in rows if not row["why"]] == []


def test_guards_other_than_never_name_a_term_of_a_drug_lexicon() -> None:
    terms = {re.sub(r"[-\s]+", "", row["term"].lower()) for name in DRUG_FILES for row in read(name)}
    guarded = [row["term"] for row in read("guards.tsv") if row["label"] == "DRUG" and row["guard"] != "never"]
    orphans = [term for term in guarded if re.sub(r"[-\s]+", "", term.lower()) not in terms]
    assert orphans == []


def test_frequencies_are_numbers_one_per_concept() -> None:
    per_day: defaultdict[str, set[str]] = defaultdict(set)
    for row in read("frequencies.tsv"):
        per_day[row["concept"]].add(row["per_day"])
        assert row["per_day"] == "" or 0 < float(row["per_day"]) <= 24
    assert {concept: values for concept, values in per_day.items() if len(values) > 1} == {}


def test_routes_are_canonical() -> None:
    rows = read("routes.tsv")
    assert {row["concept"] for row in rows} - {""} <= ROUTES
    assert [row["term"] for row in rows if not row["concept"] and "weak" not in row["note"]] == []


@pytest.mark.parametrize(
    ("term", "concept"),
    [
        ("tylenol", "paracetamol"),
        ("albuterol", "salbutamol"),
        ("augmentin", "amoxicillin-clavulanate"),
        ("mtx", "methotrexate"),
        ("bactrim", "trimethoprim-sulfamethoxazole"),
        ("anti-tnf", "tumor necrosis factor inhibitor"),
        ("topical steroid", "topical corticosteroid"),
        ("folfox", "folfox"),
        ("lantus", "insulin glargine"),
        ("dupixent", "dupilumab"),
        ("cisplatin", "cisplatin"),
    ],
)
def test_usual_names_lead_to_their_drug(term: str, concept: str) -> None:
    found = {row["concept"] for name in DRUG_FILES for row in read(name) if row["term"].lower() == term}
    assert found == {concept}
