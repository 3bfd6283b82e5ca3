"""Abstracts of PubMed: its XML (PubmedArticleSet) and the MEDLINE form of its export (.nbib), one document an article.

The text is the title and the abstract, each labelled part under its heading. Source of the forms: "MEDLINE/PubMed Data
Element (Field) Descriptions" of the National Library of Medicine, and its DTD of 2024.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import Any, BinaryIO

from casenlp.documents import Article, Place, SourceDocument
from casenlp.errors import DocumentError
from casenlp.readers.composition import Composition, spaced
from casenlp.readers.origin import Origin, ReadOptions
from casenlp.readers.text import decode
from casenlp.readers.xml import child, children, elements, local, path_within, words_of
from casenlp.records import Failure

#: Elements that hold one article each.
ARTICLES = ("PubmedArticle", "PubmedBookArticle")

_ABSTRACT = "Abstract"
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_PMID = re.compile(r"\s*(\d{1,12})\b")
_DOI = re.compile(r"(\S+) \[doi\]")
_TAG = re.compile(r"([A-Z]{2,4}) *- ?(.*)", re.DOTALL)
#: A label within a MEDLINE abstract: capitals and a colon, at its beginning or after a sentence.
_LABEL = re.compile(r"(?:\A|(?<=[.!?)] ))([A-Z][A-Z ,/&-]{3,60}):(?= )")
#: Bytes that a line and a record of a .nbib file may have at least.
_LINE, _RECORD = 2**20, 16 * 2**20


def read_pubmed_xml(stream: BinaryIO, origin: Origin, options: ReadOptions) -> Iterator[SourceDocument | Failure]:
    """The articles of PubMed XML, one at a time; one without a title and an abstract is a Failure."""
    number = 0
    seen: Counter[str] = Counter()
    for number, element in enumerate(elements(stream, origin, options, *ARTICLES), start=1):
        seen[local(element)] += 1
        parent = element.getparent()
        base = f"/{local(element)}" if parent is None else f"/{local(parent)}/{local(element)}[{seen[local(element)]}]"
        record = child(element, "MedlineCitation")
        record = child(element, "BookDocument") if record is None else record
        article = _article(element, record)
        made = Composition()
        about = child(record, "Article")
        about = record if about is None else about
        title = child(about, "ArticleTitle")
        if title is not None:
            made.add(article.title or "", "title", place=Place(xpath=base + path_within(title, element)))
        for part in children(child(about, "Abstract"), "AbstractText"):
            label = spaced(part.get("Label"))
            place = Place(xpath=base + path_within(part, element))
            made.add(label, "heading", f"{_ABSTRACT} > {label}", place)
            made.add(spaced(words_of(part)), "paragraph", f"{_ABSTRACT} > {label}" if label else _ABSTRACT, place)
        yield from _documents(made, article, origin, options, number)
    if not number:
        raise DocumentError(origin.name, "is PubMed XML without an article", "fetch it again")


def read_nbib(stream: BinaryIO, origin: Origin, options: ReadOptions) -> Iterator[SourceDocument | Failure]:
    """The articles of a MEDLINE file, one at a time; one without a title and an abstract is a Failure."""
    number = 0
    for number, record in enumerate(_records(stream, origin), start=1):
        fields = _fields(decode(record, f"{origin.name} (article {number})"))
        first = {tag: values[0] for tag, values in fields.items()}
        doi = next(
            (m.group(1) for v in [*fields.get("LID", ()), *fields.get("AID", ())] if (m := _DOI.search(v))), None
        )
        year = _YEAR.search(first.get("DP", ""))
        article = Article(
            title=first.get("TI") or first.get("BTI"),
            journal=first.get("JT") or first.get("TA"),
            year=int(year.group()) if year else None,
            doi=doi,
            pmid=_number(first.get("PMID")),
            pmcid=first.get("PMC"),
            authors=tuple(map(_given_first, fields.get("FAU") or fields.get("AU") or ())),
        )
        made = Composition()
        made.add(article.title or "", "title")
        _add_abstract(made, first.get("AB", ""))
        yield from _documents(made, article, origin, options, number)
    if not number:
        raise DocumentError(origin.name, "holds no MEDLINE article", "export it from PubMed again")


def count_articles(stream: BinaryIO) -> int:
    """How many articles a PubMed file holds, by their first lines."""
    begins = re.compile(rb"<Pubmed(?:Book)?Article[\s>]|^(?:\xef\xbb\xbf)?PMID *- ")
    return max(1, sum(len(begins.findall(line)) for line in iter(lambda: stream.readline(_LINE), b"")))


def _documents(
    made: Composition, article: Article, origin: Origin, options: ReadOptions, number: int
) -> Iterator[SourceDocument | Failure]:
    doc_id = article.pmid or (origin.doc_id if number == 1 else f"{origin.doc_id}:{number}")
    place = replace(origin, name=f"{origin.name} (article {doc_id})")
    try:
        if not made.length:
            raise DocumentError(place.name, "has neither a title nor an abstract", "look for its full text")
        yield made.document(doc_id, place, options, article)
    except DocumentError as error:
        yield Failure(doc_id, str(error))


def _article(element: Any, record: Any) -> Article:
    about = child(record, "Article")
    about = record if about is None else about
    journal = child(about, "Journal")
    ids: dict[str, str] = {}
    lists = (child(record, "ArticleIdList"), child(element, "PubmedData", "ArticleIdList"))
    for found in (i for listed in lists for i in children(listed, "ArticleId")):
        ids.setdefault(found.get("IdType") or "", spaced(words_of(found)))
    for found in children(about, "ELocationID"):
        ids.setdefault(found.get("EIdType") or "", spaced(words_of(found)))
    date = child(journal, "JournalIssue", "PubDate")
    date = child(about, "Book", "PubDate") if date is None else date
    year = _YEAR.search(words_of(date))
    return Article(
        title=spaced(words_of(child(about, "ArticleTitle"))) or None,
        journal=spaced(words_of(child(journal, "Title")))
        or spaced(words_of(child(journal, "ISOAbbreviation")))
        or None,
        year=int(year.group()) if year else None,
        doi=ids.get("doi") or None,
        pmid=_number(words_of(child(record, "PMID")) or ids.get("pubmed")),
        pmcid=ids.get("pmc") or None,
        authors=tuple(filter(None, map(_name, children(child(about, "AuthorList"), "Author")))),
    )


def _number(words: str | None) -> str | None:
    """The number that a PubMed identifier is."""
    found = _PMID.match(words or "")
    return found.group(1) if found else None


def _name(author: Any) -> str:
    parts = (child(author, "ForeName"), child(author, "LastName"), child(author, "CollectiveName"))
    return spaced(" ".join(words_of(part) for part in parts if part is not None))


def _records(stream: BinaryIO, origin: Origin) -> Iterator[bytes]:
    """The records of a MEDLINE file: lines up to a blank one."""
    lines: list[bytes] = []
    size = 0
    while line := stream.readline(_LINE + 1):
        if len(line) > _LINE or size > _RECORD:
            found = f"has an article of more than {max(len(line), size):,} bytes"
            raise DocumentError(origin.name, found, "export it from PubMed again")
        if line.strip(b" \r\n\xef\xbb\xbf"):
            lines.append(line)
            size += len(line)
        elif lines:
            yield b"".join(lines)
            lines, size = [], 0
    if lines:
        yield b"".join(lines)


def _fields(record: str) -> Mapping[str, list[str]]:
    """The values of each tag, in order; a line that begins with a blank goes on with the one before."""
    fields: dict[str, list[str]] = {}
    values: list[str] = []
    for line in record.split("\n"):
        tagged = _TAG.fullmatch(line.strip("\r"))
        if tagged:
            values = fields.setdefault(tagged.group(1), [])
            values.append(tagged.group(2).strip())
        elif line.strip() and values:
            values[-1] = f"{values[-1]} {line.strip()}"
    return fields


def _add_abstract(made: Composition, abstract: str) -> None:
    labels = list(_LABEL.finditer(abstract))
    made.add(abstract[: labels[0].start() if labels else None].strip(), "paragraph", _ABSTRACT)
    for label, after in zip_longest(labels, labels[1:]):
        section = f"{_ABSTRACT} > {label.group(1)}"
        made.add(label.group(1), "heading", section)
        made.add(abstract[label.end() : after.start() if after else None].strip(), "paragraph", section)


def _given_first(name: str) -> str:
    """MEDLINE writes "Surname, Given"."""
    surname, comma, given = name.partition(", ")
    return f"{given} {surname}" if comma else name
