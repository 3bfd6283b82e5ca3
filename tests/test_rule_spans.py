"""The entity ruler with our rules: guards, regular expressions, what stands of overlapping matches, and its copies."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.language import Language

from casenlp.documents import SourceDocument
from casenlp.errors import RuleError
from casenlp.extractor import load
from casenlp.pipeline.entity_ruler import PhraseRuler
from casenlp.pipeline.rule_spans import files_of, packed, unpacked
from casenlp.rules import default_folder, load_rules

REPORTS = sorted((Path(__file__).parents[1] / "corpus" / "reports").glob("*.txt"))
LARGE = ("drugs", "diagnoses", "findings", "diagnosis_concepts")
RULE = """
[[rule]]
id = "own.code"
label = "LAB_TEST"
source = "test"
tokens = [{ LOWER = "panel" }, { IS_DIGIT = true }]
examples = ["[Panel 7](LAB_TEST) was sent.", "We sent [panel 12](LAB_TEST)."]
counterexamples = ["The panel met."]

[[rule]]
id = "own.jelly"
label = "FINDING"
source = "test"
pattern = '\\b(?:felt|were) like (?P<mention>jelly)\\b'
examples = ["He felt like [jelly](FINDING).", "Her legs were like [jelly](FINDING)."]
counterexamples = ["He ate jelly."]
"""


def pipeline(patterns: list[dict[str, Any]] | None = None, rules: str | None = "", **config: Any) -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("casenlp_entity_ruler", name="ruler", config={"rules": rules, **config}).add_patterns(patterns or [])
    return nlp


def entities(nlp: Language, text: str) -> list[tuple[str, str]]:
    return [(e.text, e.label_) for e in nlp(text).ents]


OURS = pipeline()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALL was diagnosed in all of them.", [("ALL", "DIAGNOSIS")]),
        ("An aid was sent.", []),
        ("She was given MTX.", [("MTX", "DRUG")]),
        ("Potassium was 3.1 mmol/L then.", [("Potassium", "LAB_TEST"), ("3.1 mmol/L", "LAB_VALUE")]),
        ("He was given insulin 4 units.", [("insulin", "DRUG"), ("4 units", "DOSE")]),
        ("AIDS was excluded; hearing aids were lost.", [("AIDS", "DIAGNOSIS")]),
    ],
)
def test_guards_hold(text: str, expected: list[tuple[str, str]]) -> None:
    assert entities(OURS, text) == expected


@pytest.mark.parametrize(
    ("text", "words", "label", "rule"),
    [
        ("Fever began 10 days after starting azathioprine.", "10 days", "LATENCY", "latency.after-start"),
        ("On day 6 of heparin the platelets fell.", "day 6", "LATENCY", "latency.counted"),
        ("A 54-year-old woman came.", "54-year-old", "AGE", "age.years-old"),
        ("He was given imaginumab.", "imaginumab", "DRUG", "drug.inn-stem"),
    ],
)
def test_regular_expressions_and_shapes_give_their_id(text: str, words: str, label: str, rule: str) -> None:
    assert (words, label, rule) in [(e.text, e.label_, e.ent_id_) for e in OURS(text).ents]
    assert load_rules().rule(rule) is not None


@pytest.mark.parametrize("path", REPORTS[:6], ids=lambda p: p.stem)
def test_entities_are_the_mentions_of_extraction(path: Path) -> None:
    """But for times: extraction also knows latencies whose drug other sentences name."""
    text = path.read_text(encoding="utf-8")
    doc = OURS(text)
    mentions = load().extract(SourceDocument(path.stem, text)).mentions
    spans = [(doc.char_span(m.start, m.end, alignment_mode="expand"), m.label, m.rule) for m in mentions]
    times = ("LATENCY", "DATE", "DURATION")
    extracted = {(span.start, span.end, label, rule) for span, label, rule in spans if label not in times}
    assert len(extracted) > 50
    assert {(e.start, e.end, e.label_, e.ent_id_) for e in doc.ents if e.label_ not in times} == extracted


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("acid", [("valproic acid", "DRUG"), ("500 mg", "DOSE")]),  # the longer of the two
        ("valproic acid", [("valproic acid", "MINE"), ("500 mg", "DOSE")]),  # as long: the user's own is surer
        ("mg of valproic", [("mg of valproic", "MINE")]),  # the longest of three
    ],
)
def test_the_longest_then_the_pattern_of_the_user_stands(pattern: str, expected: list[tuple[str, str]]) -> None:
    nlp = pipeline([{"label": "MINE", "pattern": pattern, "id": "mine"}])
    assert entities(nlp, "Then 500 mg of valproic acid came.") == sorted(expected, key=lambda e: e[0] != "500 mg")


def test_offsets_are_those_of_the_doc_where_the_text_is_repaired() -> None:
    text = "Haemo-\ndialysis was done and\nprednisolone\u2009 \u200940\u2009mg was given."
    assert entities(OURS, text)[-2:] == [("prednisolone", "DRUG"), ("40\u2009mg", "DOSE")]


def test_entities_that_are_there_stay() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler", name="first").add_patterns([{"label": "OLD", "pattern": "azathioprine"}])
    nlp.add_pipe("casenlp_entity_ruler", config={"rules": "", "spans_key": "found"})
    doc = nlp("She took azathioprine 50 mg.")
    assert [(e.text, e.label_) for e in doc.ents] == [("azathioprine", "OLD"), ("50 mg", "DOSE")]
    assert [s.text for s in doc.spans["found"]] == ["50 mg"]


def test_labels_tell_of_the_rules() -> None:
    nlp = pipeline([{"label": "MINE", "pattern": "x"}])
    assert {"MINE", "DRUG", "LATENCY"} <= set(nlp.get_pipe("ruler").labels)
    assert len(nlp.get_pipe("ruler")) == 1


def test_rules_that_travel_with_casenlp_are_not_copied(tmp_path: Path) -> None:
    nlp = pipeline([{"label": "MINE", "pattern": "knee"}])
    nlp.to_disk(tmp_path / "nlp")
    assert not (tmp_path / "nlp" / "ruler" / "rules").exists()
    for again in (spacy.load(tmp_path / "nlp"), pipeline(rules=None).from_bytes(nlp.to_bytes())):
        assert entities(again, "Aspirin for the knee") == [("Aspirin", "DRUG"), ("knee", "MINE")]


@pytest.fixture(scope="module")
def own_rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rules folder with short lexicons and two rules more."""
    folder = tmp_path_factory.mktemp("own") / "rules"
    shutil.copytree(default_folder(), folder)
    for name in LARGE:
        path = folder / "lexicons" / f"{name}.tsv"
        path.write_text("\n".join(path.read_text(encoding="utf-8").split("\n")[:40]) + "\n", encoding="utf-8")
    (folder / "patterns" / "own.toml").write_text(RULE, encoding="utf-8")
    return folder


def test_rules_of_ones_own_travel_with_the_pipeline(
    own_rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lexicon = tmp_path / "my_drugs.csv"
    lexicon.write_text("term,concept\nzorblax,zorblaxin\n", encoding="utf-8")
    folder = tmp_path / "mine"
    shutil.copytree(own_rules, folder)
    text = "Zorblax was given, panel 7 sent, and he felt like jelly now."
    expected = [("Zorblax", "DRUG"), ("panel 7", "LAB_TEST"), ("jelly", "FINDING")]
    nlp = pipeline(rules=f"{folder}|{lexicon}")
    assert entities(nlp, text) == expected
    assert [e.ent_id_ for e in nlp(text).ents][1:] == ["own.code", "own.jelly"]
    nlp.to_disk(tmp_path / "saved")
    stored = nlp.to_bytes()
    assert stored == nlp.to_bytes()
    shutil.rmtree(folder)
    lexicon.unlink()
    monkeypatch.setenv("CASENLP_CACHE", str(tmp_path / "cache"))
    assert entities(spacy.load(tmp_path / "saved"), text) == expected
    again = pipeline(rules=None).from_bytes(stored)
    assert entities(again, text) == expected
    again.to_disk(tmp_path / "again")  # from the copy in the cache
    assert entities(spacy.load(tmp_path / "again"), text) == expected


def test_rules_given_as_a_rule_set(own_rules: Path) -> None:
    nlp = pipeline(rules=None)
    ruler = nlp.get_pipe("ruler")
    assert isinstance(ruler, PhraseRuler)
    assert entities(nlp, "panel 7") == []
    ruler.add_rules(load_rules(own_rules))
    assert entities(nlp, "panel 7") == [("panel 7", "LAB_TEST")]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    nlp = pipeline(rules=str(tmp_path / "none"))
    with pytest.raises(RuleError, match="none: no such folder"):
        nlp("aspirin")
    with pytest.raises(RuleError, match="none: no such folder"):
        nlp.to_disk(tmp_path / "saved")


def test_two_processes_may_unpack_the_same_rules(
    own_rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASENLP_CACHE", str(tmp_path / "cache"))
    archive = packed(files_of(str(own_rules)))
    replace = Path.replace

    def too_late(path: Path, target: Path) -> Path:
        shutil.copytree(path, target)  # the other process was first
        return replace(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", too_late)
        name = unpacked(archive)
    assert Path(name).is_relative_to(tmp_path / "cache")
    assert entities(pipeline(rules=name), "panel 7") == [("panel 7", "LAB_TEST")]


def test_a_ruler_can_be_pickled_after_its_first_text_too() -> None:
    nlp = pipeline([{"label": "MINE", "pattern": "knee"}])
    for ruler in (nlp, pipeline(rules=None).from_bytes(nlp.to_bytes())):
        text = "Aspirin for the knee"
        assert entities(ruler, text) == [("Aspirin", "DRUG"), ("knee", "MINE")]
        again = pickle.loads(pickle.dumps(ruler.get_pipe("ruler"))).nlp
        assert entities(again, text) == entities(ruler, text)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u200b", "."])
def test_texts_without_words(text: str) -> None:
    assert entities(OURS, text) == []
