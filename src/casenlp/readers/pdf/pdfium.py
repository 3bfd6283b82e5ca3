"""PDFium behind a small door: a document opened with clear errors, and the glyphs, rules and pictures of its pages.

Coordinates are points from the lower left corner of the page's visible box, as the page stands in the file (before
/Rotate). Every glyph is asked for its box, and the first of each word for the text object that draws it. All glyphs
of an object have one font, size, baseline and direction, so that the rest is asked once an object: calls
through ctypes are a good part of the cost of reading. Boxes are trusted for left and right only: their height is the
font's in some files and the glyph's in others.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import degrees, hypot
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from casenlp.errors import DocumentError

Box = tuple[float, float, float, float]

_TAIL = 65536  # bytes at the end of a file in which its closing mark has to stand
_MOST_OBJECTS = 20_000  # drawn objects of a page that are looked at for rules and pictures
_MOST_FONTS = 10_000
_LARGEST = 40_000.0  # points: no page is wider or higher than 14 m; PDF itself ends at 200 inches a unit


#: Whether a font is bold and whether it is italic, by its name and flags.
_FONTS: dict[tuple[str, int], tuple[bool, bool]] = {}


@dataclass(frozen=True, slots=True)
class Print:
    """How a text object is set: font, size and direction, and where its first glyph stands on its baseline.

    `size` is in points on the page, `angle` in degrees anticlockwise from 0 to 359.
    """

    font: str
    bold: bool
    italic: bool
    size: float
    angle: int
    x: float
    y: float


@dataclass(slots=True)
class Glyphs:
    """The glyphs of one page as the file draws them one by one.

    `boxes` has rows (left, bottom, right, top); `owners` gives for each glyph its place in `prints`, -1 for those that
    only PDFium made, such as a space between words or a line's end.
    """

    codes: NDArray[np.int64]
    boxes: NDArray[np.float64]
    owners: NDArray[np.int64]
    prints: list[Print]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn on a page besides its text: straight rules (as thin boxes) and pictures."""

    rules: tuple[Box, ...]
    pictures: tuple[Box, ...]


class Page:
    """One page that is open; glyph positions are indices into `glyphs`."""

    def __init__(self, handle: Any, text: Any) -> None:
        self._page = handle
        self._text = text
        self._address = ctypes.cast(text, ctypes.c_void_p).value
        left, bottom, right, top = (ctypes.c_float() for _ in range(4))
        if not pdfium.FPDF_GetPageBoundingBox(handle, box := pdfium.FS_RECTF()):
            box = pdfium.FS_RECTF(0, 792, 612, 0)
        left, bottom, right, top = box.left, box.bottom, box.right, box.top
        self.origin = (min(left, right), min(bottom, top))
        self.width, self.height = abs(right - left), abs(top - bottom)

    def glyphs(self) -> Glyphs:
        """All glyphs of the page."""
        number = max(0, pdfium.FPDFText_CountChars(self._text))
        boxes = np.zeros((number, 4), dtype=np.float32)
        address = boxes.ctypes.data
        for index in range(number):
            _loose_box(self._address, index, address + 16 * index)
        left, top, right, bottom = boxes.astype(np.float64).T  # in FS_RECTF's own order
        x, y = self.origin
        shifted = np.column_stack((left - x, bottom - y, right - x, top - y)) if number else np.zeros((0, 4))
        codes = self._codes(number)
        numbers: dict[int | None, int] = {None: -1}
        prints: list[Print] = []
        asked = _changes(codes, boxes)
        owned: list[int] = []
        for index in asked.tolist():
            handle = _text_object(self._address, index)
            if handle not in numbers:
                numbers[handle] = len(prints)
                prints.append(self._print(index))
            owned.append(numbers[handle])
        owners = np.repeat(np.array(owned, dtype=np.int64), np.diff(np.append(asked, number)))
        return Glyphs(codes, shifted, owners, prints)

    def _codes(self, number: int) -> NDArray[np.int64]:
        buffer = (ctypes.c_ushort * (number + 1))()
        written = pdfium.FPDFText_GetText(self._text, 0, number, buffer)
        codes: NDArray[np.int64] = np.frombuffer(bytes(buffer), dtype=np.uint16)[:number].astype(np.int64)
        if written - 1 == number and not ((codes >= 0xD800) & (codes < 0xE000)).any():
            return codes
        unicode = (_unicode(self._address, index) for index in range(number))
        return np.fromiter(unicode, dtype=np.int64, count=number)

    def _print(self, index: int) -> Print:
        name, bold, italic = self._font(index)
        matrix = pdfium.FS_MATRIX(1, 0, 0, 1, 0, 0)
        pdfium.FPDFText_GetMatrix(self._text, index, matrix)
        size = abs(float(_size(self._address, index))) * hypot(matrix.c, matrix.d)
        if not 0.5 <= size <= _LARGEST:
            box = pdfium.FS_RECTF()
            pdfium.FPDFText_GetLooseCharBox(self._text, index, box)
            size = min(max(1.0, abs(box.top - box.bottom)), _LARGEST)
        where = (ctypes.c_double * 2)()
        address = ctypes.addressof(where)
        _origin(self._address, index, address, address + 8)
        angle = -round(degrees(_angle(self._address, index))) % 360  # PDFium counts clockwise
        return Print(name, bold, italic, size, angle, where[0] - self.origin[0], where[1] - self.origin[1])

    def _font(self, index: int) -> tuple[str, bool, bool]:
        """Name of a glyph's font, and whether it is bold and italic."""
        buffer, flags = ctypes.create_string_buffer(128), ctypes.c_int()
        length = pdfium.FPDFText_GetFontInfo(self._text, index, buffer, 128, flags)
        name = buffer.raw[: max(0, min(length, 128) - 1)].decode("utf-8", "replace").split("+", 1)[-1]
        known = _FONTS.get((name, flags.value))
        if known is None:
            lowered = name.lower()
            bold = any(mark in lowered for mark in ("bold", "black", "heavy", "semibd", "demi"))
            italic = bool(flags.value & 64) or "italic" in lowered or "oblique" in lowered
            known = bold or pdfium.FPDFText_GetFontWeight(self._text, index) >= 600, italic
            if len(_FONTS) < _MOST_FONTS:
                _FONTS[name, flags.value] = known
        return name, *known

    def is_pale(self, index: int) -> bool:
        """Whether a glyph is drawn in so light a grey or so thin a paint that it lies behind the text."""
        colours = [ctypes.c_uint() for _ in range(4)]
        if not pdfium.FPDFText_GetFillColor(self._text, index, *colours):
            return False
        red, green, blue, alpha = (colour.value for colour in colours)
        return alpha < 128 or (min(red, green, blue) > 190 and max(red, green, blue) < 250)

    def drawing(self) -> Drawing:
        """Rules and pictures, those inside of forms left out."""
        rules: list[Box] = []
        pictures: list[Box] = []
        number = min(pdfium.FPDFPage_CountObjects(self._page), _MOST_OBJECTS)
        edges = [ctypes.c_float() for _ in range(4)]
        for index in range(number):
            thing = pdfium.FPDFPage_GetObject(self._page, index)
            kind = pdfium.FPDFPageObj_GetType(thing)
            if kind not in (pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_IMAGE):
                continue
            if not pdfium.FPDFPageObj_GetBounds(thing, *edges):
                continue
            left, bottom, right, top = (edge.value for edge in edges)
            box = (left - self.origin[0], bottom - self.origin[1], right - self.origin[0], top - self.origin[1])
            if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
                pictures.append(box)
            elif min(right - left, top - bottom) < 3 and max(right - left, top - bottom) > 15:
                rules.append(box)
        return Drawing(tuple(rules), tuple(pictures))


class Document:
    """An open PDF: its number of pages, its properties, and its pages one at a time."""

    def __init__(self, handle: Any, data: bytes) -> None:
        self._handle = handle
        self._data = data  # PDFium reads from these bytes as long as the document is open
        self.page_count = max(0, pdfium.FPDF_GetPageCount(handle))

    def property(self, key: str) -> str:
        """An entry of the document's information dictionary, such as Title; empty where it has none."""
        length = pdfium.FPDF_GetMetaText(self._handle, key.encode(), None, 0)
        buffer = ctypes.create_string_buffer(min(length, 65536))
        if length <= 2 or length > len(buffer):
            return ""
        pdfium.FPDF_GetMetaText(self._handle, key.encode(), buffer, length)
        return " ".join(buffer.raw[: length - 2].decode("utf-16-le", "replace").split())

    @contextmanager
    def page(self, number: int) -> Iterator[Page | None]:
        """A page by its number from 0; None when the file has it in its list and nowhere else."""
        handle = pdfium.FPDF_LoadPage(self._handle, number)
        text = pdfium.FPDFText_LoadPage(handle) if handle else None
        try:
            yield Page(handle, text) if handle and text else None
        finally:
            if text:
                pdfium.FPDFText_ClosePage(text)
            if handle:
                pdfium.FPDF_ClosePage(handle)


@contextmanager
def opened(data: bytes, name: str) -> Iterator[Document]:
    """The document in the bytes of a file; DocumentError when it is locked, damaged, cut off or without pages."""
    if b"%PDF-" not in data[:1024]:
        raise DocumentError(name, "is no PDF (it does not begin with %PDF-)", "check the file, or get it again")
    pdfium.FPDF_InitLibrary()
    handle = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not handle:
        raise _refusal(pdfium.FPDF_GetLastError(), data, name)
    try:
        if b"%%EOF" not in data[-_TAIL:] and b"startxref" not in data[-_TAIL:]:
            raise _cut_off(name)
        document = Document(handle, data)
        if not document.page_count:
            raise DocumentError(name, "is a PDF without pages", "get the file again, or save it anew from its source")
        yield document
    finally:
        pdfium.FPDF_CloseDocument(handle)


def _refusal(code: int, data: bytes, name: str) -> DocumentError:
    if code == pdfium.FPDF_ERR_PASSWORD:
        remedy = "save it without its password first (qpdf --decrypt --password=... in.pdf out.pdf)"
        return DocumentError(name, "is a PDF locked with a password", remedy)
    if code == pdfium.FPDF_ERR_SECURITY:
        return DocumentError(name, "is a PDF locked in a way that is not known", "save it without protection first")
    if b"%%EOF" not in data[-_TAIL:]:
        return _cut_off(name)
    return DocumentError(
        name, "is a damaged PDF (its pages cannot be found)", "get it again, or repair it (qpdf in.pdf out.pdf)"
    )


def _cut_off(name: str) -> DocumentError:
    return DocumentError(name, "is a PDF that was cut off (its end is missing)", "get the whole file again")


def _changes(codes: NDArray[np.int64], boxes: NDArray[np.float32]) -> NDArray[np.int64]:
    """Indices of the glyphs that may be of another text object than the one before: after a gap, of another height."""
    blank = codes <= 32
    change = np.ones(codes.size, dtype=np.bool_)
    change[1:] = blank[1:] | blank[:-1] | (boxes[1:, 1] != boxes[:-1, 1]) | (boxes[1:, 3] != boxes[:-1, 3])
    return np.flatnonzero(change)


def _prototype(function: Any, result: Any, *arguments: Any) -> Any:
    """A function of PDFium that takes bare addresses and keeps the interpreter's lock: far cheaper to call."""
    return ctypes.PYFUNCTYPE(result, *arguments)(ctypes.cast(function, ctypes.c_void_p).value or 0)


_POINTER, _INT = ctypes.c_void_p, ctypes.c_int
_loose_box = _prototype(pdfium.FPDFText_GetLooseCharBox, _INT, _POINTER, _INT, _POINTER)
_unicode = _prototype(pdfium.FPDFText_GetUnicode, ctypes.c_uint, _POINTER, _INT)
_text_object = _prototype(pdfium.FPDFText_GetTextObject, _POINTER, _POINTER, _INT)
_size = _prototype(pdfium.FPDFText_GetFontSize, ctypes.c_double, _POINTER, _INT)
_origin = _prototype(pdfium.FPDFText_GetCharOrigin, _INT, _POINTER, _INT, _POINTER, _POINTER)
_angle = _prototype(pdfium.FPDFText_GetCharAngle, ctypes.c_float, _POINTER, _INT)
