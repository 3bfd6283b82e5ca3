"""The text of a structured source, put together block by block, each block where its words end up."""

from __future__ import annotations

from casenlp.documents import Article, Block, Place, SourceDocument, SourceTable
from casenlp.readers.origin import Origin, ReadOptions
from casenlp.readers.text import check

#: Between two blocks: an empty line.
GAP = "\n\n"


class Composition:
    """A document in the making; offsets count the code points of what was added so far."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.length = 0
        self.blocks: list[Block] = []
        self.tables: list[SourceTable] = []

    def add(
        self,
        words: str,
        kind: str = "paragraph",
        section: str | None = None,
        place: Place | None = None,
        gap: str = GAP,
    ) -> int | None:
        """Add a block behind the others and return its start; None when the words are blank, and nothing is added."""
        if not words.strip():
            return None
        if self._parts:
            self.fill(gap)
        start = self.length
        self.fill(words)
        self.blocks.append(Block(start, self.length, kind, section, place))
        return start

    def fill(self, words: str) -> None:
        """Add words that are no block: what stands between two."""
        self._parts.append(words)
        self.length += len(words)

    def document(self, doc_id: str, origin: Origin, options: ReadOptions, article: Article | None) -> SourceDocument:
        """The document; DocumentError when its text is empty, too long or no text."""
        text = "".join(self._parts)
        check(text, origin.name, options.max_chars)
        return SourceDocument(doc_id, text, origin.path, tuple(self.blocks), tuple(self.tables), article)


def spaced(words: str | None) -> str:
    """Words with every run of white space as one space, as XML and office formats mean it."""
    return " ".join(words.split()) if words else ""
