"""What makes extraction fast must find what the plain way finds."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from casenlp.documents import SourceDocument, lower_in_place
from casenlp.expressions import factored
from casenlp.extractor import Extractor, load
from casenlp.patterns import SYMBOLS
from casenlp.pipeline.annotations import Item, annotations_of
from casenlp.pipeline.phrases import PhraseFinder
from casenlp.pipeline.shadow import make_shadow

REPORTS = sorted((Path(__file__).parents[1] / "corpus" / "reports").glob("*.txt"))[:6]


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return load()


@pytest.mark.parametrize("path", REPORTS, ids=lambda p: p.stem)
def test_text_alone_gives_what_a_doc_gives(extractor: Extractor, path: Path) -> None:
    reading, normalized = extractor.read(SourceDocument(path.stem, path.read_text(encoding="utf-8")))
    known = annotations_of(extractor.nlp(normalized.text))
    assert known.abbreviations == reading.known.abbreviations
    assert known.sentences == reading.known.sentences
    assert [(i.kind, i.start, i.end, i.rule) for i in known.items] == [
        (i.kind, i.start, i.end, i.rule) for i in reading.known.items
    ]
    assert known.items


def test_phrases_are_found_first_and_longest() -> None:
    finder = PhraseFinder(["no", "no evidence of", "evidence of a", "denied", "(?)", "without", "was not"])
    found = {
        "there was no evidence of a mass": ["no evidence of"],
        "evidence of a mass": ["evidence of a"],
        "nobody denied it, nor was nothing denied": ["denied", "denied"],
        "no, not without": ["no", "without"],
        "cancer(?) was not seen": ["(?)", "was not"],
        "noevidence of": [],
    }
    assert {text: [text[start:end] for start, end in finder.find(text)] for text in found} == found


def test_alternatives_at_a_border_say_so_once() -> None:
    patterns = {
        r"\bcat|\bdog": r"(?:\b(?:cat|dog))",
        r"(?:\bcat|cow|\bdog|\bpig)": r"(?:\bcat|cow|\b(?:dog|pig))",
        r"\bcat(?:s|\bx)": r"\bcat(?:s|\bx)",
    }
    assert {pattern: factored(pattern) for pattern in patterns} == patterns
    text = "cats, a dogcow, pigs and scat"
    for pattern in patterns:
        assert [m.span() for m in re.finditer(pattern, text)] == [
            m.span() for m in re.finditer(factored(pattern), text)
        ]


@pytest.mark.parametrize(
    "text", ["On  day 3 he\ntook ASPIRIN  daily.", "On day 3 he took ASPIRIN daily.", "İ took ASPIRIN."]
)
def test_every_position_of_a_symbol_form_leads_back(text: str) -> None:
    start = text.index("ASPIRIN")
    item = Item("drug", start, start + 7, "test")
    shadow = make_shadow(text, 0, len(text), [item])
    place = shadow.text.index(SYMBOLS["drug"])
    assert shadow.items == {place: item}
    assert (shadow.text_start(place), shadow.text_end(place + 1)) == (start, start + 7)
    for position, letter in enumerate(shadow.text):
        if position != place and letter != " ":
            assert lower_in_place(text[shadow.text_start(position)]) == letter
    assert "  " not in shadow.text
    assert shadow.text_start(len(shadow.text)) == len(text)


@pytest.mark.parametrize("unit", ["(ab) ", "(", "no evidence of ", "10 ", "a (b c, d e) "])
def test_time_grows_with_the_text(extractor: Extractor, unit: str) -> None:
    def seconds(size: int) -> float:
        document = SourceDocument("hostile", unit * (size // len(unit)))
        begin = time.process_time()
        extractor.read(document)
        return time.process_time() - begin

    seconds(4_000)
    assert seconds(64_000) < 12 * seconds(16_000) + 0.5
