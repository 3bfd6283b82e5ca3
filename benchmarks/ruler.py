"""Our entity ruler beside spaCy's EntityRuler: the same phrases and token patterns, on the same Docs, in one run.

    python benchmarks/ruler.py [FOLDER of .txt] [--rounds N]

Phrases are the terms of our lexicons, token patterns those of benchmarks/peers/patterns.jsonl. Times are processor
seconds of this process; the two take turns, document set by document set. The folder defaults to the project's corpus.
The last line is our ruler with our own rules in place of these patterns: guards, numbers, regular expressions, context.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import spacy
from spacy.tokens import Doc

from casenlp.pipeline import entity_ruler  # noqa: F401  registers the factory
from casenlp.rules import load_rules

ROOT = Path(__file__).parents[1]
PATTERNS = ROOT / "benchmarks" / "peers" / "patterns.jsonl"


def all_patterns() -> list[dict[str, Any]]:
    """Each term of the lexicons once, and the token patterns."""
    rules = load_rules()
    phrases: dict[str, dict[str, Any]] = {}
    for file in rules.vocabulary.files:
        for number, row in file.rows():
            phrase = {"label": file.label, "pattern": row["term"], "id": f"{file.path.name}:{number}"}
            phrases.setdefault(row["term"].lower(), phrase)
    tokens = [json.loads(line) for line in PATTERNS.read_text(encoding="utf-8").splitlines()]
    return [*phrases.values(), *tokens]


def seconds(action: Callable[[], object]) -> float:
    """Processor seconds of an action."""
    begin = time.process_time()
    action()
    return time.process_time() - begin


def copies(docs: list[Doc]) -> list[Doc]:
    """The same Docs without entities."""
    return [doc.copy() for doc in docs]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "corpus" / "reports")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only-rules", action="store_true", help="measure the last line alone")
    options = parser.parse_args()
    texts = [path.read_text(encoding="utf-8") for path in sorted(options.folder.glob("*.txt"))]
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    if not options.only_rules:
        beside_spacy(texts, megabytes, options.rounds)
    with_rules(texts, megabytes, options.rounds)


def beside_spacy(texts: list[str], megabytes: float, rounds: int) -> None:
    """The same patterns in both rulers: build, load, scan, and whether they find the same."""
    patterns = all_patterns()
    config = {"phrase_matcher_attr": "LOWER"}
    factories = {"spaCy": "entity_ruler", "casenlp": "casenlp_entity_ruler"}
    rulers, spent = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for name, factory in factories.items():
            nlp = spacy.blank("en")
            ruler = nlp.add_pipe(factory, config=config)
            build = seconds(lambda ruler=ruler: ruler.add_patterns(patterns))
            ruler.to_disk(Path(folder) / name)
            fresh = spacy.blank("en").add_pipe(factory, config=config)
            load = seconds(lambda fresh=fresh, name=name: fresh.from_disk(Path(folder) / name))
            rulers[name], spent[name] = (nlp, fresh), {"build": build, "load": load}
        docs = [spacy.blank("en").make_doc(text) for text in texts]
        scans: dict[str, list[float]] = {name: [] for name in rulers}
        found: dict[str, list[list[tuple[int, int, str]]]] = {}
        own = {name: [nlp.make_doc(text) for text in texts] for name, (nlp, _) in rulers.items()}
        for _ in range(rounds):
            for name, (nlp, _) in rulers.items():
                ruler = nlp.get_pipe(factories[name])
                fresh_docs = copies(own[name])
                scans[name].append(seconds(lambda docs=fresh_docs, ruler=ruler: [ruler(doc) for doc in docs]))
                found[name] = [[(e.start, e.end, e.id_) for e in doc.ents] for doc in fresh_docs]
    tokens = sum(isinstance(p["pattern"], list) for p in patterns)
    same = sum(a == b for a, b in zip(found["spaCy"], found["casenlp"], strict=True))
    print(f"{len(docs)} documents, {megabytes:.2f} MB; {len(patterns) - tokens:,} phrases, {tokens} token patterns")
    pairs = list(zip(found["spaCy"], found["casenlp"], strict=True))
    spans = sum([e[:2] for e in a] == [e[:2] for e in b] for a, b in pairs)
    print(
        f"{len(docs)} documents: the same spans in {spans}, the same ids too in {same} (spaCy leaves open which of two "
        f"patterns for the same words stands); {sum(map(len, found['casenlp'])):,} entities"
    )
    print(f"{'':10}{'build s':>10}{'load s':>10}{'scan MB/s':>12}")
    speed = {name: megabytes / statistics.median(times) for name, times in scans.items()}
    for name in rulers:
        print(f"{name:10}{spent[name]['build']:10.2f}{spent[name]['load']:10.3f}{speed[name]:12.2f}")
    theirs, ours = spent["spaCy"], spent["casenlp"]
    print(
        f"{'ratio':10}{theirs['build'] / ours['build']:10.1f}{theirs['load'] / ours['load']:10.0f}"
        f"{speed['casenlp'] / speed['spaCy']:12.1f}"
    )


def with_rules(texts: list[str], megabytes: float, rounds: int) -> None:
    """Our rules in the ruler: what the first Doc costs, which loads them, and how fast it goes on."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("casenlp_entity_ruler", config={"rules": ""})
    load = seconds(lambda: ruler(nlp.make_doc("Aspirin.")))
    docs = [nlp.make_doc(text) for text in texts]
    times = []
    for _ in range(rounds):
        fresh = copies(docs)
        times.append(seconds(lambda fresh=fresh: [ruler(doc) for doc in fresh]))
    found = sum(len(doc.ents) for doc in fresh)
    speed = megabytes / statistics.median(times)
    print(f"with our rules: load {load:.2f} s, scan {speed:.2f} MB/s; {found:,} entities")


if __name__ == "__main__":
    main()
