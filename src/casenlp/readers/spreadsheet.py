"""Excel workbooks and Parquet files with one report a row; columns and rows as in `tabular`.

Of a workbook the first sheet with a text column is read, as values: no formula is run, no macro, no link followed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from casenlp.documents import SourceDocument
from casenlp.errors import DocumentError
from casenlp.readers.archive import open_member, open_zip
from casenlp.readers.origin import Origin, ReadOptions
from casenlp.readers.tabular import Columns, columns_of, document_of
from casenlp.readers.text import decode
from casenlp.records import Failure

if TYPE_CHECKING:
    import pyarrow as pa

#: What a sheet can hold: rows and columns.
_ROWS, _COLUMNS = 1_048_576, 16_384
#: Unpacked bytes of a workbook that are read; the words of all its sheets are taken into memory.
_UNPACKED = 512 * 2**20
#: How many sheets an error speaks of.
_SHEETS = 5
#: Rows of a Parquet file that are unpacked at a time.
_BATCH = 64
_PIECE = 2**20
_BROKEN = "open it in a spreadsheet and save it again, or as CSV"


def read_xlsx(stream: BinaryIO, origin: Origin, options: ReadOptions) -> Iterator[SourceDocument | Failure]:
    """The documents of a workbook, one a row; DocumentError when no sheet has a column that is clearly the text."""
    from openpyxl import load_workbook

    with open_zip(stream, origin) as archive:
        unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > _UNPACKED:
        found = f"is a workbook of {unpacked:,} bytes when unpacked"
        raise DocumentError(origin.name, found, "save the sheet as CSV, which is read row by row")
    stream.seek(0)
    with _complaints(origin):
        book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    try:
        unclear: list[tuple[str, DocumentError]] = []
        for sheet in book.worksheets:
            rows = _sheet_rows(sheet, origin)
            header = next(rows, None)
            if header is None:
                continue
            try:
                columns = columns_of(header[1], origin.name, options)
            except DocumentError as error:
                unclear.append((sheet.title, error))
                continue
            yield from _documents(rows, columns, origin, options)
            return
        raise _none_clear(unclear, origin)
    finally:
        book.close()


def read_parquet(stream: BinaryIO, origin: Origin, options: ReadOptions) -> Iterator[SourceDocument | Failure]:
    """The documents of a Parquet file, one a row, rows counted from 1; only the columns that matter are unpacked."""
    from pyarrow import parquet

    with _complaints(origin):
        schema = parquet.read_schema(stream)
        columns = columns_of(schema.names, origin.name, options)
        kind = schema.field(columns.text).type
        if kind.num_fields:
            found = f"has a column {columns.text_name!r} of type {kind}, not of texts"
            raise DocumentError(origin.name, found, "name a column of texts with --text-column")
        stream.seek(0)
        file = parquet.ParquetFile(stream, read_dictionary=[columns.text_name])
        if file.metadata.num_rows == 0:
            raise DocumentError(origin.name, "is a Parquet file without a row", "write one report a row")
    plain = [name for name, kind in zip(schema.names, schema.types, strict=True) if not kind.num_fields]
    yield from _documents(_parquet_rows(file, schema.names, plain, columns, origin, options), columns, origin, options)


def count_xlsx(stream: BinaryIO) -> int:
    """How many rows under a header the sheets of a workbook have, by their tags."""
    origin, rows = Origin("", "", None), 0
    with open_zip(stream, origin) as archive:
        for info in archive.infolist():
            if info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml"):
                found = 0
                with open_member(archive, info, origin) as sheet:
                    while piece := sheet.read(_PIECE):
                        found += piece.count(b"<row ")
                rows += max(0, found - 1)
    return max(1, rows)


def count_parquet(stream: BinaryIO) -> int:
    """How many rows a Parquet file says it has."""
    from pyarrow import parquet

    with _complaints(Origin("", "", None)):
        return max(1, int(parquet.ParquetFile(stream).metadata.num_rows))


class _complaints:  # noqa: N801  used like contextlib's functions
    """What the libraries say of a broken file, as a DocumentError; their warnings are not for the user."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._warnings = warnings.catch_warnings()

    def __enter__(self) -> None:
        self._warnings.__enter__()
        warnings.simplefilter("ignore")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._warnings.__exit__(kind, error, None)
        if isinstance(error, Exception) and not isinstance(error, DocumentError | StopIteration):
            # openpyxl and pyarrow check little of a file and fail on a broken one with whatever comes up.
            said = " ".join(f"{type(error).__name__}: {error}".split())
            found = f"is broken or of a kind that cannot be read ({said[:200]})"
            raise DocumentError(self._origin.name, found, _BROKEN) from error


def _documents(
    rows: Iterator[tuple[int, Sequence[Any] | Failure]], columns: Columns, origin: Origin, options: ReadOptions
) -> Iterator[SourceDocument | Failure]:
    none = True
    for number, row in rows:
        none = False
        yield row if isinstance(row, Failure) else document_of(row, number, columns, origin, options)
    if none:
        raise DocumentError(origin.name, "holds no row under a header", "write one report a row, with a header")


def _none_clear(unclear: Sequence[tuple[str, DocumentError]], origin: Origin) -> DocumentError:
    """Why no sheet could be read, sheet by sheet."""
    if not unclear:
        return DocumentError(origin.name, "is a workbook with nothing in it", "write one report a row")
    last = unclear[-1][1]
    if len(unclear) == 1:
        return last
    found = ", ".join(f"sheet {title!r} {error.found}" for title, error in unclear[-_SHEETS:])
    return DocumentError(origin.name, found, last.remedy)


def _sheet_rows(sheet: Any, origin: Origin) -> Iterator[tuple[int, Sequence[Any]]]:
    """(number, values) of the rows with something in them."""
    sheet.reset_dimensions()  # what a file says of its size need not be true
    rows = iter(sheet.iter_rows(values_only=True))
    number = 0
    while True:
        number += 1
        if number > _ROWS:
            raise DocumentError(origin.name, f"has a sheet of more than {_ROWS:,} rows", _BROKEN)
        with _complaints(origin):
            row = next(rows, None)
        if row is None:
            return
        if any(value is not None and value != "" for value in row):
            yield number, row


def _parquet_rows(
    file: Any, names: Sequence[str], plain: Sequence[str], columns: Columns, origin: Origin, options: ReadOptions
) -> Iterator[tuple[int, Sequence[Any] | Failure]]:
    """(number, values) of all rows, those of `plain` columns; a text that is too long is not unpacked."""
    known = {columns.text, *columns.article.values(), *([] if columns.id is None else [columns.id])}
    wanted = [i for i in sorted(known) if names[i] in plain]
    number = 0
    batches = file.iter_batches(_BATCH, columns=[names[i] for i in wanted])
    while True:
        with _complaints(origin):
            batch = next(batches, None)
        if batch is None:
            return
        with _complaints(origin):
            take = {i: _values(batch.column(names[i]), f"{origin.name} row", number + 1, options) for i in wanted}
        for at in range(batch.num_rows):
            number += 1
            row: list[Any] = [None] * len(names)
            try:
                with _complaints(origin):
                    for i in wanted:
                        row[i] = take[i](at)
            except DocumentError as error:
                yield number, Failure(f"{origin.doc_id}:{number}", str(error))
            else:
                yield number, row


def _values(array: pa.Array, place: str, first: int, options: ReadOptions) -> Callable[[int], Any]:
    """How to take single values of a column whose first is of row `first`.

    DocumentError for a text longer than a document may be, before it is unpacked.
    """
    import pyarrow as pa
    from pyarrow import compute

    indices = None
    if isinstance(array, pa.DictionaryArray):
        array, indices = array.dictionary, array.indices.to_pylist()
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    sizes = compute.binary_length(array).to_pylist() if any(is_kind(array.type) for is_kind in kinds) else None

    def value(at: int) -> Any:
        entry = at if indices is None else indices[at]
        if entry is None or sizes is None or sizes[entry] is None:
            return None if entry is None else array[entry].as_py()
        if sizes[entry] > 4 * options.max_chars:
            remedy = "split it into its reports, or raise the limit with --max-chars"
            found = f"holds {sizes[entry]:,} bytes, more than the limit of {options.max_chars:,} characters"
            raise DocumentError(f"{place} {first + at}", found, remedy)
        return decode(array[entry].as_buffer().to_pybytes(), f"{place} {first + at}")

    return value
