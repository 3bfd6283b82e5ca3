# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Sentences as rules see them: `make_shadow` of `casenlp.pipeline.shadow`, which does the same and says what it means.

A sentence that is not as most are (several spaces, items that overlap, letters beyond U+FFFF) is left to the Python.
Offsets are half-open and count code points of the text; positions count those of a shadow.
"""

cimport cython
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND, PyUnicode_New, PyUnicode_Substring
from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy
from cpython.dict cimport PyDict_GetItem

include "slots.pxi"

ctypedef fused Letter:
    uint8_t
    uint16_t
    uint32_t


cdef bint is_spaced(const Letter *text, Py_ssize_t length) noexcept:
    """Whether a text, behind whose end a 0 stands, begins with a space or has two together or a new line."""
    cdef bint found = text[0] == 32
    cdef Py_ssize_t place
    for place in range(length):
        found |= (text[place] == 10) | ((text[place] == 32) & (text[place + 1] == 32))
    return found


cdef void copy(uint16_t *into, const void *text, int kind, Py_ssize_t start, Py_ssize_t count) noexcept:
    """Copy letters of a text with one or two bytes a letter."""
    cdef Py_ssize_t place
    if kind == 1:
        for place in range(count):
            into[place] = (<const uint8_t *>text)[start + place]
    else:
        memcpy(into, <const uint16_t *>text + start, count * sizeof(uint16_t))


@cython.final
@cython.freelist(32)
cdef class Shadow:
    """The symbol form of a stretch of text, as the class of the same name in Python."""

    cdef readonly str text
    cdef readonly str source
    cdef readonly Py_ssize_t end
    cdef Py_ssize_t start
    cdef list shown  # the items that are symbols
    cdef Py_ssize_t *places  # position of the symbol of each
    cdef Py_ssize_t *ends  # end of each when the shadow was made
    cdef Py_ssize_t *symbols
    cdef Py_ssize_t count
    cdef dict by_place

    def __dealloc__(self):
        PyMem_Free(self.places)

    @property
    def items(self):
        """Items by the position of their symbol, in order."""
        cdef Py_ssize_t number
        if self.by_place is None:
            self.by_place = {self.places[number]: self.shown[number] for number in range(self.count)}
        return self.by_place

    cdef inline Py_ssize_t before(self, Py_ssize_t position) noexcept:
        """How many symbols stand before a position."""
        cdef Py_ssize_t low = 0, high = self.count, middle
        while low < high:
            middle = (low + high) // 2
            if self.places[middle] < position:
                low = middle + 1
            else:
                high = middle
        return low

    cpdef Py_ssize_t text_start(self, Py_ssize_t position):
        """Text offset of a position."""
        cdef Py_ssize_t number
        if position >= len(self.text):
            return self.end
        number = self.before(position) if position >= 0 else self.count
        if number == 0:
            return self.start + position
        return self.ends[number - 1] + position - self.places[number - 1] - 1

    def text_end(self, Py_ssize_t position):
        """Text offset of the end of what stands before a position."""
        cdef Py_ssize_t number
        if position <= 0:
            return self.text_start(0)
        number = self.before(position)
        if number and self.places[number - 1] == position - 1:
            item = self.shown[number - 1]
            if item:
                return item.end
        return self.text_start(position - 1) + 1

    def words(self, item):
        """An item's words as the pipeline reads them."""
        return self.source[item.start : item.end]


cdef str spell(Shadow shadow, const void *data, int kind, Py_ssize_t start, Py_ssize_t end):
    """The letters of a shadow."""
    cdef Py_ssize_t last = shadow.count - 1, done = 0, number, at = 0
    cdef Py_ssize_t length = shadow.places[last] + 1 + end - shadow.ends[last]
    cdef str made = PyUnicode_New(length, 0xFFFF)
    cdef uint16_t *letters = <uint16_t *>PyUnicode_DATA(made)
    for number in range(shadow.count):
        copy(letters + done, data, kind, at, shadow.places[number] - done)
        done = shadow.places[number] + 1
        letters[done - 1] = <uint16_t>shadow.symbols[number]
        at = shadow.ends[number] - start
    copy(letters + done, data, kind, at, length - done)
    return made


@cython.final
cdef class Maker:
    """Makes shadows."""

    cdef dict symbols
    cdef object otherwise
    cdef type item
    cdef Py_ssize_t kind, start, end

    def __cinit__(self, symbols, otherwise, type item not None):
        """`symbols` are of all kinds of items, "" of those that stay words; `otherwise` makes all other shadows. Items are
        of the class `item`; TypeError where it has no slots for what is read."""
        self.item = item
        self.kind, self.start, self.end = slot(item, "kind"), slot(item, "start"), slot(item, "end")
        self.symbols = {kind: ord(symbol) if symbol else 0 for kind, symbol in symbols.items()}
        if not all(code == 0 or 0x100 <= code <= 0xFFFF for code in self.symbols.values()):
            raise ValueError("the symbols of items must be letters of two bytes")
        self.otherwise = otherwise

    def make(self, str text not None, Py_ssize_t start, Py_ssize_t end, items):
        """The symbol form of text[start:end] with `items`, which must not overlap."""
        made = self.made(text, start, end, items) if 0 <= start <= end <= len(text) else None
        return made if made is not None else self.otherwise(text, start, end, items)

    cdef Shadow made(self, str text, Py_ssize_t start, Py_ssize_t end, items):
        """A shadow, or None where the Python has to make it."""
        cdef str lowered = PyUnicode_Substring(text, start, end).lower()
        cdef int kind = PyUnicode_KIND(lowered)
        cdef const void *data = PyUnicode_DATA(lowered)
        cdef Py_ssize_t low, high, at = start, position = 0, size = len(items), code
        cdef Shadow shadow
        cdef PyObject *symbol
        if len(lowered) != end - start or kind == 4:
            return None
        if is_spaced(<const uint8_t *>data, end - start) if kind == 1 else is_spaced(<const uint16_t *>data, end - start):
            return None
        shadow = Shadow.__new__(Shadow)
        shadow.shown = []
        if size:
            shadow.places = <Py_ssize_t *>PyMem_Malloc(3 * size * sizeof(Py_ssize_t))
            if shadow.places is NULL:
                raise MemoryError
            shadow.ends, shadow.symbols = shadow.places + size, shadow.places + 2 * size
        for item in items:
            if type(item) is not self.item:
                return None
            symbol = PyDict_GetItem(self.symbols, got(item, self.kind))
            if symbol is NULL:
                return None
            code = <object>symbol
            if code == 0:
                continue
            low, high = got(item, self.start), got(item, self.end)
            if low < at or high < low or high > end or shadow.count == size:
                return None
            position += low - at
            shadow.places[shadow.count], shadow.ends[shadow.count], shadow.symbols[shadow.count] = position, high, code
            shadow.count += 1
            shadow.shown.append(item)
            position += 1
            at = high
        shadow.text = lowered if shadow.count == 0 else spell(shadow, data, kind, start, end)
        shadow.source, shadow.start, shadow.end = text, start, end
        return shadow
