"""Texts with letters that nobody expects: whatever is written, something is said of it, and what is said is right."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import spacy

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor
from casenlp.letters import SYMBOL_LETTERS, UNREADABLE
from casenlp.patterns import SYMBOLS
from casenlp.pipeline import build
from casenlp.rules import load_rules


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    """One extractor for all tests of this file."""
    return Extractor(load_rules())


def said(extractor: Extractor, text: str) -> dict[str, Any]:
    """All that is said of a text, decisions too."""
    extraction = extractor.extract(SourceDocument("d", text))
    assert all(text[m.start : m.end] == m.text for m in extraction.mentions)
    return {**extraction.to_dict(), "decisions": extraction.decisions}


def test_every_symbol_is_a_letter_that_is_taken_out() -> None:
    assert {ord(symbol) for symbol in SYMBOLS.values()} <= set(SYMBOL_LETTERS)


@pytest.mark.parametrize(
    "form",
    [
        "{} Flu",
        "Flu {}",
        "{}",
        "{}{} {}",
        "She had in{}fluenza and was given aspi{}rin.",
        "A {}-year-old man was given {} 100 mg of aspirin {}daily for 3 {} days.",
        "Potassium was {}5.9 mmol/L, sodium {} (135-{}145), platelets 45 x 10{}9/L.",
        "{} developed 10 days after starting {}. Rash developed {} after starting aspirin.",
        "{}, her mother, had diabetes; {} had none.",
        "Systemic {} erythematosus (SLE{}) was known. SLE{} was treated.",
        "Results\n{}\t3\t4\nPotassium\t{}\t5.9\n",
        "Test\tDay 1\tDay 2\nPotassium (mmol/L)\t{}\t5.9\n{}\t4.0\t4.1\n",
        "Case {}. A 40-year-old woman. Case 2{}. A 50-year-old man.",
        "{}İ  two  spaces, {} 5 mg",
    ],
)
def test_a_private_letter_is_no_item(extractor: Extractor, form: str) -> None:
    expected = said(extractor, form.replace("{}", UNREADABLE))
    for symbol in [*SYMBOLS.values(), chr(SYMBOL_LETTERS[-1])]:
        text = form.replace("{}", symbol)
        found = said(extractor, text)
        assert str(found).replace(symbol, UNREADABLE) == str(expected).replace(symbol, UNREADABLE)


def test_a_private_letter_is_no_item_of_a_doc() -> None:
    nlp = build(load_rules())
    for symbol in SYMBOLS.values():
        text = f"{symbol} Fever began {symbol} 10 days after starting azathioprine {symbol}."
        doc = nlp(text)
        assert doc.text == text
        found = [(span.text, span.label_) for span in doc.spans["casenlp"]]
        assert found == [("Fever", "FINDING"), ("azathioprine", "DRUG")]


def test_a_private_letter_is_no_item_of_the_entity_ruler() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("casenlp_entity_ruler", config={"rules": ""})
    for symbol in SYMBOLS.values():
        doc = nlp(f"{symbol} Her fever began after azathioprine {symbol} was stopped.")
        assert [(e.text, e.label_) for e in doc.ents] == [("fever", "FINDING"), ("azathioprine", "DRUG")]


def test_torn_texts_are_read_the_same_with_and_without_compiled_parts() -> None:
    script = Path(__file__).with_name("odd_texts.py")
    said_by = []
    for pure in ("0", "1"):
        environment = {**os.environ, "CASENLP_PURE": pure}
        done = subprocess.run([sys.executable, script, "0", "400"], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{done.stdout.splitlines()[-1:]} {done.stderr[-2000:]}"
        said_by.append(done.stdout.splitlines())
    compiled, pure_lines = said_by
    assert len(compiled) == 400
    assert [a for a, b in zip(compiled, pure_lines, strict=True) if a != b] == []


#: Processor seconds that so many letters may take, many times what they do; where each piece was compared with all
#: others they took from 7 to 28.
SECONDS = 6.0
LETTERS = {"ab- cd ": 400_000, "potassium, sodium, ": 400_000, "a 40-year-old man, ": 400_000, "()": 100_000}


@pytest.mark.parametrize("piece", LETTERS)
def test_long_repetitive_texts_take_time_in_proportion(extractor: Extractor, piece: str) -> None:
    text = piece * (LETTERS[piece] // len(piece))
    begun = time.process_time()
    extractor.extract(SourceDocument("d", text))
    assert time.process_time() - begun < SECONDS
