"""Documents one after the other into one output: what `casenlp extract` does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from casenlp.documents import SourceDocument
from casenlp.errors import DocumentError, UsageError
from casenlp.readers import MAX_CHARS, ReadOptions, read_all
from casenlp.records import TABLES, Extraction, Failure
from casenlp.writers import write


class DocumentExtractor(Protocol):
    """What a batch needs of casenlp.extractor.Extractor."""

    def extract(self, document: SourceDocument) -> Extraction:
        """The extraction of one document; DocumentError when it cannot be processed."""


def extract_all(
    extractor: DocumentExtractor, documents: Iterable[SourceDocument | Failure]
) -> Iterator[Extraction | Failure]:
    """Each document's extraction or failure, in order; an error inside one document is its failure, not the run's."""
    for document in documents:
        if isinstance(document, Failure):
            yield document
            continue
        result: Extraction | Failure
        try:
            result = extractor.extract(document)
        except DocumentError as error:
            result = Failure(document.doc_id, _one_line(str(error)))
        except Exception as error:
            # The boundary of one document: whatever a rule or a library does here, the other documents go on.
            found = f"{type(error).__name__} inside casenlp ({_one_line(str(error)) or 'no message'})"
            remedy = "the other documents go on; report it with the text that shows it"
            name = f"{document.path} (doc_id {document.doc_id})" if document.path else document.doc_id
            result = Failure(document.doc_id, _one_line(str(DocumentError(name, found, remedy))))
        yield result


def run_extract(
    extractor: DocumentExtractor,
    inputs: Sequence[str | Path],
    out: Path | None = None,
    *,
    format: str = "table",
    tables: Sequence[str] = tuple(TABLES),
    max_chars: int = MAX_CHARS,
    reading: ReadOptions | None = None,
    report: Callable[[Failure], None],
) -> int:
    """Extract all inputs into one output and return how many documents failed, each told to `report` as it fails.

    `reading`, when given, holds the limit in characters too.
    """
    for source in inputs:
        if out is not None and out.is_file() and Path(source).is_file() and out.samefile(source):
            raise UsageError(f"{out}: is an input and would be overwritten; name another file with -o")
    failed = 0

    def extractions() -> Iterator[Extraction]:
        nonlocal failed
        for item in extract_all(extractor, read_all(inputs, max_chars=max_chars, options=reading)):
            if isinstance(item, Failure):
                failed += 1
                report(item)
            else:
                yield item

    write(extractions(), format, out, tables)
    return failed


def _one_line(text: str) -> str:
    return " ".join(text.split())
