"""casenlp beside its peers, each in its own environment, on the same texts with the same phrases, in one run.

    python benchmarks/peers.py [FOLDER of .txt] [--limit N] [--peer NAME]

Environments are made under out/peers/ on the first run. Our whole pipeline (text to rows) is measured before and after
each peer, and a ratio is that of the two means: machines drift by half within minutes, and a peer takes minutes.
MB/s are of processor time on one core; start is wall time until the first text is read. The folder defaults to the
project's own corpus.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import venv
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from casenlp.rules import load_rules

ROOT = Path(__file__).parents[1]
OUT = ROOT / "out" / "peers"
HERE = ROOT / "benchmarks" / "peers"
#: Name of an environment -> what to install.
ENVIRONMENTS = {
    "medspacy": ["medspacy==1.3.1"],
    "edsnlp": ["edsnlp==0.17.2"],
    "newcomer": ["spacy>=3.8,<3.9", "negspacy==1.0.4"],
}
#: Peer -> (what it runs, its environment).
PEERS = {
    "medspacy": ("medSpaCy: PyRuSH, target matcher, context, sectionizer", "medspacy"),
    "edsnlp": ("EDS-NLP: normalizer, sentences, matcher, qualifiers, quantities", "edsnlp"),
    "newcomer": ("spaCy: sentencizer, EntityRuler with 66 patterns, negspaCy", "newcomer"),
    "newcomer_with_ids": ("the same with an id for each phrase, as its concept needs", "newcomer"),
}


def python_of(environment: str) -> Path:
    """The Python of an environment, which is made when missing."""
    folder = OUT / environment
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not python.exists():
        print(f"making {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *ENVIRONMENTS[environment]]
        subprocess.run(pip, check=True)
    return python


def measure(python: Path | str, peer: str, data: Path) -> dict[str, Any]:
    """The figures of one peer; empty when it fails, with the last line of its error on standard error."""
    command = [str(python), str(HERE / "run.py"), peer, str(data)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    if done.returncode:
        print(f"{peer}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}", file=sys.stderr)
        return {}
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    """Measure all, print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "corpus" / "reports")
    parser.add_argument("--limit", type=int, default=None, metavar="N", help="only the first N texts")
    parser.add_argument("--peer", action="append", choices=list(PEERS), help="only this peer; repeatable")
    options = parser.parse_args()
    texts = [p.read_text(encoding="utf-8") for p in sorted(options.folder.glob("*.txt"))][: options.limit]
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    phrases: dict[str, tuple[str, str]] = {}
    for file in load_rules().vocabulary.files:
        for number, row in file.rows():
            phrases.setdefault(row["term"].lower(), (file.label, f"{file.path.name}:{number}"))
    patterns = [json.loads(line) for line in (HERE / "patterns.jsonl").read_text(encoding="utf-8").splitlines()]
    OUT.mkdir(parents=True, exist_ok=True)
    data = OUT / "data.json"
    data.write_text(
        json.dumps({"phrases": [(text, *of) for text, of in phrases.items()], "patterns": patterns, "texts": texts}),
        "utf-8",
    )
    ours = [measure(sys.executable, "casenlp", data)]
    peers = []
    for peer in options.peer or PEERS:
        title, environment = PEERS[peer]
        peers.append((title, measure(python_of(environment), peer, data)))
        ours.append(measure(sys.executable, "casenlp", data))
    if not all(ours):
        sys.exit("casenlp itself failed: there is nothing to compare")
    print(
        f"{date.today()}, casenlp {version('casenlp')}, Python {platform.python_version()}, {platform.machine()}; "
        f"{len(texts)} texts, {megabytes:.2f} MB, {len(phrases):,} phrases\n"
    )
    print(
        "| | start s | memory MB | first MB/s | second MB/s | casenlp is n times as fast |\n|---|---|---|---|---|---|"
    )
    middle = {key: median(run[key] for run in ours) for key in ours[0]}
    print(line("casenlp: the whole pipeline, text to rows", middle, megabytes, None))
    for (title, run), before, after in zip(peers, ours[:-1], ours[1:], strict=True):
        if run:
            print(line(title, run, megabytes, 2 * run["second"] / (before["second"] + after["second"])))
    print("casenlp, MB/s of each second round in turn:", ", ".join(f"{megabytes / run['second']:.3f}" for run in ours))


def line(title: str, run: dict[str, Any], megabytes: float, ratio: float | None) -> str:
    """A row of the table."""
    speeds = f"{megabytes / run['first']:.3f} | {megabytes / run['second']:.3f}"
    return f"| {title} | {run['start']:.1f} | {run['memory']:.0f} | {speeds} | {f'{ratio:.1f}' if ratio else ''} |"


if __name__ == "__main__":
    main()
