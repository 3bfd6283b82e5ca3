"""Sections: headings of their own line, headings inside a line, titles, captions and lists of abbreviations."""

from __future__ import annotations

import pytest

from casenlp.pipeline.sections import Sectionizer
from casenlp.rules import load_rules


@pytest.fixture(scope="module")
def sectionizer() -> Sectionizer:
    """The rules of this checkout."""
    return Sectionizer(load_rules())


LAYOUTS = [
    ("Case report\nHe had fever.\n", [("case report", "He had fever.")]),
    ("2. Discussion\nRash is common.\n", [("discussion", "Rash is common.")]),
    (
        "ABSTRACT\nWe report rash.\n\nCASE PRESENTATION\nHe came.\n",
        [("abstract", "We report rash."), ("case report", "He came.")],
    ),
    ("Abstract: We report rash.\n", [("abstract", "We report rash.")]),
    ("References\n1. Smith J. Rash.\n", [("references", "1. Smith J. Rash.")]),
    (
        "Background: Rash is common. Clinical Case: A man had fever.Conclusion: Rash matters. Note: none.\n",
        [
            ("introduction", "Rash is common."),
            ("case report", "A man had fever."),
            ("conclusion", "Rash matters. Note: none."),
        ],
    ),
    ("Discussion. Rash is common.\n", [("discussion", "Rash is common.")]),
    (
        "Case report. A man had fever. He coughed.\nComment. It is rare.\n",
        [("case report", "A man had fever. He coughed."), ("discussion", "It is rare.")],
    ),
    ("Discussion. of rash\nDiscussions. Rash is common.\n", []),
    ("He had fever. His treatment: none. The results: normal.\n", []),
    ("He had fever and cough.\n", []),
    ("The discussion with the family was long.\n", []),
]


@pytest.mark.parametrize(("text", "wanted"), LAYOUTS, ids=lambda v: str(v)[:30])
def test_sections(sectionizer: Sectionizer, text: str, wanted: list[tuple[str, str]]) -> None:
    assert [(kind.name, text[low:high].strip()) for low, high, kind in sectionizer.find(text)] == wanted


def test_title_and_caption(sectionizer: Sectionizer) -> None:
    text = "Rash after phenytoin\n\nCase report\nHe had fever.\nFigure 1. Rash of the trunk.\nHe recovered.\n"
    names = [(kind.name, text[low:high].strip()) for low, high, kind in sectionizer.find(text)]
    assert names == [
        ("title", "Rash after phenytoin"),
        ("case report", "He had fever."),
        ("caption", "Figure 1. Rash of the trunk."),
        ("case report", "He recovered."),
    ]
