"""The entity ruler: the matches of spaCy's EntityRuler on its own pattern dicts, ids, and serialisation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language

import casenlp.pipeline.entity_ruler  # noqa: F401  registers the factory

PATTERNS: list[dict[str, Any]] = [
    {"label": "DRUG", "pattern": "valproic acid", "id": "valproate"},
    {"label": "DRUG", "pattern": "acid", "id": "acid"},
    {"label": "TEST", "pattern": "folic acid level"},
    {"label": "DOSE", "pattern": [{"LIKE_NUM": True}, {"LOWER": {"IN": ["mg", "g"]}}], "id": "dose.mass"},
    {
        "label": "DOSE",
        "pattern": [{"LIKE_NUM": True}, {"LOWER": "mg"}, {"ORTH": "/"}, {"LOWER": "kg"}],
        "id": "dose.kg",
    },
    {"label": "FREQ", "pattern": [{"LOWER": "twice"}, {"LOWER": "a", "OP": "?"}, {"LOWER": {"IN": ["day", "daily"]}}]},
    {
        "label": "TIME",
        "pattern": [{"LOWER": "for"}, {"IS_DIGIT": True, "OP": "+"}, {"LENGTH": {">=": 3}}],
    },
    {"label": "NUMBER", "pattern": [{"TEXT": {"REGEX": r"^\d+%$"}}]},
    {"label": "UPPER", "pattern": [{"IS_UPPER": True}, {"TEXT": "level"}]},
]
WORDS = ["valproic", "Valproic", "acid", "folic", "level", "5", "two", "mg", "G", "g", "/", "kg", "twice", "a", "day"]
WORDS += ["daily", "for", "10", "days", "50%", "MTX", "the", ",", "."]


def pipelines(patterns: list[dict[str, Any]], **config: Any) -> tuple[Language, Language]:
    """(spaCy's, ours)."""
    both = []
    for factory in ("entity_ruler", "casenlp_entity_ruler"):
        nlp = spacy.blank("en")
        nlp.add_pipe(factory, name="ruler", config=config).add_patterns(patterns)
        both.append(nlp)
    return both[0], both[1]


def entities(nlp: Language, text: str) -> list[tuple[int, int, str, str]]:
    return [(e.start, e.end, e.label_, e.id_) for e in nlp(text).ents]


SPACY, OURS = pipelines(PATTERNS)
SPACY_LOWER, OURS_LOWER = pipelines(PATTERNS, phrase_matcher_attr="LOWER")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=14))
def test_the_matches_are_those_of_spacy(words: list[str]) -> None:
    text = " ".join(words)
    assert entities(OURS, text) == entities(SPACY, text)
    assert entities(OURS_LOWER, text) == entities(SPACY_LOWER, text)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), min_size=1, max_size=8),
    st.lists(st.sampled_from(WORDS), max_size=20),
)
def test_phrases_of_any_kind_match_as_in_spacy(phrases: list[list[str]], words: list[str]) -> None:
    patterns = [{"label": "X", "pattern": " ".join(phrase)} for phrase in phrases]
    theirs, ours = pipelines(patterns)
    assert entities(ours, " ".join(words)) == entities(theirs, " ".join(words))


def test_the_longest_then_the_first_added_stands() -> None:
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("casenlp_entity_ruler")
    ruler.add_patterns([{"label": "B", "pattern": "folic acid"}, {"label": "A", "pattern": "folic acid", "id": "late"}])
    ruler.add_patterns([{"label": "C", "pattern": [{"LOWER": "folic"}, {"LOWER": "acid"}, {"LOWER": "level"}]}])
    assert entities(nlp, "folic acid") == [(0, 2, "B", "")]
    assert entities(nlp, "folic acid level") == [(0, 3, "C", "")]


@pytest.mark.parametrize("overwrite", [False, True])
def test_entities_that_are_there(overwrite: bool) -> None:
    found = []
    for factory in ("entity_ruler", "casenlp_entity_ruler"):
        nlp = spacy.blank("en")
        first = nlp.add_pipe("entity_ruler", name="first")
        first.add_patterns([{"label": "OLD", "pattern": "acid"}, {"label": "OLD", "pattern": "twice"}])
        ruler = nlp.add_pipe(factory, name="second", config={"overwrite_ents": overwrite})
        ruler.add_patterns([{"label": "NEW", "pattern": "valproic acid"}, {"label": "NEW", "pattern": "mg"}])
        found.append(entities(nlp, "valproic acid 5 mg twice"))
    assert found[0] == found[1]


def test_ids_are_on_tokens_and_spans() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("casenlp_entity_ruler", config={"spans_key": "found"}).add_patterns(PATTERNS)
    doc = nlp("valproic acid 5 mg")
    assert [t.ent_id_ for t in doc] == ["valproate", "valproate", "dose.mass", "dose.mass"]
    assert [(s.text, s.label_, s.id_) for s in doc.spans["found"]] == [
        ("valproic acid", "DRUG", "valproate"),
        ("5 mg", "DOSE", "dose.mass"),
    ]


def test_it_travels_with_the_pipeline(tmp_path: Path) -> None:
    text = "valproic acid 5 mg twice a day for 10 days, folic acid level"
    OURS.to_disk(tmp_path / "nlp")
    read = spacy.load(tmp_path / "nlp")
    again = spacy.blank("en")
    again.add_pipe("casenlp_entity_ruler", name="ruler")
    again.from_bytes(OURS.to_bytes())
    for nlp in (read, again):
        assert entities(nlp, text) == entities(SPACY, text)
        assert nlp.get_pipe("ruler").patterns == PATTERNS
        assert nlp.get_pipe("ruler").labels == ("DOSE", "DRUG", "FREQ", "NUMBER", "TEST", "TIME", "UPPER")


def test_an_empty_ruler_finds_nothing() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("casenlp_entity_ruler")
    assert entities(nlp, "valproic acid") == []
    assert entities(nlp, "") == []


@pytest.mark.parametrize("pattern", [{"label": "X"}, {"pattern": "x"}, {"label": "X", "pattern": 5}])
def test_a_wrong_pattern_is_named(pattern: dict[str, Any]) -> None:
    nlp = spacy.blank("en")
    with pytest.raises(ValueError, match="a pattern has a label"):
        nlp.add_pipe("casenlp_entity_ruler").add_patterns([pattern])
