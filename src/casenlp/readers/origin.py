"""Where a document comes from, in words that fit on one line."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Origin:
    """A source of documents: `name` for messages, `doc_id` for a document that brings none, `path` if it is a file."""

    name: str
    doc_id: str
    path: str | None

    @classmethod
    def of(cls, path: Path) -> Origin:
        """The origin of a file or folder; bytes of its name that are not UTF-8, and line ends, are replaced."""
        return cls(_one_line(str(path)), _one_line(path.stem) or _one_line(str(path)), str(path))


def _one_line(name: str) -> str:
    return " ".join(os.fsencode(name).decode("utf-8", "replace").splitlines())
