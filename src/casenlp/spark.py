"""The same tables on Apache Spark (`pip install "casenlp[spark]"`): a pipeline in every Python worker of a cluster.

    tables = casenlp.spark.extract(df, text_column="text", id_column="doc_id")
    tables["drugs"].write.parquet("drugs")

Rows and their types are those of the records, as in Parquet from one machine. Documents are extracted once, into one
wide row each, which is kept (or written by `run_spark`) and then split into tables. casenlp has to be installed for
the Python of every executor; a rules folder or lexicon has to have the same path on each.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casenlp.batch import extract_all
from casenlp.documents import SourceDocument
from casenlp.errors import DocumentError, UsageError
from casenlp.extractor import Extractor, load
from casenlp.readers import MAX_CHARS, ReadOptions, files_of, read
from casenlp.readers.text import check
from casenlp.records import TABLES, Failure, as_dict
from casenlp.writers.parquet import schema

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import DataFrame, SparkSession

#: Documents whose rows are handed to Spark together, which bounds a worker's memory.
_TOGETHER = 100
#: Files that make one task of the cluster.
_FILES_A_TASK = 50
FAILURES = "failures"


def extract(
    df: DataFrame,
    text_column: str = "text",
    id_column: str = "doc_id",
    *,
    rules: Path | None = None,
    lexicons: Sequence[Path] = (),
    max_chars: int = MAX_CHARS,
) -> dict[str, DataFrame]:
    """The six tables of a DataFrame's documents by name, and `failures` (doc_id, message).

    Ids have to be given once each; a missing id or text is a failure. The extraction is kept by Spark (memory, then
    disk) from the first use on: `unpersist` any table's source by ending the session, or write what you need first.
    """
    for column in (text_column, id_column):
        if column not in df.columns:
            raise UsageError(f"no column {column!r}; the DataFrame has {', '.join(df.columns)}")
    chosen = df.selectExpr(f"cast(`{id_column}` as string) doc_id", f"cast(`{text_column}` as string) text")

    def documents(frame: pd.DataFrame) -> Iterator[SourceDocument | Failure]:
        for doc_id, text in zip(frame["doc_id"], frame["text"], strict=True):
            yield _document(doc_id, text, max_chars)

    return _split(_wide(chosen, documents, rules, tuple(lexicons)).persist())


def run_spark(
    inputs: Sequence[str],
    out: Path,
    *,
    master: str | None = None,
    rules: Path | None = None,
    lexicons: Sequence[Path] = (),
    reading: ReadOptions | None = None,
) -> tuple[dict[str, int], int]:
    """Extract inputs into the folder `out`, a Parquet folder a table; rows by table, and how many documents failed.

    An input is Parquet or JSON Lines (read by Spark, from wherever it can), or a file or folder of reports, which every
    machine has to see under the same path. UsageError when pyspark is missing or a doc_id is given twice.
    """
    session = _session(master)
    reading = reading or ReadOptions()
    out.mkdir(parents=True, exist_ok=True)
    draft = out / "_extracted"
    frames = [_input(session, source, reading, rules, tuple(lexicons)) for source in inputs]
    wide = frames[0]
    for frame in frames[1:]:
        wide = wide.unionByName(frame)
    wide.write.mode("overwrite").parquet(str(draft.absolute()))
    wide = session.read.schema(_wide_schema()).parquet(str(draft.absolute()))
    given = wide.where("failure is null").groupBy("doc_id").count().where("count > 1").limit(3).collect()
    if given:
        named = ", ".join(repr(row["doc_id"]) for row in given)
        shutil.rmtree(draft)
        raise UsageError(f"doc_id {named} is given more than once; give every document its own")
    rows = {}
    for table, frame in _split(wide).items():
        place = str((out / f"{table}.parquet").absolute())
        frame.sortWithinPartitions("doc_id").write.mode("overwrite").parquet(place)
        rows[table] = session.read.parquet(place).count()
    shutil.rmtree(draft)
    return rows, rows.pop(FAILURES)


def _session(master: str | None) -> SparkSession:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError('pyspark is not installed; install it with: pip install "casenlp[spark]"') from None
    builder = SparkSession.builder.appName("casenlp")
    if master is not None and master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = builder.config("spark.ui.enabled", "false").config("spark.driver.host", "localhost")
    session = (builder.master(master) if master else builder).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def _input(
    session: SparkSession, source: str, reading: ReadOptions, rules: Path | None, lexicons: tuple[Path, ...]
) -> DataFrame:
    """The wide rows of one input."""
    text, identity = reading.text_column or "text", reading.id_column or "doc_id"
    if source.endswith((".parquet", ".jsonl")):
        found = session.read.parquet(source) if source.endswith(".parquet") else session.read.json(source)
        for column in (text, identity):
            if column not in found.columns:
                raise UsageError(f"{source}: no column {column!r}; it has {', '.join(found.columns)}")
        chosen = found.selectExpr(f"cast(`{identity}` as string) doc_id", f"cast(`{text}` as string) text")

        def rows(frame: pd.DataFrame) -> Iterator[SourceDocument | Failure]:
            for doc_id, words in zip(frame["doc_id"], frame["text"], strict=True):
                yield _document(doc_id, words, reading.max_chars)

        return _wide(chosen, rows, rules, lexicons)
    found_files = list(files_of(source))
    paths = [(str(path.absolute()),) for path in found_files if isinstance(path, Path)]
    if not paths:
        raise UsageError(next((f.message for f in found_files if isinstance(f, Failure)), f"{source}: no reports"))
    tasks = max(session.sparkContext.defaultParallelism, len(paths) // _FILES_A_TASK)
    listed = session.createDataFrame(paths, "path string").repartition(min(tasks, len(paths)))

    def files(frame: pd.DataFrame) -> Iterator[SourceDocument | Failure]:
        for path in frame["path"]:
            yield from read(path, options=reading)

    return _wide(listed, files, rules, lexicons)


def _wide(df: DataFrame, documents: Any, rules: Path | None, lexicons: tuple[Path, ...]) -> DataFrame:
    """One row a document: its id, why it failed, and the rows of each table as a list."""

    def work(frames: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        import pandas as pd

        extractor = _loaded(rules, lexicons)
        columns = ["doc_id", "failure", *TABLES]
        items = (item for frame in frames for item in documents(frame))
        zone: Any = getattr(extractor, "memory_zone", nullcontext)
        while chunk := list(islice(items, _TOGETHER)):
            with zone():
                yield pd.DataFrame([_row(extractor, item) for item in chunk], columns=columns)

    return df.mapInPandas(work, _wide_schema())


def _wide_schema() -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import ArrayType, StringType, StructField, StructType

    fields = [StructField("doc_id", StringType()), StructField("failure", StringType())]
    fields += [StructField(table, ArrayType(from_arrow_schema(schema(table)))) for table in TABLES]
    return StructType(fields)


@lru_cache(maxsize=1)
def _loaded(rules: Path | None, lexicons: tuple[Path, ...]) -> Extractor:
    """The pipeline of this Python worker, loaded for its first task."""
    return load(rules, lexicons)


def _row(extractor: Extractor, item: SourceDocument | Failure) -> Mapping[str, Any]:
    (result,) = extract_all(extractor, [item])
    if isinstance(result, Failure):
        return {"doc_id": result.doc_id, "failure": result.message, **{table: [] for table in TABLES}}
    rows = {table: [as_dict(row) for row in result.rows(table)] for table in TABLES}
    return {"doc_id": result.doc_id, "failure": None, **rows}


def _document(doc_id: Any, text: Any, max_chars: int) -> SourceDocument | Failure:
    name = doc_id if isinstance(doc_id, str) else ""  # pandas has None, NaN or NA for what is missing
    try:
        if not name.strip():
            raise DocumentError("a row", "has no id", "give every document an id of its own")
        if not isinstance(text, str):
            raise DocumentError(name, "has no text", "give every document a text")
        check(text, name, max_chars)
    except DocumentError as error:
        return Failure(name, str(error))
    return SourceDocument(name, text)


def _split(wide: DataFrame) -> dict[str, DataFrame]:
    tables = {table: wide.selectExpr(f"inline({table})") for table in TABLES}
    tables[FAILURES] = wide.where("failure is not null").selectExpr("doc_id", "failure message")
    return tables
