"""What is made once and kept in the user's cache folder, so that the next start only reads it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def cache_folder() -> Path:
    """Where what is made once is kept: CASENLP_CACHE, else the user's own folder of caches."""
    root = os.environ.get("CASENLP_CACHE") or os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "casenlp"


def made_once(name: str, stamp: str, make: Callable[[], Any]) -> Any:
    """What `make` gives, as JSON gives it back; it is asked again when the stamp is another one.

    A stamp is whatever the result depends on, in words. A folder that cannot be written is left.
    """
    path = cache_folder() / f"{name}-{hashlib.sha256(stamp.encode()).hexdigest()[:16]}.json"
    with contextlib.suppress(OSError, ValueError):
        return json.loads(path.read_text(encoding="utf-8"))
    written = json.dumps(make())
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(written)
        Path(draft).replace(path)
    return json.loads(written)
