"""Speed side by side in one run: start, whole pipeline by stage, and spaCy's bare tokenizer as the yardstick.

    python benchmarks/speed.py [FOLDER of .txt] [--rounds N]

Machines drift, so trust the ratios. Times are processor seconds of this process; start is wall time of whole
processes, the two commands in turn. The folder defaults to the project's own corpus.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import spacy

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor, load
from casenlp.linking.reading import Reading
from casenlp.linking.rows import link
from casenlp.pipeline.annotations import Annotations
from casenlp.repair import normalize

ROOT = Path(__file__).parents[1]


def stages(extractor: Extractor, documents: list[SourceDocument]) -> Counter[str]:
    """Processor seconds by stage for all documents."""
    spent: Counter[str] = Counter()

    def lap(stage: str, since: float) -> float:
        now = time.process_time()
        spent[stage] += now - since
        return now

    for document in documents:
        now = time.process_time()
        normalized = normalize(document.text, extractor.rules.layout, document.blocks, document.tables)
        now = lap("repair", now)
        doc = extractor.nlp.make_doc(normalized.text)
        doc._.casenlp = Annotations(normalized.text, blocks=list(normalized.blocks))
        now = lap("tokenizer", now)
        for name, component in extractor.nlp.pipeline:
            if name != "casenlp_spans":
                doc = component(doc)
                now = lap(name, now)
        link(Reading(document, normalized, doc._.casenlp, extractor.rules))
        lap("linking", now)
    return spent


def bare_tokenizer(documents: list[SourceDocument]) -> float:
    """Processor seconds of `spacy.blank("en")` as it comes over the same texts."""
    nlp = spacy.blank("en")
    begin = time.process_time()
    for document in documents:
        nlp.make_doc(document.text)
    return time.process_time() - begin


def start_up(path: Path, rounds: int) -> tuple[float, float]:
    """Median wall seconds of `casenlp extract` on one report and of importing spaCy and pandas, in turn."""
    ours, theirs = [], []
    for _ in range(rounds):
        for command, times in (
            ([sys.executable, "-m", "casenlp", "extract", str(path)], ours),
            ([sys.executable, "-c", "import spacy, pandas"], theirs),
        ):
            begin = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            times.append(time.perf_counter() - begin)
    return statistics.median(ours), statistics.median(theirs)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="speed side by side in one run")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "corpus" / "reports")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    paths = sorted(options.folder.glob("*.txt"))
    documents = [SourceDocument(p.stem, p.read_text(encoding="utf-8")) for p in paths]
    megabytes = sum(len(d.text.encode()) for d in documents) / 1e6
    begin = time.perf_counter()
    extractor = load()
    loaded = time.perf_counter() - begin
    print(f"{len(documents)} documents, {megabytes:.2f} MB; rules and vocabulary loaded in {loaded:.2f} s")
    rounds = [(stages(extractor, documents), bare_tokenizer(documents)) for _ in range(options.rounds)]
    cold, *warm = rounds
    warm = warm or [cold]
    for name, chosen in (("first round", [cold]), ("later rounds", warm)):
        ours = statistics.median(sum(s.values()) for s, _ in chosen)
        bare = statistics.median(b for _, b in chosen)
        print(
            f"{name}: casenlp {megabytes / ours:.3f} MB/s ({len(documents) / ours:.0f} documents/s), "
            f"spaCy's bare tokenizer {megabytes / bare:.3f} MB/s, ratio {bare / ours:.3f}"
        )
    for stage in warm[0][0]:
        spent = statistics.median(s[stage] for s, _ in warm)
        print(f"  {stage:32} {megabytes / spent:8.2f} MB/s")
    ours, theirs = start_up(paths[0], options.rounds)
    print(f"start to tables: {ours:.2f} s; import spacy, pandas: {theirs:.2f} s; ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
