"""A store on a real PostgreSQL server, started by the test from Debian's package; skipped where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from casenlp.batch.run import Options, run_batch
from casenlp.errors import UsageError

pytest.importorskip("sqlalchemy")
pytest.importorskip("psycopg")

from casenlp.batch.contents import extractions, failures
from casenlp.batch.databases import StoreError, Values, open_database


def _programs() -> Path | None:
    """The folder with initdb and pg_ctl: the newest of Debian's, or that of the path."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    found = debian[-1] if debian else shutil.which("initdb")
    return Path(found).parent if found else None


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a server of our own: its files and its socket are in a folder that goes with it."""
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL on this machine: apt-get install postgresql")
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []  # the server refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="casenlp-pg-"))
    if as_user:
        shutil.chown(folder, "postgres")

    def run(*command: str | Path) -> None:
        subprocess.run([*as_user, *map(str, command)], check=True, stdout=subprocess.DEVNULL, cwd=folder)

    try:
        run(programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", "casenlp", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        run(programs / "pg_ctl", "-D", folder / "data", "-o", options, "-l", folder / "log", "-w", "start")
        try:
            yield f"postgresql://casenlp@/postgres?host={folder}"
        finally:
            run(programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    for i in range(20):
        (folder / f"{i:02}.txt").write_text(f"DRUG {i} TEST", encoding="utf-8")
    for name in ("B", "b", "C"):  # a server's own order of names is another one
        (folder / f"{name}.txt").write_text("DRUG", encoding="utf-8")
    (folder / "bad.txt").write_bytes(b"CRASH")
    (folder / "nul.jsonl").write_text(
        '{"doc_id": "n\\u00b5", "text": "' + "DRUG " * 50 + '\\u0000"}\n', encoding="utf-8"
    )
    return folder


def options(store: str | None) -> Options:
    return Options(workers=2, loader="stub_extractor:load", formats=("csv", "jsonl", "parquet"), store=store)


def test_the_same_tables_as_in_a_file(server: str, corpus: Path, tmp_path: Path) -> None:
    summary = run_batch([corpus], tmp_path / "pg", options(server))
    run_batch([corpus], tmp_path / "file", options(None))
    assert (summary.tally.done, summary.failed, summary.rows["drugs"]) == (24, 1, 73)
    for name in ("documents.jsonl", "drugs.csv", "labs.csv", "cases.csv", "failures.tsv", "drugs.parquet"):
        assert (tmp_path / "pg" / name).read_bytes() == (tmp_path / "file" / name).read_bytes()
    (corpus / "03.txt").write_text("TEST", encoding="utf-8")
    again = run_batch([corpus], tmp_path / "pg", options(server))
    assert (again.tally.done, again.tally.kept, again.failed, again.rows["drugs"]) == (1, 23, 1, 72)


def test_documents_come_by_name_without_being_sorted_for_each_page(
    server: str, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_batch([corpus], tmp_path / "out", options(server))
    reader = open_database(server, read_only=True)
    execute = reader.execute
    asked: list[tuple[str, Values]] = []

    def noted(statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
        asked.append((statement, values))
        return execute(statement, values)

    monkeypatch.setattr(reader, "execute", noted)
    assert len(list(extractions(reader, by_name=True))) == 24
    statement, values = next(one for one in asked if "ORDER BY doc_id" in one[0])
    for way in ("sort", "seqscan", "bitmapscan"):  # which a table of a few rows is read by
        execute(f"SET enable_{way} = off")
    plan = [line for (line,) in execute(f"EXPLAIN {statement}", values)]
    assert not [line for line in plan if "Sort" in line], plan
    reader.close()


def test_it_can_be_asked_while_another_run_is_kept_out(server: str, corpus: Path, tmp_path: Path) -> None:
    run_batch([corpus], tmp_path / "out", options(server))
    holder = open_database(server)
    holder.lock()
    try:
        with pytest.raises(UsageError, match="another casenlp batch is writing there"):
            run_batch([corpus], tmp_path / "out", options(server))
        reader = open_database(server, read_only=True)
        reader.begin()
        assert len(list(extractions(reader))) == 24
        assert [f.doc_id for f in failures(reader)] == ["bad"]
        reader.rollback()
        reader.close()
    finally:
        holder.close()


def test_the_command_line(server: str, corpus: Path, tmp_path: Path) -> None:
    def casenlp(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "casenlp", *map(str, arguments)], capture_output=True, text=True)

    run_batch([corpus], tmp_path / "out", options(server))
    assert "24 documents done, 1 failed; the last run is finished" in casenlp("status", server).stdout
    done = casenlp("export", server, "--to", "csv", "-o", tmp_path / "tables")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 6)
    assert (tmp_path / "tables" / "drugs.csv").read_bytes() == (tmp_path / "out" / "drugs.csv").read_bytes()


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"see to the server and give the same command again"):
        open_database(f"postgresql://casenlp@/postgres?host={tmp_path}")
    with pytest.raises(UsageError, match="mysql://: no such store"):
        open_database("mysql://localhost/db")
