"""Guards: whether a text holds the words that an expression cannot match without; see casenlp.guards.

Of each text it is noted once which three letters follow each other in it, as bits of a table of 2,048 (Bloom 1970,
"Space/time trade-offs in hash coding with allowable errors"): most words then need no search, as three of their letters
do not stand there. What passes is searched for, so that the answer is exact.
"""

cdef extern from "Python.h":
    int PyUnicode_KIND(object text)
    void *PyUnicode_DATA(object text)
    unsigned int PyUnicode_READ(int kind, void *data, Py_ssize_t at)
    int PyUnicode_Contains(object text, object part) except -1

ctypedef unsigned long long Bits

cdef enum:
    WIDTH = 32  # numbers of 64 bits in the table
    MOST = 24  # threes of a word that are looked at


cdef inline unsigned int _place(unsigned int first, unsigned int second, unsigned int third):
    return (first * 961 + second * 31 + third) & 2047


cdef class _Word:
    """A word and the bits of its threes; one of one or two letters has none, and is always searched for."""

    cdef str word
    cdef int threes
    cdef unsigned short[MOST] places

    def __cinit__(self, str word not None):
        cdef int at
        self.word = word
        self.threes = min(max(len(word) - 2, 0), <int>MOST)
        for at in range(self.threes):
            self.places[at] = _place(<Py_UCS4>word[at], <Py_UCS4>word[at + 1], <Py_UCS4>word[at + 2])


cdef class Guard:
    """An expression behind a test of words: of one of several ways a text must hold one word of each list; without
    a way, any text will do."""

    cdef list ways  # of lists of lists of _Word
    cdef object pattern_search

    def __cinit__(self, pattern, words):
        self.pattern_search = pattern.search
        self.ways = [[[_Word(word) for word in options] for options in lists] for lists in words]

    def search(self, str text not None):
        """The first match of the expression in a text, or None."""
        return self.pattern_search(text) if self.may_hold(text) else None

    def holds(self, str text not None):
        """Whether a text has, of any one way, one of each of its lists of words."""
        return self.may_hold(text) != 0

    cdef int may_hold(self, str text) except -1:
        cdef Bits[WIDTH] bits
        cdef Py_ssize_t at, length = len(text)
        cdef int kind = PyUnicode_KIND(text), found
        cdef void *data = PyUnicode_DATA(text)
        cdef unsigned int first, second, third, place
        cdef _Word word
        cdef list lists, options
        if not self.ways:
            return 1
        for at in range(WIDTH):
            bits[at] = 0
        if length > 2:
            first, second = PyUnicode_READ(kind, data, 0), PyUnicode_READ(kind, data, 1)
            for at in range(2, length):
                third = PyUnicode_READ(kind, data, at)
                place = _place(first, second, third)
                bits[place >> 6] |= <Bits>1 << (place & 63)
                first, second = second, third
        for lists in self.ways:
            found = 1
            for options in lists:
                found = 0
                for word in options:
                    for at in range(word.threes):
                        place = word.places[at]
                        if not (bits[place >> 6] >> (place & 63)) & 1:
                            break
                    else:
                        if PyUnicode_Contains(text, word.word):
                            found = 1
                            break
                if not found:
                    break
            if found:
                return 1
        return 0
