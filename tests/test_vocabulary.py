"""The lexicon matcher."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from casenlp import scan
from casenlp.errors import RuleError
from casenlp.rules import default_folder, load_rules
from casenlp.vocabulary import Vocabulary, load_vocabulary

HEADER = "term\tconcept\tcode\tvocabulary\tsource\tnote\n"


def small(tmp_path: Path, rows: str, guards: str = "") -> Vocabulary:
    (tmp_path / "lexicons.toml").write_text(
        '[[lexicon]]\nfile = "words.tsv"\nlabel = "DIAGNOSIS"\n[[guards]]\nfile = "guards.tsv"\n', encoding="utf-8"
    )
    (tmp_path / "words.tsv").write_text(HEADER + rows, encoding="utf-8")
    (tmp_path / "guards.tsv").write_text("term\tlabel\tguard\twhy\n" + guards, encoding="utf-8")
    variants = (default_folder() / "lexicons" / "variants.toml").read_text(encoding="utf-8")
    (tmp_path / "variants.toml").write_text(variants, encoding="utf-8")
    return load_vocabulary(tmp_path)


COMPILED = scan.compiled_words
SHARED = os.environ["CASENLP_CACHE"]  # of all tests: the whole vocabulary takes seconds to compile
not_compiled = pytest.mark.skipif(COMPILED is None, reason="casenlp is not compiled here")


@pytest.fixture(autouse=True, params=["python", pytest.param("compiled", marks=not_compiled)])
def form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test here holds for the scan in Python and for the compiled one."""
    monkeypatch.setattr(scan, "compiled_words", COMPILED if request.param == "compiled" else None)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASENLP_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("oedema", "pulmonary edema was seen", "edema"),
        ("anemia", "severe anaemia", "anaemia"),
        ("metastasis", "many metastases", "metastases"),
        ("abscess", "two abscesses", "abscesses"),
        ("Crohn's disease", "Crohn disease", "Crohn disease"),
        ("Crohn disease", "Crohn's disease", "Crohn's disease"),
        ("type 2 diabetes", "type II diabetes", "type II diabetes"),
        ("non-small cell lung cancer", "non small-cell lung cancer", "non small-cell lung cancer"),
        ("interferon alpha", "interferon-α", "interferon-α"),
        ("E. coli sepsis", "an E. coli sepsis", "E. coli sepsis"),
        ("tumour", "tumors", "tumors"),
        ("Guillain-Barre syndrome", "a Guillain-Barré syndrome", "Guillain-Barré syndrome"),
        ("Behçet's disease", "Behcet disease", "Behcet disease"),
        ("Sjogren syndrome", "Sjögren's syndrome", "Sjögren's syndrome"),
        ("Meniere disease", "Ménière disease", "Ménière disease"),
        ("anti-inflammatory reaction", "antiinflammatory reaction", "antiinflammatory reaction"),
    ],
)
def test_spellings_that_count_as_equal(tmp_path: Path, term: str, text: str, found: str) -> None:
    hits = small(tmp_path, f"{term}\tthing\t\t\town\t\n").find(text)
    assert [text[h.start : h.end] for h in hits] == [found]


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("lung carcinoma", "carcinoma of the lung", "carcinoma of the lung"),
        ("lung carcinoma", "a carcinoma of the left lung", "carcinoma of the left lung"),
        ("lung carcinoma", "pulmonary carcinomas", "pulmonary carcinomas"),
        ("rupture of the spleen", "splenic rupture", "splenic rupture"),
        ("hepatic abscess", "a liver abscess", "liver abscess"),
        ("fracture of femur", "fracture of the right femur", "fracture of the right femur"),
    ],
)
def test_word_order(tmp_path: Path, term: str, text: str, found: str) -> None:
    hits = small(tmp_path, f"{term}\tthing\t\t\town\t\n").find(text)
    assert [text[h.start : h.end] for h in hits] == [found]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("lung carcinoma", "carcinoma of the lungfish"),
        ("lung disease", "disease of the lung"),
        ("hay fever", "fever of the hay"),
        ("acute abscess", "abscess of the acute"),
        ("lung carcinoma", "lung and carcinoma"),
    ],
)
def test_order_is_turned_only_for_heads_and_organs_that_are_listed(tmp_path: Path, term: str, text: str) -> None:
    assert small(tmp_path, f"{term}\tthing\t\t\town\t\n").find(text) == []


def test_a_row_that_is_written_so_wins_over_a_turned_one(tmp_path: Path) -> None:
    rows = "lung tumor\tturned\t\t\town\t\ntumor of the lung\twritten\t\t\town\t\n"
    assert [e.concept for e in small(tmp_path, rows).look_up("tumour of the lung")] == ["written"]


@pytest.mark.parametrize(
    "text", ["Lung. Cancer came later", "lung, cancer", "lung; cancer", "the lungcancer", "lungs (cancer)"]
)
def test_a_phrase_does_not_cross_punctuation(tmp_path: Path, text: str) -> None:
    assert small(tmp_path, "lung cancer\tlung cancer\t\t\town\t\n").find(text) == []


JOINED = [" ", "  ", "\n", " \n ", "\t", "-", "- ", " -", " - ", "/", " / ", "'s ", "' ", "+", "% "]
APART = [". ", ".", ".\n", ", ", ",", ": ", " (", ") ", "_", "--", " -- ", "-\n", "\n- ", "''", " & ", "'s, "]


@pytest.mark.parametrize(("gap", "is_one"), [*((gap, True) for gap in JOINED), *((gap, False) for gap in APART)])
def test_what_may_stand_between_the_words_of_a_phrase(tmp_path: Path, gap: str, is_one: bool) -> None:
    words = small(tmp_path, "lung cancer\tlung cancer\t\t\town\t\n")
    phrase = f"lung{gap}cancer"
    text = f"{phrase} at first,\n\nthen no  more\nof ({phrase}); of a lung - he said - no word.\n{phrase}"
    found = [(m.start(), m.end()) for m in re.finditer(re.escape(phrase), text)] if is_one else []
    assert [(h.start, h.end) for h in words.find(text)] == found
    assert [(h.start, h.end) for h in words.find(phrase)] == ([(0, len(phrase))] if is_one else [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("E. coli", ["E. coli"]),
        ("E.coli", ["E.coli"]),
        ("E. Coli", []),
        ("e.g. E's. coli", ["E's. coli"]),
        ("E.\ncoli", []),
        ("5. coli", []),
        ("the E . coli", []),
    ],
)
def test_a_stop_joins_after_a_single_letter(tmp_path: Path, text: str, found: list[str]) -> None:
    words = small(tmp_path, "E. coli\tE. coli\t\t\town\t\n5 coli\tfive\t\t\town\t\n")
    assert [text[h.start : h.end] for h in words.find(text)] == found


def test_phrases_of_every_length_are_found_in_a_long_text(tmp_path: Path) -> None:
    names = [
        " ".join(["very", "long", "name", "of", "one", "disease", "with", "ten", "words", "end"][:n])
        for n in range(2, 11)
    ]
    words = small(tmp_path, "".join(f"{name}\t{name}\t\t\town\t\n" for name in names))
    text = f"A text before it. {names[-1]} and {names[0]}, {names[3]}."
    assert [text[h.start : h.end] for h in words.find(text)] == [*names, names[0], *names[:4]]


LETTERS_AND_NUMBER = [
    ("5-FU", "5FU", ["5FU"]),
    ("covid-19", "covid19", ["covid19"]),
    ("coenzyme Q-10", "coenzyme Q10", ["coenzyme Q10"]),
    ("vitamin B12", "vitamin B-12", ["vitamin B-12"]),
    ("vitamin B12", "the B 12", []),
    ("T20", "a T 20", []),  # alone, a letter and a number are too little
    ("2-methyl-4-xylol", "2methyl-4-xylol", []),
    ("CD-4-receptor", "CD4-receptor", []),
]


@pytest.mark.parametrize(("term", "text", "found"), LETTERS_AND_NUMBER)
def test_a_hyphen_between_letters_and_a_number(tmp_path: Path, term: str, text: str, found: list[str]) -> None:
    hits = small(tmp_path, f"{term}\tthing\t\t\town\t\n").find(text)
    assert [text[h.start : h.end] for h in hits] == found


def test_a_row_that_is_written_so_wins_over_another_hyphen(tmp_path: Path) -> None:
    rows = "T-4\thyphened\t\t\town\t\nT4\twritten\t\t\town\t\n"
    assert [e.concept for e in small(tmp_path, rows).look_up("T4")] == ["written"]


def test_a_text_of_a_class_of_its_own_is_read(tmp_path: Path) -> None:
    class Text(str):
        """A str as libraries have them (numpy.str_)."""

    words = small(tmp_path, "gout\tgout\t\t\town\t\n")
    assert [(h.start, h.end) for h in words.find(Text("a gout"))] == [(2, 6)]


def test_nested_phrases_are_all_found(tmp_path: Path) -> None:
    words = small(tmp_path, "diabetes\tdiabetes\t\t\town\t\ndiabetes mellitus\tdiabetes mellitus\t\t\town\t\n")
    text = "diabetes mellitus"
    assert [text[h.start : h.end] for h in words.find(text)] == ["diabetes", "diabetes mellitus"]


def test_guards_travel_with_the_entry(tmp_path: Path) -> None:
    words = small(
        tmp_path, "all\tacute lymphoblastic leukemia\t\t\town\t\n", "ALL\tDIAGNOSIS\texact-case\tcommon word\n"
    )
    (entry,) = words.look_up("all")
    assert (entry.term, entry.guards) == ("ALL", {"exact-case"})


def test_a_changed_lexicon_is_read_anew(tmp_path: Path) -> None:
    assert small(tmp_path, "gout\tgout\t\t\town\t\n").find("mumps") == []
    assert len(small(tmp_path, "gout\tgout\t\t\town\t\nmumps\tmumps\t\t\town\t\n").find("mumps")) == 1


@pytest.mark.parametrize("content", [b"", b"x", b"x" * 24])
@pytest.mark.parametrize("part", ["blob", "hashes", "rows", "offsets", "table"])
def test_a_broken_cache_is_made_again(tmp_path: Path, part: str, content: bytes) -> None:
    small(tmp_path, "gout\tgout\t\t\town\t\n")
    (kept,) = (tmp_path / "cache").rglob(part)
    kept.unlink()  # what is mapped must not be cut
    kept.write_bytes(content)
    assert len(load_vocabulary(tmp_path).find("gout")) == 1
    assert kept.read_bytes() != content


@pytest.mark.parametrize(
    ("rows", "place"),
    [("gout\tgout\t\t\town\t\textra\tmore\n", "words.tsv:2"), ("a\tb\t\t\town\t\n\tgout\t\t\town\t\n", "words.tsv:3")],
)
def test_a_bad_row_is_named_by_line(tmp_path: Path, rows: str, place: str) -> None:
    with pytest.raises(RuleError, match=place):
        small(tmp_path, rows)


def test_the_whole_vocabulary_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASENLP_CACHE", SHARED)
    words = load_rules().vocabulary
    assert sum(1 for file in words.files for _ in file.rows()) >= 150_000
    assert {e.label for e in words.look_up("dupilumab")} == {"DRUG"}
    assert "DIAGNOSIS" in {e.label for e in words.look_up("atopic dermatitis")}
