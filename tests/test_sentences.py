"""Sentence boundaries: texts -> sentences."""

from __future__ import annotations

import pytest

from casenlp.pipeline.sentences import SentenceSplitter
from casenlp.rules import load_rules


@pytest.fixture(scope="module")
def splitter() -> SentenceSplitter:
    """The rules of this checkout."""
    return SentenceSplitter(dict(load_rules().sentence_settings))


TEXTS = [
    ("He came. She left.", ["He came.", "She left."]),
    ("Potassium was 3.5 mmol/L. It rose.", ["Potassium was 3.5 mmol/L.", "It rose."]),
    ("Dr. Smith saw him. He left.", ["Dr. Smith saw him.", "He left."]),
    ("See Fig. 2 for details. It grew.", ["See Fig. 2 for details.", "It grew."]),
    ("Aspirin 100 mg q.d. was given.", ["Aspirin 100 mg q.d. was given."]),
    ("He took it b.i.d. The rash faded.", ["He took it b.i.d.", "The rash faded."]),
    ("E. coli grew.", ["E. coli grew."]),
    ("Was it sepsis? It was.", ["Was it sepsis?", "It was."]),
    ("First line\nSecond line", ["First line", "Second line"]),
    ("", [""]),
]


@pytest.mark.parametrize(("text", "wanted"), TEXTS, ids=lambda v: str(v)[:30])
def test_split(splitter: SentenceSplitter, text: str, wanted: list[str]) -> None:
    assert [text[low:high] for low, high in splitter.split(text)] == wanted
