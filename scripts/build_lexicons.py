"""Build the lexicons of rules/lexicons that come from packages: one command, the same bytes every time.

    python scripts/build_lexicons.py            # writes the lexicons and what SOURCES.md says of them
    python scripts/build_lexicons.py --check    # exit status 1 when a file is not what would be built

What is kept and dropped, and why, is printed. The packages are needed for building only; they and their versions are
the extra `lexicons` of pyproject.toml, and any other version stops the build with the command that installs them.
Hand-made files (`*_own.tsv`, `guards*.tsv`, drug_abbreviations.tsv, …) are read; of them only the codes of `*_own.tsv`
are written.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
SOURCES = Path(__file__).resolve().parent / "lexicon_sources"
LEXICONS = ROOT / "rules" / "lexicons"
sys.path.insert(0, str(SOURCES))

#: Files that the build writes; of the last two the codes alone.
BUILT = (
    "drugs.tsv", "guards_dropped.tsv", "diagnoses.tsv", "findings.tsv", "diagnosis_concepts.tsv", "diagnoses_own.tsv",
    "findings_own.tsv",
)  # fmt: skip
MARKS = ("<!-- built: made by scripts/build_lexicons.py -->", "<!-- end of built -->")


def check_versions() -> None:
    """Stop with one line when a package is missing or of another version."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = pyproject["project"]["optional-dependencies"]["lexicons"]
    wrong = []
    for package, wanted in (pin.split("==") for pin in pins):
        try:
            found = version(package)
        except PackageNotFoundError:
            found = "not installed"
        if found != wanted:
            wrong.append(f"{package} {wanted} ({found})")
    if wrong:
        raise SystemExit(f"needed for building: {', '.join(wrong)}; run: pip install --no-deps {' '.join(pins)}")


def build(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """Write all built files into a folder that holds the hand-made ones; (kept, dropped) by reason."""
    import conditions
    import drugs

    rows, left_out, never = drugs.build(folder)
    (folder / "drugs.tsv").write_bytes(drugs.render(drugs.HEADER, rows).encode())
    (folder / "guards_dropped.tsv").write_bytes(drugs.render(drugs.GUARD_HEADER, never).encode())
    kept = Counter({"drugs.tsv terms": len(rows), "guards_dropped.tsv terms": len(never)})
    dropped = Counter({f"drug names left out: {reason}": count for reason, count in left_out.items()})
    for what, count in conditions.build(folder).items():
        (dropped if "left out" in what else kept)[what] += count
    return kept, dropped


def describe(folder: Path, kept: Counter[str], dropped: Counter[str]) -> str:
    """The part of SOURCES.md between the marks: rows by file and source, and what was left out."""
    lines = [MARKS[0], "", "| file | rows | by source |", "|---|---|---|"]
    for name in BUILT[:5]:
        table = [line.split("\t") for line in (folder / name).read_text(encoding="utf-8").splitlines()]
        at = table[0].index("source") if "source" in table[0] else None
        sources = Counter(row[at] for row in table[1:]) if at is not None else Counter()
        by = ", ".join(f"{source} {count:,}" for source, count in sources.most_common())
        lines.append(f"| {name} | {len(table) - 1:,} | {by} |")
    coded = [(what, count) for what, count in sorted(kept.items()) if " with " in what]
    lines += ["", "Codes: " + "; ".join(f"{what} {count:,}" for what, count in coded) + ".", ""]
    lines += ["| left out | names |", "|---|---|"]
    lines += [f"| {what.replace(' left out', '')} | {count:,} |" for what, count in sorted(dropped.items())]
    return "\n".join([*lines, "", MARKS[1]])


def content(path: Path) -> bytes:
    """What a file holds; nothing when there is none."""
    return path.read_bytes() if path.exists() else b""


def main() -> int:
    """Build beside the committed files, then compare or move; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; tell which files are not in step")
    check = parser.parse_args().check
    check_versions()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(shutil.copytree(LEXICONS, Path(temporary) / "lexicons"))
        kept, dropped = build(folder)
        notes = folder / "SOURCES.md"
        between = re.escape(MARKS[0]) + ".*?" + re.escape(MARKS[1])
        text = notes.read_text(encoding="utf-8")
        new = re.sub(between, lambda _: describe(folder, kept, dropped), text, flags=re.DOTALL)
        notes.write_text(new, encoding="utf-8", newline="\n")
        for title, counts in (("kept", kept), ("left out", dropped)):
            print(title)
            for what, count in sorted(counts.items()):
                print(f"{count:8,}  {what}")
        names = [*BUILT, notes.name]
        stale = [
            n for n in names if not (LEXICONS / n).exists() or (LEXICONS / n).read_bytes() != (folder / n).read_bytes()
        ]
        if not check:
            for name in stale:
                shutil.copyfile(folder / name, LEXICONS / name)
    told = "not in step" if check else "written"
    print(f"{told}: {', '.join(stale)}" if stale else "all files are in step")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
