# Included by the modules whose tables find a word by its letters in a text, without an object for each word.
# Positions count code points of the text given.

from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF, Py_XDECREF
from cpython.unicode cimport (
    PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ, PyUnicode_Substring,
)
from libc.stdint cimport uint32_t, uint64_t

cdef enum:
    LONGEST = 80  # letters of a word that may well be met again
    FIRST_SIZE = 16  # slots of a new table

# FNV-1a, begun at a number that differs from process to process so that nobody can write words that all collide.
cdef uint64_t BEGIN = <uint64_t>0xCBF29CE484222325ULL ^ <uint64_t>(<Py_ssize_t>hash("casenlp"))
cdef uint64_t PRIME = 0x100000001B3ULL


cdef struct Letters:
    # A text as its letters stand in memory; whoever makes one holds the text.
    int kind
    const void *data
    Py_ssize_t length


cdef inline Letters letters_of(str text) noexcept:
    cdef Letters letters
    letters.kind = PyUnicode_KIND(text)
    letters.data = PyUnicode_DATA(text)
    letters.length = len(text)
    return letters


cdef inline uint32_t letter(const Letters *text, Py_ssize_t place) noexcept:
    return PyUnicode_READ(text.kind, <void *>text.data, place)


cdef struct Slot:
    uint64_t mark  # of the word's letters
    PyObject *word  # NULL in a free slot
    PyObject *value


cdef class Table:
    """Words and a value for each; a word is found by its letters in a text."""

    cdef Slot *slots
    cdef Py_ssize_t size
    cdef Py_ssize_t used

    def __cinit__(self):
        self.size, self.used = FIRST_SIZE, 0
        self.slots = <Slot *>PyMem_Calloc(self.size, sizeof(Slot))
        if self.slots is NULL:
            raise MemoryError

    def __dealloc__(self):
        cdef Py_ssize_t place
        if self.slots is not NULL:
            for place in range(self.size):
                Py_XDECREF(self.slots[place].word)
                Py_XDECREF(self.slots[place].value)
            PyMem_Free(self.slots)

    cdef PyObject *get(self, const Letters *text, Py_ssize_t start, Py_ssize_t end, uint64_t mark) noexcept:
        """The value of text[start:end], borrowed, whose mark is given; NULL where it is not known."""
        return self.slot(text, start, end, mark).value

    cdef inline Slot *slot(self, const Letters *text, Py_ssize_t start, Py_ssize_t end, uint64_t mark) noexcept:
        """The slot of text[start:end], or the free one where its search ends."""
        cdef Py_ssize_t place = <Py_ssize_t>((mark ^ (mark >> 32)) & <uint64_t>(self.size - 1))
        cdef Slot *slot = &self.slots[place]
        while slot.word is not NULL:
            if slot.mark == mark and is_word(<str>slot.word, text, start, end):
                break
            place = (place + 1) & (self.size - 1)
            slot = &self.slots[place]
        return slot

    cdef int put(self, str word, uint64_t mark, object value) except -1:
        """Add a word that is not there yet."""
        if 3 * (self.used + 1) > 2 * self.size:
            self.grow()
        Py_INCREF(word)
        Py_INCREF(value)
        self.place(mark, <PyObject *>word, <PyObject *>value)
        self.used += 1
        return 0

    cdef int change(self, const Letters *text, Py_ssize_t start, Py_ssize_t end, uint64_t mark, object value) except -1:
        """Give the word text[start:end], which is there, another value."""
        cdef Slot *slot = self.slot(text, start, end, mark)
        cdef PyObject *before = slot.value
        Py_INCREF(value)
        slot.value = <PyObject *>value
        Py_XDECREF(before)
        return 0

    cdef void place(self, uint64_t mark, PyObject *word, PyObject *value) noexcept:
        cdef Py_ssize_t place = <Py_ssize_t>((mark ^ (mark >> 32)) & <uint64_t>(self.size - 1))
        while self.slots[place].word is not NULL:
            place = (place + 1) & (self.size - 1)
        self.slots[place].mark, self.slots[place].word, self.slots[place].value = mark, word, value

    cdef int grow(self) except -1:
        cdef Slot *before = self.slots
        cdef Py_ssize_t size = self.size, place
        cdef Slot *slots = <Slot *>PyMem_Calloc(2 * size, sizeof(Slot))
        if slots is NULL:
            raise MemoryError
        self.slots, self.size = slots, 2 * size
        for place in range(size):
            if before[place].word is not NULL:
                self.place(before[place].mark, before[place].word, before[place].value)
        PyMem_Free(before)
        return 0


cdef bint is_word(str word, const Letters *text, Py_ssize_t start, Py_ssize_t end) noexcept:
    """Whether text[start:end] is a word."""
    cdef Letters other = letters_of(word)
    cdef Py_ssize_t place
    if other.length != end - start:
        return False
    for place in range(other.length):
        if letter(&other, place) != letter(text, start + place):
            return False
    return True


cdef class Words:
    """What `work_out` makes of words, kept for those met last as `casenlp.kept.Kept` keeps it."""

    cdef Table young
    cdef Table old
    cdef object work_out
    cdef Py_ssize_t most

    def __init__(self, work_out, Py_ssize_t most):
        self.young, self.old = Table(), Table()
        self.work_out, self.most = work_out, most

    cdef object find(self, str text, const Letters *letters, Py_ssize_t start, Py_ssize_t end, uint64_t mark):
        """The value of the word text[start:end], whose mark is given."""
        cdef PyObject *known = self.young.get(letters, start, end, mark)
        if known is not NULL:
            return <object>known
        word = PyUnicode_Substring(text, start, end)
        known = self.old.get(letters, start, end, mark)
        value = <object>known if known is not NULL else self.work_out(word)
        # `work_out` may have let others look up the same word
        if end - start <= LONGEST and self.young.get(letters, start, end, mark) is NULL:
            if self.young.used >= self.most:
                self.old, self.young = self.young, Table()
            self.young.put(word, mark, value)
        return value
