"""Compiles src/casenlp/native/*.pyx while a wheel is built or an editable checkout installed.

Without Cython or a C compiler, or with CASENLP_PURE set, casenlp is installed as Python alone: the same rows, slower.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NATIVE = Path("src") / "casenlp" / "native"
_OPTIONS = [] if os.name == "nt" else ["-g0"]  # without what a debugger reads, which is nine tenths of a module


class NativeBuild(BuildHookInterface[Any]):
    """Adds the compiled modules of this Python to what is built."""

    _made: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile: for a wheel in a folder of its own, for an editable install where Python looks, in the checkout."""
        if self.target_name != "wheel" or os.environ.get("CASENLP_PURE"):
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
    """Make of each source that has changed, or of all when this file or what they include has, a module beside it.

    A module that lies there is replaced, not written over: a running casenlp may have it open.
    """
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    shared = [Path(__file__), *(root / NATIVE).glob("*.pxi")]
    changed = [p for p in sources if any(_is_older(p.with_suffix(suffix), source) for source in (p, *shared))]
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
    with _at(root), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            modules = [
                Extension(f"casenlp.native.{p.stem}", [str(p.relative_to(root))], extra_compile_args=_OPTIONS)
                for p in sources
            ]
            extensions = cythonize(modules, build_dir=str(folder), language_level=3, quiet=True)
            distribution = Distribution({"ext_modules": extensions})
            command: Any = distribution.get_command_obj("build_ext")
            command.build_lib, command.build_temp = str(folder / "lib"), str(folder / "temp")
            command.parallel = os.cpu_count()
            command.ensure_finalized()
            command.run()
        except (Exception, SystemExit) as error:
            raise RuntimeError(f"{error}\n{said.getvalue()}".strip()) from error
        return [Path(path).resolve() for path in command.get_outputs()]


def _is_older(built: Path, source: Path) -> bool:
    return not built.exists() or built.stat().st_mtime < source.stat().st_mtime


@contextlib.contextmanager
def _at(folder: Path) -> Iterator[None]:
    """contextlib.chdir, which Python 3.10 does not have."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
