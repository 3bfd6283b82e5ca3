"""Compiled forms of the functions in which most of the time went; the Python beside their use does the same.

Each name is a module, or None where casenlp was installed without a C compiler or CASENLP_PURE is set. Whoever uses one
says what to do without it; tests hold both to the same results.
"""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType


def _compiled(name: str) -> ModuleType | None:
    if os.environ.get("CASENLP_PURE"):
        return None
    try:
        return import_module(f"casenlp.native.{name}")
    except ImportError:  # not compiled, or for another Python
        return None


words = _compiled("words")
sentences = _compiled("sentences")
