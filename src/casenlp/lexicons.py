"""Lexicon files as they stand in rules/lexicons: the manifest, the rows, the guards.

A lexicon is a tab-separated file with a header; `lexicons.toml` says what its terms are. Whatever is wrong raises
RuleError with file and line.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from casenlp.errors import RuleError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: Guards of a term, and what each says.
GUARDS: Mapping[str, str] = {
    "never": "not this label at all",
    "exact-case": "only as it is written here",
    "given": "only where the sentence gives it: a dose, a route, a verb of treatment",
    "defined": "only where the report spells it out",
    "needs-value": "only with a result",
    "titrated": "only with a number, or a result that is not said of doses too (increased, reduced)",
    "weak": "only with a stronger word near",
    "ambiguous": "one of several readings",
}
#: In a user's own lexicon: our guards do not hold for this row.
SURE = "sure"


@dataclass(frozen=True, slots=True)
class TableForm:
    """How a table is laid out: what splits its cells, names for a file without a header line, and the columns that
    somebody else has named otherwise, as (our name, theirs). `vocabulary` is what its codes are of.
    """

    delimiter: str = "\t"
    header: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    vocabulary: str = ""


@dataclass(frozen=True, slots=True)
class LexiconFile:
    """A lexicon and what its terms are. Of equal terms the one with the lower rank wins; a user's own are below 0."""

    path: Path
    label: str
    rank: int
    concepts: Path | None = None
    form: TableForm = TableForm()

    @property
    def name(self) -> str:
        """File name without suffix."""
        return self.path.stem

    @property
    def own(self) -> bool:
        """Whether it is a user's, beside those of the rules folder."""
        return self.rank < 0

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """(line number, row); a user's own lexicon needs no column but `term`."""
        if not self.own:
            yield from read_rows(self.path, ("term", "concept"), self.form)
            return
        for number, row in read_rows(self.path, ("term",), self.form):
            row["concept"] = row.get("concept") or row["term"]
            row["source"] = row.get("source") or self.name
            if row.get("code") and not row.get("vocabulary"):
                row["vocabulary"] = self.form.vocabulary or self.name
            yield number, row


class OwnLexicon(NamedTuple):
    """A user's lexicon: its file, the label of its terms, and how it is laid out."""

    path: Path
    label: str
    form: TableForm = TableForm()


def read_manifest(folder: Path, own: Sequence[OwnLexicon] = ()) -> tuple[tuple[LexiconFile, ...], list[Path]]:
    """(lexicons, guard files): the user's own lexicons and those that lexicons.toml names."""
    manifest = folder / "lexicons.toml"
    try:
        stated = tomllib.loads(manifest.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RuleError(str(manifest), "no such file", "a rules folder with lexicons/lexicons.toml") from None
    except tomllib.TOMLDecodeError as error:
        raise RuleError(str(manifest), str(error), "TOML") from None
    files = [LexiconFile(o.path, o.label, rank - len(own), None, o.form) for rank, o in enumerate(own)]
    for rank, item in enumerate(stated.get("lexicon", [])):
        concepts = folder / item["concepts"] if "concepts" in item else None
        files.append(LexiconFile(folder / item["file"], item["label"], rank, concepts))
    for needed in [path for file in files for path in (file.path, file.concepts) if path is not None]:
        if not needed.is_file():
            raise RuleError(str(needed), "no such file", "a lexicon that a .toml or --lexicon names")
    return tuple(files), [folder / item["file"] for item in stated.get("guards", [])]


def read_rows(
    path: Path, required: Iterable[str], form: TableForm | None = None
) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, row) of a table with a header, split by tabs; RuleError names the line that is wrong."""
    form = form or TableForm()
    ours = {theirs: mine for mine, theirs in form.columns}
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            if form.delimiter == ",":
                reader = csv.reader(lines)
            else:
                reader = csv.reader(lines, delimiter=form.delimiter, quoting=csv.QUOTE_NONE)
            stated = list(form.header) or next(reader, [])
            header = [ours.get(name, name) for name in stated]
            missing = [c for c in required if c not in header]
            if missing:
                raise RuleError(f"{path}:1", f"columns {stated}", f"a header with {', '.join(missing)}")
            split = "tabs" if form.delimiter == "\t" else repr(form.delimiter)
            needed = header.index("term") if "term" in header else 0
            for values in reader:
                if not values or values == [""]:
                    continue
                if form.header and len(values) == len(header) + 1 and not values[-1]:
                    values.pop()  # a delimiter at the end of the line, as in RRF files
                if len(values) > len(header) or needed >= len(values) or not values[needed].strip():
                    raise RuleError(
                        f"{path}:{reader.line_num}",
                        f"{len(values)} columns: {values!r:.80}",
                        f"{len(header)} columns split by {split}, {header[needed]!r} not empty",
                    )
                values += [""] * (len(header) - len(values))
                yield reader.line_num, dict(zip(header, (v.strip() for v in values), strict=True))
    except UnicodeDecodeError as error:
        raise RuleError(str(path), f"bytes that are not UTF-8 ({error.reason})", "a file saved as UTF-8") from None
    except csv.Error as error:
        raise RuleError(str(path), str(error), "one row a line") from None


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
