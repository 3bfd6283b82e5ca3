"""Python's search for circles of objects, put off while what is made is kept anyway."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def put_off() -> Iterator[None]:
    """No search for circles meanwhile: loading makes 100,000 objects that stay, and each search goes through them all
    and through those of every library that was imported before.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
