"""What is made once and kept in the user's cache folder, so that the next start only reads it.

Names begin with their kind and end with what they depend on: a new vocabulary, an edited rule or a new version of a
library makes a new one. Of each kind the ones used last are kept, so that the folder stays small.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: How many of a kind are kept; the largest, compiled vocabularies, take some 20 MB each.
MOST = 8


def cache_folder() -> Path:
    """Where what is made once is kept: CASENLP_CACHE, else the user's own folder of caches."""
    root = os.environ.get("CASENLP_CACHE") or os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "casenlp"


def kept_at(kind: str, stamp: str, suffix: str = "") -> Path:
    """The file or folder of a kind that is kept for a stamp: whatever it depends on, in words."""
    return cache_folder() / f"{kind}-{hashlib.sha256(stamp.encode()).hexdigest()[:24]}{suffix}"


def was_used(path: Path) -> None:
    """Note that something kept was read, so that others are let go before it."""
    with contextlib.suppress(OSError):  # another user's folder, or it is gone
        os.utime(path)


def let_go(path: Path) -> None:
    """Remove all of its kind but the `MOST` that were used last; called when `path` was put there."""
    found = []
    with contextlib.suppress(OSError):
        for other in path.parent.glob(path.name.rpartition("-")[0] + "-*"):
            with contextlib.suppress(OSError):  # another process removes it
                found.append((other.stat().st_mtime_ns, other))
    for _, old in sorted(found, reverse=True)[MOST:]:
        if old.is_dir():
            shutil.rmtree(old, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):  # somewhere open, where the system minds
                old.unlink()


def made_once(kind: str, stamp: str, make: Callable[[], Any]) -> Any:
    """What `make` gives, as JSON gives it back (what JSON has no form for as text); asked again for another stamp.

    A folder that cannot be written is left.
    """
    path = kept_at(kind, stamp, ".json")
    with contextlib.suppress(OSError, ValueError):
        kept = json.loads(path.read_text(encoding="utf-8"))
        was_used(path)
        return kept
    written = json.dumps(make(), default=str)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(written)
        Path(draft).replace(path)
        let_go(path)
    return json.loads(written)
