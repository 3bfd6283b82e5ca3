"""One run at a time in a folder: a lock that ends with the process that holds it, however that ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from casenlp.errors import UsageError

_NAME = ".casenlp.lock"


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; UsageError naming the process when another holds it."""
    path = folder / _NAME
    with path.open("a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"{folder}: {_holder(path)} is writing there; wait for it, or name another folder"
            ) from None
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        yield


def running(folder: Path) -> str | None:
    """Who holds the lock of a folder, in words; None when nobody does."""
    path = folder / _NAME
    try:
        with path.open("r", encoding="utf-8") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _holder(path)
    except OSError:
        return None
    return None


def _holder(path: Path) -> str:
    number = path.read_text(encoding="utf-8").strip()
    return f"another casenlp batch (process {number})" if number else "another casenlp batch"
