"""The wheel: built, installed elsewhere, and run there; the rules and the compiled parts travel in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from casenlp import native

ROOT = Path(__file__).parents[1]
NATIVE = ROOT / "src" / "casenlp" / "native"
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
#: What the build compiles, or nothing where there is no C compiler.
COMPILER = shutil.which((sysconfig.get_config_var("CC") or "cc").split()[0])
SOURCES = sorted(NATIVE.glob("*.pyx")) if COMPILER else []


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Standard output of a command that has to succeed, without the checkout on its path."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "CASENLP_PURE")}
    environment |= variables
    done = subprocess.run(list(map(str, command)), cwd=cwd, env=environment, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


def built(folder: Path, **variables: str) -> Path:
    """The wheel of this checkout, built without isolation and so without a network."""
    code = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    name = run(sys.executable, "-c", code, folder, cwd=ROOT, **variables).splitlines()[-1]
    return folder / name


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("dist"), CASENLP_PURE="0")  # which forbids nothing


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment with the wheel in it; dependencies are lent by this one's site-packages.

    The loan is a .pth file, whose directory's own .pth files are not followed: an editable casenlp stays behind.
    """
    folder = tmp_path_factory.mktemp("a place") / "env"
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "lent.pth").write_text("\n".join(sorted(lent)), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--python", python]
    run(*pip, "install", "--no-deps", "--no-index", "--force-reinstall", wheel, cwd=folder)
    return python


def test_everything_is_in_the_wheel(wheel: Path) -> None:
    names = names_in(wheel)
    expected = {f"casenlp/{p.relative_to(ROOT / 'src' / 'casenlp')}" for p in (ROOT / "src").rglob("*.py")}
    rules = {f"casenlp/{p.relative_to(ROOT)}" for p in (ROOT / "rules").rglob("*") if p.suffix in (".tsv", ".toml")}
    assert rules
    assert sorted((expected | rules | {"casenlp/py.typed"}) - names) == []
    assert not [name for name in names if name.startswith(("tests", "corpus", "scripts"))]


def test_compiled_modules_travel_in_the_wheel(wheel: Path) -> None:
    compiled = sorted(name for name in names_in(wheel) if name.endswith((".so", ".pyd", ".pyx", ".pxi", ".c")))
    assert compiled == [f"casenlp/native/{source.stem}{SUFFIX}" for source in SOURCES]
    assert wheel.stem.endswith("-py3-none-any") == (not SOURCES)


def test_a_wheel_of_python_alone(tmp_path: Path) -> None:
    wheel = built(tmp_path, CASENLP_PURE="1")
    assert wheel.stem.endswith("-py3-none-any")
    assert not [name for name in names_in(wheel) if name.endswith((".so", ".pyd"))]


def test_a_wheel_is_built_where_the_compiler_fails(tmp_path: Path) -> None:
    assert built(tmp_path, CC="no-such-compiler").stem.endswith("-py3-none-any")


def test_every_compiled_module_is_used() -> None:
    names = {source.stem for source in NATIVE.glob("*.pyx")}
    assert sorted(names - set(native.parts())) == [], "native/__init__.py does not load it"


def test_the_command_runs_elsewhere(elsewhere: Path, tmp_path: Path) -> None:
    place = run(elsewhere, "-c", "import casenlp.cli as c; print(c.__file__)", cwd=tmp_path)
    assert str(elsewhere.parents[1]) in place
    assert run(elsewhere.parent / "casenlp", "version", cwd=tmp_path).startswith("casenlp 0.")


def test_compiled_modules_are_in_use_elsewhere_unless_forbidden(elsewhere: Path, tmp_path: Path) -> None:
    code = "from casenlp import native; print(*sorted(name for name, in_use in native.parts().items() if in_use))"
    assert run(elsewhere, "-c", code, cwd=tmp_path).split() == [source.stem for source in SOURCES]
    assert run(elsewhere, "-c", code, cwd=tmp_path, CASENLP_PURE="1").split() == []


@pytest.mark.parametrize("variables", [{}, {"CASENLP_PURE": "1"}], ids=["as installed", "Python alone"])
def test_extraction_works_elsewhere(elsewhere: Path, tmp_path: Path, variables: dict[str, str]) -> None:
    report = tmp_path / "case.txt"
    report.write_text("A 54-year-old woman was given prednisolone 40 mg daily.", encoding="utf-8")
    out = run(elsewhere.parent / "casenlp", "extract", "--format", "jsonl", "case.txt", cwd=tmp_path, **variables)
    (document,) = (json.loads(line) for line in out.splitlines())
    assert [row["dose_value"] for row in document["drugs"]] == [40]
    assert [row["age_value"] for row in document["cases"]] == [54]


def test_factories_are_registered_elsewhere(elsewhere: Path, tmp_path: Path) -> None:
    code = (
        "from importlib.metadata import distribution\n"
        "points = distribution('casenlp').entry_points\n"
        "print(*(p.name for p in points if p.group == 'spacy_factories' and p.load()))"
    )
    assert run(elsewhere, "-c", code, cwd=tmp_path).split()
