"""`casenlp batch`, `casenlp status` and `casenlp export`: a corpus into a store, where it is, and its tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from casenlp.commands.options import Config, IdColumn, Lexicons, MaxChars, RulesFolder, TextColumn, own_lexicons
from casenlp.errors import UsageError
from casenlp.readers import MAX_CHARS, ReadOptions

if TYPE_CHECKING:
    from casenlp.batch.databases import Database
    from casenlp.batch.run import Summary

StoreURL = Annotated[
    str | None,
    typer.Option(
        "--store", metavar="URL", help="A PostgreSQL server to keep the tables in: postgresql://user@host/db."
    ),
]


def batch(
    inputs: Annotated[
        list[str], typer.Argument(metavar="FOLDER...", help="Folder of reports, or files as for extract.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="OUT", help="Folder to write into; made when missing.")],
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to",
            "--format",
            "-f",
            metavar="FORMAT",
            help="Write the tables at the end as csv, parquet, xlsx, jsonl or none; repeatable. [default: csv]",
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Processes that read documents. [default: the cores]")
    ] = None,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="The longest that one document may take; 0 for no limit.")
    ] = 300.0,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Do failed documents again.")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Take documents that the inputs no longer hold out of the store.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")] = False,
    log_json: Annotated[bool, typer.Option("--log-json", help="Progress, failures and summary as JSON lines.")] = False,
    store: StoreURL = None,
    engine: Annotated[
        str,
        typer.Option(metavar="NAME", help="local (processes of this machine) or spark (Apache Spark; Parquet only)."),
    ] = "local",
    master: Annotated[
        str | None, typer.Option(metavar="URL", help="The Spark master. [default: what spark-submit says, or local]")
    ] = None,
    max_chars: MaxChars = MAX_CHARS,
    text_column: TextColumn = None,
    id_column: IdColumn = None,
    rules: RulesFolder = None,
    lexicon: Lexicons = None,
    config: Config = None,
) -> None:
    """Extract a whole folder into OUT: a store (casenlp.sqlite), all tables, and failures.tsv.

    A run may be stopped or killed at any time; the same command goes on where it was. Documents are done again only
    when they, the rules or casenlp have changed. One bad document never stops it. Exit status: 0 all done, 1 some
    documents failed, 2 it could not run; after Ctrl-C 130.

    \b
    Examples:
      casenlp batch reports/ -o tables/
      casenlp batch reports/ -o tables/ --to parquet --workers 8
      casenlp batch reports/ -o tables/ --engine spark --master local[4]
    """
    import json

    from casenlp.batch.progress import progress_for
    from casenlp.batch.run import Options, run_batch

    if engine == "spark":
        reading = ReadOptions(max_chars, text_column, id_column)
        _on_spark(inputs, out, master, rules, own_lexicons(lexicon, config), reading, quiet=quiet)
    if engine != "local" or master is not None:
        raise UsageError(
            f"there is no --engine {engine!r} with --master {master!r}; choose local, or spark and a master"
        )
    options = Options(
        rules=rules,
        lexicons=own_lexicons(lexicon, config),
        formats=tuple(to or ["csv"]),
        reading=ReadOptions(max_chars, text_column, id_column),
        workers=workers,
        timeout=timeout,
        retry_failed=retry_failed,
        prune=prune,
        dry_run=dry_run,
        store=store,
    )
    summary = run_batch(inputs, out, options, progress_for(quiet=quiet, log_json=log_json))
    if dry_run:
        typer.echo(_would(summary))
    elif log_json:
        typer.echo(json.dumps({"event": "summary", **_facts(summary)}, ensure_ascii=False), err=True)
    elif not quiet:
        typer.echo(_told(summary, out), err=True)
    if summary.stopped:
        typer.echo(f"stopped ({summary.stopped}); to go on give the same command again", err=True)
        raise typer.Exit(143 if summary.stopped == "SIGTERM" else 130)
    raise typer.Exit(1 if summary.failed and not dry_run else 0)


def _on_spark(
    inputs: list[str],
    out: Path,
    master: str | None,
    rules: Path | None,
    lexicons: tuple[Path, ...],
    reading: ReadOptions,
    *,
    quiet: bool,
) -> NoReturn:
    from casenlp.spark import run_spark

    rows, failed = run_spark(inputs, out, master=master, rules=rules, lexicons=lexicons, reading=reading)
    if not quiet:
        told = ", ".join(f"{n:,} {table}" for table, n in rows.items())
        typer.echo(f"{told}; {failed:,} documents failed (failures.parquet); written to {out}", err=True)
    raise typer.Exit(1 if failed else 0)


def status(
    out: Annotated[str, typer.Argument(metavar="OUT", help="The folder given to batch, or the URL of its store.")],
    failed: Annotated[bool, typer.Option("--failures", help="List the failed documents with their reasons.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Tell where a batch is: documents done, failed and left, rows a table, the last run, and failures.

    \b
    Example:
      casenlp status tables/
    """
    import json

    from casenlp.batch.contents import failures
    from casenlp.batch.status import status_of

    with _opened(out) as (database, folder):
        if failed:
            for failure in failures(database):
                typer.echo(f"{failure.doc_id}\t{failure.reason}\t{failure.message}")
            return
        found = status_of(database, folder)
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=2) if as_json else found.to_text())


def export(
    out: Annotated[str, typer.Argument(metavar="OUT", help="The folder given to batch, or the URL of its store.")],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="csv, parquet, xlsx or jsonl.")],
    place: Annotated[
        Path | None, typer.Option("-o", metavar="FOLDER", help="Where to write; made when missing. [default: OUT]")
    ] = None,
) -> None:
    """Write the tables of a store as files; a store that a run is writing to may be exported as it is.

    \b
    Example:
      casenlp export tables/ --to parquet
    """
    from casenlp.batch.export import FORMATS, export_tables

    if to not in FORMATS or to == "none":
        known = ", ".join(name for name in FORMATS if name != "none")
        raise UsageError(f"an export cannot be {to!r}; choose one of {known}")
    with _opened(out) as (database, folder):
        place = place or folder
        if place is None:
            raise UsageError("give a folder to write into with -o")
        for path in export_tables(database, to, place):
            typer.echo(str(path))


@contextmanager
def _opened(out: str) -> Iterator[tuple[Database, Path | None]]:
    """A store opened for reading as it is at this moment, and the folder it is in (None for a server)."""
    from casenlp.batch.databases import open_database
    from casenlp.batch.run import STORE
    from casenlp.batch.schema import check

    folder = None if "://" in out else Path(out)
    place = out if folder is None else folder / STORE
    if isinstance(place, Path) and not place.is_file():
        raise UsageError(f"{out}: holds no {STORE}; make one with: casenlp batch FOLDER -o {out}")
    database = open_database(place, read_only=True)
    try:
        check(database, out)
        database.begin()
        yield database, folder
    finally:
        database.rollback()
        database.close()


def _would(summary: Summary) -> str:
    tally = summary.tally
    told = f"{tally.done:,} to do ({summary.new:,} new, {summary.changed:,} changed or to do again)"
    return f"{told}; {tally.kept:,} unchanged, {tally.kept_failed:,} failed before; nothing was done"


def _told(summary: Summary, out: Path) -> str:
    tally = summary.tally
    rows = ", ".join(f"{n:,} {table}" for table, n in summary.rows.items())
    told = [
        f"{tally.done:,} documents extracted, {tally.kept:,} unchanged, {summary.failed:,} failed; written to {out}"
    ]
    told.append(f"the store now holds {rows}")
    if summary.pruned:
        told.append(f"{summary.pruned:,} documents that the inputs no longer hold were taken out")
    if summary.elsewhere and not summary.stopped:
        found = f"{summary.elsewhere:,} documents are in the store that these inputs do not hold"
        told.append(f"{found}; they stay (--prune takes them out)")
    if summary.failed:
        told.append(f"what failed and why: {out / 'failures.tsv'}; commonest:")
        told += [f"  {n:,} × {kind}" for n, kind in summary.commonest]
    if tally.done and summary.slowest:
        slowest = ", ".join(f"{doc_id} {seconds:.1f} s" for doc_id, seconds, _ in summary.slowest[:3])
        told.append(f"slowest: {slowest}")
    return "\n".join(told)


def _facts(summary: Summary) -> dict[str, object]:
    tally = summary.tally
    return {
        "done": tally.done, "unchanged": tally.kept, "failed": summary.failed, "rows": dict(summary.rows),
        "commonest_failures": [{"documents": n, "what": kind} for n, kind in summary.commonest],
        "slowest": [{"doc_id": d, "seconds": round(s, 3), "characters": c} for d, s, c in summary.slowest],
        "stopped": summary.stopped,
    }  # fmt: skip
