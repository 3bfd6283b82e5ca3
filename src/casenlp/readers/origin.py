"""Where a document comes from, in words that fit on one line, and what its reader has to know."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

#: The most characters of one document that are read unless the caller says otherwise: about 300 printed pages.
MAX_CHARS = 1_000_000


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user can say about the reading: characters a document may have, and the columns of a spreadsheet."""

    max_chars: int = MAX_CHARS
    text_column: str | None = None
    id_column: str | None = None

    @property
    def max_bytes(self) -> int:
        """The most bytes of one structured file (markup, pictures) that are taken into memory."""
        return max(256 * 2**20, 16 * self.max_chars)


@dataclass(frozen=True, slots=True)
class Origin:
    """A source of documents: `name` for messages, `doc_id` for a document that brings none, `path` if it is a file.

    `suffix` is the last one of its name, in lower case; `depth` counts the archives that it lies in.
    """

    name: str
    doc_id: str
    path: str | None
    suffix: str = ""
    depth: int = 0

    @classmethod
    def of(cls, path: Path) -> Origin:
        """The origin of a file or folder; bytes of its name that are not UTF-8 are escaped, line ends are spaces."""
        return cls(_one_line(str(path)), _one_line(path.stem) or _one_line(str(path)), str(path), path.suffix.lower())

    def within(self, member: str, doc_id: str = "") -> Origin:
        """The origin of a member of this archive, given by its path in the archive."""
        inner = PurePosixPath(_one_line(member))
        name = f"{self.name}:{inner}"
        return Origin(name, doc_id or inner.stem or self.doc_id, self.path, inner.suffix.lower(), self.depth + 1)

    def unpacked(self) -> Origin:
        """The origin of what a compressed file holds: `case.txt.gz` holds `case.txt`."""
        inner = PurePosixPath(self.doc_id)
        stem = inner.stem if self.suffix else self.doc_id
        return Origin(self.name, stem, self.path, inner.suffix.lower() if self.suffix else "", self.depth + 1)


def _one_line(name: str) -> str:
    raw = name.encode("utf-8", "surrogateescape" if _is_from_bytes(name) else "backslashreplace")
    return " ".join(raw.decode("utf-8", "backslashreplace").splitlines())


def _is_from_bytes(name: str) -> bool:
    """Whether every half character of a name stands for a byte, as in names from the file system."""
    return all(not "\ud800" <= c <= "\udfff" or "\udc80" <= c <= "\udcff" for c in name)
