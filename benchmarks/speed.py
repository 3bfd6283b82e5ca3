"""Speed side by side in one run: start, memory, whole pipeline by stage, more terms, and spaCy's bare tokenizer.

    python benchmarks/speed.py [FOLDER of .txt] [--rounds N] [--against CHECKOUT]

Machines drift, so trust the ratios. Times are processor seconds of one process; start is wall time of whole
processes, the two commands in turn. The folder defaults to the project's own corpus; `--against` names another
checkout of casenlp, which extracts the same documents in turns with this one.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import spacy

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor, load
from casenlp.linking.reading import Reading
from casenlp.linking.rows import link
from casenlp.pipeline.annotations import Annotations, Component
from casenlp.repair import normalize

ROOT = Path(__file__).parents[1]
MORE_TERMS = 100_000
#: What another process measures about loading, once spaCy is there; prints seconds and megabytes.
LOADING = """
import json, sys, time
from pathlib import Path
import spacy
from casenlp.extractor import Extractor
from casenlp.rules import load_rules

def megabytes():
    status = Path("/proc/self/statm")  # Linux only: elsewhere the memory is given as 0
    return int(status.read_text().split()[1]) * 4096 / 1e6 if status.exists() else 0.0

before, begin = megabytes(), time.process_time()
rules = load_rules()
rules.compiled, rules.quantities
loaded, after = time.process_time(), megabytes()
Extractor(rules)
built = time.process_time()
print(json.dumps({"load": loaded - begin, "build": built - loaded, "memory": after - before}))
"""
#: What another checkout runs: a round over the documents for each line of standard input.
WORKER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from casenlp.documents import SourceDocument
from casenlp.extractor import load
documents = [SourceDocument(p.stem, p.read_text(encoding="utf-8")) for p in sorted(Path(sys.argv[2]).glob("*.txt"))]
extractor = load()
for _ in sys.stdin:
    begin = time.process_time()
    for document in documents:
        extractor.extract(document)
    print(time.process_time() - begin, flush=True)
"""


def stages(extractor: Extractor, documents: Sequence[SourceDocument]) -> Counter[str]:
    """Processor seconds by stage for all documents."""
    spent: Counter[str] = Counter()

    def lap(stage: str, since: float) -> float:
        now = time.process_time()
        spent[stage] += now - since
        return now

    for document in documents:
        gc.disable()  # as the extractor does for each document
        now = time.process_time()
        normalized = normalize(document.text, extractor.rules.layout)
        now = lap("repair", now)
        known = Annotations(normalized.text, make_doc=lambda text: extractor.nlp.make_doc(text))
        for name, component in extractor.pipeline:
            if isinstance(component, Component):
                component.annotate(known)
                now = lap(name, now)
        link(Reading(document, normalized, known, extractor.rules))
        lap("linking", now)
        gc.enable()
    return spent


def seconds(work: Callable[[SourceDocument], object], documents: Sequence[SourceDocument]) -> float:
    """Processor seconds of some work on all documents."""
    begin = time.process_time()
    for document in documents:
        work(document)
    return time.process_time() - begin


def start_up(path: Path, rounds: int) -> tuple[list[float], list[float], float]:
    """Median wall and processor seconds of `casenlp extract` on a report, and of importing spaCy and pandas; megabytes.

    The two commands are run in turn; the megabytes are the most that casenlp held.
    """
    commands = (
        [sys.executable, "-m", "casenlp", "extract", str(path)],
        [sys.executable, "-c", "import spacy, pandas"],
    )
    peak = 0.0
    times: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    for _ in range(rounds):
        for command, mine in zip(commands, times, strict=True):
            before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
            mine.append((wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
            peak = peak or after.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)  # the first is casenlp's
    ours, theirs = ([statistics.median(column) for column in zip(*rows, strict=True)] for rows in times)
    return ours, theirs, peak


def loading(rounds: int) -> dict[str, float]:
    """Medians of what LOADING measures, each time in a process of its own."""
    runs = [json.loads(subprocess.check_output([sys.executable, "-c", LOADING])) for _ in range(rounds)]
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def with_more_terms(documents: Sequence[SourceDocument], folder: Path) -> Extractor:
    """An extractor with MORE_TERMS invented terms more, half of which begin with words of the documents."""
    words = sorted({word for document in documents for word in document.text.lower().split() if word.isalpha()})
    path = folder / "diagnoses.tsv"
    with path.open("w", encoding="utf-8") as lines:
        lines.write("term\tconcept\n")
        for number in range(MORE_TERMS):
            invented = "".join("bcdfghjklm"[int(digit)] + "aeiou"[int(digit) % 5] for digit in f"{number:06}")
            first = words[number % len(words)] if number % 2 else invented[::-1]
            lines.write(f"{first} {invented}\t{invented}\n")
    os.environ["CASENLP_CACHE"] = str(folder / "cache")
    return load(None, [path])


def installed_as(checkout: Path, folder: Path) -> dict[str, str]:
    """An environment in which spaCy finds the entry points of a checkout, not of the casenlp that is installed."""
    points = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    about = folder / "casenlp-0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: casenlp\nVersion: 0\n", encoding="utf-8")
    lines = [
        line for name, group in points.items() for line in (f"[{name}]", *(f"{k} = {v}" for k, v in group.items()))
    ]
    (about / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(folder)}


def against(checkout: Path, folder: Path, rounds: int, scratch: Path) -> tuple[float, float]:
    """Median processor seconds of this checkout and of another over the same documents, in turns, both warm."""
    command = [sys.executable, "-c", WORKER]
    workers = [
        subprocess.Popen(
            [*command, str(root / "src"), str(folder)],
            stdin=-1,
            stdout=-1,
            text=True,
            env=installed_as(root, scratch / name),
        )
        for name, root in (("this", ROOT), ("other", checkout))
    ]
    times: list[list[float]] = [[], []]
    for _ in range(rounds + 1):
        for worker, mine in zip(workers, times, strict=True):
            if worker.stdin is None or worker.stdout is None:
                raise RuntimeError("a worker without pipes")
            worker.stdin.write("\n")
            worker.stdin.flush()
            mine.append(float(worker.stdout.readline()))
    for worker in workers:
        worker.communicate()
    return statistics.median(times[0][1:]), statistics.median(times[1][1:])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="speed side by side in one run")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "corpus" / "reports")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--against", type=Path, help="another checkout of casenlp")
    options = parser.parse_args()
    paths = sorted(options.folder.glob("*.txt"))
    ours_start, theirs_start, peak = start_up(paths[0], 2 * options.rounds)  # first: it looks at its children's memory
    documents = [SourceDocument(p.stem, p.read_text(encoding="utf-8")) for p in paths]
    megabytes = sum(len(d.text.encode()) for d in documents) / 1e6
    extractor = load()
    bare = spacy.blank("en")
    print(f"{len(documents)} documents, {megabytes:.2f} MB")
    times = [
        (seconds(extractor.extract, documents), seconds(lambda d: bare.make_doc(d.text), documents))
        for _ in range(options.rounds)
    ]
    cold, *warm = times
    for name, chosen in (("first round", [cold]), ("later rounds", warm or [cold])):
        ours, theirs = (statistics.median(column) for column in zip(*chosen, strict=True))
        print(
            f"{name}: casenlp {megabytes / ours:.3f} MB/s ({len(documents) / ours:.0f} documents/s), "
            f"spaCy's bare tokenizer {megabytes / theirs:.3f} MB/s, ratio {theirs / ours:.3f}"
        )
    by_stage = [stages(extractor, documents) for _ in range(options.rounds)]
    for stage in by_stage[0]:
        print(f"  {stage:32} {megabytes / statistics.median(s[stage] for s in by_stage):8.2f} MB/s")
    loaded = loading(options.rounds)
    print(
        f"once spaCy is imported: rules and vocabulary {loaded['load'] * 1e3:.0f} ms and {loaded['memory']:.0f} MB, "
        f"pipeline {loaded['build'] * 1e3:.0f} ms"
    )
    for what, mine, imports in zip(("by the clock", "processor"), ours_start, theirs_start, strict=True):
        print(
            f"start to tables, {what}: {mine:.2f} s; import spacy, pandas: {imports:.2f} s; ratio {mine / imports:.2f}"
        )
    print(f"memory of `casenlp extract`: {peak:.0f} MB")
    if options.against:
        with tempfile.TemporaryDirectory() as scratch:
            ours, theirs = against(options.against.resolve(), options.folder, options.rounds, Path(scratch))
        print(
            f"{options.against}: {megabytes / theirs:.3f} MB/s, this one {megabytes / ours:.3f}; x {theirs / ours:.2f}"
        )
    with tempfile.TemporaryDirectory() as folder:
        bigger = with_more_terms(documents, Path(folder))
        pairs = [
            (seconds(extractor.extract, documents), seconds(bigger.extract, documents))
            for _ in range(options.rounds + 1)
        ][1:]
        plain, more = (statistics.median(column) for column in zip(*pairs, strict=True))
        terms = len(extractor.rules.vocabulary)
        print(
            f"{terms:,} rows {megabytes / plain:.3f} MB/s, {MORE_TERMS:,} more {megabytes / more:.3f}; "
            f"{more / plain:.3f} times the time"
        )


if __name__ == "__main__":
    main()
