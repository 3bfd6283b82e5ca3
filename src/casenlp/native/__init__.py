"""Compiled forms of the functions in which most of the time went; the Python beside their use does the same.

Each name is a module, or None where casenlp was installed without a C compiler or CASENLP_PURE is set (to anything but
0, false, no or off). Whoever uses one says what to do without it; tests hold both to the same results.
"""

from __future__ import annotations

import contextlib
import sys
import warnings
from importlib import import_module
from pathlib import Path
from types import ModuleType

from casenlp.native.built import STAMP, is_pure, stamps_of

_modules: dict[str, ModuleType | None] = {}
_stale: list[str] = []
_stamps: dict[str, str] = {} if is_pure() else stamps_of(Path(__file__).parent)


def _compiled(name: str) -> ModuleType | None:
    _modules[name] = None
    if not is_pure():
        with contextlib.suppress(ImportError):  # not compiled, or for another Python
            module = import_module(f"casenlp.native.{name}")
            if is_stale(module, _stamps.get(name)):
                _stale.append(name)
            else:
                _modules[name] = module
    return _modules[name]


def is_stale(module: ModuleType, stamp: str | None) -> bool:
    """Whether a module was compiled of another source than the one beside it; there is none in a wheel."""
    return stamp is not None and getattr(module, STAMP, None) != stamp


def stale() -> tuple[str, ...]:
    """The modules that are there and not used, as their source is another one by now."""
    return tuple(_stale)


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
neighbours = _compiled("neighbours")
outlines = _compiled("outlines")

if _stale:
    _why = "were made of other sources than those here and are not used, which is slower"
    try:
        warnings.warn(
            f"compiled parts {_why}: {', '.join(_stale)} (install casenlp again)", RuntimeWarning, stacklevel=2
        )
    except RuntimeWarning as warning:  # where warnings are errors: it is none, only slower
        print(f"casenlp: {warning}", file=sys.stderr)


def parts() -> dict[str, bool]:
    """Whether each module is compiled and in use, by its name."""
    return {name: module is not None for name, module in _modules.items()}
