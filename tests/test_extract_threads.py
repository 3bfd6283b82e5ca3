"""One extractor may read for several threads at once: what it says of a document depends on that document alone."""

from __future__ import annotations

import gc
import random
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor
from casenlp.pipeline.abbreviations import Abbreviations
from casenlp.pipeline.words import WordSplitter
from casenlp.rules import load_rules

REPORTS = [p.read_text(encoding="utf-8") for p in sorted((Path(__file__).parents[1] / "corpus" / "reports").glob("*"))]
#: Brackets, lists of relatives and numbered patients, whose course a component may be tempted to keep.
SPECIAL = [
    "Case 1. A 40-year-old man. Patient 1 had a rash. Patient 2 had none. Case 2. A 50-year-old woman had fever.",
    "Systemic lupus erythematosus (SLE), acute kidney injury (AKI) and renal replacement therapy (RRT) were known.",
    "The mother, 30 years old, was pregnant; the newborn had jaundice. She had no fever, no rash and no cough.",
    "No fever, rash or cough. Other authors reported rash; in our patient, aspirin was stopped.",
]
THREADS = 4


@pytest.fixture
def switching() -> Iterator[None]:
    """Threads take turns as often as Python lets them."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(*works: Callable[[], object]) -> None:
    """Run works at once, each in a thread; what one of them raises is raised."""
    with ThreadPoolExecutor(len(works)) as pool:
        start = threading.Barrier(len(works))

        def run(work: Callable[[], object]) -> None:
            start.wait()
            work()

        for done in [pool.submit(run, work) for work in works]:
            done.result()


def said(extractor: Extractor, text: str) -> str:
    """All that is said of a text, decisions too."""
    extraction = extractor.extract(SourceDocument("d", text))
    return f"{extraction.to_dict()} {extraction.decisions}"


@pytest.mark.usefixtures("switching")
@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_four_threads_say_what_one_says(warm: bool) -> None:
    extractor = Extractor(load_rules())
    texts = [*SPECIAL, *REPORTS] * 2
    expected = [said(extractor, text) for text in texts]
    if not warm:
        extractor = Extractor(load_rules())
    wrong: list[str] = []

    def read(seed: int) -> None:
        order = list(range(len(texts)))
        random.Random(seed).shuffle(order)
        wrong.extend(texts[n][:80] for n in order if said(extractor, texts[n]) != expected[n])

    together(*(lambda seed=seed: read(seed) for seed in range(THREADS)))
    assert wrong == []


@pytest.mark.usefixtures("switching")
def test_brackets_of_two_texts_are_not_mixed_up() -> None:
    """Words that are new to the splitter are asked of Python in the midst of a text, where threads take turns."""
    texts = [
        " ".join(f"{more}{a}lpha/{n} {b}eta-{n}x {c}amma{n}.5 ({a}{b}{c}{n}) was seen." for n in range(1, 30))
        for (a, b, c), more in (("ABC", ""), ("DEF", "of "), ("GHI", "one (or two) "), ("JKL", "very/much "))
    ]
    expected = [Abbreviations(WordSplitter())._define(text) for text in texts]
    wrong: list[int] = []
    for _ in range(30):
        abbreviations = Abbreviations(WordSplitter())

        def read(number: int, shared: Abbreviations = abbreviations) -> None:
            if shared._define(texts[number]) != expected[number]:
                wrong.append(number)

        together(*(lambda number=number: read(number) for number in range(THREADS)))
    assert [len(found) for found in expected] == [29] * THREADS
    assert wrong == []


@pytest.mark.usefixtures("switching")
@pytest.mark.parametrize("on", [True, False], ids=["collecting", "not collecting"])
def test_collection_is_afterwards_as_it_was(on: bool) -> None:
    extractor = Extractor(load_rules())
    was = gc.isenabled()
    try:
        (gc.enable if on else gc.disable)()
        for _ in range(10):
            together(*(lambda n=n: [said(extractor, text) for text in SPECIAL[n:]] for n in range(THREADS)))
            assert gc.isenabled() is on
    finally:
        (gc.enable if was else gc.disable)()
