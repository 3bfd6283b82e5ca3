"""Parquet: one typed file a table; evidence is a list of structs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from casenlp.records import Evidence, Extraction, as_dict, column_types
from casenlp.writers.files import one_file_a_table

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows held back until a row group is written.
_GROUP = 20_000


def schema(table: str) -> pa.Schema:
    """The Arrow schema of a table, from the record's own column types."""
    import pyarrow as pa

    types = {"str": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}
    hints = get_type_hints(Evidence)
    parts = []
    for field in dataclasses.fields(Evidence):
        hint = hints[field.name]
        kind = next((a for a in get_args(hint) if a is not type(None)), hint)
        parts.append(pa.field(field.name, types.get(kind.__name__, pa.list_(pa.float64()))))  # else a box
    evidence = pa.list_(pa.struct(parts))
    return pa.schema([pa.field(name, types.get(kind, evidence)) for name, kind in column_types(table)])


def write_parquet(
    extractions: Iterable[Extraction], out: Path | None, tables: Sequence[str], *, by_name: bool = False
) -> None:
    """One file a table into the folder `out`, or a single table into the file `out`.

    `by_name` says that the extractions come in order of their doc_id, which each file then says of its row groups.
    """
    from contextlib import ExitStack

    import pyarrow as pa
    import pyarrow.parquet as pq

    with ExitStack() as stack:
        paths = stack.enter_context(one_file_a_table(out, tables, ".parquet"))
        schemas = {table: schema(table) for table in tables}
        order = {
            t: pq.SortingColumn.from_ordering(schemas[t], [("doc_id", "ascending")]) if by_name else None
            for t in tables
        }
        files = {
            table: stack.enter_context(pq.ParquetWriter(paths[table], schemas[table], sorting_columns=order[table]))
            for table in tables
        }
        held: dict[str, list[dict[str, Any]]] = {table: [] for table in tables}

        def flush(table: str) -> None:
            files[table].write_table(pa.Table.from_pylist(held[table], schema=schemas[table]))
            held[table].clear()

        for extraction in extractions:
            for table in tables:
                held[table] += [as_dict(row) for row in extraction.rows(table)]
                if len(held[table]) >= _GROUP:
                    flush(table)
        for table in tables:
            flush(table)
