"""Compiles src/casenlp/native/*.pyx while a wheel is built or an editable checkout installed.

Without Cython or a C compiler, or with CASENLP_PURE set, casenlp is installed as Python alone: the same rows, slower.
"""

from __future__ import annotations

import contextlib
import io
import os
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NATIVE = Path("src") / "casenlp" / "native"


class NativeBuild(BuildHookInterface[Any]):
    """Adds the compiled modules of this Python to what is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile in place, into the checkout; files of other Pythons that lie there stay out of a wheel."""
        if self.target_name != "wheel" or os.environ.get("CASENLP_PURE"):
            return
        sources = sorted((Path(self.root) / NATIVE).glob("*.pyx"))
        suffix = sysconfig.get_config_var("EXT_SUFFIX")
        try:
            compile_in_place(Path(self.root), sources)
        except (Exception, SystemExit) as error:  # whatever compilers and their absence bring
            self.app.display_warning(f"casenlp is installed without compiled parts, which is slower: {error}")
            return
        if version == "editable":
            return  # they lie where Python looks
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        for source in sources:
            built = source.with_suffix(suffix)
            build_data["force_include"][str(built)] = f"casenlp/native/{built.name}"


def compile_in_place(root: Path, sources: list[Path]) -> None:
    """Make of each source that has changed a module beside it; what the tools print is shown when they fail."""
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension

    said = io.StringIO()
    with tempfile.TemporaryDirectory() as scratch, _at(root), contextlib.redirect_stdout(said):
        modules = [Extension(f"casenlp.native.{p.stem}", [str(p.relative_to(root))]) for p in sources]
        extensions = cythonize(modules, build_dir=scratch, language_level=3, quiet=True)
        distribution = Distribution({"ext_modules": extensions, "package_dir": {"": "src"}})
        command: Any = distribution.get_command_obj("build_ext")
        command.inplace, command.build_temp, command.force = True, scratch, True
        command.ensure_finalized()
        command.run()


@contextlib.contextmanager
def _at(folder: Path) -> Iterator[None]:
    """contextlib.chdir, which Python 3.10 does not have."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
