"""Repair of text, and the way back to the source."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casenlp.documents import NormalizedText
from casenlp.repair import normalize
from casenlp.rules import load_rules

LAYOUT = load_rules().layout


def repaired(text: str) -> str:
    return normalize(text, LAYOUT).text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        # powers of ten in their spellings
        ("platelets 45 × 109/L", "platelets 45 x10^9/L"),
        ("platelets 45 x 10(9)/l", "platelets 45 x10^9/l"),
        ("platelets 45 ×10⁹/L", "platelets 45 x10^9/L"),
        ("platelets 45 ×10^9/L", "platelets 45 x10^9/L"),
        ("platelets 45 X 10^3/µL", "platelets 45 x10^3/μL"),
        ("platelets 45·109/L", "platelets 45x10^9/L"),
        ("a room of 109/L", "a room of 109/L"),
        # characters
        ("33\u2009mg\u00a0of", "33 mg of"),
        ("µg", "μg"),
        ("0–24", "0-24"),
        ("1·5 mg", "1.5 mg"),
        ("of\ufb01ce", "office"),
        ("soft\u00adhyphen", "softhyphen"),
        # hyphenation at line ends, and hyphens that belong
        ("severe neutro-\nphilia", "severe neutrophilia"),
        ("severe neutro- \nphilia", "severe neutrophilia"),
        ("anti-inflammatory drugs; an anti-\ninflammatory drug", "anti-inflammatory drugs; an anti-inflammatory drug"),
        ("short- and long-term", "short- and long-term"),
        ("ANTI-inflammatory; an anti-\ninflammatory drug", "ANTI-inflammatory; an anti-inflammatory drug"),
        ("well-known; it is well-\nknown, wellknown too", "well-known; it is wellknown, wellknown too"),
        ("post-op; a post-\noperative fever", "post-op; a postoperative fever"),
        ("anti-inflammatories; an anti-\ninflammatory drug", "anti-inflammatories; an antiinflammatory drug"),
        ("the cytokine IL-\n4 rose", "the cytokine IL-4 rose"),
        # citation numbers that lost their superscript
        ("development of psoriasis.3–6 Then", "development of psoriasis. Then"),
        ("dermatitis,4 urticaria,5 and lichen planus6 follow", "dermatitis, urticaria, and lichen planus follow"),
        ("as shown before [12,13].", "as shown before."),
        # what is no citation
        ("see Fig.1 below", "see Fig.1 below"),
        ("a dose of 8,000 units", "a dose of 8,000 units"),
        ("B12 and CD4", "B12 and CD4"),
    ],
)
def test_repairs(source: str, text: str) -> None:
    assert repaired(source) == text


def test_a_hard_wrap_is_a_space_and_a_heading_is_not() -> None:
    text = repaired(
        "Case report\n"
        "A woman of middle age was brought to the emergency department because of a\n"
        "rash that had spread from the trunk to the arms within two days of taking a\n"
        "new medicine.\n"
    )
    assert text.split("\n")[0] == "Case report"
    assert "because of a rash that had spread" in text
    assert "taking a new medicine." in text


def test_short_lines_of_a_table_stay_lines() -> None:
    assert repaired("Sodium 128 mmol/L\nPotassium 3.1 mmol/L\n") == "Sodium 128 mmol/L\nPotassium 3.1 mmol/L\n"


def test_a_caption_inside_a_sentence_moves_behind_the_text() -> None:
    source = "The rash was treated with \n\nFigure 2 Rash on the trunk.\n topical steroids and it healed."
    result = normalize(source, LAYOUT)
    assert " ".join(result.text.split()).startswith("The rash was treated with topical steroids and it healed.")
    assert result.text.rstrip().endswith("Figure 2 Rash on the trunk.")
    start = result.text.index("topical steroids")
    low, high = result.offsets.to_source(start, start + len("topical steroids"))
    assert source[low:high] == "topical steroids"


def test_a_word_broken_over_lines_maps_to_both_halves() -> None:
    source = "with neutro-\nphilia (9"
    result = normalize(source, LAYOUT)
    start = result.text.index("neutrophilia")
    low, high = result.offsets.to_source(start, start + len("neutrophilia"))
    assert source[low:high] == "neutro-\nphilia"


def rebuilt(source: str, result: NormalizedText) -> str:
    pieces = [p for p in result.offsets.source_pieces() if p.source_end > p.source_start]
    for before, after in itertools.pairwise(pieces):
        assert before.source_end == after.source_start
    return "".join(source[p.source_start : p.source_end] for p in pieces)


PARTS = st.sampled_from(
    [
        "rash",
        "neutro-\nphilia",
        " ",
        "\n",
        "\n\n",
        ".",
        ",4 ",
        "psoriasis.3 The",
        "× 109/L",
        "10⁹/L",
        "\u2009",
        "ﬁ",
        "é",
        "😀",
        "Figure 1 Rash.\n",
        "Discussion\n",
        "5 mg",
        "(",
        ")",
        "[12]",
        "\r\n",
        "\u200b",
        "a" * 600,
        "    \n   \n",
    ]
)


@given(st.lists(st.one_of(PARTS, st.text(max_size=8)), max_size=30).map("".join))
def test_pieces_cover_the_source_once_and_exact_ones_agree(source: str) -> None:
    result = normalize(source, LAYOUT)
    assert rebuilt(source, result) == source
    for position in range(len(result.text)):
        low, high = result.offsets.to_source(position, position + 1)
        assert 0 <= low <= high <= len(source)
    for piece in result.offsets.pieces:
        if piece.exact:
            assert piece.end - piece.start == piece.source_end - piece.source_start
            for offset in range(0, piece.end - piece.start, 7):
                assert result.offsets.to_normalized(piece.source_start + offset) == piece.start + offset
