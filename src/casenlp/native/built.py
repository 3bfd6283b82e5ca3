"""What a build of the compiled parts and whoever loads them go by; hatch_build.py runs this file by itself.

A module is built from its source, what sources include, and a few lines more, which leave a hash of these in it.
Whether a module is of the source beside it is so told without times, which copies and version control change.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

#: What the module calls the hash of its source.
STAMP = "__source_stamp__"
_NO = ("", "0", "false", "no", "off")


def is_pure(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether CASENLP_PURE asks for Python alone."""
    return environment.get("CASENLP_PURE", "").strip().lower() not in _NO


def stamps_of(folder: Path) -> dict[str, str]:
    """The hash of each source in a folder, by the name of its module; nothing where there are none, as in a wheel.

    Ends of lines do not count, as version control may change them.
    """
    shared = hashlib.sha256()
    for path in sorted(folder.glob("*.pxi")):
        shared.update(_lines(path))
    stamps = {}
    for path in folder.glob("*.pyx"):
        own = shared.copy()
        own.update(_lines(path))
        stamps[path.stem] = own.hexdigest()[:32]
    return stamps


def stamped(source: str, stamp: str) -> str:
    """The source that is compiled; the stamp, a constant of C, can be read in the module's file too."""
    return f'''{source}

cdef extern from *:
    """
    static const char source_stamp[] = "{stamp}";
    """
    const char[{len(stamp) + 1}] source_stamp

{STAMP} = (<const char*>source_stamp).decode("ascii")
'''


def _lines(path: Path) -> bytes:
    return path.read_bytes().replace(b"\r\n", b"\n")
