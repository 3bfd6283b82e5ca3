"""Says what is said of texts that nobody wrote, one line of JSON a text: our reports, torn and put together at random.

Run in a process of its own, `python odd_texts.py SEED COUNT` gives the same lines with and without compiled parts. A
text of which nothing can be said is a DocumentError; any other error ends the process.
"""

from __future__ import annotations

import json
import random
import sys
from dataclasses import astuple
from pathlib import Path

from casenlp.documents import SourceDocument
from casenlp.errors import DocumentError
from casenlp.extractor import load

#: What is put between: odd letters and signs, and what rules look for.
ODD = (
    [chr(code) for code in (0, 9, 10, 11, 12, 13, 0x1B, 0x85, 0xA0, 0xAD, 0x130, 0x131, 0x17F, 0x301, 0x3A3, 0x3C2)]
    + [chr(code) for code in (0x1E9E, 0x2009, 0x200B, 0x200D, 0x200F, 0x2028, 0x2029, 0x202E, 0x202F, 0x2060, 0x212A)]
    + [chr(code) for code in (0xD800, 0xDFFF, 0xE000, 0xE016, 0xF8FF, 0xFB01, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF)]
    + [chr(code) for code in (0x1D7D8, 0x1F468, 0x10FFFF, 0x661, 0xBD, 0xB2, 0x2460, 0x4E00, 0x5D0, 0xFF15)]
    + ["(", ")", "[", "]", ". ", "; ", ", ", ": ", "\n\n", "- ", "-\n", "/", "%", "±", "<", "≥", "×10", "^", "'s", '"']
    + ["5 mg ", "10 days after ", "no ", "her mother ", "aspirin ", "potassium ", "5.9 ", "Case 2. ", "Discussion\n"]
    + ["AKI", "(AKI) ", "Figure 1. ", "Table 1\n", "1\t2\t3\n", "acute kidney injury ", "40-year-old ", "she ", "was "]
)


def torn(texts: list[str], choose: random.Random) -> str:
    """A text of pieces: deleted, doubled, put elsewhere, and with odd letters between them."""
    text = choose.choice(texts)
    start = choose.randrange(len(text))
    text = text[start : start + choose.choice((1, 20, 200, 1500))]
    for _ in range(choose.choice((0, 1, 3, 10, 40))):
        at, size = choose.randrange(len(text) + 1), choose.choice((1, 2, 7, 30))
        end = at + size
        what = choose.randrange(6)
        if what == 0:
            text = text[:at] + text[end:]
        elif what == 1:
            text = text[:end] + text[at:end] * choose.choice((1, 1, 2, 30)) + text[end:]
        elif what == 2:
            other = choose.choice(texts)
            place = choose.randrange(len(other))
            text = text[:at] + other[place : place + size] + text[end:]
        elif what == 3:
            text = text[:at] + text[at:end].swapcase() + text[end:]
        else:
            text = text[:at] + choose.choice(ODD) * choose.choice((1, 1, 1, 2, 5, 90)) + text[at:]
    return text


def main(seed: int, count: int) -> None:
    """Print a line of each text."""
    folder = Path(__file__).parents[1] / "corpus" / "reports"
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))]
    choose = random.Random(seed)
    extractor = load()
    for _ in range(count):
        text = torn(texts, choose)
        try:
            extraction = extractor.extract(SourceDocument("d", text))
        except DocumentError as error:
            print(json.dumps([text, str(error)]))
            continue
        except Exception:  # told with its text, then raised
            print(json.dumps([text, "an error"]), flush=True)
            raise
        assert all(text[m.start : m.end] == m.text for m in extraction.mentions), text
        print(json.dumps([text, extraction.to_dict(), [astuple(d) for d in extraction.decisions]], default=str))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
