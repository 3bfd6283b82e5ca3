"""brat standoff: a folder with NAME.txt and NAME.ann a document, and the annotation.conf that brat needs to show them.

Mentions are text-bound annotations (T), their context attributes (A), their concepts normalisations (N); the parts of
a row are binary relations (R) from each part to the row's head. Offsets count code points of the .txt, whose text is
the source's; a mention over a line end is written in pieces, as brat does. Source of the form:
https://brat.nlplab.org/standoff.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from casenlp.errors import UsageError
from casenlp.records import LABELS, SUBJECTS, TEMPORALITIES, Extraction, Mention
from casenlp.writers.annotated import Relation, relations, text_of
from casenlp.writers.files import replacing

_UNSAFE = re.compile(r"[^\w.-]+")
_PIECE = re.compile(r"[^\r\n]+")
_CONF = "annotation.conf"
#: A name that a file may have everywhere, without its suffix.
_LONGEST = 150


def write_brat(extractions: Iterable[Extraction], out: Path | None, tables: Sequence[str]) -> None:
    """Two files a document into the folder `out`, all of them put in place when the last is done."""
    if out is None:
        raise UsageError("brat files cannot go to standard output; give a folder with -o")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: is not a folder; give a folder for the .txt and .ann files")
    kinds: set[str] = set()
    taken: set[str] = set()
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        for extraction in extractions:
            name = _file_name(extraction.doc_id, taken)
            rows = tuple(relations(extraction, tables))
            kinds |= {_kind(relation, part) for relation in rows for part, _ in relation.parts[1:]}
            for suffix, text in ((".txt", text_of(extraction)), (".ann", "".join(_lines(extraction, rows)))):
                part = stack.enter_context(replacing(out / f"{name}{suffix}"))
                part.write_bytes(text.encode("utf-8", "replace"))
        stack.enter_context(replacing(out / _CONF)).write_text(_conf(kinds), encoding="utf-8")


def _lines(extraction: Extraction, rows: Sequence[Relation]) -> Iterator[str]:
    """The .ann file line by line."""
    names = {mention.id: f"T{number}" for number, mention in enumerate(extraction.mentions, start=1)}
    notes: list[str] = []
    for mention in extraction.mentions:
        name = names[mention.id]
        pieces = list(_PIECE.finditer(mention.text))
        places = ";".join(f"{mention.start + m.start()} {mention.start + m.end()}" for m in pieces)
        yield f"{name}\t{mention.label} {places}\t{' '.join(m.group() for m in pieces)}\n"
        notes += [f"A{{}}\t{said.format(name)}\n" for said in _attributes(mention)]
    for number, note in enumerate(notes, start=1):
        yield note.format(number)
    coded = [(names[m.id], m.concept) for m in extraction.mentions if m.concept and m.concept.code]
    for number, (name, concept) in enumerate(coded, start=1):
        yield f"N{number}\tReference {name} {concept.vocabulary or 'code'}:{concept.code}\t{concept.name}\n"
    pairs = dict.fromkeys(
        f"{_kind(relation, part)} Arg1:{names[mention.id]} Arg2:{names[relation.parts[0][1].id]}"
        for relation in rows
        for part, mention in relation.parts[1:]
    )
    for number, pair in enumerate(pairs, start=1):
        yield f"R{number}\t{pair}\n"


def _attributes(mention: Mention) -> Iterator[str]:
    if mention.negated:
        yield "Negation {}"
    if mention.uncertain:
        yield "Uncertain {}"
    if mention.temporality != TEMPORALITIES[0]:
        yield f"Temporality {{}} {mention.temporality}"
    if mention.subject != SUBJECTS[0]:
        yield f"Subject {{}} {mention.subject}"


def _kind(relation: Relation, part: str) -> str:
    """The type of a relation: head and part, as in drug-dose."""
    return f"{relation.parts[0][0]}-{part}"


def _file_name(doc_id: str, taken: set[str]) -> str:
    """A document's name as a file name: what a file may not be named is replaced, and a name is given once."""
    stem = _UNSAFE.sub("_", doc_id).lstrip(".")[:_LONGEST] or "document"
    name, number = stem, 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem}_{number}"
    taken.add(name.casefold())
    return name


def _conf(kinds: Iterable[str]) -> str:
    lines = ["[entities]", *LABELS, "", "[relations]"]
    lines += [f"{kind}\tArg1:<ENTITY>, Arg2:<ENTITY>" for kind in sorted(kinds)]
    lines += ["", "[events]", "", "[attributes]", "Negation\tArg:<ENTITY>", "Uncertain\tArg:<ENTITY>"]
    lines.append(f"Temporality\tArg:<ENTITY>, Value:{'|'.join(TEMPORALITIES[1:])}")
    lines.append(f"Subject\tArg:<ENTITY>, Value:{'|'.join(SUBJECTS[1:])}")
    return "\n".join(lines) + "\n"
