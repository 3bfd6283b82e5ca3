# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""What the words of a sentence do for many patterns at once: the loop of `casenlp.sieve`.

Nothing is known here of rules: which bits a piece of a word sets, the Python side tells. What is known of words is far
more than the processor's cache holds beside all else that a report needs, so that waiting for it took most of the time:
what several words of a sentence need is asked for before the first of them is looked at.
"""

cimport cython
from cpython.mem cimport PyMem_Malloc
from cpython.unicode cimport PyUnicode_Substring
from libc.string cimport memcpy

include "tables.pxi"
include "pieces.pxi"

from casenlp.kept import MOST

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

cdef enum:
    LONGEST = 80  # letters of a word that may well be met again
    TOGETHER = 32  # words whose bits are asked for at once
    LINE = 8  # numbers of 64 bits that the processor fetches at once


@cython.final
cdef class Words:
    """What `pieces` work out of words, kept for those met last as `casenlp.kept.Kept` keeps it."""

    cdef Table young
    cdef Table old
    cdef Pieces pieces
    cdef Py_ssize_t most

    def __cinit__(self, Pieces pieces not None, Py_ssize_t most):
        self.young, self.old = Table(), Table()
        self.pieces, self.most = pieces, most

    cdef inline void fetch(self, uint64_t mark) noexcept:
        """Ask the processor for what `find` looks at first."""
        FETCH(&self.young.slots[self.young.place(mark)])

    cdef object find(self, str text, const Letters *letters, Py_ssize_t start, Py_ssize_t end, uint64_t mark):
        """The value of the word text[start:end], whose mark is given."""
        cdef PyObject *known = self.young.get(letters, start, end, mark)
        if known is not NULL:
            return <object>known
        word = PyUnicode_Substring(text, start, end)
        known = self.old.get(letters, start, end, mark)
        value = <object>known if known is not NULL else self.pieces.read(word)
        # collecting garbage may have let others look up the same word
        if end - start <= LONGEST and self.young.get(letters, start, end, mark) is NULL:
            if self.young.used >= self.most:
                self.old, self.young = self.young, Table()
            self.young.put(word, mark, value)
        return value


cdef struct Place:
    # A word of a text
    Py_ssize_t start
    Py_ssize_t end
    uint64_t mark


@cython.final
cdef class Sieve:
    """Tells of all patterns at once which a text may match; `casenlp.sieve.Sieve` says how, and of what it is made."""

    cdef Py_ssize_t size  # numbers of 64 bits that hold the bits of all needs
    cdef Row lowest
    cdef Row carries
    cdef Bits begin
    cdef Bits end
    cdef Words words
    cdef list ways  # (pattern, way) by the bit of the carry; of other bits None
    cdef list several  # (pattern, None) by pattern

    def __cinit__(self, pieces, borders, digit, ways, patterns, lowest, carries):
        """`pieces` and `digit` are as in `Pieces`, `borders` the pieces that stand for the begin and the end of a text;
        `ways` gives (pattern, way) by the bit above a way's carry, `patterns` how many there are."""
        self.size = max(ways, default=0) // 64 + 1
        self.lowest, self.carries = Row(raw(lowest, self.size)), Row(raw(carries, self.size))
        self.ways = [ways.get(bit + 1) for bit in range(64 * self.size)]
        if not 0 <= patterns <= 64 * self.size:
            raise ValueError(f"{patterns} patterns with fewer ways")
        self.several = [(number, None) for number in range(patterns)]
        for way in self.ways:
            if way is not None and not (type(way) is tuple and len(way) == 2 and 0 <= way[0] < patterns):
                raise ValueError(f"no way through one of {patterns} patterns: {way!r}")
        self.words = Words(Pieces(pieces, digit, self.size), MOST)
        begin, end = borders
        if type(begin) is not str or type(end) is not str:
            raise TypeError(f"borders are words, not {borders!r}")
        self.begin, self.end = self.words.pieces.read(begin), self.words.pieces.read(end)

    def met(self, str text not None):
        """(pattern, way that is met, or None if several are) of each pattern a way of which a text in lower case
        meets, in order."""
        cdef Letters letters = letters_of(text)
        cdef Py_ssize_t at = 0, place, count
        cdef uint64_t total, carry, met
        cdef Place[TOGETHER] places
        cdef Bits last = self.begin
        cdef list found = []
        cdef uint64_t *sum = <uint64_t *>PyMem_Malloc(self.size * sizeof(uint64_t))
        if sum is NULL:
            raise MemoryError
        try:
            memcpy(sum, last.alone, self.size * sizeof(uint64_t))
            while True:
                count = self.split(&letters, &at, places)
                last = self.add(sum, last, text, &letters, places, count)
                if count < TOGETHER:
                    break
            put(sum, last, self.end, self.size)
            carry = 0
            for place in range(self.size):
                total = sum[place] + self.lowest.bits[place]
                met = total + carry
                carry = (total < sum[place]) | (met < total)
                met &= self.carries.bits[place]
                while met:
                    self.note(found, 64 * place + lowest_bit(met))
                    met &= met - 1
        finally:
            PyMem_Free(sum)
        return found

    cdef Py_ssize_t split(self, const Letters *letters, Py_ssize_t *start, Place *places) noexcept:
        """Find the next words of a text; how many, and in `start` where to go on."""
        cdef Py_ssize_t at = start[0], count = 0
        cdef uint32_t here
        cdef Mark mark
        while count < TOGETHER:
            while at < letters.length and class_of(letter(letters, at)) & SPACE:
                at += 1
            if at >= letters.length:
                break
            places[count].start = at
            begin(&mark)
            while at < letters.length:
                here = letter(letters, at)
                if class_of(here) & SPACE:
                    break
                add(&mark, here)
                at += 1
            places[count].end, places[count].mark = at, value_of(&mark)
            self.words.fetch(places[count].mark)
            count += 1
        start[0] = at
        return count

    cdef Bits add(self, uint64_t *sum, Bits last, str text, const Letters *letters, Place *places, Py_ssize_t count):
        """Add the bits of words to a sum; the bits of the last one."""
        cdef Py_ssize_t number, line
        cdef list found = []
        cdef Bits bits
        for number in range(count):
            value = self.words.find(text, letters, places[number].start, places[number].end, places[number].mark)
            FETCH(<void *>value)
            found.append(value)
        for number in range(count):
            bits = <Bits>found[number]
            line = 0
            while line < self.size:
                FETCH(bits.alone + line)
                line += LINE
        for number in range(count):
            bits = <Bits>found[number]
            put(sum, last, bits, self.size)
            last = bits
        return last

    cdef int note(self, list found, Py_ssize_t bit) except -1:
        """Add the way whose carry is `bit` to those found."""
        way = self.ways[bit]
        if way is None:
            raise ValueError(f"a carry at {bit}, where no way ends")
        if found:
            number = (<tuple>way)[0]
            if (<tuple>found[len(found) - 1])[0] == number:
                found[len(found) - 1] = self.several[number]
                return 0
        found.append(way)
        return 0

    def may_end(self, str text not None):
        """Whether the last word of a text in lower case meets, together with the end, a need of any pattern."""
        cdef Letters letters = letters_of(text)
        cdef Py_ssize_t end = letters.length, start, place
        cdef Mark mark
        cdef Bits bits
        while end and class_of(letter(&letters, end - 1)) & SPACE:
            end -= 1
        start = end
        while start and not class_of(letter(&letters, start - 1)) & SPACE:
            start -= 1
        if start == end:
            return False
        begin(&mark)
        for place in range(start, end):
            add(&mark, letter(&letters, place))
        bits = <Bits>self.words.find(text, &letters, start, end, value_of(&mark))
        return meet(bits.left, self.end.right, self.size)

    def may_begin(self, str word not None):
        """Whether the begin of a text meets, together with what stands there up to a space, a need of any pattern."""
        return meet(self.begin.left, self.words.pieces.read(word).right, self.size)


cdef inline bint meet(const uint64_t *one, const uint64_t *other, Py_ssize_t size) noexcept:
    """Whether two rows of bits, either of which may be NULL, have one in common."""
    cdef Py_ssize_t place
    if one is not NULL and other is not NULL:
        for place in range(size):
            if one[place] & other[place]:
                return True
    return False


cdef inline void put(uint64_t *sum, Bits before, Bits bits, Py_ssize_t size) noexcept:
    """Add the bits of a word, and those that it completes of what the word before it began."""
    cdef Py_ssize_t place
    for place in range(size):
        sum[place] |= bits.alone[place]
    if before.left is not NULL and bits.right is not NULL:
        for place in range(size):
            sum[place] |= before.left[place] & bits.right[place]
