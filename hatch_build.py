"""Compiles src/casenlp/native/*.pyx while a wheel is built or an editable checkout installed.

Without Cython or a C compiler, or with CASENLP_PURE=1, nothing is compiled: the same rows, slower. A wheel is then of
Python alone; in a checkout, modules that were compiled before stay, and are used as long as their source is the same.
"""

from __future__ import annotations

import contextlib
import io
import os
import runpy
import shutil
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NATIVE = Path("src") / "casenlp" / "native"
_BUILT: dict[str, Any] = runpy.run_path(str(Path(__file__).parent / NATIVE / "built.py"))
_OPTIONS = [] if os.name == "nt" else ["-g0"]  # without what a debugger reads, which is nine tenths of a module


class NativeBuild(BuildHookInterface[Any]):
    """Adds the compiled modules of this Python to what is built."""

    _made: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile: for a wheel in a folder of its own, for an editable install where Python looks, in the checkout."""
        if self.target_name != "wheel" or _BUILT["is_pure"]():
            return
        root = Path(self.root)
        sources = sorted((root / NATIVE).glob("*.pyx"))
        try:
            if version == "editable":
                compile_in_place(root, sources)
                return
            self._made = Path(tempfile.mkdtemp(prefix="casenlp-"))
            built = compile_into(self._made, root, sources)
        except (Exception, SystemExit) as error:  # whatever compilers and their absence bring
            self.app.display_warning(f"casenlp is installed without compiled parts, which is slower: {error}")
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        for path in built:
            build_data["force_include"][str(path)] = f"casenlp/native/{path.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what is in the wheel by now."""
        if self._made is not None:
            shutil.rmtree(self._made, ignore_errors=True)


def compile_in_place(root: Path, sources: list[Path]) -> None:
    """Make a module beside each source that has none, or one of another source or of other inclusions.

    A module that lies there is replaced, not written over: a running casenlp may have it open.
    """
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    stamps: dict[str, str] = _BUILT["stamps_of"](root / NATIVE)
    changed = [p for p in sources if not _has_stamp(p.with_suffix(suffix), stamps[p.stem])]
    if not changed:
        return
    with tempfile.TemporaryDirectory() as scratch:
        for built in compile_into(Path(scratch), root, changed):
            draft = root / NATIVE / f"{built.name}.draft"
            shutil.copyfile(built, draft)
            draft.replace(root / NATIVE / built.name)


def compile_into(folder: Path, root: Path, sources: list[Path]) -> list[Path]:
    """The compiled modules of sources that lie below `root`; what the tools print is said when they fail."""
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension

    said = io.StringIO()
    stamps: dict[str, str] = _BUILT["stamps_of"](root / NATIVE)
    copies = folder / NATIVE
    copies.mkdir(parents=True)
    for path in (root / NATIVE).glob("*.pxi"):
        shutil.copyfile(path, copies / path.name)
    for path in sources:
        text = _BUILT["stamped"](path.read_text(encoding="utf-8"), stamps[path.stem])
        (copies / path.name).write_text(text, encoding="utf-8")
    with _at(folder), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            modules = [
                Extension(f"casenlp.native.{p.stem}", [str(NATIVE / p.name)], extra_compile_args=_OPTIONS)
                for p in sources
            ]
            extensions = cythonize(modules, build_dir="c", language_level=3, quiet=True)
            distribution = Distribution({"ext_modules": extensions})
            command: Any = distribution.get_command_obj("build_ext")
            command.build_lib, command.build_temp = "lib", "temp"
            command.parallel = os.cpu_count()
            command.ensure_finalized()
            command.run()
        except (Exception, SystemExit) as error:
            raise RuntimeError(f"{error}\n{said.getvalue()}".strip()) from error
        return [Path(path).resolve() for path in command.get_outputs()]


def _has_stamp(built: Path, stamp: str) -> bool:
    return built.exists() and stamp.encode() in built.read_bytes()


@contextlib.contextmanager
def _at(folder: Path) -> Iterator[None]:
    """contextlib.chdir, which Python 3.10 does not have."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
