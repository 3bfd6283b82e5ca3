"""casenlp: medical case reports into tables, by rules that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from casenlp.errors import CasenlpError, DocumentError, GoldError, RuleError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from casenlp.documents import SourceDocument
    from casenlp.extractor import Extractor, load
    from casenlp.records import Extraction, Failure

__version__ = "0.1.0"
__all__ = [
    "CasenlpError",
    "DocumentError",
    "Extraction",
    "Extractor",
    "Failure",
    "GoldError",
    "RuleError",
    "SourceDocument",
    "UsageError",
    "extract",
    "load",
]

_LAZY = {
    "Extraction": "casenlp.records",
    "Failure": "casenlp.records",
    "SourceDocument": "casenlp.documents",
    "Extractor": "casenlp.extractor",
    "load": "casenlp.extractor",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'casenlp' has no attribute {name!r}")


_default: Extractor | None = None


def extract(text_or_path: str | Path) -> Extraction:
    """Extract one report, given as text or as a path, with the default rules (loaded once).

    Raises CasenlpError, in one line, when the report cannot be read.
    """
    from pathlib import Path

    from casenlp.documents import SourceDocument
    from casenlp.extractor import load
    from casenlp.readers import read

    global _default
    _default = _default or load()
    if isinstance(text_or_path, Path):
        document = next(iter(read(text_or_path)))
        if not isinstance(document, SourceDocument):
            raise CasenlpError(document.message)
        return _default.extract(document)
    return _default.extract(SourceDocument("text", text_or_path))
