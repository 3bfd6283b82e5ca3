"""What is kept in the cache folder, and for how long."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from casenlp.made_once import MOST, kept_at, let_go, made_once, was_used
from casenlp.rules import default_folder
from casenlp.vocabulary import load_vocabulary


def test_what_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASENLP_CACHE", str(tmp_path))
    made: list[int] = []

    def make() -> list[int]:
        made.append(len(made))
        return made

    assert [made_once("x", "one", make), made_once("x", "one", make), made_once("x", "two", make)] == [[0], [0], [0, 1]]
    kept = kept_at("x", "one", ".json")
    kept.write_text("[0")  # cut off
    assert made_once("x", "one", make) == [0, 1, 2]
    monkeypatch.setenv("CASENLP_CACHE", str(kept))  # a file, in which nothing can be kept
    assert made_once("x", "one", make) == [0, 1, 2, 3]


def test_of_each_kind_those_used_last_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASENLP_CACHE", str(tmp_path))
    for number in range(MOST):
        made_once("x", str(number), lambda: 0)
        os.utime(kept_at("x", str(number), ".json"), (number, number))
    made_once("other", "0", lambda: 0)
    made_once("x", "0", lambda: 1)  # read, hence used last
    made_once("x", "new", lambda: 0)
    kept = {path.name for path in (tmp_path / "casenlp").iterdir()}
    others = [kept_at("x", str(number), ".json").name for number in range(MOST) if number != 1]
    assert kept == {*others, kept_at("x", "new", ".json").name, kept_at("other", "0", ".json").name}


def test_folders_are_let_go_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASENLP_CACHE", str(tmp_path))
    folders = [kept_at("x", str(number)) for number in range(MOST + 2)]
    for age, folder in enumerate(reversed(folders), start=1):
        folder.mkdir(parents=True)
        (folder / "part").touch()
        os.utime(folder, (age, age))
    let_go(folders[0])
    assert set((tmp_path / "casenlp").iterdir()) == set(folders[:MOST])


def test_what_cannot_be_touched_or_removed_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASENLP_CACHE", str(tmp_path))
    was_used(kept_at("x", "never made"))
    for number in range(MOST + 1):
        kept_at("x", str(number), ".json").parent.mkdir(exist_ok=True)
        kept_at("x", str(number), ".json").touch()

    def refused(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(path)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refused)
        assert made_once("x", "new", lambda: 0) == 0
    assert len(list((tmp_path / "casenlp").iterdir())) == MOST + 2


def test_a_vocabulary_reads_on_when_its_files_are_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASENLP_CACHE", str(tmp_path))
    shutil.copy(default_folder() / "lexicons" / "variants.toml", tmp_path)
    (tmp_path / "lexicons.toml").write_text('[[lexicon]]\nfile = "x.tsv"\nlabel = "DRUG"\n', encoding="utf-8")
    (tmp_path / "x.tsv").write_text("term\tconcept\nzorbicillin\tzorbicillin\n", encoding="utf-8")
    vocabulary = load_vocabulary(tmp_path)
    kept = next((tmp_path / "casenlp").glob("lexicons-*"))
    for number in range(MOST):
        later = kept_at("lexicons", str(number))
        later.mkdir()
        os.utime(later, (2**32, 2**32))
    os.utime(kept, (0, 0))
    let_go(later)
    assert os.name == "nt" or not kept.exists()
    assert [hit.entries[0].concept for hit in vocabulary.find("given zorbicillin")] == ["zorbicillin"]
