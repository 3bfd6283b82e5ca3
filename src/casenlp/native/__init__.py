"""Compiled forms of the functions in which most of the time went; the Python beside their use does the same.

Each name is a module, or None where casenlp was installed without a C compiler or CASENLP_PURE is set. Whoever uses one
says what to do without it; tests hold both to the same results.
"""

from __future__ import annotations

import contextlib
import os
import warnings
from importlib import import_module
from pathlib import Path
from types import ModuleType

_modules: dict[str, ModuleType | None] = {}
_stale: list[str] = []


def _compiled(name: str) -> ModuleType | None:
    _modules[name] = None
    if not os.environ.get("CASENLP_PURE"):
        with contextlib.suppress(ImportError):  # not compiled, or for another Python
            module = import_module(f"casenlp.native.{name}")
            if is_stale(Path(module.__file__ or "")):
                _stale.append(name)
            else:
                _modules[name] = module
    return _modules[name]


def is_stale(built: Path) -> bool:
    """Whether a compiled module lies in a checkout whose source of it, or what sources include, has changed since."""
    source = built.with_name(built.name.partition(".")[0] + ".pyx")
    if not source.exists():  # installed from a wheel
        return False
    made = built.stat().st_mtime
    return any(path.stat().st_mtime > made for path in (source, *built.parent.glob("*.pxi")))


words = _compiled("words")
brackets = _compiled("brackets")
items = _compiled("items")
numbers = _compiled("numbers")
text = _compiled("text")
sentences = _compiled("sentences")
rows = _compiled("rows")
records = _compiled("records")
phrases = _compiled("phrases")
shadows = _compiled("shadows")
guards = _compiled("guards")
groups = _compiled("groups")
json_text = _compiled("json_text")
attach = _compiled("attach")

if _stale:
    told = f"older than their sources and not used, which is slower: {', '.join(_stale)} (install casenlp again)"
    warnings.warn(f"compiled parts are {told}", RuntimeWarning, stacklevel=2)


def parts() -> dict[str, bool]:
    """Whether each module is compiled and in use, by its name."""
    return {name: module is not None for name, module in _modules.items()}
