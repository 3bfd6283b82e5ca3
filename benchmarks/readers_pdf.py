"""PDF: pages a second and reading order, ours beside what other libraries give.

    python benchmarks/readers_pdf.py [--rounds 3] [--folder FOLDER]
    pip install pdfminer.six pdfplumber    # to have them in the table too

The pages are those of the project's own reports, set in two columns with running heads as a journal sets them, all in
one PDF; with --folder also those PDFs, for their order alone (each beside a .txt of its name). Speed is in pages a
second of processor time on one core, the best of some rounds taken in turns, since machines drift. Order is the share
of the report's pairs of neighbouring words that the text has side by side: 1 means that every sentence is whole.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pypdfium2

from casenlp.readers.origin import Origin
from casenlp.readers.pdf.isolation import read_apart
from casenlp.readers.pdf.layout import document_of
from casenlp.readers.pdf.pdfium import opened
from casenlp.readers.pdf.segments import segments_of

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from pdf_forms import journal, parts_of

CORPUS = Path(__file__).parents[1] / "corpus" / "reports"
ORIGIN = Origin("benchmark.pdf", "benchmark", None)
MAX_CHARS = 100_000_000


def casenlp_text(data: bytes) -> str:
    """Our text, without what is set aside."""
    document = document_of(data, ORIGIN, MAX_CHARS)
    return " ".join(document.text[b.start : b.end] for b in document.blocks if b.kind != "boilerplate")


def casenlp_apart(data: bytes) -> str:
    """Our text from the other process: its time is not ours, so only the cost of asking is counted."""
    return read_apart(data, ORIGIN, MAX_CHARS).text


def segments_alone(data: bytes) -> str:
    """The first step only: glyphs to pieces of lines."""
    with opened(data, ORIGIN.name) as pdf:
        for number in range(pdf.page_count):
            with pdf.page(number) as page:
                if page:
                    segments_of(page)
    return ""


def pdfium_text(data: bytes) -> str:
    """PDFium's own text."""
    with pypdfium2.PdfDocument(data) as pdf:
        return "\n".join(page.get_textpage().get_text_range() for page in pdf)


def pdfminer_text(data: bytes) -> str:
    """pdfminer.six with its own layout analysis."""
    from pdfminer.high_level import extract_text

    return str(extract_text(io.BytesIO(data)))


def pdfplumber_text(data: bytes) -> str:
    """pdfplumber's words in its own order."""
    import pdfplumber

    with pdfplumber.open(io.BytesIO(data)) as pdf:
        return " ".join(word["text"] for page in pdf.pages for word in page.extract_words())


METHODS: dict[str, tuple[str, Callable[[bytes], str]]] = {
    "casenlp": ("pypdfium2", casenlp_text),
    "casenlp, segments alone": ("pypdfium2", segments_alone),
    "casenlp, this side of the other process": ("pypdfium2", casenlp_apart),
    "PDFium's own text": ("pypdfium2", pdfium_text),
    "pdfminer.six": ("pdfminer", pdfminer_text),
    "pdfplumber": ("pdfplumber", pdfplumber_text),
}


def neighbours(text: str) -> Counter[tuple[str, str]]:
    """Pairs of words that stand side by side."""
    words = re.findall(r"\w+", text.lower())
    return Counter(pairwise(words))


def order(truth: str, text: str) -> float:
    """Share of the true pairs that a text has."""
    wanted = neighbours(truth)
    return sum((wanted & neighbours(text)).values()) / max(1, sum(wanted.values()))


def main() -> None:
    """Print a line a method."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--folder", type=Path, help="PDFs with a .txt of the same name beside them")
    chosen = options.parse_args()
    texts = [path.read_text(encoding="utf-8") for path in sorted(CORPUS.glob("*.txt"))]
    reports = [parts_of(text) for text in texts]
    single = [(" ".join(part.text for part in parts if not part.rows), journal(parts)) for parts in reports]
    if chosen.folder:
        paths = sorted(chosen.folder.glob("*.pdf"))
        single = [(path.with_suffix(".txt").read_text(encoding="utf-8"), path.read_bytes()) for path in paths]
    whole = journal([part for parts in reports for part in parts] * 4)
    with pypdfium2.PdfDocument(whole) as pdf:
        pages = len(pdf)
    known = {name: method for name, (module, method) in METHODS.items() if importlib.util.find_spec(module)}
    best = dict.fromkeys(known, float("inf"))
    casenlp_apart(single[0][1])  # its start is no part of its speed
    for _ in range(chosen.rounds):
        for name, method in known.items():
            start = time.process_time()
            method(whole)
            best[name] = min(best[name], time.process_time() - start)
    print(f"{pages} pages, {len(casenlp_text(whole)) / pages:.0f} characters each")
    for name, method in known.items():
        shares = [order(truth, text) for truth, data in single if (text := method(data))]
        shown = f"order {sum(shares) / len(shares):.3f}" if shares else ""
        print(f"{name:40} {pages / best[name]:8.0f} pages/s  {shown}")


if __name__ == "__main__":
    main()
