"""Batches measured: speed with one and two workers in turns, memory over a long run, and what a worker costs to start.

    python benchmarks/batch.py speed --documents 10000 --rounds 3      workers 1 and 2 in turns; ratios, processor time
    python benchmarks/batch.py soak --documents 100000                 memory and rate a thousand documents, one run
    python benchmarks/batch.py again --documents 100000                a second run over what has not changed
    python benchmarks/batch.py start                                   fresh workers against forked ones

Documents are made by scripts/make_corpus.py (one file of JSON Lines). The machine's load while it ran is printed with
each figure: on a busy machine trust processor time, not the clock.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from casenlp.batch.run import STORE, Options, run_batch
from casenlp.batch.store import Outcome

ROOT = Path(__file__).resolve().parents[1]


class Sampler:
    """Looks at the workers' memory as documents come in: the sum of what is theirs alone, in MB."""

    def __init__(self, every: int) -> None:
        self.every = every
        self.seen: list[tuple[int, float, float, float]] = []
        self._next = every

    def begin(self, total: int | None) -> None:
        """As casenlp.batch.progress.Progress."""
        self._begun = time.perf_counter()

    def update(self, tally: Any) -> None:
        """Sample when another `every` documents are done."""
        if tally.total >= self._next:
            self._next += self.every
            own = sum(_memory(pid) for pid in _children())
            self.seen.append((tally.total, time.perf_counter() - self._begun, own, _memory(os.getpid())))

    def failed(self, outcome: Outcome) -> None:
        """As casenlp.batch.progress.Progress."""
        print(outcome.message, file=sys.stderr)

    def note(self, text: str) -> None:
        """As casenlp.batch.progress.Progress."""

    def end(self) -> None:
        """As casenlp.batch.progress.Progress."""


def _children() -> list[int]:
    task = threading.get_native_id()
    return [int(word) for word in Path(f"/proc/{os.getpid()}/task/{task}/children").read_text().split()]


def _memory(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1000


def _processor() -> tuple[float, float]:
    """Processor seconds of this process and of those that it has waited for."""
    mine, theirs = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime, theirs.ru_utime + theirs.ru_stime


def _corpus(folder: Path, documents: int, *, long: bool) -> Path:
    path = folder / "corpus.jsonl"
    command = [sys.executable, str(ROOT / "scripts" / "make_corpus.py"), str(documents), str(path)]
    subprocess.run([*command, *(["--long"] if long else [])], check=True)
    return path


def measured(corpus: Path, out: Path, workers: int, every: int = 1000) -> dict[str, Any]:
    """One run into an empty folder: seconds by the clock and of the processor, bytes, and memory on the way."""
    sampler, before, begun = Sampler(every), _processor(), time.perf_counter()
    summary = run_batch([corpus], out, Options(workers=workers, formats=("none",)), sampler)
    clock, after = time.perf_counter() - begun, _processor()
    return {
        "workers": workers, "documents": summary.tally.done, "failed": summary.failed,
        "rows": sum(summary.rows.values()), "megabytes": round(summary.tally.characters / 1e6, 2),
        "seconds": round(clock, 1), "load": [round(x, 1) for x in os.getloadavg()],
        "run_ms_a_document": round(1000 * (after[0] - before[0]) / summary.tally.done, 2),
        "workers_ms_a_document": round(1000 * (after[1] - before[1]) / summary.tally.done, 2),
        "store_kB_a_document": round((out / STORE).stat().st_size / summary.tally.done / 1000, 1),
        "samples": sampler.seen,
    }  # fmt: skip


def speed(folder: Path, documents: int, rounds: int, *, long: bool) -> None:
    """Workers 1 and 2 in turns, and how near two are to twice one."""
    corpus = _corpus(folder, documents, long=long)
    found: dict[int, list[dict[str, Any]]] = {1: [], 2: []}
    for number in range(rounds):
        for workers in (1, 2):
            done = measured(corpus, folder / f"{workers}-{number}", workers)
            done.pop("samples")
            print(json.dumps(done), flush=True)
            found[workers].append(done)
    for one, two in zip(found[1], found[2], strict=True):
        print(f"two workers: {one['seconds'] / two['seconds'] / 2:.1%} of twice one worker's speed")


def soak(folder: Path, documents: int, workers: int) -> None:
    """One long run: memory of the workers and of the run at the first and the last thousand documents."""
    done = measured(_corpus(folder, documents, long=False), folder / "out", workers)
    samples = done.pop("samples")
    print(json.dumps(done))
    for documents_done, seconds, own, run in samples[:: max(1, len(samples) // 20)]:
        print(f"{documents_done:8} documents {seconds:8.0f} s  workers {own:7.1f} MB  run {run:6.1f} MB")
    first, last = samples[0], samples[-1]
    print(f"workers {last[2] / first[2] - 1:+.1%}, run {last[3] / first[3] - 1:+.1%}, last thousand against first")


def again(folder: Path, documents: int, workers: int) -> None:
    """A second run over files that have not changed, and over lines that have not: seconds."""
    corpus = folder / "corpus"
    command = [sys.executable, str(ROOT / "scripts" / "make_corpus.py"), str(documents), str(corpus)]
    subprocess.run(command, check=True)
    loader = "stub_extractor:load"  # what is measured here is not the extraction
    sys.path.insert(0, str(ROOT / "tests"))
    for number in range(3):
        begun, before = time.perf_counter(), _processor()
        options = Options(workers=workers, formats=("none",), loader=loader)
        summary = run_batch([corpus], folder / "out", options)
        tally, mine = summary.tally, _processor()[0] - before[0]
        seconds = time.perf_counter() - begun
        print(
            f"run {number + 1}: {tally.done} done, {tally.kept} unchanged, {seconds:.1f} s, {mine:.1f} s of processor"
        )


def start() -> None:
    """Seconds and memory of a fresh worker and of one forked from a loaded process."""
    code = """
import os, time
begun = time.process_time()
from casenlp.extractor import load
from casenlp.documents import SourceDocument
extractor = load()
def own():
    lines = open("/proc/self/smaps_rollup").read().splitlines()
    return sum(int(l.split()[1]) for l in lines if l.startswith("Private_")) / 1000
def work():
    for _ in range(200): extractor.extract(SourceDocument("a", "She was given dupilumab 400 mg for eczema. " * 40))
loaded = time.process_time() - begun
import gc; gc.freeze()
if os.fork() == 0:
    work(); print(f"forked: private {own():.0f} MB", flush=True); os._exit(0)
os.wait(); work(); print(f"fresh: {loaded:.2f} s of processor to load, private {own():.0f} MB")
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def main() -> None:
    """Measure what the command line asks for and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["speed", "soak", "again", "start"])
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--long", action="store_true", help="full texts instead of short reports")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="casenlp-batch-") as name:
        if options.what == "speed":
            speed(Path(name), options.documents, options.rounds, long=options.long)
        elif options.what == "soak":
            soak(Path(name), options.documents, options.workers)
        elif options.what == "again":
            again(Path(name), options.documents, options.workers)
        else:
            start()


if __name__ == "__main__":
    main()
