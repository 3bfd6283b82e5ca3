# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The pass of casenlp.vocabulary over the words of a text, which finds every phrase of the lexicons.

What is known of a stretch between two spaces is an array of C structs in place of tuples; all else is as in Python:
Vocabulary._phrases does the same, and tests hold both to the same results. Offsets are half-open code points.
"""

from cpython.dict cimport PyDict_GetItemWithError
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport PyObject
from libc.stdint cimport uint64_t

# as in casenlp.lexicon_arrays and casenlp.vocabulary
cdef uint64_t PRIME = 0x9E3779B97F4A7C15
cdef enum:
    ENDS = 1
    GOES_ON = 16
    JOINED = 0
    APART = 2

cdef struct Word:
    uint64_t value  # hash
    Py_ssize_t start, end  # from the begin of the stretch
    int before  # what the gap before it does
    bint begins  # whether phrases of several words begin with it

cdef struct Begun:  # a phrase that may go on
    uint64_t value  # hash of its words so far
    Py_ssize_t start


cdef class Stretch:
    """What is known of the text between two spaces: its words, and what the gap behind the last one does.

    `size` counts its characters and the space that follows. Each word is (what the gap before it does, whether phrases
    of several words begin with it, its entries, (start, end, hash)).
    """

    cdef Py_ssize_t size, count
    cdef int behind
    cdef Word* words
    cdef list entries  # of each word

    def __cinit__(self, Py_ssize_t size, int behind, list words):
        cdef Py_ssize_t i = 0
        self.size = size
        self.behind = behind
        self.entries = []
        self.words = <Word*>PyMem_Malloc(sizeof(Word) * max(1, len(words)))
        if self.words is NULL:
            raise MemoryError
        for before, begins, entries, (start, end, value) in words:
            self.words[i] = Word(value, start, end, before, begins)
            self.entries.append(entries)
            i += 1
        self.count = i  # last: whatever was wrong with a word, no more are read than were written

    def __dealloc__(self):
        PyMem_Free(self.words)


cdef class Scan:
    """Finds the phrases of a text.

    `table` says whether phrases end or go on, as casenlp.lexicon_arrays writes it; `stretches` and `entries` are Kepts
    of stretches by their text and of entries by the hash of their phrase; `are_apart` tells whether no term goes on
    with the word at a place of a text. Raises ValueError for a table whose length is no power of two.
    """

    cdef const unsigned char[::1] held  # keeps the table, which may be mapped from a file
    cdef const unsigned char* table
    cdef uint64_t low_bits
    cdef object stretches, entries, are_apart

    def __init__(self, const unsigned char[::1] table, dict_of_stretches, dict_of_entries, are_apart):
        cdef Py_ssize_t size = table.shape[0]
        if size < 1 or size & (size - 1):
            raise ValueError(f"a table of {size} places; it takes a power of two")
        if not isinstance(dict_of_stretches, dict):
            raise TypeError("stretches are kept in a dict")
        self.held = table
        self.table = &self.held[0]
        self.low_bits = size - 1  # every place below is cut to it, whatever stands in a stretch
        self.stretches, self.entries, self.are_apart = dict_of_stretches, dict_of_entries, are_apart

    def phrases(self, str text not None):
        """Every phrase of a text as (start, end, entries), by start and then end."""
        cdef list found = [], entries_of_words
        cdef Begun* begun = NULL  # grows: a wrong "goes on" of the table may keep any number of phrases open
        cdef Py_ssize_t open = 0, room = 0, still, at = 0, first_at = 0, i, j
        cdef uint64_t value, total, first_value = 0
        cdef const unsigned char* table = self.table
        cdef uint64_t low_bits = self.low_bits
        cdef bint first = False  # whether a phrase may begin with the word before
        cdef int behind = APART, gap
        cdef unsigned int says
        cdef Stretch stretch
        cdef Word* word
        cdef PyObject* known
        try:
            for piece in text.replace("\n", " \n ").split(" "):  # a line end stands alone then, and has no length
                known = PyDict_GetItemWithError(self.stretches, piece)
                stretch = <Stretch?>(self.stretches[piece] if known is NULL else <object>known)
                entries_of_words = stretch.entries
                for i in range(stretch.count):
                    word = stretch.words + i
                    value = word.value
                    if first and table[((first_value >> 32) ^ value) & low_bits]:
                        if open == room:
                            begun = _grown(begun, &room)
                        begun[open] = Begun(first_value, first_at)
                        open += 1
                    if open:
                        gap = max(word.before, behind)
                        if gap and (gap == APART or self.are_apart(text, at + word.start)):
                            open = 0
                        still = 0
                        for j in range(open):
                            total = begun[j].value
                            says = table[((total >> 32) ^ value) & low_bits]
                            if not says:
                                continue
                            total = total * PRIME + value
                            says >>= total >> 62
                            if says & ENDS:
                                entries = self.entries[total]
                                if entries:
                                    found.append((begun[j].start, at + word.end, entries))
                            if says & GOES_ON:
                                begun[still] = Begun(total, begun[j].start)
                                still += 1
                        open = still
                    entries = entries_of_words[i]
                    if entries:
                        found.append((at + word.start, at + word.end, entries))
                    first = word.begins
                    if first:
                        first_at, first_value = at + word.start, value
                    behind = JOINED
                behind = max(behind, stretch.behind)
                at += stretch.size
        finally:
            PyMem_Free(begun)
        found.sort()
        return found


cdef Begun* _grown(Begun* begun, Py_ssize_t* room) except NULL:
    """The same with room for more; what was there is lost to nobody when memory is out: `begun` is still owned."""
    cdef Py_ssize_t more = max(16, 2 * room[0])
    cdef Begun* larger = <Begun*>PyMem_Realloc(begun, sizeof(Begun) * more)
    if larger is NULL:
        raise MemoryError
    room[0] = more
    return larger
