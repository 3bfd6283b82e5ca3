"""The files of rules/patterns: read anew when they change, and named when they are not as they should be."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from casenlp.errors import RuleError
from casenlp.pattern_files import PatternFiles
from casenlp.rules import default_folder, load_rules


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "b.toml").write_text('name = "beta"\nlist = ["x",\n  "y"]\n', encoding="utf-8")
    (tmp_path / "a.toml").write_text("number = 1.5\nday = 2020-02-29\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no rules\n", encoding="utf-8")
    return tmp_path


def test_what_files_say(folder: Path) -> None:
    for _ in range(2):  # read, and then taken from what was kept
        files = PatternFiles(folder)
        assert list(files.items()) == [
            ("a.toml", {"number": 1.5, "day": "2020-02-29"}),
            ("b.toml", {"name": "beta", "list": ["x", "y"]}),
        ]
    assert files.place("b.toml", '"y"') == f"{folder / 'b.toml'}:3"
    assert files.place("b.toml", "nowhere") == f"{folder / 'b.toml'}:1"


def test_a_change_is_seen(folder: Path) -> None:
    assert PatternFiles(folder)["b.toml"]["name"] == "beta"
    (folder / "b.toml").write_text('name = "Beta"\n', encoding="utf-8")
    assert PatternFiles(folder)["b.toml"] == {"name": "Beta"}


def test_a_file_that_is_missing_is_named(folder: Path) -> None:
    with pytest.raises(RuleError, match=r"c\.toml: no such file"):
        PatternFiles(folder)["c.toml"]


@pytest.mark.parametrize("content", [b'x = 1\ny = "open\n', b"x = 1\ny = \n", b'x = "\xff"\n'])
def test_a_file_that_cannot_be_read_is_named(folder: Path, content: bytes) -> None:
    (folder / "b.toml").write_bytes(content)
    for _ in range(2):  # nothing is kept of it
        with pytest.raises(RuleError, match=r"b\.toml:[12]: .*TOML in UTF-8"):
            PatternFiles(folder)


def test_a_heading_that_is_no_expression_is_named_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(default_folder(), folder)
    path = folder / "patterns" / "sections.toml"
    text = path.read_text(encoding="utf-8").replace("headings = ['title']", "headings = ['odd (']", 1)
    path.write_text(text, encoding="utf-8")
    line = text.partition("odd (")[0].count("\n") + 1
    with pytest.raises(RuleError, match=rf"sections\.toml:{line}: 'odd \('.*a regular expression"):
        load_rules(folder)
