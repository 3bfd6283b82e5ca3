"""Imports run one way, and heavy libraries are loaded only where they are used."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "casenlp"

#: The rooms of the house, lowest first: each may import itself and what stands before it.
ORDER = (
    "errors",
    "kept",
    "collecting",
    "native",
    "freezing",
    "made_once",
    "pattern_files",
    "records",
    "record_json",
    "documents",
    "letters",
    "repair",
    "units",
    "quantities",
    "lexicons",
    "own_lexicons",
    "spellings",
    "lexicon_arrays",
    "scan",
    "vocabulary",
    "expressions",
    "needs",
    "guards",
    "sieve",
    "outlines",
    "patterns",
    "rules",
    "glossary",
    "pipeline",
    "linking",
    "explanation",
    "extractor",
    "rule_checks",
    "batch",
    "spark",
    "commands",
    "cli",
)
#: Rooms beside the stairs: they import the ground floor and themselves, and only those named import them.
BESIDE = {"readers": ("batch", "spark", "commands", "cli"), "writers": ("batch", "spark", "cli"), "scoring": ("cli",)}
GROUND = ("errors", "records", "record_json", "documents")
#: The front door and the back door see everything.
DOORS = ("__init__", "__main__")
#: Libraries that take long to import: functions that need them import them.
HEAVY = ("pandas", "pyspark", "sqlalchemy", "psycopg", "pyarrow", "openpyxl", "rich", "charset_normalizer", "lxml")
SPACY = ("spacy", "scispacy")

MODULES = sorted(SOURCE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> Iterator[str]:
    """Full names of imported modules, whether at the top or inside a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def top_level(tree: ast.Module) -> Iterator[str]:
    """Names of modules that are imported when this one is."""
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imports(ast.Module([node], []))


def allowed(room: str) -> set[str]:
    if room in BESIDE:
        return {*GROUND, room}
    below = set(ORDER[: ORDER.index(room) + 1])
    return below | {name for name, users in BESIDE.items() if room in users}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_run_one_way(path: Path) -> None:
    room = room_of(path)
    if room in DOORS:
        return
    assert room in ORDER or room in BESIDE, "a module without a place in the house: give it one above"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    rooms = {name.split(".")[1] for name in imports(tree) if name.startswith("casenlp.")}
    assert sorted(rooms - allowed(room)) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_heavy_libraries_wait(path: Path) -> None:
    names = {name.split(".")[0] for name in top_level(ast.parse(path.read_text(encoding="utf-8")))}
    heavy = HEAVY if room_of(path) in ("pipeline", "linking", "extractor", "rule_checks") else (*HEAVY, *SPACY)
    assert sorted(names & set(heavy)) == []


def test_help_imports_no_library_that_it_does_not_need() -> None:
    code = "import sys, casenlp.cli; print(sorted(set(sys.argv[1:]) & set(sys.modules)))"
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            code,
            *HEAVY,
            *SPACY,
            "casenlp.rules",
            "casenlp.scoring",
            "casenlp.writers",
            "pypdfium2",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_there_is_something_to_check() -> None:
    assert {"records", "errors", "cli", "batch", "readers", "writers"} <= {room_of(path) for path in MODULES}
