# Included by the modules whose tables find a word by its letters in a text, without an object for each word.
# Positions count code points of the text given.

from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF, Py_XDECREF
from cpython.unicode cimport (
    PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ, Py_UNICODE_ISALNUM, Py_UNICODE_ISALPHA, Py_UNICODE_ISSPACE,
)
from libc.stdint cimport uint8_t, uint32_t, uint64_t

cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define FETCH(address) __builtin_prefetch(address)
    #else
    #define FETCH(address) ((void)(address))
    #endif
    """
    void FETCH(const void *address) noexcept

cdef enum:
    FIRST_BITS = 4  # of the number of slots of a new table
    PACKED = 9  # letters of 7 bits that a mark can hold as they are

# FNV-1a for other words, and multiplication for places; both begin with a number that differs from process to process
# so that nobody can write words that all collide.
cdef uint64_t SEED = <uint64_t>0xCBF29CE484222325ULL ^ <uint64_t>(<Py_ssize_t>hash("casenlp"))
cdef uint64_t PRIME = 0x100000001B3ULL
cdef uint64_t SPREAD = 0x9E3779B97F4A7C15ULL
cdef uint64_t HASHED = <uint64_t>1 << 63  # set in marks that several words may share


cdef enum:
    ALPHA = 1
    IN_WORD = 2
    SPACE = 4
    COMMON = 128

# What letters are, for those that most texts are made of; Python is asked of the others.
cdef uint8_t[COMMON] CLASSES
for _code in range(COMMON):
    CLASSES[_code] = (
        ALPHA * chr(_code).isalpha() | IN_WORD * (chr(_code).isalnum() or chr(_code) == "_") | SPACE * chr(_code).isspace()
    )


cdef inline int class_of(uint32_t letter) noexcept:
    """The bits of what a letter is; of the private letters, some of which stand for items, none."""
    if letter < COMMON:
        return CLASSES[letter]
    if 0xE000 <= letter <= 0xF8FF:
        return 0
    if Py_UNICODE_ISALPHA(letter):
        return ALPHA | IN_WORD
    return IN_WORD if Py_UNICODE_ISALNUM(letter) else SPACE if Py_UNICODE_ISSPACE(letter) else 0


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


cdef struct Mark:
    # The letters of a word so far: as they are while they are few of seven bits, and a hash.
    uint64_t packed
    uint64_t mixed
    Py_ssize_t length
    bint narrow


cdef inline void begin(Mark *mark) noexcept:
    mark.packed, mark.mixed, mark.length, mark.narrow = 0, SEED, 0, True


cdef inline void add(Mark *mark, uint32_t letter) noexcept:
    mark.packed = mark.packed << 7 | letter
    mark.mixed = (mark.mixed ^ letter) * PRIME
    mark.length += 1
    if letter - 1 >= 127:
        mark.narrow = False


cdef inline uint64_t value_of(const Mark *mark) noexcept:
    """A number of the word: its own, or with the bit HASHED where another word may have it too."""
    return mark.packed if mark.narrow and mark.length <= PACKED else mark.mixed | HASHED


cdef inline uint64_t mark_of(str word) noexcept:
    cdef Letters letters = letters_of(word)
    cdef Mark mark
    cdef Py_ssize_t place
    begin(&mark)
    for place in range(letters.length):
        add(&mark, letter(&letters, place))
    return value_of(&mark)


cdef struct Slot:
    uint64_t mark
    PyObject *word  # NULL in a free slot, None where the mark tells all
    PyObject *value


cdef class Table:
    """Words and a value for each; a word is found by its letters in a text."""

    cdef Slot *slots
    cdef int bits  # of the number of slots
    cdef Py_ssize_t used

    def __cinit__(self):
        self.bits = FIRST_BITS
        self.slots = <Slot *>PyMem_Calloc(1 << self.bits, sizeof(Slot))
        if self.slots is NULL:
            raise MemoryError

    def __dealloc__(self):
        cdef Py_ssize_t place
        if self.slots is not NULL:
            for place in range(1 << self.bits):
                Py_XDECREF(self.slots[place].word)
                Py_XDECREF(self.slots[place].value)
            PyMem_Free(self.slots)

    cdef inline Py_ssize_t place(self, uint64_t mark) noexcept:
        """Where a word is looked for first."""
        return <Py_ssize_t>(((mark ^ SEED) * SPREAD) >> (64 - self.bits))

    cdef inline PyObject *get(self, const Letters *text, Py_ssize_t start, Py_ssize_t end, uint64_t mark) noexcept:
        """The value of text[start:end], borrowed, whose mark is given; NULL where it is not known."""
        cdef Py_ssize_t last = (1 << self.bits) - 1, place = self.place(mark)
        cdef Slot *slot = &self.slots[place]
        while slot.word is not NULL:
            if slot.mark == mark and (not mark & HASHED or is_word(slot.word, text, start, end)):
                break
            place = (place + 1) & last
            slot = &self.slots[place]
        return slot.value

    cdef int put(self, str word, uint64_t mark, object value) except -1:
        """Add a word that is not there yet; TypeError for what is no word."""
        if word is None:
            raise TypeError("a word is wanted, not None")
        if 3 * (self.used + 1) > 2 << self.bits:
            self.grow()
        held = word if mark & HASHED else None  # most words then take no memory of their own
        Py_INCREF(held)
        Py_INCREF(value)
        self.fill(mark, <PyObject *>held, <PyObject *>value)
        self.used += 1
        return 0

    cdef void fill(self, uint64_t mark, PyObject *word, PyObject *value) noexcept:
        cdef Py_ssize_t last = (1 << self.bits) - 1, place = self.place(mark)
        while self.slots[place].word is not NULL:
            place = (place + 1) & last
        self.slots[place].mark, self.slots[place].word, self.slots[place].value = mark, word, value

    cdef int grow(self) except -1:
        cdef Slot *before = self.slots
        cdef Py_ssize_t place, size = 1 << self.bits
        cdef Slot *slots = <Slot *>PyMem_Calloc(2 * size, sizeof(Slot))
        if slots is NULL:
            raise MemoryError
        self.slots = slots
        self.bits += 1
        for place in range(size):
            if before[place].word is not NULL:
                self.fill(before[place].mark, before[place].word, before[place].value)
        PyMem_Free(before)
        return 0


cdef bint is_word(PyObject *word, const Letters *text, Py_ssize_t start, Py_ssize_t end) noexcept:
    """Whether text[start:end] is a word."""
    cdef Letters other = letters_of(<str>word)
    cdef Py_ssize_t place
    if other.length != end - start:
        return False
    for place in range(other.length):
        if letter(&other, place) != letter(text, start + place):
            return False
    return True
