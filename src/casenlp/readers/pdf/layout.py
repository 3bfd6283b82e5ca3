"""A PDF, page by page, to its document: the steps of the layout in their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from casenlp.documents import SourceDocument
from casenlp.errors import DocumentError
from casenlp.readers.origin import Origin
from casenlp.readers.pdf.article import article_of
from casenlp.readers.pdf.columns import regions_of
from casenlp.readers.pdf.flow import Manuscript
from casenlp.readers.pdf.furniture import PageText, set_furniture_aside
from casenlp.readers.pdf.joining import lexis_of
from casenlp.readers.pdf.paragraphs import Piece, leading_of, pieces_of
from casenlp.readers.pdf.pdfium import Document, Page, opened
from casenlp.readers.pdf.roles import assign_roles
from casenlp.readers.pdf.segments import Segment, segments_of, turned
from casenlp.readers.text import check, too_long

_LEAST_A_PAGE = 500  # characters that a page of a report has; gives the number of pages that a limit allows
_SCANNED = 40  # characters a page below which pages of pictures are scans
_UNREADABLE = 0.3  # share of characters without a meaning from which on a text is none
_FOOT = 0.35  # share of a page's height in which notes at its foot stand


def document_of(
    data: bytes, origin: Origin, max_chars: int, progress: Callable[[], None] = lambda: None
) -> SourceDocument:
    """The document in the bytes of a PDF; DocumentError when it has no words, or too many of them or of pages.

    `progress` is called after each step of bounded work.
    """
    with opened(data, origin.name) as pdf:
        most = max(20, max_chars // _LEAST_A_PAGE)
        if pdf.page_count > most:
            found = f"has {pdf.page_count:,} pages, more than the limit of {most:,}"
            raise DocumentError(origin.name, found, "split it into its reports, or raise the limit with --max-chars")
        pages, pictures = _pages(pdf, origin.name, max_chars, progress)
        _check_words(pages, pictures, origin.name)
        return _document(pdf, pages, origin, max_chars, progress)


def _pages(pdf: Document, name: str, max_chars: int, progress: Callable[[], None]) -> tuple[list[PageText], int]:
    """The words of all pages, and how many pages are covered by a picture."""
    pages: list[PageText] = []
    length = pictures = 0
    for number in range(pdf.page_count):
        with pdf.page(number) as page:
            if page is None:
                raise DocumentError(
                    name,
                    f"is a damaged PDF (page {number + 1} cannot be read)",
                    "get the file again, or repair it (qpdf in.pdf out.pdf)",
                )
            content = _page_text(page, number + 1)
        length += sum(len(segment.text) + 1 for segment in content.body)
        if length > max_chars * 1.02 + 100:  # joining lines takes some away
            raise too_long(
                name, f"holds more than {length:,} characters by page {number + 1} of {pdf.page_count:,}", max_chars
            )
        area = content.height * (content.right - content.left)
        pictures += sum((b[2] - b[0]) * (b[3] - b[1]) for b in content.pictures) > 0.5 * area
        pages.append(content)
        progress()
    return pages, pictures


def _page_text(page: Page, number: int) -> PageText:
    drawing = page.drawing()
    segments = segments_of(page, drawing.rules)
    letters = Counter[int]()
    for segment in segments:
        if not segment.pale:
            letters[segment.angle] += len(segment.text)
    angle = letters.most_common(1)[0][0] if letters else 0
    frame = turned((0.0, 0.0, page.width, page.height), angle)
    return PageText(
        number, angle, *frame, body=segments,
        rules=tuple(turned(b, angle) for b in drawing.rules),
        pictures=tuple(turned(b, angle) for b in drawing.pictures),
    )  # fmt: skip


def _check_words(pages: list[PageText], pictures: int, name: str) -> None:
    texts = [segment.text for page in pages for segment in page.body]
    length = sum(map(len, texts))
    if not length or (pictures > len(pages) / 2 and length < _SCANNED * len(pages)):
        scan = f", {pictures} of them a picture: a scan" if pictures else ""
        found = f"is a PDF without text ({len(pages)} page{'s' * (len(pages) > 1)}{scan})"
        raise DocumentError(name, found, "recognise its text first, with OCR such as: ocrmypdf in.pdf out.pdf")
    strange = sum(
        1 for text in texts for sign in text if sign == "\ufffd" or "\ue000" <= sign <= "\uf8ff" or sign < " "
    )
    if strange > _UNREADABLE * length:
        found = f"is a PDF whose fonts do not say which letters they show ({strange:,} of {length:,} characters)"
        raise DocumentError(
            name, found, "recognise its text anew, with OCR such as: ocrmypdf --force-ocr in.pdf out.pdf"
        )


def _document(
    pdf: Document, pages: list[PageText], origin: Origin, max_chars: int, progress: Callable[[], None]
) -> SourceDocument:
    set_furniture_aside(pages)
    gutters = Counter[int]()
    columns: list[tuple[PageText, list[Segment]]] = []
    for page in pages:
        columns += [(page, region) for region in regions_of(page.body, (*page.rules, *page.pictures), gutters)]
        progress()
    lexis = lexis_of([segment.text for _, region in columns for segment in region])
    leading = leading_of([region for _, region in columns])
    pieces: list[Piece] = []
    for number, (page, region) in enumerate(columns):
        progress()
        pieces += pieces_of(region, page.number, number, page.rules, lexis.words, leading)
    feet = {page.number: page.bottom + _FOOT * page.height for page in pages}
    pieces = assign_roles(pieces, feet)
    manuscript = Manuscript(pages, lexis)
    manuscript.write(pieces)
    manuscript.write_furniture()
    heads = [segment.text for page in pages[:3] for segment in page.furniture if not segment.text.isdigit()]
    check(manuscript.text, origin.name, max_chars)
    return SourceDocument(
        origin.doc_id, manuscript.text, origin.path, tuple(manuscript.blocks), tuple(manuscript.tables),
        article_of(pdf.property, pieces, heads),
    )  # fmt: skip
