"""Lexicon files as they stand in rules/lexicons: the manifest, the rows, the guards.

A lexicon is a tab-separated file with a header; `lexicons.toml` says what its terms are. Whatever is wrong raises
RuleError with file and line.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from casenlp.errors import RuleError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

GUARDS = ("never", "exact-case", "given", "defined", "needs-value", "weak", "ambiguous")


@dataclass(frozen=True, slots=True)
class LexiconFile:
    """A lexicon as its manifest names it."""

    path: Path
    label: str
    rank: int
    concepts: Path | None = None

    @property
    def name(self) -> str:
        """File name without suffix."""
        return self.path.stem


def read_manifest(folder: Path, extra: Sequence[tuple[Path, str]] = ()) -> tuple[tuple[LexiconFile, ...], list[Path]]:
    """(lexicons, guard files) that lexicons.toml names."""
    manifest = folder / "lexicons.toml"
    try:
        stated = tomllib.loads(manifest.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RuleError(str(manifest), "no such file", "a rules folder with lexicons/lexicons.toml") from None
    except tomllib.TOMLDecodeError as error:
        raise RuleError(str(manifest), str(error), "TOML") from None
    named: list[tuple[Path, str, Path | None]] = [(path, label, None) for path, label in extra]
    for item in stated.get("lexicon", []):
        concepts = folder / item["concepts"] if "concepts" in item else None
        named.append((folder / item["file"], item["label"], concepts))
    files = []
    for rank, (path, label, concepts) in enumerate(named):
        for needed in (path, concepts):
            if needed is not None and not needed.exists():
                raise RuleError(str(needed), "no such file", "a lexicon that lexicons.toml or --lexicon names")
        files.append(LexiconFile(path, label, rank, concepts))
    return tuple(files), [folder / item["file"] for item in stated.get("guards", [])]


def read_rows(path: Path, required: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, row) of a tab-separated file with a header; RuleError names the line that is wrong."""
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        header = next(reader, [])
        missing = [c for c in required if c not in header]
        if missing:
            raise RuleError(f"{path}:1", f"columns {header}", f"a header with {', '.join(missing)}")
        for number, values in enumerate(reader, start=2):
            if not values or values == [""]:
                continue
            if len(values) > len(header) or not values[0].strip():
                raise RuleError(
                    f"{path}:{number}",
                    f"{len(values)} columns: {values!r:.80}",
                    f"{len(header)} columns split by tabs, the first not empty",
                )
            values += [""] * (len(header) - len(values))
            yield number, dict(zip(header, (v.strip() for v in values), strict=True))


def read_guards(paths: Iterable[Path], fold: Callable[[str], str]) -> dict[tuple[str, str], tuple[set[str], str]]:
    """(folded term, label) -> (guards, the term as its guard file writes it)."""
    guarded: dict[tuple[str, str], tuple[set[str], str]] = {}
    for path in paths:
        for number, row in read_rows(path, ("term", "label", "guard")):
            stated = {g.strip() for g in row["guard"].split(";") if g.strip()}
            if stated - set(GUARDS):
                raise RuleError(f"{path}:{number}", f"guard {row['guard']!r}", f"one of {', '.join(GUARDS)}")
            guarded.setdefault((fold(row["term"]), row["label"]), (set(), row["term"]))[0].update(stated)
    return guarded


def attributes_of(path: Path) -> dict[str, dict[str, str]]:
    """What a file of concepts knows of each, besides its name and note."""
    return {
        row["concept"]: {k: v for k, v in row.items() if k not in ("concept", "note") and v}
        for _, row in read_rows(path, ("concept",))
    }
