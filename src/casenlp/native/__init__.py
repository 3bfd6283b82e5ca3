"""Compiled forms of the functions in which most of the time went; the Python beside their use does the same.

Each name is a module, or None where casenlp was installed without a C compiler or CASENLP_PURE is set. Whoever uses one
says what to do without it; tests hold both to the same results.
"""

from __future__ import annotations

import contextlib
import os
from importlib import import_module
from types import ModuleType

_modules: dict[str, ModuleType | None] = {}


def _compiled(name: str) -> ModuleType | None:
    _modules[name] = None
    if not os.environ.get("CASENLP_PURE"):
        with contextlib.suppress(ImportError):  # not compiled, or for another Python
            _modules[name] = import_module(f"casenlp.native.{name}")
    return _modules[name]


words = _compiled("words")
brackets = _compiled("brackets")
items = _compiled("items")
numbers = _compiled("numbers")
text = _compiled("text")
sentences = _compiled("sentences")
rows = _compiled("rows")
phrases = _compiled("phrases")
shadows = _compiled("shadows")
guards = _compiled("guards")
groups = _compiled("groups")
json_text = _compiled("json_text")
attach = _compiled("attach")


def parts() -> dict[str, bool]:
    """Whether each module is compiled and in use, by its name."""
    return {name: module is not None for name, module in _modules.items()}
