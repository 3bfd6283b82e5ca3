"""A corpus into a store: resumable, parallel, one bad document never stops it.

Whatever happens, the store holds whole documents only, each once; the same command goes on where a run was broken
off. What the tables say does not depend on how many workers there were, or which was quicker.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType

from casenlp.batch.contents import commonest_failures, counts, row_counts, slowest
from casenlp.batch.databases import Database, SQLiteDatabase, open_database
from casenlp.batch.export import FORMATS, export, write_failures
from casenlp.batch.lock import only_run
from casenlp.batch.plan import Plan, Tally
from casenlp.batch.pool import Ended, Pool
from casenlp.batch.progress import Progress, Quiet
from casenlp.batch.schema import index
from casenlp.batch.stamps import engine_of
from casenlp.batch.store import Store
from casenlp.batch.worker import LOADER, Setup
from casenlp.errors import UsageError
from casenlp.readers import STDIN, ReadOptions, count

#: The store's file in the output folder.
STORE = "casenlp.sqlite"
#: Seconds, and documents, after which what was done is made to last.
_COMMIT_SECONDS = 0.25
_COMMIT_DOCUMENTS = 100
#: Share of the machine's memory that all workers may have together.
_MEMORY_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Options:
    """How a corpus is to be gone through. `timeout` is in seconds for one document, 0 for none."""

    rules: Path | None = None
    lexicons: tuple[Path, ...] = ()
    formats: tuple[str, ...] = ("csv",)
    reading: ReadOptions = field(default_factory=ReadOptions)
    workers: int | None = None
    timeout: float = 300.0
    retry_failed: bool = False
    prune: bool = False
    dry_run: bool = False
    store: str | None = None
    loader: str = LOADER


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run came to: documents, those of its inputs that failed, and what the store now holds.

    `elsewhere` counts documents in the store that the run's inputs do not hold, or not yet when it was stopped.
    """

    tally: Tally
    failed: int
    rows: Mapping[str, int]
    commonest: Sequence[tuple[int, str]]
    slowest: Sequence[tuple[str, float, int]]
    stopped: str | None = None
    pruned: int = 0
    elsewhere: int = 0
    new: int = 0
    changed: int = 0


def run_batch(
    inputs: Sequence[str | Path], out: Path, options: Options | None = None, progress: Progress | None = None
) -> Summary:
    """Extract all inputs into the folder `out`.

    UsageError when inputs, folder or options cannot be, or another run is writing there; StoreError when the disk is
    full or the server gone: what was committed is safe then, and the same call goes on.
    """
    options, progress = options or Options(), progress or Quiet()
    sources = [str(source) for source in inputs]
    _check(sources, out, options)
    fresh = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        if options.dry_run and fresh:
            stack.callback(out.rmdir)
            database: Database = SQLiteDatabase(None)
        else:
            stack.enter_context(only_run(out))
            empty = options.dry_run and options.store is None and not (out / STORE).exists()
            database = SQLiteDatabase(None) if empty else open_database(options.store or out / STORE)
        stack.callback(database.close)
        stack.callback(database.rollback)
        database.lock()
        engine = engine_of(options.rules, options.lexicons)
        store = Store(database)
        database.begin()
        settings = {
            "inputs": sources,
            "reading": asdict(options.reading),
            "timeout": options.timeout,
            "workers": _workers(options),
            "rules_folder": str(options.rules or ""),
            "lexicons": [str(path) for path in options.lexicons],
        }
        store.begin_run(engine.version, engine.rules, engine.hash, settings)
        plan = Plan(store, sources, options.reading, options.timeout or None, options.retry_failed, progress.failed)
        if options.dry_run:
            for task in plan.tasks():
                plan.tally.done += task is not None
            database.rollback()
            return Summary(plan.tally, plan.tally.kept_failed, {}, (), (), new=plan.new, changed=plan.changed)
        total = None if STDIN in sources else count(sources)
        if total is not None:
            store.expect(total)
        progress.begin(total)
        try:
            stopped = _work(plan, _setup(options), _workers(options), progress)
        finally:
            progress.end()
        pruned = store.prune() if options.prune and not stopped else 0
        store.end_run("stopped" if stopped else "finished")
        store.commit()
        write_failures(database, out)
        if not stopped:
            index(database)
            for format in options.formats:
                export(database, format, out)
        return _summary(plan, database, stopped, pruned)


def _work(plan: Plan, setup: Setup, workers: int, progress: Progress) -> str | None:
    """Have everything done; the name of the signal that stopped it, if one did."""
    store, database = plan.store, plan.store.database
    pool = Pool(setup, workers)
    stopped: list[str] = []

    def stop(name: str) -> None:
        pool.stopping = True
        stopped.append(name)
        progress.note(f"stopping: {pool.in_hand()} documents in hand are finished first; once more leaves at once")

    try:
        with _signals(stop):
            since, waiting = time.monotonic(), 0
            for event in pool.run(plan.tasks()):
                if isinstance(event, Ended):
                    plan.end(event)
                elif event is not None:
                    plan.receive(*event)
                    waiting += 1
                if waiting >= _COMMIT_DOCUMENTS or time.monotonic() - since >= _COMMIT_SECONDS:
                    store.commit()
                    database.begin()
                    since, waiting = time.monotonic(), 0
                    progress.update(plan.tally)
            progress.update(plan.tally)
    finally:
        pool.close()
    return stopped[0] if stopped else None


@contextmanager
def _signals(stop: Callable[[str], None]) -> Iterator[None]:
    """Take Ctrl-C and a request to end as a wish to stop; the second time they mean it at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    seen: list[int] = []

    def take(number: int, frame: FrameType | None) -> None:
        seen.append(number)
        if len(seen) > 1:
            raise KeyboardInterrupt
        stop(signal.Signals(number).name)

    before = {number: signal.signal(number, take) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _check(inputs: Sequence[str], out: Path, options: Options) -> None:
    for format in options.formats:
        if format not in FORMATS:
            raise UsageError(f"a batch cannot write {format!r}; choose one of {', '.join(FORMATS)}")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: is not a folder; name a folder to write into")
    for source in inputs:
        folder = Path(source).resolve()
        if source != STDIN and folder.is_dir() and out.resolve().is_relative_to(folder):
            raise UsageError(f"{out}: lies inside the input folder {source}; name a folder outside it")


def _workers(options: Options) -> int:
    return options.workers or len(
        os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    )


def _setup(options: Options) -> Setup:
    memory = int(_MEMORY_SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _workers(options))
    timeout = options.timeout or None
    return Setup(options.rules, options.lexicons, options.reading, timeout, memory, loader=options.loader)


def _summary(plan: Plan, database: Database, stopped: str | None, pruned: int) -> Summary:
    of_run = counts(database, plan.store.run)
    elsewhere = sum(counts(database).values()) - sum(of_run.values())
    return Summary(
        plan.tally,
        of_run["failed"],
        row_counts(database),
        commonest_failures(database),
        slowest(database),
        stopped,
        pruned,
        elsewhere,
        plan.new,
        plan.changed,
    )
