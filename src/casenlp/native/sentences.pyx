# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""What the words of a sentence do for many patterns at once: the loop of `casenlp.sieve`.

Nothing is known here of rules: which bits a word sets, the Python side works out when it is first met.
"""

include "tables.pxi"

from cpython.mem cimport PyMem_Malloc
from cpython.unicode cimport Py_UNICODE_ISSPACE
from libc.string cimport memcpy

from casenlp.kept import FEW, MOST, Kept

cdef extern from *:
    """
    #ifdef _MSC_VER
    #include <intrin.h>
    static int lowest_bit(unsigned long long number) {
        unsigned long place;
        _BitScanForward64(&place, number);
        return (int)place;
    }
    #else
    static int lowest_bit(unsigned long long number) { return __builtin_ctzll(number); }
    #endif
    """
    int lowest_bit(uint64_t number) noexcept

FULL = (1 << 64) - 1


cdef class Bits:
    """The bits that a word sets: of needs that it meets, that its last word begins, that its first word completes."""

    cdef uint64_t *alone
    cdef uint64_t *left
    cdef uint64_t *right
    cdef bint has_left
    cdef bint has_right

    def __cinit__(self, Py_ssize_t size, alone, left, right):
        self.alone = <uint64_t *>PyMem_Calloc(3 * size + 1, sizeof(uint64_t))
        if self.alone is NULL:
            raise MemoryError
        self.left, self.right = self.alone + size, self.alone + 2 * size
        self.has_left, self.has_right = left != 0, right != 0
        spell(alone, self.alone, size)
        spell(left, self.left, size)
        spell(right, self.right, size)

    def __dealloc__(self):
        PyMem_Free(self.alone)


cdef int spell(number, uint64_t *into, Py_ssize_t size) except -1:
    """Write a number of at most 64 * size bits, its lowest first."""
    cdef Py_ssize_t place
    for place in range(size):
        into[place] = number & FULL
        number >>= 64
    return 0


cdef class Sieve:
    """Tells of all patterns at once which a text may match; `casenlp.sieve.Sieve` says how, and of what it is made."""

    cdef Py_ssize_t size  # numbers of 64 bits that hold the bits of all needs
    cdef uint64_t *lowest
    cdef uint64_t *carries
    cdef Bits begin
    cdef Bits end
    cdef Words words
    cdef object bits_of
    cdef object same
    cdef list ways  # (pattern, way) by the bit of the carry; of other bits None
    cdef list several  # (pattern, None) by pattern

    def __init__(self, bits_of, ways, patterns, lowest, carries, begin, end):
        """`bits_of` gives the three numbers of a token, `ways` (pattern, way) by the bit above a way's carry, `patterns`
        how many there are; `begin` and `end` are the three numbers of a text's borders."""
        self.size = max(ways, default=0) // 64 + 1
        self.lowest = <uint64_t *>PyMem_Calloc(2 * self.size, sizeof(uint64_t))
        if self.lowest is NULL:
            raise MemoryError
        self.carries = self.lowest + self.size
        spell(lowest, self.lowest, self.size)
        spell(carries, self.carries, self.size)
        self.ways = [ways.get(bit + 1) for bit in range(64 * self.size)]
        self.several = [(number, None) for number in range(patterns)]
        self.same = Kept(self._made, FEW)
        self.begin, self.end = self._made(begin), self._made(end)
        self.bits_of = bits_of
        self.words = Words(self._worked_out, MOST)

    def __dealloc__(self):
        PyMem_Free(self.lowest)

    def _made(self, numbers):
        alone, left, right = numbers
        return Bits(self.size, alone, left, right)

    def _worked_out(self, token):
        return self.same[self.bits_of(token)]

    def met(self, str text):
        """(pattern, way that is met, or None if several are) of each pattern a way of which a text in lower case
        meets, in order."""
        cdef Letters letters = letters_of(text)
        cdef Py_ssize_t at = 0, start, place, size = self.size
        cdef uint64_t mark, total, carry, met
        cdef uint32_t here
        cdef Bits before = self.begin, bits = self.end
        cdef uint64_t *sum = <uint64_t *>PyMem_Malloc(size * sizeof(uint64_t))
        cdef list found = []
        if sum is NULL:
            raise MemoryError
        try:
            memcpy(sum, before.alone, size * sizeof(uint64_t))
            while True:
                while at < letters.length and Py_UNICODE_ISSPACE(letter(&letters, at)):
                    at += 1
                if at >= letters.length:
                    break
                start, mark = at, BEGIN
                while at < letters.length:
                    here = letter(&letters, at)
                    if Py_UNICODE_ISSPACE(here):
                        break
                    mark = (mark ^ here) * PRIME
                    at += 1
                bits = <Bits>self.words.find(text, &letters, start, at, mark)
                add(sum, before, bits, size)
                before = bits
            add(sum, before, self.end, size)
            carry = 0
            for place in range(size):
                total = sum[place] + self.lowest[place]
                met = total + carry
                carry = (total < sum[place]) | (met < total)
                met &= self.carries[place]
                while met:
                    self.note(found, 64 * place + lowest_bit(met))
                    met &= met - 1
        finally:
            PyMem_Free(sum)
        return found

    cdef int note(self, list found, Py_ssize_t bit) except -1:
        """Add the way whose carry is `bit` to those found."""
        way = self.ways[bit]
        if found:
            number = (<tuple>way)[0]
            if (<tuple>found[len(found) - 1])[0] == number:
                found[len(found) - 1] = self.several[number]
                return 0
        found.append(way)
        return 0

    def may_end(self, str text):
        """Whether the last word of a text in lower case meets, together with the end, a need of any pattern."""
        cdef Letters letters = letters_of(text)
        cdef Py_ssize_t end = letters.length, start, place
        cdef uint64_t mark = BEGIN
        cdef Bits bits
        while end and Py_UNICODE_ISSPACE(letter(&letters, end - 1)):
            end -= 1
        start = end
        while start and not Py_UNICODE_ISSPACE(letter(&letters, start - 1)):
            start -= 1
        if start == end:
            return False
        for place in range(start, end):
            mark = (mark ^ letter(&letters, place)) * PRIME
        bits = <Bits>self.words.find(text, &letters, start, end, mark)
        for place in range(self.size):
            if bits.left[place] & self.end.right[place]:
                return True
        return False


cdef void add(uint64_t *sum, Bits before, Bits bits, Py_ssize_t size) noexcept:
    """Add the bits of a word, and those that it completes of what the word before it began."""
    cdef Py_ssize_t place
    for place in range(size):
        sum[place] |= bits.alone[place]
    if before.has_left and bits.has_right:
        for place in range(size):
            sum[place] |= before.left[place] & bits.right[place]
