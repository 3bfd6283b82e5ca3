"""What the vocabulary lacks: gold names of MACCROBAT that no lexicon holds, by label, as share and list.

    python benchmarks/coverage.py FOLDER [--half dev|held|all] [--list N]

Counts distinct gold strings of Medication, Disease_disorder and Diagnostic_procedure (the last only where it has a
value with a digit). A string is found when a lexicon phrase of a fitting label is all of it, holds when one is a part
of it (the rest are modifiers or a description), and is missed when none is. The list goes to standard output only.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from casenlp.rules import load_rules
from casenlp.scoring import read_gold

sys.path.insert(0, str(Path(__file__).parent))
from accuracy import half

LABELS = {
    "DRUG": frozenset({"DRUG"}),
    "DIAGNOSIS": frozenset({"DIAGNOSIS", "FINDING"}),
    "LAB_TEST": frozenset({"LAB_TEST", "FINDING"}),
}


def main() -> None:
    """Count and list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=["dev", "held", "all"], default="dev")
    parser.add_argument("--list", type=int, default=200, metavar="N", help="how many missed strings of a label to list")
    options = parser.parse_args()
    gold = read_gold(options.folder, "maccrobat")
    rules = load_rules()
    strings: dict[str, set[str]] = {label: set() for label in LABELS}
    for document in gold.golds:
        if options.half not in ("all", half(document.group)):
            continue
        measured = {
            test.id
            for relation in document.relations
            if any(s.label == "LAB_VALUE" and re.search(r"\d", s.text) for end in relation.ends for s in end)
            for end in relation.ends
            for test in end
        }
        for span in document.spans:
            if span.label in strings and len(span.pieces) == 1 and (span.label != "LAB_TEST" or span.id in measured):
                strings[span.label].add(" ".join(span.text.split()))
    print(f"{'':10}{'strings':>9}{'found':>8}{'in part':>9}{'missed':>8}{'missed %':>10}")
    missed: dict[str, list[str]] = {}
    for label, texts in strings.items():
        whole = part = 0
        missed[label] = []
        for text in sorted(texts):
            hits = [h for h in rules.vocabulary.find(text) if any(e.label in LABELS[label] for e in h.entries)]
            if any(h.start == 0 and h.end == len(text) for h in hits):
                whole += 1
            elif hits:
                part += 1
            else:
                missed[label].append(text)
        share = 100 * len(missed[label]) / len(texts) if texts else 0.0
        print(f"{label:10}{len(texts):>9}{whole:>8}{part:>9}{len(missed[label]):>8}{share:>10.1f}")
    for label, texts in missed.items():
        print(f"\n{label}, missed: {', '.join(texts[: options.list])}")


if __name__ == "__main__":
    main()
