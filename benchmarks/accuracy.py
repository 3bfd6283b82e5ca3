"""Scores while developing: extract a gold set, split in two halves, and print both.

    python benchmarks/accuracy.py --gold FOLDER --format maccrobat                 both halves, one after the other
    python benchmarks/accuracy.py --gold FILE --format phee --half dev --errors dev-errors.tsv
    python benchmarks/accuracy.py --gold corpus/gold.jsonl --half all --label DOSE --top 20

Read the errors of the half 'dev' only; 'held' is scored and never looked at, so `--errors`, `--label` and
`--top` show errors of 'dev' alone (of a casenlp gold set, which is ours, of all). The halves are by a hash of the
report (for PHEE all sentences of one abstract), so they stay the same on every machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

try:
    import casenlp  # noqa: F401
except ImportError:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from casenlp.documents import SourceDocument
from casenlp.errors import CasenlpError, DocumentError
from casenlp.scoring import GOLD_FORMATS, GoldSet, Report, read_gold, read_predictions, score, write_errors


def half(report: str) -> str:
    """'dev' or 'held', by the first bit of the SHA-256 of the report's id."""
    return "held" if hashlib.sha256(report.encode()).digest()[0] & 128 else "dev"


def extract(gold: GoldSet) -> dict[str, dict[str, Any]]:
    """Predictions of this checkout; a document that fails has none and is named on standard error."""
    from casenlp.extractor import load

    extractor = load()

    def attempt(document: SourceDocument) -> dict[str, Any] | None:
        try:
            return extractor.extract(document).to_dict()
        except DocumentError as error:
            print(error, file=sys.stderr)
            return None

    attempts = ((document.doc_id, attempt(document)) for document in gold.documents())
    return {doc_id: extraction for doc_id, extraction in attempts if extraction is not None}


def only(report: Report, label: str | None) -> Report:
    """The report cut down to one label, table, pair or argument type."""
    if label is None:
        return report
    scores = tuple(s for s in report.scores if s.name == label)
    columns = {table: c for table, c in report.columns.items() if table == label}
    return replace(report, scores=scores, columns=columns, errors=tuple(e for e in report.errors if e.name == label))


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, required=True, help="gold file or folder")
    parser.add_argument("--format", choices=list(GOLD_FORMATS), default="casenlp")
    parser.add_argument("--half", choices=["dev", "held", "all"], help="default: dev, then held (casenlp: all)")
    parser.add_argument("--label", help="only this label, table, pair or argument type, e.g. DOSE or drug-dose")
    parser.add_argument("--errors", type=Path, metavar="FILE", help="write errors as .tsv or .jsonl")
    parser.add_argument("--top", type=int, default=0, metavar="N", help="print the N commonest errors of each kind")
    parser.add_argument("--interval", action="store_true", help="add 95 %% bootstrap intervals")
    parser.add_argument("--pred", type=Path, metavar="FILE", help="score this JSONL instead of extracting")
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep the predictions, e.g. for casenlp compare")
    return parser.parse_args()


def run(options: argparse.Namespace) -> None:
    """Extract once, score each half that was asked for."""
    gold = read_gold(options.gold, options.format)
    halves = [options.half] if options.half else ["all"] if gold.format == "casenlp" else ["dev", "held"]
    chosen = {name: gold.subset({g.doc_id for g in gold.golds if name in ("all", half(g.group))}) for name in halves}
    wanted = gold.subset({g.doc_id for part in chosen.values() for g in part.golds})
    began = time.perf_counter()
    predictions = read_predictions(options.pred) if options.pred else extract(wanted)
    print(f"{len(wanted.golds)} documents in {time.perf_counter() - began:.1f} s")
    if options.save:
        lines = [json.dumps(document, ensure_ascii=False) + "\n" for document in predictions.values()]
        options.save.write_text("".join(lines), encoding="utf-8")
    for name, part in chosen.items():
        mine = {g.doc_id: predictions[g.doc_id] for g in part.golds if g.doc_id in predictions}
        report = only(score(part, mine, interval=options.interval), options.label)
        readable = name == "dev" or gold.format == "casenlp"
        print(f"\n== {name}: " + report.to_text(errors=options.top if readable else 0))
        if options.errors and readable:
            write_errors(report.errors, options.errors)
        elif options.errors and name != "held":
            print("errors are written for the half 'dev' only", file=sys.stderr)


if __name__ == "__main__":
    try:
        run(arguments())
    except CasenlpError as error:
        sys.exit(str(error))
