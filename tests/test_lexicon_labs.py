"""Hold the hand-made vocabulary of laboratory tests, vital signs, scores and units to its form."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

LEXICONS = Path(__file__).resolve().parent.parent / "rules" / "lexicons"
HEADERS = {
    "lab_tests.tsv": ["term", "concept", "code", "vocabulary", "source", "note"],
    "lab_test_concepts.tsv": [
        "concept",
        "category",
        "loinc",
        "unit",
        "reference_low",
        "reference_high",
        "plausible_low",
        "plausible_high",
        "severity_bands",
        "note",
        "part_of",
        "part_of_text",
    ],
    "lab_findings.tsv": ["term", "concept", "flag", "source", "note"],
    "units.tsv": ["term", "ucum", "kind", "source", "note"],
}
SORT_KEYS = {
    "lab_tests.tsv": ("concept", "term"),
    "lab_test_concepts.tsv": ("concept",),
    "lab_findings.tsv": ("concept", "term"),
    "units.tsv": ("ucum", "term"),
}
CATEGORIES = {"laboratory", "vital", "score", "other"}
KINDS = {
    "mass", "volume", "substance", "activity", "concentration", "count", "pressure", "rate", "temperature",
    "length", "area", "percent", "time", "form", "radiation", "dose_rate", "other",
}  # fmt: skip
TERM_NOTES = {"exact-case", "defined", "needs-value", "titrated", "also-drug", "allergen"}
UNIT_NOTES = {"exact-case", "needs-number"}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
BAND = re.compile(r"[^:;]+:(-?\d+(?:\.\d+)?)-(-?\d+(?:\.\d+)?)")
LOINC = re.compile(r"\d{1,5}-\d")
ANNOTATION_ONLY = re.compile(r"\{[^{}]+\}")


@cache
def table(name: str) -> list[dict[str, str]]:
    """Read one lexicon as rows of its named columns."""
    with (LEXICONS / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def notes(row: dict[str, str]) -> set[str]:
    """Split a note into its flags."""
    return {flag for flag in row["note"].split(", ") if flag}


def has_check_digit(code: str) -> bool:
    """Tell whether a LOINC code ends in its mod 10 check digit (LOINC Users' Guide, appendix on check digits)."""
    body, digit = code.split("-")
    total = 0
    for place, figure in enumerate(reversed(body)):
        product = int(figure) * (2 if place % 2 == 0 else 1)
        total += product // 10 + product % 10
    return (10 - total % 10) % 10 == int(digit)


@cache
def ucum_parser() -> Any:
    """Build the UCUM parser once; parsing a code that is not UCUM raises."""
    return pytest.importorskip("ucumvert").get_ucum_parser()


def not_ucum(codes: set[str]) -> list[str]:
    """List the codes that are neither UCUM nor a bare annotation."""
    failures = []
    for code in sorted(codes):
        if ANNOTATION_ONLY.fullmatch(code):
            continue
        try:
            ucum_parser().parse(code)
        except Exception as error:
            failures.append(f"{code}: {type(error).__name__}")
    return failures


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_file_is_utf8_tab_separated_with_its_header(name: str) -> None:
    raw = (LEXICONS / name).read_bytes()
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    lines = raw.decode("utf-8").splitlines()
    assert lines[0].split("\t") == HEADERS[name]
    wrong = [number for number, line in enumerate(lines, 1) if line.count("\t") != len(HEADERS[name]) - 1]
    assert wrong == []
    untrimmed = [number for number, line in enumerate(lines, 1) if any(c != c.strip() for c in line.split("\t"))]
    assert untrimmed == []


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_file_is_sorted(name: str) -> None:
    keys = [tuple(row[column] for column in SORT_KEYS[name]) for row in table(name)]
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("lab_tests.tsv", "term"),
        ("lab_test_concepts.tsv", "concept"),
        ("lab_findings.tsv", "term"),
        ("units.tsv", "term"),
    ],
)
def test_no_term_twice(name: str, column: str) -> None:
    values = [row[column] for row in table(name)]
    assert all(values)
    assert [value for value, count in Counter(values).items() if count > 1] == []


def test_vocabulary_is_as_large_as_promised() -> None:
    assert len(table("lab_test_concepts.tsv")) >= 350
    assert len(table("lab_tests.tsv")) >= 1200
    assert len(table("lab_findings.tsv")) >= 80
    assert len(table("units.tsv")) >= 300


def test_every_term_has_a_concept_row_and_every_concept_a_term() -> None:
    concepts = {row["concept"] for row in table("lab_test_concepts.tsv")}
    assert {row["concept"] for row in table("lab_tests.tsv")} == concepts
    assert {row["concept"] for row in table("lab_findings.tsv")} <= concepts


def test_codes_agree_between_terms_and_concepts() -> None:
    loinc = {row["concept"]: row["loinc"] for row in table("lab_test_concepts.tsv")}
    rows = table("lab_tests.tsv")
    assert [row["term"] for row in rows if row["code"] != loinc[row["concept"]]] == []
    assert [row["term"] for row in rows if row["vocabulary"] != ("LOINC" if row["code"] else "")] == []
    assert {row["source"] for row in rows} <= {"LOINC", "own"}


def test_loinc_codes_have_their_check_digit_and_one_concept() -> None:
    assert has_check_digit("2160-0")
    assert not has_check_digit("2160-1")
    codes = [row["loinc"] for row in table("lab_test_concepts.tsv") if row["loinc"]]
    assert [code for code in codes if not LOINC.fullmatch(code) or not has_check_digit(code)] == []
    assert [code for code, count in Counter(codes).items() if count > 1] == []


def test_terms_are_lower_case_unless_case_tells() -> None:
    rows = table("lab_tests.tsv")
    assert [row["term"] for row in rows if not notes(row) <= TERM_NOTES] == []
    folded = [row for row in rows if "exact-case" not in notes(row)]
    assert [row["term"] for row in folded if row["term"] != row["term"].lower()] == []
    assert [row["term"] for row in table("lab_findings.tsv") if row["term"] != row["term"].lower()] == []


def test_categories_flags_and_kinds() -> None:
    assert {row["category"] for row in table("lab_test_concepts.tsv")} == CATEGORIES
    assert {row["flag"] for row in table("lab_findings.tsv")} == {"high", "low", "positive"}
    assert {row["note"] for row in table("lab_findings.tsv")} <= {"", "disease-name"}
    assert {row["kind"] for row in table("units.tsv")} == KINDS


def test_ranges_are_numbers_in_order() -> None:
    wrong = []
    for row in table("lab_test_concepts.tsv"):
        for kind in ("reference", "plausible"):
            low, high = row[f"{kind}_low"], row[f"{kind}_high"]
            numeric = all(NUMBER.fullmatch(cell) for cell in (low, high) if cell)
            if not numeric or (low and high and float(low) > float(high)):
                wrong.append(row["concept"])
            if numeric and low and low == high and kind == "plausible":
                wrong.append(row["concept"])
            if (low or high) and not row["unit"]:
                wrong.append(row["concept"])
    assert wrong == []


def test_reference_range_lies_in_the_plausible_one() -> None:
    outside = []
    for row in table("lab_test_concepts.tsv"):
        for cell in (row["reference_low"], row["reference_high"]):
            low, high = row["plausible_low"], row["plausible_high"]
            if cell and low and high and not float(low) <= float(cell) <= float(high):
                outside.append(row["concept"])
    assert outside == []


def test_severity_bands_ascend_within_the_scale() -> None:
    banded = [row for row in table("lab_test_concepts.tsv") if row["severity_bands"]]
    assert "SCORAD" in {row["concept"] for row in banded}
    wrong = []
    for row in banded:
        matches = [BAND.fullmatch(band) for band in row["severity_bands"].split(";")]
        edges = [float(edge) for match in matches if match for edge in match.groups()]
        low, high = float(row["plausible_low"]), float(row["plausible_high"])
        if not all(matches) or edges != sorted(edges) or edges[0] < low or edges[-1] > high:
            wrong.append(row["concept"])
    assert wrong == []


def test_units_of_concepts_are_ucum() -> None:
    assert not_ucum({row["unit"] for row in table("lab_test_concepts.tsv") if row["unit"]}) == []


def test_units_are_ucum() -> None:
    assert all(row["ucum"] for row in table("units.tsv"))
    assert not_ucum({row["ucum"] for row in table("units.tsv")}) == []


def test_units_that_differ_by_case_alone_say_so() -> None:
    by_fold: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in table("units.tsv"):
        assert notes(row) <= UNIT_NOTES, row["term"]
        assert "\N{MICRO SIGN}" not in row["term"], row["term"]
        by_fold[row["term"].casefold()].append(row)
    unsafe = [
        row["term"]
        for rows in by_fold.values()
        if len({row["ucum"] for row in rows}) > 1
        for row in rows
        if "exact-case" not in notes(row)
    ]
    assert unsafe == []


@pytest.mark.parametrize(
    ("term", "ucum"),
    [
        ("mg/dL", "mg/dL"),
        ("mg%", "mg/dL"),
        ("/μL", "/uL"),
        ("x10^9/L", "10*9/L"),
        ("10^3/μL", "10*3/uL"),
        ("K/μL", "10*3/uL"),
        ("G/L", "10*9/L"),
        ("g/L", "g/L"),
        ("IU/mL", "[IU]/mL"),
        ("mm Hg", "mm[Hg]"),
        ("mm/hr", "mm/h"),
        ("mL/min/1.73 m2", "mL/min/{1.73_m2}"),
        ("°C", "Cel"),
        ("beats per minute", "/min"),
        ("mg/kg/day", "mg/kg/d"),
        ("tablets", "{tbl}"),
        ("yrs", "a"),
    ],
)
def test_unit_spellings(term: str, ucum: str) -> None:
    assert {row["term"]: row["ucum"] for row in table("units.tsv")}[term] == ucum


@pytest.mark.parametrize(
    ("term", "concept"),
    [
        ("wbc", "leukocytes"),
        ("AST", "aspartate aminotransferase"),
        ("sgpt", "alanine aminotransferase"),
        ("PT", "prothrombin time"),
        ("esr", "erythrocyte sedimentation rate"),
        ("spo2", "oxygen saturation"),
        ("house dust mite", "house dust mite specific IgE"),
        ("scorad", "SCORAD"),
        ("lithium level", "lithium level"),
        ("chest x-ray", "chest radiography"),
        ("ki-67", "Ki-67"),
    ],
)
def test_test_names(term: str, concept: str) -> None:
    assert {row["term"]: row["concept"] for row in table("lab_tests.tsv")}[term] == concept
