"""Records as JSON text: a line a document, and evidence as stores and tables keep it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from casenlp.native import json_text as compiled_json
from casenlp.records import TABLES, Concept, Evidence, Extraction, Mention, as_dict, columns


def extraction_json(extraction: Extraction) -> str:
    """`to_dict` of an extraction, as JSON on one line; ValueError for a number that is none (nan, inf)."""
    write = _compiled_extraction()
    if write is None or type(extraction) is not Extraction:
        return json.dumps(extraction.to_dict(), ensure_ascii=False, allow_nan=False)
    return write(extraction)


def evidence_json(evidence: Sequence[Evidence]) -> str:
    """Evidence as a JSON array of objects without spaces, what is null left out."""
    write = _compiled_evidence()
    if write is not None:
        return write(tuple(evidence))
    found = [{name: value for name in _EVIDENCE if (value := getattr(e, name)) is not None} for e in evidence]
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


_EVIDENCE = tuple(f.name for f in dataclasses.fields(Evidence))


def _other(thing: Any) -> str:
    """What the compiled part does not know, such as records of a class of somebody's own."""
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        thing = as_dict(thing)
    return json.dumps(thing, ensure_ascii=False, allow_nan=False)


@cache
def _compiled_extraction() -> Callable[[Any], str] | None:
    if compiled_json is None:
        return None
    names: dict[type, tuple[str, ...]] = {
        Extraction: ("doc_id", "mentions", *TABLES),
        **{kind: columns(table) for table, kind in TABLES.items()},
        **{kind: tuple(f.name for f in dataclasses.fields(kind)) for kind in (Mention, Concept, Evidence)},
    }
    return _text(names, spaced=True, nulls=True, other=_other)


@cache
def _compiled_evidence() -> Callable[[Any], str] | None:
    if compiled_json is None:
        return None
    return _text({Evidence: _EVIDENCE}, spaced=False, nulls=False, other=_compact)


def _compact(thing: Any) -> str:
    return json.dumps(thing, ensure_ascii=False, separators=(",", ":"))


def _text(
    names: dict[type, tuple[str, ...]], *, spaced: bool, nulls: bool, other: Callable[[Any], str]
) -> Callable[[Any], str] | None:
    if compiled_json is None:
        return None
    try:
        write: Callable[[Any], str] = compiled_json.JsonText(names, spaced, nulls, other).text
    except TypeError:  # a Python whose classes with slots are made otherwise
        return None
    return write
