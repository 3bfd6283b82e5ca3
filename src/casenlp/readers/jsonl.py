"""JSON Lines: one object {"doc_id": str, "text": str} a line, in UTF-8; other keys are ignored, blank lines skipped.

The user may name other keys; a document without a key that names it is then named after its file and line.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from casenlp.documents import SourceDocument
from casenlp.errors import DocumentError
from casenlp.readers.origin import Origin, ReadOptions
from casenlp.readers.text import check
from casenlp.records import Failure

_FORM = '{"doc_id": "…", "text": "…"}'


def read_jsonl(stream: BinaryIO, origin: Origin, options: ReadOptions) -> Iterator[SourceDocument | Failure]:
    """The documents of a JSON Lines stream; a bad line is a Failure naming its number (from 1), and the rest is read.

    DocumentError when there is no document at all or the stream is UTF-16.
    """
    longest = (
        12 * options.max_chars + 65_536
    )  # a character is at most two escapes of six bytes; room for the other keys
    blank = True
    number = 0
    while line := stream.readline(longest + 1):
        number += 1
        if number == 1:
            if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise DocumentError(origin.name, "is in UTF-16", "save it as UTF-8, as JSON Lines have to be")
            line = line.removeprefix(codecs.BOM_UTF8)
        place = f"{origin.name}:{number}"
        cut = len(line) > longest
        while cut and not line.endswith(b"\n") and (line := stream.readline(longest)):
            pass
        if not cut and not line.strip():
            continue
        blank = False
        try:
            if cut:
                found = f"is a line of more than {longest:,} bytes"
                raise DocumentError(place, found, "split the document, or raise the limit with --max-chars")
            yield _document(line, place, number, origin, options)
        except DocumentError as error:
            yield Failure(f"{origin.doc_id}:{number}", str(error))
    if blank:
        raise DocumentError(origin.name, "holds no document", f"write one object a line: {_FORM}")


def count_jsonl(stream: BinaryIO) -> int:
    """How many lines of a JSON Lines stream are not blank; 1 for none, as that is a failure."""
    return max(1, sum(1 for line in stream if line.strip()))


def _document(line: bytes, place: str, number: int, origin: Origin, options: ReadOptions) -> SourceDocument:
    record = _parse(line, place)
    text_key, id_key = options.text_column or "text", options.id_column or "doc_id"
    if options.text_column and not options.id_column:
        record.setdefault(id_key, f"{origin.doc_id}:{number}")
    if options.id_column and isinstance(record.get(id_key), int):
        record[id_key] = str(record[id_key])
    form = _FORM if text_key == "text" else f'{{"{id_key}": "…", "{text_key}": "…"}}'
    for key in (id_key, text_key):
        if key not in record:
            option = "--text-column" if key == text_key else "--id-column"
            raise DocumentError(place, f'has no "{key}"', f"write {form}, or name another key with {option}")
        if not isinstance(record[key], str):
            kind = type(record[key]).__name__
            raise DocumentError(place, f'"{key}" is of type {kind}, not a string', f"write {form}")
    doc_id, text = record[id_key], record[text_key]
    if not doc_id.strip():
        raise DocumentError(place, f'has an empty "{id_key}"', "give every document a name of its own")
    check(doc_id, f'{place} "{id_key}"', options.max_chars)
    check(text, f"{place} (doc_id {doc_id})", options.max_chars)
    return SourceDocument(doc_id, text, origin.path)


def _parse(line: bytes, place: str) -> dict[str, Any]:
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise DocumentError(place, f"byte {error.start} of the line is not UTF-8", "save the file as UTF-8") from error
    except json.JSONDecodeError as error:
        found = f"is not valid JSON ({error.msg} at column {error.colno})"
        raise DocumentError(place, found, f"write one object a line: {_FORM}") from error
    except RecursionError as error:
        raise DocumentError(place, "is JSON nested too deeply", f"write {_FORM}") from error
    if not isinstance(record, dict):
        kind = type(record).__name__
        raise DocumentError(place, f"is JSON of type {kind}, not an object", f"write {_FORM}")
    return record
