"""A corpus into a folder: every document's line, all tables, and a list of what failed.

One bad document never stops a run. documents.jsonl and failures.tsv grow as `<name>.part` while the run goes on, so
that a run that is broken off leaves what it had; at the end they take their names.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from casenlp.documents import SourceDocument
from casenlp.errors import DocumentError, UsageError
from casenlp.readers import MAX_CHARS, count, read_all
from casenlp.records import TABLES, Extraction, Failure
from casenlp.writers import WRITERS, write
from casenlp.writers.files import growing
from casenlp.writers.jsonl import line_of

#: Formats in which a batch can write its tables; documents.jsonl is written with each.
FORMATS = ("csv", "parquet", "xlsx", "jsonl")


class DocumentExtractor(Protocol):
    """What a batch needs of casenlp.extractor.Extractor."""

    def extract(self, document: SourceDocument) -> Extraction:
        """The extraction of one document; DocumentError when it cannot be processed."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a batch did: documents extracted, documents failed, rows by table."""

    extracted: int
    failed: int
    rows: tuple[tuple[str, int], ...]


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
    report: Callable[[Failure], None],
) -> int:
    """Extract all inputs into one output and return how many documents failed, each told to `report` as it fails."""
    for source in inputs:
        if out is not None and out.is_file() and Path(source).is_file() and out.samefile(source):
            raise UsageError(f"{out}: is an input and would be overwritten; name another file with -o")
    failed = 0

    def extractions() -> Iterator[Extraction]:
        nonlocal failed
        for item in extract_all(extractor, read_all(inputs, max_chars=max_chars)):
            if isinstance(item, Failure):
                failed += 1
                report(item)
            else:
                yield item

    write(extractions(), format, out, tables)
    return failed


def run_batch(
    extractor: DocumentExtractor,
    inputs: Sequence[str | Path],
    out: Path,
    *,
    format: str = "csv",
    max_chars: int = MAX_CHARS,
) -> Summary:
    """Extract all inputs into the folder `out`; UsageError when the folder or the format cannot be."""
    if format not in FORMATS:
        raise UsageError(f"a batch cannot write {format!r}; choose one of {', '.join(FORMATS)}")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: is not a folder; name a folder to write into")
    for source in inputs:
        folder = Path(source).resolve()
        if folder.is_dir() and out.resolve().is_relative_to(folder):
            raise UsageError(f"{out}: lies inside the input folder {source}; name a folder outside it")
    out.mkdir(parents=True, exist_ok=True)
    failed, extracted = 0, 0
    rows = dict.fromkeys(TABLES, 0)
    with ExitStack() as stack:
        lines = stack.enter_context(growing(out / "documents.jsonl"))
        failures = stack.enter_context(growing(out / "failures.tsv"))
        failures.write("doc_id\tmessage\n")

        def extractions() -> Iterator[Extraction]:
            nonlocal failed, extracted
            items = extract_all(extractor, read_all(inputs, max_chars=max_chars))
            for item in _with_progress(items, inputs):
                if isinstance(item, Failure):
                    failed += 1
                    failures.write(f"{_one_line(item.doc_id)}\t{_one_line(item.message)}\n")
                    failures.flush()
                    continue
                extracted += 1
                lines.write(line_of(item))
                lines.flush()
                for table in TABLES:
                    rows[table] += len(item.rows(table))
                yield item

        if format == "jsonl":
            for _ in extractions():
                pass
        else:
            writer = WRITERS[format]
            write(extractions(), format, out if writer.folder else out / f"tables{writer.suffix}")
    return Summary(extracted, failed, tuple(rows.items()))


def _with_progress(
    items: Iterator[Extraction | Failure], inputs: Sequence[str | Path]
) -> Iterator[Extraction | Failure]:
    """The same items, with a progress bar on standard error when that is a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("documents", total=count(inputs))
        for item in items:
            yield item
            progress.advance(task)


def _one_line(text: str) -> str:
    return " ".join(text.split())
