"""By what a document is known again: what was read, what it was read with, and what made rows of it.

A document is redone when the hash of its content or of the engine differs. The engine is casenlp's code that makes
rows, its version, spaCy's, and every byte of the rules and of one's own lexicons. A file need not be read again when
its size, times and inode are those of the run that read it.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from casenlp.documents import SourceDocument
from casenlp.own_lexicons import own_lexicons
from casenlp.rules import default_folder

#: What does not take part in making rows: a change there makes nothing out of date.
_AROUND = frozenset({"batch", "commands", "cli.py", "spark.py", "writers", "scoring", "explanation.py", "rules"})
#: A file changed less than this before it was read might be changed again within the tick of its clock (seconds).
_TICK = 2.0


@dataclass(frozen=True, slots=True)
class Engine:
    """What makes rows of documents: casenlp's version, the hash of rules and lexicons, and the hash of it all."""

    version: str
    rules: str
    hash: str


def engine_of(rules: Path | None, lexicons: Sequence[Path]) -> Engine:
    """The engine with a rules folder (None: casenlp's own) and further lexicons, by their content.

    RuleError when a lexicon tells no label, or a casenlp.toml is wrong.
    """
    folder = rules or default_folder()
    rule_files = sorted(path for path in folder.rglob("*") if path.suffix != ".md")
    own = [*lexicons, *(lexicon.path for lexicon in own_lexicons(lexicons, default_folder() / "lexicons"))]
    of_rules = _hash_files([*((str(p.relative_to(folder)), p) for p in rule_files), *((p.name, p) for p in own)])
    package = Path(__file__).parents[1]
    code = [(str(p.relative_to(package)), p) for p in sorted(package.rglob("*.py"))]
    of_code = _hash_files([(name, path) for name, path in code if Path(name).parts[0] not in _AROUND])
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    parts = [version("casenlp"), version("spacy"), version("scispacy"), python, of_rules, of_code]
    return Engine(parts[0], of_rules, hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32])


def _hash_files(files: Iterable[tuple[str, Path]]) -> str:
    total = hashlib.sha256()
    for name, path in files:
        if path.is_file():
            total.update(f"{name}\n{hash_file(path)}\n".encode())
    return total.hexdigest()[:32]


def hash_file(path: Path) -> str:
    """The hash of a file's bytes."""
    total = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            total.update(block)
    return total.hexdigest()[:32]


def hash_document(document: SourceDocument) -> str:
    """The hash of everything that a reader knows of a document, but not of where it lies."""
    parts = [repr(getattr(document, name)) for name in document.__slots__ if name not in ("path", "text")]
    return hashlib.sha256("\n".join([*parts, document.text]).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def stat_of(path: Path) -> str | None:
    """Size, times and inode of a file; None where there is no file that can be read or could be known again."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}" if os.access(path, os.R_OK) else None


def settled(stat: str | None, now: float) -> str | None:
    """The stat when the file had been left alone for a while before `now` (seconds of the epoch), else None."""
    if stat is None:
        return None
    _, changed, touched, _ = (int(part) for part in stat.split())
    return stat if max(changed, touched) / 1e9 < now - _TICK else None
