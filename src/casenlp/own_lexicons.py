"""A user's own lexicons: tables given by name, or named in a casenlp.toml with what their columns mean.

    [[lexicon]]
    file = "llt.asc"                                     # relative to the casenlp.toml
    label = "FINDING"                                    # what its terms are
    vocabulary = "MedDRA"                                # what its codes are of
    delimiter = "$"                                      # else by suffix: .csv a comma, all others a tab
    header = ["code", "term", "pt_code"]                 # names for a file without a header line
    columns = { concept = "pt_name" }                    # our column = theirs

A lexicon given without a casenlp.toml has a header with at least `term`, and a name that tells its label.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from casenlp.errors import RuleError
from casenlp.lexicons import OwnLexicon, TableForm, read_manifest
from casenlp.records import LABELS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_KEYS = ("file", "label", "vocabulary", "delimiter", "header", "columns")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def own_lexicons(paths: Sequence[Path], folder: Path) -> list[OwnLexicon]:
    """The lexicons of paths that are tables or casenlp.toml files, in order; `folder` is that of our lexicons.

    Raises RuleError for a path that is missing, or a table or entry that tells no label.
    """
    found: list[OwnLexicon] = []
    for path in paths:
        if path.suffix == ".toml":
            found += read_config(path, folder)
        else:
            found.append(OwnLexicon(path, _label_of(path, folder), TableForm(_delimiter_of(path))))
    return found


def read_config(path: Path, folder: Path) -> Iterator[OwnLexicon]:
    """The lexicons that a casenlp.toml names; RuleError says which entry is wrong."""
    stated = _load(path)
    unknown = [key for key in stated if key != "lexicon"]
    if unknown:
        raise RuleError(str(path), f"{', '.join(unknown)}", "nothing but [[lexicon]] entries")
    entries = stated.get("lexicon", [])
    if not isinstance(entries, list):
        raise RuleError(str(path), "[lexicon]", "[[lexicon]], with double brackets")
    for number, entry in enumerate(entries, start=1):
        place = f"{path}, lexicon {number}"
        unknown = [key for key in entry if key not in _KEYS]
        if unknown or not isinstance(entry.get("file"), str):
            raise RuleError(place, f"keys {', '.join(entry)}", f"file, and any of {', '.join(_KEYS[1:])}")
        yield _entry(entry, path.parent, place, folder)


def _entry(entry: Mapping[str, Any], base: Path, place: str, folder: Path) -> OwnLexicon:
    columns, header = entry.get("columns", {}), entry.get("header", [])
    if not isinstance(columns, dict) or not all(isinstance(v, str) for v in columns.values()):
        raise RuleError(place, f"columns {columns!r}", 'our names and theirs: { term = "their name" }')
    if not isinstance(header, list) or not all(isinstance(v, str) for v in header):
        raise RuleError(place, f"header {header!r}", "a list of column names")
    return lexicon_of(
        base / entry["file"],
        folder,
        label=entry.get("label"),
        columns=columns,
        header=header,
        vocabulary=str(entry.get("vocabulary", "")),
        delimiter=entry.get("delimiter"),
        place=place,
    )


def lexicon_of(
    file: Path,
    folder: Path,
    *,
    label: str | None = None,
    columns: Mapping[str, str] | None = None,
    header: Sequence[str] = (),
    vocabulary: str = "",
    delimiter: str | None = None,
    place: str = "",
) -> OwnLexicon:
    """A user's lexicon as described; what is not said comes from the file's name. RuleError names `place`."""
    label = label or _label_of(file, folder)
    if label not in labels_of(folder):
        raise RuleError(place or str(file), f"label {label!r}", f"one of {', '.join(labels_of(folder))}")
    delimiter = delimiter or _delimiter_of(file)
    if not isinstance(delimiter, str) or len(delimiter) != 1:
        raise RuleError(place or str(file), f"delimiter {delimiter!r}", "one character")
    pairs = tuple(sorted((columns or {}).items()))
    return OwnLexicon(file, label, TableForm(delimiter, tuple(header), pairs, vocabulary))


def add_to_config(config: Path, lexicon: OwnLexicon) -> bool:
    """Name a lexicon in a casenlp.toml, which is made when missing; False when it names that file already.

    What stands in the file stays as it is; the new entry is written at its end.
    """
    entries = _load(config).get("lexicon", []) if config.exists() else []
    known = {(config.parent / str(entry.get("file"))).resolve() for entry in entries}
    if lexicon.path.resolve() in known:
        return False
    file = Path(os.path.relpath(lexicon.path.resolve(), config.parent.resolve())).as_posix()
    before = config.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if config.exists() else ""
    config.write_text(before.lstrip("\n") + entry_of(lexicon, file), encoding="utf-8", newline="\n")
    return True


def entry_of(lexicon: OwnLexicon, file: str) -> str:
    """The entry of a casenlp.toml that names a lexicon as `file`, a path relative to it with the lexicon's suffix."""
    form = lexicon.form
    lines = ["[[lexicon]]", f"file = {_quoted(file)}", f"label = {_quoted(lexicon.label)}"]
    if form.vocabulary:
        lines.append(f"vocabulary = {_quoted(form.vocabulary)}")
    if form.delimiter != _delimiter_of(lexicon.path):
        lines.append(f"delimiter = {_quoted(form.delimiter)}")
    if form.header:
        lines.append(f"header = [{', '.join(map(_quoted, form.header))}]")
    if form.columns:
        pairs = ", ".join(f"{_key(mine)} = {_quoted(theirs)}" for mine, theirs in form.columns)
        lines.append(f"columns = {{ {pairs} }}")
    return "\n".join(lines) + "\n"


def labels_of(folder: Path) -> tuple[str, ...]:
    """Labels that a lexicon's terms may have."""
    files, _ = read_manifest(folder)
    return tuple(dict.fromkeys([*LABELS, *(file.label for file in files)]))


def _load(path: Path) -> dict[str, Any]:
    try:
        stated: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RuleError(str(path), "no such file", "a casenlp.toml; make one with: casenlp vocab add FILE") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(str(path), str(error), "TOML in UTF-8") from None
    return stated


def _label_of(path: Path, folder: Path) -> str:
    """The label that a file's name tells: that of the lexicon it is named after, or the label itself at its end."""
    files, _ = read_manifest(folder)
    for lexicon in files:
        if path.stem == lexicon.name or path.stem.endswith(f"_{lexicon.name}"):
            return lexicon.label
    for label in LABELS:
        if path.stem.upper().endswith(label):
            return label
    names = ", ".join(lexicon.path.name for lexicon in files)
    expected = f"a name that ends like one of {names}; or name the file and its label with: casenlp vocab add"
    raise RuleError(str(path), "a name that tells no label", expected)


def _delimiter_of(path: Path) -> str:
    return "," if path.suffix.lower() == ".csv" else "\t"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON string is a TOML basic string


def _key(text: str) -> str:
    return text if _BARE.fullmatch(text) else _quoted(text)
