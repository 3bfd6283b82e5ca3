"""The spaCy part: factories, order, tokens, spans."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from spacy.language import Language

import casenlp
from casenlp.pipeline import build
from casenlp.pipeline.rulers import FAMILIES
from casenlp.records import LABELS
from casenlp.rules import load_rules


@pytest.fixture(scope="module")
def nlp() -> Language:
    return build(load_rules())


def test_the_pipeline_has_no_problems(nlp: Language) -> None:
    assert {name: found for name, found in nlp.analyze_pipes()["problems"].items() if found} == {}


def test_every_label_has_a_ruler() -> None:
    assert set(LABELS) <= {label for labels in FAMILIES.values() for label in labels}


def test_factories_work_in_a_blank_pipeline() -> None:
    nlp = spacy.blank("en")
    for name in ("casenlp_sentences", "casenlp_sections", "casenlp_abbreviations"):
        nlp.add_pipe(name)
    nlp.add_pipe("casenlp_ruler", config={"family": "drugs"})
    nlp.add_pipe("casenlp_resolver")
    nlp.add_pipe("casenlp_spans")
    doc = nlp("He took aspirin for years. Then methotrexate (MTX) was given. MTX was stopped.")
    assert [(e.text, e.label_) for e in doc.ents] == [
        ("aspirin", "DRUG"), ("methotrexate", "DRUG"), ("MTX", "DRUG"), ("MTX", "DRUG"),
    ]  # fmt: skip
    assert [s.text for s in doc.sents] == [
        "He took aspirin for years.", "Then methotrexate (MTX) was given.", "MTX was stopped.",
    ]  # fmt: skip


# spaCy compiles scispaCy's suffixes anew, whose character classes hold "||"; whether re still knows them is chance
@pytest.mark.filterwarnings("ignore:Possible set union:FutureWarning")
def test_a_pipeline_survives_the_disk(nlp: Language, tmp_path: Path) -> None:
    text = "A 30-year-old woman took aspirin 100 mg daily."
    doc = nlp(text)
    before = [(s.text, s.label_, s.id_) for s in doc.spans["casenlp"]]
    nlp.to_disk(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline")(text)
    after = [(s.text, s.label_, s.id_) for s in again.spans["casenlp"]]
    assert before == after
    assert ("aspirin", "DRUG") in [(words, label) for words, label, _ in after]


def test_spans_carry_the_rule_as_id(nlp: Language) -> None:
    doc = nlp("A 30-year-old woman took aspirin 100 mg daily.")
    rules = {s.label_: s.id_ for s in doc.spans["casenlp"]}
    assert rules["AGE"] == "age.years-old"
    assert rules["DRUG"].startswith(("drugs.tsv:", "drug_abbreviations.tsv:"))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("dupilumab-induced rash", ["dupilumab", "-", "induced", "rash"]),
        ("AST/ALT were high", ["AST", "/", "ALT", "were", "high"]),
        ("6010IU/mL", ["6010", "IU", "/", "mL"]),
        ("a 13-year-old boy", ["a", "13", "-", "year", "-", "old", "boy"]),
        ("IL-4 rose", ["IL-4", "rose"]),
    ],
)
def test_tokens(nlp: Language, text: str, tokens: list[str]) -> None:
    assert [t.text for t in nlp.make_doc(text)] == tokens


def test_tokens_lose_no_text(nlp: Language) -> None:
    text = "He (54 y/o) took  5mg/kg/day,\tthen 10⁹/L… “well”.\n\nEnd"
    assert nlp.make_doc(text).text == text


def test_a_rule_of_token_patterns_is_a_rule(tmp_path: Path) -> None:
    import shutil

    from casenlp.rules import default_folder

    folder = tmp_path / "rules"
    shutil.copytree(default_folder(), folder)
    with (folder / "patterns" / "drugs.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[[rule]]\nid = "drug.token-pattern"\nlabel = "DRUG"\nsource = "own"\n'
            'tokens = [{ LOWER = "blue" }, { LOWER = { IN = ["pill", "pills"] } }]\n'
            'examples = ["He took a [blue pill](DRUG).", "She took two [blue pills](DRUG)."]\n'
            'counterexamples = ["He took a red pill."]\n'
        )
    extractor = casenlp.load(folder)
    result = extractor.extract(casenlp.SourceDocument("d", "He took blue pills for years."))
    assert [(m.text, m.rule) for m in result.mentions if m.label == "DRUG"] == [("blue pills", "drug.token-pattern")]
