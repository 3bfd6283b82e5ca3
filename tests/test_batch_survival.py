"""A run that is killed, stopped, left without room, or met by another: afterwards its tables are as undisturbed."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from casenlp.batch.run import STORE, Options, run_batch
from test_batch import tables

DOCUMENTS = 800
KILLS = 20
#: A run in a process of its own, with the stub for an extractor; the limit is for the size of its files.
PROGRAM = """
import resource, sys
from pathlib import Path
from casenlp.batch.progress import JSONLines
from casenlp.batch.run import Options, run_batch
from casenlp.errors import CasenlpError
corpus, out, limit = sys.argv[1:]
if int(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
try:
    options = Options(workers=2, loader="stub_extractor:load", formats=("csv",))
    summary = run_batch([corpus], Path(out), options, JSONLines())
except CasenlpError as error:
    sys.exit(str(error))
sys.exit(130 if summary.stopped else 0)
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lines and files: most are quick, some slow, some fail, one crashes its worker."""
    folder = tmp_path_factory.mktemp("our reports")
    lines = [{"doc_id": f"l{i}", "text": f"{'SLOW ' * (i % 20 == 0)}DRUG {i} TEST " * 20} for i in range(DOCUMENTS)]
    (folder / "lines.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    for i in range(100):
        (folder / f"f{i}.txt").write_text("REFUSE" if i % 9 == 0 else f"DRUG {i}", encoding="utf-8")
    (folder / "g.txt").write_bytes(b"SEGFAULT")
    return folder


@pytest.fixture(scope="module")
def undisturbed(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed")
    run_batch([corpus], out, Options(workers=2, loader="stub_extractor:load", formats=("csv",)))
    return out


def started(corpus: Path, out: Path, limit: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, str(corpus), str(out), str(limit)]
    path = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path})


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, told = process.communicate(timeout=300)
    return process.returncode, told


def equal(out: Path, undisturbed: Path) -> None:
    assert tables(out) == tables(undisturbed)
    for path in undisturbed.glob("*.[ct]sv"):
        assert (out / path.name).read_bytes() == path.read_bytes()


def whole(out: Path) -> int:
    """How many documents a store holds that was left in the middle: each once, with all of its rows."""
    if not (out / STORE).exists():
        return 0
    with sqlite3.connect(out / STORE) as store:
        store.execute("BEGIN")  # all at one moment: the run may still be writing
        if not store.execute("SELECT 1 FROM sqlite_master WHERE name = 'cases'").fetchall():
            return 0
        assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        done = store.execute("SELECT doc_id FROM documents WHERE state = 'done'").fetchall()
        cases = store.execute("SELECT doc_id FROM cases").fetchall()  # the stub makes one case of every document
    store.close()
    assert sorted(done) == sorted(cases)
    assert len(set(done)) == len(done)
    return len(done)


def test_killed_at_twenty_random_moments(corpus: Path, undisturbed: Path, tmp_path: Path) -> None:
    chance = random.Random(6)
    seen = [0]
    for kill in range(KILLS):
        process = started(corpus, tmp_path)
        if kill % 2:  # at any moment after it has got on, else at any moment from its start
            wait_for(partial(_has_more, tmp_path, seen[-1], process))
        time.sleep(chance.uniform(0.0, 0.3 if kill % 2 else 1.5))
        process.kill()
        ended(process)
        seen.append(whole(tmp_path))
    assert seen == sorted(seen)
    within = {n for n in seen if 0 < n < DOCUMENTS + 88}  # how far a run gets between two kills depends on the machine
    assert len(within) >= 4
    status, _ = ended(started(corpus, tmp_path))
    assert status == 0
    equal(tmp_path, undisturbed)


def test_a_disk_that_is_full(
    corpus: Path, undisturbed: Path, tmp_path: Path, room: Callable[[Path, int], None]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    room(out, 1_500_000)
    status, told = ended(started(corpus, out))
    assert status == 1
    assert "what is committed is safe: make room on the disk and give the same command again" in told
    assert 0 < whole(out) < DOCUMENTS
    room(out, 200_000_000)
    status, _ = ended(started(corpus, out))
    assert status == 0
    equal(out, undisturbed)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Callable[[Path, int], None]]:
    """A function that gives a folder so many bytes of room, which is a small file system of its own in memory."""
    mounted: list[Path] = []

    def give(folder: Path, size: int) -> None:
        how = "remount," if folder in mounted else ""
        command = ["mount", "-t", "tmpfs", "-o", f"{how}size={size}", "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"no small file system can be mounted here: {done.stderr.strip()}")
        mounted.append(folder)

    yield give
    for folder in set(mounted):
        subprocess.run(["umount", str(folder)], check=True)


def test_a_file_that_may_not_grow(corpus: Path, undisturbed: Path, tmp_path: Path) -> None:
    status, told = ended(started(corpus, tmp_path, limit=1_000_000))
    assert (status, "Traceback" in told) == (1, False)
    assert "what is committed is safe" in told
    assert 0 < whole(tmp_path) < DOCUMENTS
    assert ended(started(corpus, tmp_path))[0] == 0
    equal(tmp_path, undisturbed)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_run_that_is_stopped_finishes_what_it_has_in_hand(
    corpus: Path, undisturbed: Path, tmp_path: Path, name: str
) -> None:
    process = started(corpus, tmp_path)
    wait_for(lambda: whole(tmp_path) > 20)
    process.send_signal(signal.Signals[name])
    status, told = ended(process)
    assert (status, "Traceback" in told) == (130, False)
    assert "documents in hand are finished first" in told
    assert 20 < whole(tmp_path) < DOCUMENTS
    assert ended(started(corpus, tmp_path))[0] == 0
    equal(tmp_path, undisturbed)


def test_a_second_run_in_the_same_folder_leaves(corpus: Path, undisturbed: Path, tmp_path: Path) -> None:
    first = started(corpus, tmp_path)
    wait_for(lambda: whole(tmp_path) > 20)
    status, told = ended(started(corpus, tmp_path))
    assert (status, first.poll()) == (1, None)
    assert told == (
        f"{tmp_path}: another casenlp batch (process {first.pid}) is writing there; "
        "wait for it, or name another folder\n"
    )
    assert ended(first)[0] == 0
    equal(tmp_path, undisturbed)


def test_no_worker_outlives_a_run_that_is_killed(corpus: Path, tmp_path: Path) -> None:
    process = started(corpus, tmp_path)
    wait_for(lambda: whole(tmp_path) > 20)
    workers = children(process.pid)
    assert len(workers) == 2
    process.kill()
    ended(process)
    wait_for(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))


def _has_more(out: Path, before: int, process: subprocess.Popen[str]) -> bool:
    return whole(out) > before or process.poll() is not None


def children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    if not path.exists():
        pytest.skip("this system does not tell the children of a process")
    return [int(word) for word in path.read_text().split()]


def wait_for(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)
