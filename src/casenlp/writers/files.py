"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from casenlp.errors import UsageError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, renamed to it when the block ends well and removed when it does not.

    Devices and pipes are written as they are. UsageError when `path` is a folder or its folder does not exist.
    """
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; name a file to write")
    if path.exists() and not path.is_file():
        yield path
        return
    path = path.resolve()
    if not path.parent.is_dir():
        raise UsageError(f"{path.parent}: no such folder to write into; make it first")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def text_output(out: Path | None) -> Iterator[TextIO]:
    """A UTF-8 text stream into `out`, or standard output; line ends are written as given."""
    if out is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    with replacing(out) as part, part.open("w", encoding="utf-8", newline="") as stream:
        yield stream


@contextmanager
def one_file_a_table(out: Path | None, tables: Sequence[str], suffix: str) -> Iterator[dict[str, Path]]:
    """A temporary path for each table: the one table's file at `out`, or `<out>/<table><suffix>` for several.

    UsageError when `out` is missing, or cannot be the folder that several tables need.
    """
    from contextlib import ExitStack

    if out is None:
        raise UsageError(f"several {suffix} files cannot go to standard output; give a folder with -o")
    with ExitStack() as stack:
        if len(tables) == 1 and not out.is_dir():
            yield {tables[0]: stack.enter_context(replacing(out))}
            return
        if out.suffix.lower() == suffix and not out.is_dir():
            raise UsageError(f"{out}: one file cannot hold {len(tables)} tables; give a folder, or --table NAME")
        if out.exists() and not out.is_dir():
            raise UsageError(f"{out}: is not a folder; give a folder for one {suffix} file a table")
        out.mkdir(parents=True, exist_ok=True)
        yield {table: stack.enter_context(replacing(out / f"{table}{suffix}")) for table in tables}
