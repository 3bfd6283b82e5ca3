"""BioC, the community's exchange format: XML and JSON, one document each <document>.

Source of the form: Comeau et al., "BioC: a minimalist approach to interoperability for biomedical text processing",
Database 2013, and the files of PMC and PubTator, whose passages say their section in the infons `section_type` and
`type`. Where the passages' own offsets can be kept, the text has every passage at its offset. Annotations and
relations in the file are other people's work and are passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from casenlp.documents import Article, Place, SourceDocument
from casenlp.errors import DocumentError
from casenlp.readers.composition import GAP, Composition, spaced
from casenlp.readers.origin import Origin, ReadOptions
from casenlp.readers.streams import whole
from casenlp.readers.text import check, decode
from casenlp.readers.xml import child, children, elements, words_of
from casenlp.records import Failure

#: Bytes of BioC JSON that are taken into memory: lists in it may need twenty times as many.
_JSON = 64 * 2**20
#: The longest gap between two passages that is kept, in characters.
_WIDEST = 1_000

#: What PMC's passages are, by `section_type` and by the beginning of `type`; the first that fits.
_KINDS_OF_SECTION: Mapping[str, str] = {
    "TITLE": "title",
    "REF": "reference",
    "FIG": "caption",
    **dict.fromkeys("ACK_FUND AUTH_CONT COMP_INT KEYWORD REVIEW_INFO SUPPL".split(), "boilerplate"),
}
_KINDS_OF_TYPE: Sequence[tuple[str, str]] = (
    ("table_caption", "caption"),
    ("table_foot", "caption"),
    ("table_title", "caption"),
    ("table", "table"),
    ("fig", "caption"),
    ("ref", "reference"),
    ("title_caption", "caption"),
    ("title", "heading"),
    ("abstract_title", "heading"),
)
_FRONT = ("front", "title")
_AUTHOR = re.compile(r"name_\d+")
_BLANK = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class _Passage:
    offset: int | None
    text: str
    infons: Mapping[str, str]
    xpath: str | None = None


def read_bioc_xml(stream: BinaryIO, origin: Origin, options: ReadOptions) -> Iterator[SourceDocument | Failure]:
    """The documents of a BioC XML collection, one at a time."""
    number = 0
    for number, element in enumerate(elements(stream, origin, options, "document"), start=1):
        path = f"/collection/document[{number}]"
        passages = [
            _passage(
                _number(_text(passage, "offset")),
                words_of(child(passage, "text")),
                [(_number(_text(s, "offset")), words_of(child(s, "text"))) for s in children(passage, "sentence")],
                _infons(passage),
                f"{path}/passage[{i}]",
            )
            for i, passage in enumerate(children(element, "passage"), start=1)
        ]
        yield from _documents(_text(element, "id"), passages, origin, options, number)
    if not number:
        raise DocumentError(origin.name, "is a BioC collection without a document", "fetch it again")


def read_bioc_json(stream: BinaryIO, origin: Origin, options: ReadOptions) -> Iterator[SourceDocument | Failure]:
    """The documents of BioC JSON: a collection, a list of collections, a document, or several of these in a row."""
    text = decode(whole(stream, origin, max(_JSON, 16 * options.max_chars)), origin.name)
    number = 0
    for value in _values(text, origin.name):
        for record in _records(value):
            number += 1
            listed = record.get("passages")
            passages = [
                _passage(
                    _number(passage.get("offset")),
                    _string(passage.get("text")),
                    [(_number(s.get("offset")), _string(s.get("text"))) for s in _objects(passage.get("sentences"))],
                    _strings(passage.get("infons")),
                )
                for passage in _objects(listed)
            ]
            yield from _documents(_string(record.get("id") or record.get("_id")), passages, origin, options, number)
    if not number:
        remedy = "give a BioC collection, or JSON Lines of doc_id and text (.jsonl)"
        raise DocumentError(origin.name, "is JSON without a BioC document in it", remedy)


def count_bioc(stream: BinaryIO) -> int:
    """How many times a document ends in BioC, taken by its XML tag or its JSON key."""
    ends = re.compile(rb'</(?:\w+:)?document>|"passages"\s*:')
    return max(1, sum(len(ends.findall(line)) for line in iter(lambda: stream.readline(2**20), b"")))


def _documents(
    doc_id: str, passages: Sequence[_Passage], origin: Origin, options: ReadOptions, number: int
) -> Iterator[SourceDocument | Failure]:
    """The one document that the passages make, or why they make none."""
    doc_id = spaced(doc_id) or (origin.doc_id if number == 1 else f"{origin.doc_id}:{number}")
    place = replace(origin, name=f"{origin.name} (document {doc_id})")
    try:
        check(doc_id, f"{origin.name}: id of document {number}", options.max_chars)
        yield _compose(passages, options).document(doc_id, place, options, _article(passages))
    except DocumentError as error:
        yield Failure(doc_id, str(error))


def _compose(passages: Sequence[_Passage], options: ReadOptions) -> Composition:
    made = Composition()
    keep = _fits(passages)
    section: str | None = None
    headings: list[str] = []
    for passage in passages:
        kind = _kind(passage.infons)
        type_, section_type = (passage.infons.get(key, "") for key in ("type", "section_type"))
        if section_type != section:
            section, headings = section_type, []
        if kind == "heading":
            level = int(type_[-1]) if type_[-1:].isdigit() else 1
            headings = [*headings[: level - 1], spaced(passage.text)]
        if keep:
            gap = (passage.offset or 0) - made.length
            made.fill(GAP[:gap] + " " * (gap - len(GAP)))
        path = " > ".join(filter(None, [section, *headings])) or None
        made.add(
            passage.text, kind, path, Place(xpath=passage.xpath) if passage.xpath else None, gap="" if keep else GAP
        )
        if made.length > options.max_chars:
            break  # too long, which is said when the document is made
    return made


def _fits(passages: Sequence[_Passage]) -> bool:
    """Whether every passage can stand at its own offset: in order, without overlap, without wide gaps."""
    at = 0
    for passage in passages:
        if passage.offset is None or not at <= passage.offset <= at + _WIDEST:
            return False
        at = passage.offset + len(passage.text)
    return True


def _kind(infons: Mapping[str, str]) -> str:
    section_type, type_ = infons.get("section_type", "").upper(), infons.get("type", "").lower()
    if type_ in _FRONT:
        return "title"
    by_section = _KINDS_OF_SECTION.get(section_type)
    return by_section or next((kind for start, kind in _KINDS_OF_TYPE if type_.startswith(start)), "paragraph")


def _article(passages: Sequence[_Passage]) -> Article | None:
    """What the first passage says of the publication, as PMC and PubTator write it."""
    if not passages:
        return None
    first = passages[0]
    said = first.infons
    names = [dict(part.partition(":")[::2] for part in said[key].split(";")) for key in said if _AUTHOR.fullmatch(key)]
    authors = [f"{n.get('given-names', '')} {n.get('surname', '')}".strip() for n in names]
    if not authors:
        authors = [name.strip() for name in said.get("authors", "").split(",")]
    article = Article(
        title=spaced(first.text) if _kind(said) == "title" else None,
        journal=spaced(said.get("journal-title") or said.get("journal")) or None,
        year=_number(said.get("year")),
        doi=said.get("article-id_doi") or None,
        pmid=said.get("article-id_pmid") or None,
        pmcid=_pmcid(said.get("article-id_pmc", "")),
        authors=tuple(name for name in authors if name),
    )
    return article if article != Article() else None


def _pmcid(number: str) -> str | None:
    return f"PMC{number.upper().removeprefix('PMC')}" if number else None


def _passage(
    offset: int | None,
    text: str,
    sentences: Sequence[tuple[int | None, str]],
    infons: Mapping[str, str],
    xpath: str | None = None,
) -> _Passage:
    """A passage; one that gives its text sentence by sentence gets it joined, each at its offset where that fits."""
    for start, words in () if text else sentences:
        gap = (start or 0) - (offset or 0) - len(text)
        text += (" " * gap if 0 <= gap <= _WIDEST else " ") + words
    return _Passage(offset, text, infons, xpath)


def _values(text: str, name: str) -> Iterator[Any]:
    """The JSON values that stand in a row in a text."""
    decoder = json.JSONDecoder()
    at = 0
    while (at := _past_blank(text, at)) < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            found = f"is not valid JSON ({error.msg} at line {error.lineno}, column {error.colno})"
            raise DocumentError(name, found, "fetch it again, or mend it at that place") from error
        except RecursionError as error:
            raise DocumentError(name, "is JSON nested too deeply", "give a BioC collection") from error
        yield value


def _past_blank(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _records(value: Any, depth: int = 4) -> Iterator[Mapping[str, Any]]:
    """The objects with passages in a JSON value, in order, not looked for deeper than collections have them."""
    if isinstance(value, dict) and isinstance(value.get("passages"), list):
        yield value
    elif isinstance(value, dict | list) and depth:
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _records(inner, depth - 1)


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def _strings(value: Any) -> dict[str, str]:
    return {k: str(v) for k, v in value.items() if v is not None} if isinstance(value, dict) else {}


def _string(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _number(value: Any) -> int | None:
    """A whole number of at most nine figures, from a string or as it is."""
    text = _string(value).strip()
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def _text(element: Any, name: str) -> str:
    return words_of(child(element, name))


def _infons(element: Any) -> dict[str, str]:
    return {infon.get("key") or "": words_of(infon) for infon in children(element, "infon")}
