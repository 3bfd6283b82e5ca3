"""The same tables on Apache Spark, on a real session of two cores; skipped where pyspark or Java is missing."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyspark")
if shutil.which("java") is None:
    pytest.skip("no Java on this machine", allow_module_level=True)

import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from casenlp import spark
from casenlp.batch.run import Options, run_batch
from casenlp.errors import UsageError
from casenlp.records import TABLES
from casenlp.writers.parquet import schema

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.filterwarnings(
    "ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::ResourceWarning"
)


@pytest.fixture(scope="module")
def session() -> Iterator[SparkSession]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        session = spark._session("local[2]")
        yield session
        session.stop()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("our reports")
    for path in sorted((ROOT / "corpus" / "reports").glob("*.txt"))[::3]:
        shutil.copy(path, folder)
    (folder / "empty.txt").write_bytes(b"")
    return folder


@pytest.fixture(scope="module")
def local(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("local")
    run_batch([corpus], out, Options(workers=1, formats=("parquet",)))
    return out


def rows(place: Path) -> list[str]:
    """The rows of a Parquet file or folder as text, sorted."""
    return sorted(json.dumps(row, ensure_ascii=False) for row in pq.read_table(place).to_pylist())


def test_a_folder_gives_the_same_rows_as_one_machine(session: Any, corpus: Path, local: Path, tmp_path: Path) -> None:
    counted, failed = spark.run_spark([str(corpus)], tmp_path, master="local[2]")
    assert failed == 1
    assert [row["doc_id"] for row in pq.read_table(tmp_path / "failures.parquet").to_pylist()] == ["empty"]
    for table in TABLES:
        expected = rows(local / f"{table}.parquet")
        assert counted[table] == len(expected) > 0
        assert rows(tmp_path / f"{table}.parquet") == expected
        assert pq.read_table(tmp_path / f"{table}.parquet").schema.names == schema(table).names


def test_a_data_frame_gives_the_same_rows(session: Any, corpus: Path, local: Path) -> None:
    texts = [(path.stem, path.read_text(encoding="utf-8")) for path in sorted(corpus.glob("*.txt"))]
    frame = session.createDataFrame([*texts, ("none", None)], "name string, words string")
    tables = spark.extract(frame, text_column="words", id_column="name")
    assert list(tables) == [*TABLES, "failures"]
    failures = {row["doc_id"]: row["message"] for row in tables["failures"].collect()}
    assert sorted(failures) == ["empty", "none"]
    assert failures["none"] == "none: has no text; give every document a text"
    for table in ("drugs", "cases"):
        found = [json.dumps(row.asDict(recursive=True), ensure_ascii=False) for row in tables[table].collect()]
        assert sorted(found) == rows(local / f"{table}.parquet")


def test_lines_and_parquet_and_what_cannot_be(session: Any, corpus: Path, tmp_path: Path) -> None:
    lines = tmp_path / "lines.jsonl"
    lines.write_text('{"doc_id": "a", "text": "She was given dupilumab 400 mg."}\n', encoding="utf-8")
    assert spark.run_spark([str(lines)], tmp_path / "one")[0]["drugs"] == 1
    lines.write_text(lines.read_text(encoding="utf-8") * 2, encoding="utf-8")
    with pytest.raises(UsageError, match="doc_id 'a' is given more than once"):
        spark.run_spark([str(lines)], tmp_path / "two")
    with pytest.raises(UsageError, match="no column 'words'; the DataFrame has a"):
        spark.extract(session.createDataFrame([("x",)], "a string"), text_column="words")
    assert spark.run_spark([str(tmp_path / "none.txt")], tmp_path / "three")[1] == 1
