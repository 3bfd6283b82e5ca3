"""What a PDF says of its publication: its properties where they are sensible, else its first page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from casenlp.documents import Article
from casenlp.readers.pdf.paragraphs import Piece

_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>{}|\\]+[^\s\"<>{}|\\.,;:)\]]")
_PMID = re.compile(r"\bPMID:?\s*(\d{5,8})\b")
_PMCID = re.compile(r"\bPMC\d{5,9}\b")
_ISSUE = re.compile(
    r"^\W*([A-Z][\w&.,'’ -]{3,70}?)[\s,.]*\(?((?:19|20)\d\d)\)?"
    r"(?: ?[A-Z][a-z]{2}(?: \d{1,2})?)?\s?[;:,]\s?(?:vol\.? ?)?\d"
)
_COPYRIGHT = re.compile(r"(?:©|\(c\)|copyright)\D{0,40}((?:19|20)\d\d)|((?:19|20)\d\d)\s?;\s?\d+", re.IGNORECASE)
_FILE_NAME = re.compile(r"\.(?:docx?|pdf|indd|tex|dvi|qxd|rtf|odt|ps)\b|microsoft word|untitled|^\W*$|_", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){1,4}")
_DEGREE = re.compile(r"(?:\s*,?\s+(?:[A-Z]\.?){2,5}|\s*,?\s+(?:PhD|MSc|BSc|MPharm|DPhil|Prof|Dr)\.?)+$")
_MARKS = re.compile(r"\[[^\]]*\]|[*†‡§¶¹²³⁰-⁹]")


def article_of(property_of: Callable[[str], str], pieces: Sequence[Piece], furniture: Sequence[str]) -> Article:
    """What is known of the publication; `furniture` are the running heads and feet of the first pages."""
    front = [piece for piece in pieces if piece.page == 1]
    notes = [*furniture, property_of("Subject"), *(p.text for p in front if p.kind == "boilerplate")]
    imprint = "\n".join(notes)
    issue = next((m for note in notes if (m := _ISSUE.match(note))), None)
    copyright_year = _COPYRIGHT.search(imprint)
    year = (
        issue.group(2) if issue else next((g for g in copyright_year.groups() if g), None) if copyright_year else None
    )
    doi = _DOI.search(imprint) or _DOI.search("\n".join(p.text for p in front if p.kind != "reference"))
    pmid, pmcid = _PMID.search(imprint), _PMCID.search(imprint)
    return Article(
        title=_title(property_of("Title"), front),
        journal=issue.group(1).strip(" ,.") if issue else None,
        year=int(year) if year else None,
        doi=doi.group() if doi else None,
        pmid=pmid.group(1) if pmid else None,
        pmcid=pmcid.group() if pmcid else None,
        authors=_authors(property_of("Author"), front),
    )


def _title(stated: str, front: Sequence[Piece]) -> str | None:
    printed = next((piece.text for piece in front if piece.kind == "title"), None)
    if printed is None and len(stated.split()) >= 3 and not _FILE_NAME.search(stated):
        return stated
    return printed


def _authors(stated: str, front: Sequence[Piece]) -> tuple[str, ...]:
    titles = [number for number, piece in enumerate(front) if piece.kind == "title"]
    if titles:
        for piece in front[titles[0] + 1 : titles[0] + 3]:
            names = _names(piece.text) if piece.kind == "boilerplate" else ()
            if names:
                return names
    return _names(stated) if re.search(r"[,;]| and ", stated) else ()


def _names(text: str) -> tuple[str, ...]:
    """The names of a list of names; none when any part of it is not one."""
    parts = re.split(r"\s*(?:[,;&]|\band\b)\s*", _MARKS.sub("", text).strip(" .,"))
    names = [_DEGREE.sub("", part).strip(" .,") for part in parts if part.strip(" .,")]
    names = [name for name in names if not re.fullmatch(r"(?:[A-Z]\.?){2,5}|PhD|MSc|BSc|MPharm|DPhil", name)]
    capital = all(_NAME.fullmatch(name) and name[0].isupper() for name in names)
    return tuple(names) if names and capital else ()
