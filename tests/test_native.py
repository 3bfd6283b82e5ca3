"""Compiled parts as a whole: which are used, and that only those are which were made of the sources that are here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from types import ModuleType

import pytest

from casenlp import native
from casenlp.native.built import STAMP, is_pure, stamps_of

HERE = Path(native.__file__).parent
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
COMPILED = sorted(path.name.removesuffix(SUFFIX) for path in HERE.glob(f"*{SUFFIX}"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, False), ("", False), ("0", False), ("false", False), ("False", False), ("no", False), (" off ", False),
        ("1", True), ("true", True), ("yes", True), ("on", True),
    ],
)  # fmt: skip
def test_what_asks_for_python_alone(value: str | None, expected: bool) -> None:
    assert is_pure({} if value is None else {"CASENLP_PURE": value}) is expected


def test_a_stamp_changes_with_a_source_and_what_sources_include(tmp_path: Path) -> None:
    def write(name: str, text: str) -> dict[str, str]:
        (tmp_path / name).write_bytes(text.encode())
        return stamps_of(tmp_path)

    assert stamps_of(tmp_path) == {}  # a wheel has no sources
    first = write("words.pyx", "one\ntwo\n")
    assert set(first) == {"words"}
    os.utime(tmp_path / "words.pyx", (0, 0))
    assert stamps_of(tmp_path) == first
    assert write("words.pyx", "one\r\ntwo\r\n") == first
    second = write("letters.pxi", "three\n")
    assert second["words"] != first["words"]
    third = write("rows.pyx", "one\ntwo\n")
    assert third["words"] == second["words"]
    assert write("rows.pyx", "one\n")["rows"] != third["rows"]


def test_a_module_is_stale_when_it_was_made_of_another_source() -> None:
    module, unstamped = ModuleType("made"), ModuleType("of old")
    setattr(module, STAMP, "abc")
    assert [native.is_stale(m, stamp) for m in (module, unstamped) for stamp in ("abc", "abd", None)] == [
        False, True, False, True, True, False,
    ]  # fmt: skip


def test_no_module_here_is_stale() -> None:
    assert native.stale() == (), "changed since they were compiled; run: pip install --editable ."


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package, all of whose files are of one time."""
    if not COMPILED:
        pytest.skip("nothing is compiled here")
    shutil.copytree(HERE.parent, tmp_path / "casenlp", ignore=shutil.ignore_patterns("__pycache__"))
    for path in tmp_path.rglob("*"):
        os.utime(path, (10**9, 10**9))
    return tmp_path


def loaded(folder: Path, *options: str, **variables: str) -> tuple[list[str], str]:
    """The compiled modules that a Python uses of a copy, and what it says on standard error."""
    code = "from casenlp import native; print(*(name for name, used in native.parts().items() if used))"
    environment = {n: v for n, v in os.environ.items() if n != "CASENLP_PURE"}
    environment |= {"PYTHONPATH": str(folder), **variables}
    done = subprocess.run([sys.executable, *options, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return sorted(done.stdout.split()), done.stderr


@pytest.mark.parametrize(("value", "used"), [("0", COMPILED), ("", COMPILED), ("no", COMPILED), ("1", [])])
def test_a_copy_uses_its_modules_unless_told(copy: Path, value: str, used: list[str]) -> None:
    assert loaded(copy, CASENLP_PURE=value) == (used, "")


@pytest.mark.parametrize("options", [(), ("-W", "error"), ("-W", "error::RuntimeWarning")])
def test_modules_of_other_sources_are_told_of_and_not_used(copy: Path, options: tuple[str, ...]) -> None:
    changed = copy / "casenlp" / "native" / f"{COMPILED[0]}.pyx"
    changed.write_text(changed.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    os.utime(changed, (10**8, 10**8))  # older than the module
    used, told = loaded(copy, *options)
    assert used == COMPILED[1:]
    assert f"are not used, which is slower: {COMPILED[0]} (install casenlp again)" in told


def test_a_module_shows_in_its_file_of_what_it_was_made() -> None:
    for name, stamp in stamps_of(HERE).items():
        if name in COMPILED:
            assert stamp.encode() in (HERE / f"{name}{SUFFIX}").read_bytes()


def test_no_call_with_wrong_types_ends_the_process() -> None:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("wrong_types.py")), "0", "3"],
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
        capture_output=True,
        text=True,
        errors="replace",
    )
    assert done.returncode == 0, f"{done.stdout.splitlines()[-1:]} {done.stderr[-500:]}"
    assert done.stdout.splitlines()[-1] == "done"
    assert "Exception ignored" not in done.stderr
