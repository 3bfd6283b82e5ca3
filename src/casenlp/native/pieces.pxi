# Included by native/sentences.pyx: what words do for the needs of patterns, worked out when they are first met. Bits are
# kept as numbers of 64 each; offsets count code points.

import struct

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.unicode cimport Py_UNICODE_ISDECIMAL
from libc.string cimport memset

from casenlp.kept import FEW, Kept

cdef enum:
    PAIRS = 1024  # bits that tell which two letters a longer piece within words may begin with
    ALONE = 0  # roles of a piece, as in casenlp.sieve
    LEFT = 1
    RIGHT = 2
    HALF = 3
    OTHER_HALF = 4
    ROLES = 5

FULL = (1 << 64) - 1


cdef bytes raw(number, Py_ssize_t size):
    """A number as `size` numbers of 64 bits in memory, the lowest first."""
    return struct.pack(f"{size}Q", *[number >> 64 * place & FULL for place in range(size)])


@cython.final
cdef class Row:
    """The bits of a word in one role, which many words have in common."""

    cdef bytes held
    cdef uint64_t *bits
    cdef bint any

    def __cinit__(self, bytes held not None):
        self.held = held
        self.bits = <uint64_t *>PyBytes_AS_STRING(held)
        self.any = held.count(0) < len(held)


@cython.final
cdef class Bits:
    """The bits that a word sets: of needs that it meets, that its last word begins, that its first word completes."""

    cdef uint64_t *alone
    cdef uint64_t *left  # NULL where there are none
    cdef uint64_t *right
    cdef tuple rows

    def __cinit__(self, Row alone not None, Row left not None, Row right not None):
        self.rows = alone, left, right
        self.alone = alone.bits
        self.left, self.right = left.bits if left.any else NULL, right.bits if right.any else NULL


cdef struct Limb:
    # Bits of a piece: those of one number of 64 of one role
    Py_ssize_t place
    uint64_t bits


@cython.final
cdef class Piece:
    """The bits that a piece of a word sets in each role, worked out when a word has it."""

    cdef object numbers  # by role
    cdef Limb *limbs
    cdef Py_ssize_t count

    def __cinit__(self, numbers):
        self.numbers = numbers

    def __dealloc__(self):
        PyMem_Free(self.limbs)

    cdef int read(self, Py_ssize_t size) except -1:
        cdef Py_ssize_t role, place, count = 0
        cdef Limb *limbs
        cdef list found = []
        for role in range(ROLES):
            number = self.numbers[role]
            for place in range(size if number else 0):
                bits = number >> 64 * place & FULL
                if bits:
                    found.append((role * size + place, bits))
        limbs = <Limb *>PyMem_Malloc(max(1, len(found)) * sizeof(Limb))
        if limbs is NULL:
            raise MemoryError
        for place, bits in found:
            limbs[count].place, limbs[count].bits = place, bits
            count += 1
        if self.limbs is NULL:  # no other thread has read it meanwhile
            self.limbs, self.count = limbs, count
        else:
            PyMem_Free(limbs)
        return 0


@cython.final
cdef class Pieces:
    """Works out what words do, as `_bits` of `casenlp.sieve.Sieve`, which says what pieces are.

    `pieces` are by whether a word must begin and end with them, as (numbers of bits by role) by their letters; `digit`
    is what all digits are; `size` the numbers of 64 bits that hold all bits.
    """

    cdef Table whole, begins, ends, within
    cdef list digits
    cdef Py_ssize_t size, longest
    cdef uint64_t[PAIRS >> 6] pairs
    cdef object rows, same
    cdef Row none

    def __cinit__(self, pieces, digit, Py_ssize_t size):
        self.size = size
        self.whole, self.begins, self.ends, self.within = Table(), Table(), Table(), Table()
        self.digits = []
        for (begins, ends), known in pieces.items():
            table = (self.whole if ends else self.begins) if begins else self.ends if ends else self.within
            for text, numbers in known.items():
                piece = Piece(numbers)
                (<Table>table).put(text, mark_of(text), piece)
                self.longest = max(self.longest, len(text))
                if text == digit:
                    self.digits.append(piece)
                if not begins and not ends and len(text) > 1:
                    self.pairs[pair(ord(text[0]), ord(text[1])) >> 6] |= <uint64_t>1 << (pair(ord(text[0]), ord(text[1])) & 63)
        self.rows = Kept(Row, FEW)
        self.same = Kept(lambda rows: Bits(*rows), FEW)
        self.none = Row(bytes(8 * size))

    cdef int put(self, uint64_t *bits, PyObject *found) except -1:
        """Add what a piece sets to the bits of a word."""
        cdef Piece piece
        cdef Py_ssize_t number
        if found is not NULL:
            piece = <Piece>found
            if piece.limbs is NULL:
                piece.read(self.size)
            for number in range(piece.count):
                bits[piece.limbs[number].place] |= piece.limbs[number].bits
        return 0

    cdef int word(self, uint64_t *bits, const Letters *text, Py_ssize_t start, Py_ssize_t end) except -1:
        """Set the bits of a word by role, as `_word`."""
        cdef Py_ssize_t first, place
        cdef bint opens
        cdef Mark mark
        cdef uint64_t value
        memset(bits, 0, ROLES * self.size * sizeof(uint64_t))
        if end - start == 1 and Py_UNICODE_ISDECIMAL(letter(text, start)):
            for piece in self.digits:
                self.put(bits, <PyObject *>piece)
        for first in range(start, end):
            begin(&mark)
            opens = False
            if end - first > 1:
                value = pair(letter(text, first), letter(text, first + 1))
                opens = self.pairs[value >> 6] >> (value & 63) & 1
            for place in range(first, min(end, first + self.longest)):
                add(&mark, letter(text, place))
                value = value_of(&mark)
                if opens or place == first:
                    self.put(bits, self.within.get(text, first, place + 1, value))
                if first == start:
                    self.put(bits, self.begins.get(text, first, place + 1, value))
                if place + 1 == end:
                    self.put(bits, self.ends.get(text, first, end, value))
                    if first == start:
                        self.put(bits, self.whole.get(text, first, end, value))
        for place in range(self.size):
            bits[place] |= bits[HALF * self.size + place] & bits[OTHER_HALF * self.size + place]
        return 0

    cdef Bits read(self, str token):
        """What a token does: runs of the letters a-z, and every other character but space, one after the other."""
        cdef Letters text = letters_of(token)
        cdef Py_ssize_t start = 0, end, place, size = self.size
        cdef uint64_t *here = <uint64_t *>PyMem_Malloc((ROLES + 3) * size * sizeof(uint64_t))  # of a word, by role
        cdef uint64_t *all = here + ROLES * size  # of the token
        cdef bint is_first = True
        if here is NULL:
            raise MemoryError
        try:
            memset(all, 0, 3 * size * sizeof(uint64_t))
            while start < text.length:
                end = start
                while end < text.length and 97 <= letter(&text, end) <= 122:
                    end += 1
                if end == start:
                    end += 1
                    if class_of(letter(&text, start)) & SPACE:
                        start = end
                        continue
                self.word(here, &text, start, end)
                for place in range(size):
                    all[place] |= here[place] | all[LEFT * size + place] & here[RIGHT * size + place]
                memcpy(all + LEFT * size, here + LEFT * size, size * sizeof(uint64_t))
                if is_first:
                    memcpy(all + RIGHT * size, here + RIGHT * size, size * sizeof(uint64_t))
                is_first = False
                start = end
            rows = [self.held(all + place * size) for place in range(3)]
        finally:
            PyMem_Free(here)
        return self.same[tuple([self.none if row is None else self.rows[row] for row in rows])]

    cdef bytes held(self, const uint64_t *bits):
        """The bits of a row, None where it has none."""
        cdef Py_ssize_t place
        for place in range(self.size):
            if bits[place]:
                return PyBytes_FromStringAndSize(<const char *>bits, 8 * self.size)
        return None


cdef inline uint64_t pair(uint32_t first, uint32_t second) noexcept:
    return (first * 31 + second) & (PAIRS - 1)
