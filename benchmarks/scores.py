"""Write the README's table of scores: ours, with counts and intervals, beside what others have published.

    python benchmarks/scores.py --gold FOLDER           # a folder that holds the public gold sets
    make scores GOLD=FOLDER                             # the same

Each set has a block of its own in the README, between markers, with the date and the version it was measured with.
A set that is not in the folder keeps the block it has. What is scored, and the published figures, stand in
published.toml. A public set is scored in two halves (accuracy.py): 'read', whose errors were looked at while the rules
were written, and 'held', which is only scored.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

from accuracy import extract, half

import casenlp
from casenlp.errors import CasenlpError
from casenlp.scoring import GoldSet, Report, Score, read_gold, score

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
OTHERS = {"people": "people", "best": "language model", "baseline": "baseline", "rival": "other rules"}


def find(wanted: Mapping[str, Any], folder: Path | None) -> Path | None:
    """The place of a gold set: in the project, or the first of its name in the folder; None when it is not there."""
    if "path" in wanted:
        return ROOT / wanted["path"]
    return next(iter(sorted(folder.glob(wanted["glob"]))), None) if folder else None


def reports(gold: GoldSet) -> dict[str, Report]:
    """The scores of each part of a set: its halves, or the whole of our own."""
    predictions = extract(gold)
    parts = {"all": gold}
    if gold.format != "casenlp":
        parts = {
            title: gold.subset({g.doc_id for g in gold.golds if half(g.group) == name})
            for title, name in (("read", "dev"), ("held", "held"))
        }
    return {title: score(part, predictions) for title, part in parts.items()}


def table(wanted: Mapping[str, Any], scored: Mapping[str, Report]) -> Iterator[str]:
    """A set's block as Markdown lines."""
    shown = {key: title for key, title in OTHERS.items() if any(key in line for line in wanted["scores"])}
    sizes = ", ".join(f"{report.documents} {'documents' if n == 'all' else n}" for n, report in scored.items())
    measured = f"{sizes}; {date.today().isoformat()}, casenlp {casenlp.__version__}"
    yield f"**{wanted['title']}** ({measured}). {wanted['about']}"
    yield ""
    first = any("first" in line for line in wanted["scores"])
    names = ["now"] if first else list(scored)
    heads = ["measure", *(f"{name}: F1 (95 %), tp fp fn" for name in names), *shown.values()]
    if first:
        heads.insert(1, "first reading: F1, tp fp fn")
    if shown:
        heads.append("where we are")
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for line in wanted["scores"]:
        ours = [report.get(line["part"], line["name"], line["mode"]) for report in scored.values()]
        cells = [f"{line.get('title', line['name'])}, {line['mode']}", *map(figures, ours)]
        if first:
            cells.insert(1, unmended(*line["first"]))
        cells += [f"{line[key]:.3f}" if key in line else "" for key in shown]
        if shown:
            cells.append(standing(ours[-1], line))
        yield "| " + " | ".join(cells) + " |"


def figures(ours: Score) -> str:
    """F1, its interval and its counts."""
    low, high = ours.interval or (float("nan"), float("nan"))
    c = ours.counts
    return f"{ours.counts.f1 or 0:.3f} ({low:.3f}–{high:.3f}), {c.tp} {c.fp} {c.fn}"


def unmended(tp: int, fp: int, fn: int) -> str:
    """F1 and counts of a reading that was kept: the first, before any rule was written with the reports in view."""
    return f"{2 * tp / (2 * tp + fp + fn):.3f}, {tp} {fp} {fn}"


def standing(ours: Score, line: Mapping[str, Any]) -> str:
    """Whom we are behind, by the half that was only scored; a figure within our interval is no difference."""
    low, high = ours.interval or (0.0, 1.0)
    behind = [OTHERS[key] for key in OTHERS if key in line and line[key] > high]
    level = [OTHERS[key] for key in OTHERS if key in line and low <= line[key] <= high]
    said = [f"**behind {' and '.join(behind)}**"] if behind else []
    said += [f"level with {' and '.join(level)}"] if level else []
    return "; ".join(said) or ("ahead" if any(key in line for key in OTHERS) else "")


def put(readme: str, name: str, lines: Iterator[str]) -> str:
    """A README with a set's block replaced; ValueError when its markers are not there."""
    begin, end = f"<!-- scores of {name}: made by `make scores` -->\n", f"<!-- end of {name} -->"
    start, stop = readme.index(begin) + len(begin), readme.index(end)
    return readme[:start] + "\n" + "\n".join(lines) + "\n\n" + readme[stop:]


def main() -> None:
    """Score every set that is there and rewrite its block."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gold", type=Path, metavar="FOLDER", help="folder of the public gold sets")
    folder = parser.parse_args().gold
    sets = tomllib.loads((ROOT / "benchmarks" / "published.toml").read_text(encoding="utf-8"))["set"]
    for wanted in sets:
        place = find(wanted, folder)
        if place is None:
            print(f"{wanted['name']}: no {wanted['glob']} in {folder or 'GOLD (not given)'}; its block stays as it was")
            continue
        lines = list(table(wanted, reports(read_gold(place, wanted["format"]))))
        README.write_text(put(README.read_text(encoding="utf-8"), wanted["name"], iter(lines)), encoding="utf-8")
        print("\n".join(lines) + "\n")


if __name__ == "__main__":
    try:
        main()
    except CasenlpError as error:
        sys.exit(str(error))
