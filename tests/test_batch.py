"""A corpus into a store: what a run leaves, whatever happens in it."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from casenlp.batch.export import FORMATS
from casenlp.batch.pool import Pool
from casenlp.batch.progress import JSONLines, Lines, Terminal
from casenlp.batch.run import STORE, Options, Summary, run_batch
from casenlp.batch.stamps import engine_of
from casenlp.batch.worker import Setup, Task
from casenlp.documents import SourceDocument
from casenlp.errors import CasenlpError, UsageError
from casenlp.readers import ReadOptions
from casenlp.records import TABLES

STUB = Options(workers=2, loader="stub_extractor:load", formats=("jsonl",))

TEXTS = {
    "a.txt": b"DRUG was given. TEST was low.",
    "b.txt": b"",
    "c.txt": b"CRASH",
    "d.txt": b"REFUSE",
    "e.txt": b"DRUG, then DRUG.",
    "f.jsonl": b'{"doc_id": "f1", "text": "TEST"}\n{"doc_id": "f2"}\n',
}
FAILED = ["b", "c", "d", "f:2"]
EXTRACTED = ["a", "e", "f1"]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "our reports"
    folder.mkdir()
    for name, data in TEXTS.items():
        (folder / name).write_bytes(data)
    return folder


def batch(inputs: Path | list[Path], out: Path, **changed: Any) -> Summary:
    progress = changed.pop("progress", None)
    return run_batch(inputs if isinstance(inputs, list) else [inputs], out, replace(STUB, **changed), progress)


def settle(folder: Path) -> None:
    """Make files look as if nobody had changed them for a while."""
    for path in folder.iterdir():
        os.utime(path, (1.7e9, 1.7e9))


def extracted(out: Path) -> list[str]:
    return [json.loads(line)["doc_id"] for line in (out / "documents.jsonl").read_text(encoding="utf-8").splitlines()]


def failed(out: Path) -> list[str]:
    with (out / "failures.tsv").open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream, delimiter="\t")
    assert header == ["doc_id", "reason", "message"]
    return [f"{doc_id} {reason}" for doc_id, reason, _ in rows]


def message(out: Path, doc_id: str) -> str:
    rows = [line.split("\t") for line in (out / "failures.tsv").read_text(encoding="utf-8").splitlines()]
    return next(row[2] for row in rows if row[0] == doc_id)


def tables(out: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the store's tables in input order, and its documents without what differs from run to run."""
    order = "FROM {} t JOIN documents d USING (document) JOIN files f ON f.file = d.file"
    by_place = "ORDER BY f.run, f.position, d.number"
    with sqlite3.connect(out / STORE) as store:
        found = {}
        for table in ("mentions", *TABLES):
            names = ", ".join(f't."{row[1]}"' for row in store.execute(f"PRAGMA table_info({table})").fetchall()[1:])
            query = f"SELECT d.doc_id, {names} {order.format(table)} {by_place}, t.number"
            found[table] = store.execute(query).fetchall()
        entries = "SELECT d.doc_id, owner, state, reason, message, d.content, engine, characters"
        found["documents"] = store.execute(
            f"{entries} FROM documents d JOIN files f ON f.file = d.file {by_place}"
        ).fetchall()
    store.close()
    return found


@pytest.mark.parametrize("format", FORMATS)
def test_one_bad_file_never_stops_it(corpus: Path, tmp_path: Path, format: str) -> None:
    out = tmp_path / "deep" / "out"
    summary = batch(corpus, out, formats=(format,))
    rows = {"cases": 3, "drugs": 3, "labs": 2, "latencies": 0, "diagnoses": 0, "reactions": 0, "mentions": 5}
    assert (summary.tally.done, summary.failed, summary.rows) == (3, 4, rows)
    assert failed(out) == ["b reading", "c extraction", "d extraction", "f:2 reading"]
    names = {
        "csv": [f"{table}.csv" for table in TABLES],
        "parquet": [f"{table}.parquet" for table in TABLES],
        "xlsx": ["tables.xlsx"],
        "jsonl": ["documents.jsonl"],
        "none": [],
    }[format]
    assert sorted(p.name for p in out.iterdir()) == sorted([".casenlp.lock", STORE, "failures.tsv", *names])


def test_any_number_of_workers_gives_equal_bytes(corpus: Path, tmp_path: Path) -> None:
    for i in range(30):
        (corpus / f"g{i:02}.txt").write_text(f"SLOW DRUG {i}" if i % 7 == 0 else f"DRUG {i} TEST", encoding="utf-8")
    for workers in (1, 3):
        batch(corpus, tmp_path / str(workers), workers=workers, formats=("csv", "jsonl", "parquet"))
    one, three = tmp_path / "1", tmp_path / "3"
    assert tables(one) == tables(three)
    files = sorted(path.name for path in one.iterdir() if path.name not in (STORE, ".casenlp.lock"))
    assert len(files) == 14
    assert [(one / name).read_bytes() for name in files] == [(three / name).read_bytes() for name in files]


def test_parquet_is_in_order_of_names_row_group_by_row_group(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("casenlp.writers.parquet._GROUP", 2)
    monkeypatch.setattr("casenlp.batch.contents._PAGE", 3)
    names = ["Z", "é", "b2", "b10", "B"]
    lines = [json.dumps({"doc_id": name, "text": "DRUG, then DRUG, then DRUG."}) for name in names]
    (corpus / "f.jsonl").write_text("\n".join(lines), encoding="utf-8")
    batch(corpus, tmp_path / "out", formats=("parquet", "csv"))
    file = pq.ParquetFile(tmp_path / "out" / "drugs.parquet")
    found = file.read(columns=["doc_id"]).column("doc_id").to_pylist()
    assert found == sorted(found)
    assert {*names, "a", "e"} == set(found)
    groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
    assert len(groups) > 4
    spans = [(g.column(0).statistics.min, g.column(0).statistics.max) for g in groups if g.num_rows]
    assert spans == sorted(spans)
    assert all(g.sorting_columns == (pq.SortingColumn(0),) for g in groups)
    with (tmp_path / "out" / "drugs.csv").open(encoding="utf-8", newline="") as stream:
        assert sorted(row["doc_id"] for row in csv.DictReader(stream)) == found


def test_what_has_not_changed_is_not_done_again(corpus: Path, tmp_path: Path) -> None:
    settle(corpus)
    out = tmp_path / "out"
    batch(corpus, out)
    before = tables(out)
    again = batch(corpus, out, loader="nowhere:load")  # nothing to do: no worker is started
    assert (again.tally.done, again.tally.failed, again.tally.kept, again.tally.kept_failed) == (0, 0, 3, 4)
    assert again.failed == 4
    assert tables(out) == before


def test_touched_moved_and_renamed_files_are_not_done_again(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    batch(corpus, out)
    moved = tmp_path / "moved"
    shutil.copytree(corpus, moved)
    batch(corpus, out, loader="nowhere:load")  # files of this very moment: known again by their hash
    os.utime(moved / "f.jsonl")
    summary = batch(moved, out)
    assert (summary.tally.done, summary.tally.kept, summary.failed) == (0, 3, 4)
    assert extracted(out) == EXTRACTED
    assert str(moved) in message(out, "c")


CHANGES: dict[str, tuple[dict[str, bytes | None], list[str], list[str], int]] = {
    "another text": ({"a.txt": b"TEST"}, EXTRACTED, FAILED, 1),
    "a new file in between": ({"a2.txt": b"DRUG"}, ["a", "a2", "e", "f1"], FAILED, 1),
    "a line more on top": (
        {"f.jsonl": b'{"doc_id": "f0", "text": "DRUG"}\n{"doc_id": "f1", "text": "TEST"}\n{"doc_id": "f2"}\n'},
        ["a", "e", "f0", "f1"], ["b", "c", "d", "f:3"], 1,
    ),
    "a line less": ({"f.jsonl": b'{"doc_id": "f1", "text": "TEST"}\n'}, EXTRACTED, ["b", "c", "d"], 0),
    "a failure mended": ({"c.txt": b"DRUG"}, ["a", "c", "e", "f1"], ["b", "d", "f:2"], 1),
    "a good file spoilt": ({"a.txt": b""}, ["e", "f1"], ["a", *FAILED], 0),
    "a doc_id given before": (
        {"a2.jsonl": b'{"doc_id": "e", "text": "TEST"}\n'}, ["a", "e", "f1"], ["b", "c", "d", "e", "f:2"], 1,
    ),
    "a doc_id given later": (
        {"z.jsonl": b'{"doc_id": "a", "text": "TEST"}\n'}, EXTRACTED, [*FAILED, "a"], 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_only_what_has_changed_is_done_again(corpus: Path, tmp_path: Path, change: str) -> None:
    files, good, bad, done = CHANGES[change]
    settle(corpus)
    out = tmp_path / "out"
    batch(corpus, out)
    for name, data in files.items():
        (corpus / name).write_bytes(data or b"")
    summary = batch(corpus, out)
    assert extracted(out) == good
    assert [row.split()[0] for row in failed(out)] == bad
    assert summary.tally.done == done
    batch(corpus, tmp_path / "fresh")
    assert tables(out) == tables(tmp_path / "fresh")


def test_documents_of_other_folders_stay_until_pruned(corpus: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.txt").write_bytes(b"DRUG")
    out = tmp_path / "out"
    batch(corpus, out)
    summary = batch(other, out)
    assert extracted(out) == [*EXTRACTED, "x"]
    assert summary.elsewhere == 7
    pruned = batch(other, out, prune=True)
    assert (pruned.pruned, extracted(out)) == (7, ["x"])
    assert failed(out) == []


def test_failed_documents_are_done_again_when_asked(corpus: Path, tmp_path: Path) -> None:
    settle(corpus)
    (corpus / "once.txt").write_text(f"CRASH {tmp_path}")
    out = tmp_path / "out"
    assert batch(corpus, out).tally.failed == 5
    assert batch(corpus, out).tally.failed == 0
    retried = batch(corpus, out, retry_failed=True)
    assert (retried.tally.failed, retried.tally.kept_failed, retried.tally.kept, retried.failed) == (3, 2, 3, 5)


def test_a_change_of_rules_or_lexicons_makes_everything_out_of_date(corpus: Path, tmp_path: Path) -> None:
    own = tmp_path / "own_drugs.tsv"
    own.write_text("term\tconcept\n", encoding="utf-8")
    settle(corpus)
    out = tmp_path / "out"
    batch(corpus, out)
    assert batch(corpus, out, lexicons=(own,)).tally.done == 3
    assert batch(corpus, out, lexicons=(own,)).tally.done == 0
    own.write_text("term\tconcept\nx\tx\n", encoding="utf-8")
    assert batch(corpus, out, lexicons=(own,)).tally.done == 3


def test_the_engine_is_rules_lexicons_and_code(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    (rules / "patterns").mkdir(parents=True)
    (rules / "patterns" / "a.toml").write_text("a = 1")
    before = engine_of(rules, ())
    assert engine_of(rules, ()) == before
    (rules / "patterns" / "a.toml").write_text("a = 2")
    after = engine_of(rules, ())
    assert after.rules != before.rules
    assert after.hash != before.hash
    assert engine_of(None, ()).hash not in (before.hash, after.hash)


def test_a_dry_run_does_nothing(corpus: Path, tmp_path: Path) -> None:
    settle(corpus)
    out = tmp_path / "out"
    summary = batch(corpus, out, dry_run=True)
    assert (summary.tally.done, summary.new, out.exists()) == (6, 6, False)
    batch(corpus, out)
    (corpus / "a.txt").write_bytes(b"TEST")
    before = tables(out)
    summary = batch(corpus, out, dry_run=True)
    assert (summary.tally.done, summary.new, summary.changed, summary.tally.kept) == (1, 0, 1, 2)
    assert tables(out) == before


def test_a_document_that_ends_its_worker_is_one_failure(corpus: Path, tmp_path: Path) -> None:
    (corpus / "g.txt").write_bytes(b"SEGFAULT")
    (corpus / "h.jsonl").write_bytes(b'{"doc_id": "h1", "text": "KILLED"}\n{"doc_id": "h2", "text": "DRUG"}\n')
    (corpus / "i.txt").write_bytes(b"ENDLESS")
    (corpus / "j.txt").write_bytes(b"DRUG")
    out = tmp_path / "out"
    summary = batch(corpus, out, timeout=1.0)
    assert extracted(out) == [*EXTRACTED, "h2", "j"]
    assert failed(out)[4:] == ["g crash", "h1 crash", "i timeout"]
    assert summary.failed == 7
    assert message(out, "g").startswith(f"{corpus / 'g.txt'}: its worker was ended by signal SIGSEGV, twice; ")
    assert "was ended by signal SIGKILL (out of memory?), twice" in message(out, "h1")
    assert message(out, "i") == (
        f"{corpus / 'i.txt'}: took longer than 1 s; raise --timeout and add --retry-failed"
    )  # fmt: skip


def test_a_worker_that_dies_by_chance_costs_nothing(corpus: Path, tmp_path: Path) -> None:
    for i in range(5):
        (corpus / f"g{i}.txt").write_text(f"DRUG ONCE {tmp_path / f'mark{i}'}", encoding="utf-8")
    out = tmp_path / "out"
    batch(corpus, out, workers=1)
    assert extracted(out) == ["a", "e", "f1", "g0", "g1", "g2", "g3", "g4"]


def test_a_hungry_document_is_one_failure(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "casenlp.batch.run._MEMORY_SHARE", 1e9 / (os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    )
    (corpus / "g.txt").write_bytes(b"HUNGRY")
    (corpus / "h.txt").write_bytes(b"DRUG")
    out = tmp_path / "out"
    batch(corpus, out, workers=1)
    assert extracted(out) == [*EXTRACTED, "h"]
    assert failed(out)[-1] == "g memory"
    assert "needs more than the 1,000 MB of memory that a worker may use" in message(out, "g")


@pytest.mark.parametrize(
    ("loader", "said"),
    [
        ("nowhere:load", "the pipeline cannot be loaded"),
        ("stub_extractor:no_rules", "own.toml:1: wrong; expected right"),
    ],
)
def test_a_pipeline_that_cannot_be_loaded_is_no_fault_of_documents(
    corpus: Path, tmp_path: Path, loader: str, said: str
) -> None:
    with pytest.raises(CasenlpError, match=said):
        batch(corpus, tmp_path / "out", loader=loader)
    assert batch(corpus, tmp_path / "out").tally.done == 3


def test_a_worker_that_cannot_start_stops_the_run(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(CasenlpError, match="a worker ended with status 3 while it was loading"):
        batch(corpus, tmp_path / "out", loader="stub_extractor:leave")


@pytest.mark.parametrize(
    ("out", "format", "said"),
    [
        ("our reports/out", "csv", "lies inside the input folder"),
        ("our reports", "csv", "lies inside the input folder"),
        ("our reports/a.txt", "csv", "is not a folder"),
        ("out", "table", "a batch cannot write 'table'"),
    ],
)
def test_places_that_cannot_be(corpus: Path, tmp_path: Path, out: str, format: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        batch(corpus, tmp_path / out, formats=(format,))
    assert sorted(p.name for p in corpus.iterdir()) == sorted(TEXTS)


def test_a_store_of_another_form_is_left_alone(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    batch(corpus, out)
    with sqlite3.connect(out / STORE) as store:
        store.execute("UPDATE about SET value = '0' WHERE name = 'schema'")
    store.close()
    with pytest.raises(UsageError, match="tables of form 0"):
        batch(corpus, out)


def test_a_file_that_is_no_store_is_said(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / STORE).write_bytes(b"no database" * 1000)
    with pytest.raises(CasenlpError, match="not a database; name another folder"):
        batch(corpus, tmp_path)


def test_tables_are_written_again_only_when_the_store_changed(corpus: Path, tmp_path: Path) -> None:
    settle(corpus)
    out = tmp_path / "out"
    batch(corpus, out)
    lines = out / "documents.jsonl"
    written = lines.stat().st_mtime_ns
    batch(corpus, out)
    assert lines.stat().st_mtime_ns == written
    lines.unlink()
    batch(corpus, out)
    assert extracted(out) == EXTRACTED
    (corpus / "e.txt").rename(corpus / "0.txt")
    batch(corpus, out, prune=True)
    assert extracted(out) == ["0", "a", "f1"]


def test_the_limit_of_characters_is_part_of_what_is_known(corpus: Path, tmp_path: Path) -> None:
    settle(corpus)
    out = tmp_path / "out"
    batch(corpus, out, reading=ReadOptions(max_chars=20))
    assert extracted(out) == ["e", "f1"]
    assert batch(corpus, out).tally.done == 2  # a and e: files are read anew, the document of a .jsonl is as it was
    assert extracted(out) == EXTRACTED


def test_progress(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("casenlp.batch.progress._EVERY", 0.0)
    batch(corpus, tmp_path / "lines", progress=Lines())
    lines = capsys.readouterr()
    assert "7 of 7 documents, 4 failed; " in lines.err.splitlines()[-1]
    batch(corpus, tmp_path / "bar", progress=Terminal())
    assert "7/7" in capsys.readouterr().err
    batch(corpus, tmp_path / "json", progress=JSONLines())
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert events[0] == {"event": "begin", "time": events[0]["time"], "of": 7}
    assert sorted(e["doc_id"] for e in events if e["event"] == "failed") == FAILED
    assert (events[-1]["event"], events[-1]["documents"], events[-1]["failed"]) == ("end", 7, 4)
    assert lines.out == ""


def test_a_name_given_twice_in_one_stream_is_the_first_ones(tmp_path: Path) -> None:
    texts = ["SLOW DRUG", "TEST", "DRUG, then DRUG.", "TEST", "DRUG"]
    lines = [json.dumps({"doc_id": name, "text": text}) for name, text in zip("xyxzx", texts, strict=True)]
    (tmp_path / "f.jsonl").write_text("\n".join(lines), encoding="utf-8")
    settle(tmp_path)
    for workers in (1, 3):
        out = tmp_path / "out" / str(workers)
        assert batch(tmp_path / "f.jsonl", out, workers=workers).rows["drugs"] == 1
        assert (extracted(out), failed(out)) == (["x", "y", "z"], ["x duplicate", "x duplicate"])
        assert "doc_id 'x' was already given by" in message(out, "x")
        again = batch(tmp_path / "f.jsonl", out, workers=workers, loader="nowhere:load")
        assert (again.tally.done, again.tally.kept) == (0, 3)
    one, three = (tmp_path / "out" / workers / "failures.tsv" for workers in ("1", "3"))
    assert one.read_bytes() == three.read_bytes()


def test_a_file_named_twice_counts_once(corpus: Path, tmp_path: Path) -> None:
    summary = batch([corpus, corpus / "a.txt"], tmp_path / "out")
    assert (summary.tally.done, summary.failed) == (3, 4)


def test_inputs_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    out = tmp_path / "out"
    summary = batch([tmp_path / "none.txt", tmp_path / "empty"], out)
    assert (summary.tally.done, summary.failed) == (0, 2)
    assert failed(out) == ["none reading", "empty reading"]


def test_a_worker_retires_after_so_many_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    start = Pool._start
    monkeypatch.setattr(Pool, "_start", lambda pool: started.append(1) or start(pool))
    pool = Pool(Setup(loader="stub_extractor:load", retire_documents=10), 1)
    tasks = (Task(i, document=SourceDocument(f"d{i}", "DRUG")) for i in range(35))
    try:
        done = [event[1].doc_id for event in pool.run(tasks) if isinstance(event, tuple)]
    finally:
        pool.close()
    assert done == [f"d{i}" for i in range(35)]
    assert len(started) == 4
