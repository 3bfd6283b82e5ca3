# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The pass of casenlp.scan over the words of a text.

What is known of a stretch between two spaces is an array of C structs in place of tuples; all else is as in Python:
casenlp.scan has the same beside, and tests hold both to the same results. Offsets are half-open code points.
"""

from cpython.dict cimport PyDict_GetItemWithError
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport PyObject
from libc.stdint cimport uint64_t

from casenlp.kept import Kept

# as in casenlp.lexicon_arrays and casenlp.scan
cdef uint64_t PRIME = 0x9E3779B97F4A7C15
cdef enum:
    ENDS = 1
    GOES_ON = 16
    JOINED = 0
    UNSURE = 1
    APART = 2

cdef struct Word:
    uint64_t value  # hash
    Py_ssize_t start, end  # from the begin of the stretch
    PyObject* entries  # of the word alone, or NULL; its stretch owns them
    int before  # what the gap before it does
    bint begins  # whether phrases of several words begin with it

cdef struct Begun:  # a phrase that may go on
    uint64_t value  # hash of its words so far
    Py_ssize_t start


cdef class Stretch:
    """What is known of the text between two spaces."""

    cdef Py_ssize_t size  # its characters and the space that follows
    cdef int behind  # what the gap behind the last word does
    cdef Py_ssize_t count, room
    cdef Word* words  # where there is but one, `only`
    cdef Word only
    cdef list owned  # entries of the words
    cdef tuple marks  # (start, end, thing), or None

    def __cinit__(self):
        self.words, self.room = &self.only, 1

    def __dealloc__(self):
        if self.words is not &self.only:
            PyMem_Free(self.words)

    cdef int add(self, Word word, object entries) except -1:
        cdef Word* larger
        if self.count == self.room:
            larger = <Word*>PyMem_Malloc(sizeof(Word) * 2 * self.room)
            if larger is NULL:
                raise MemoryError
            for i in range(self.count):
                larger[i] = self.words[i]
            if self.words is not &self.only:
                PyMem_Free(self.words)
            self.words, self.room = larger, 2 * self.room
        word.entries = NULL
        if entries:
            if self.owned is None:
                self.owned = []
            self.owned.append(entries)
            word.entries = <PyObject*>entries
        self.words[self.count] = word
        self.count += 1
        return 0


cdef class Scan:
    """Finds the phrases of texts; what is read of a stretch is kept.

    The table, words, entries and mark are those of casenlp.scan.scanner, words and entries as dicts; `gaps` are the
    functions that tell what a whole gap does, one before a word, one behind a word, and whether no term goes on with
    the word at a place of a text. Raises ValueError for a table whose length is no power of two.
    """

    cdef const unsigned char[::1] held  # keeps the table, which may be mapped from a file
    cdef const unsigned char* table
    cdef uint64_t low_bits
    cdef object stretches, words, entries, mark, joins, leads, trails, are_apart

    def __init__(self, const unsigned char[::1] table, dict_of_words, dict_of_entries, mark, tuple gaps):
        cdef Py_ssize_t size = table.shape[0]
        if size < 1 or size & (size - 1):
            raise ValueError(f"a table of {size} places; it takes a power of two")
        if not isinstance(dict_of_words, dict):
            raise TypeError("words are kept in a dict")
        self.held = table
        self.table = &self.held[0]
        self.low_bits = size - 1  # every place in the table is cut to it
        self.words, self.entries, self.mark = dict_of_words, dict_of_entries, mark
        self.joins, self.leads, self.trails, self.are_apart = gaps
        self.stretches = Kept(self.read)

    def read(self, str text not None):
        """What is known of a stretch of text between two spaces."""
        cdef Stretch stretch = Stretch()
        cdef Py_ssize_t size = len(text), start = _skip(text, 0, size, False), end, after
        cdef Py_ssize_t last = 0, last_end = 0, behind = 0, behind_end = 0  # the last word, and the gap behind it
        cdef Word word
        cdef PyObject* known
        word.before = self.leads(text[:start]) if start else JOINED
        while start < size:
            end = _skip(text, start, size, True)
            after = _skip(text, end, size, False)
            if (stretch.count and behind_end - behind == 1 and text[behind] == u"'" and end - start == 1
                    and (text[start] == u"s" or text[start] == u"S")):  # a possessive is no word
                behind, behind_end, start = end, after, after
                continue
            if stretch.count:
                if _is_stop(text, behind, behind_end):
                    word.before = JOINED if _is_letter(text, last, last_end) else APART
                else:
                    word.before = self.joins(text[behind:behind_end])
            written = text[start:end] if end - start < size else text
            known = PyDict_GetItemWithError(self.words, written)
            value, goes_on, entries = self.words[written] if known is NULL else <object>known
            word.value, word.begins, word.start, word.end = value, goes_on, start, end
            stretch.add(word, entries)
            last, last_end, behind, behind_end, start = start, end, end, after, after
        stretch.behind = UNSURE
        if stretch.count:
            stretch.behind = self.trails(text[behind:behind_end]) if behind_end > behind else JOINED
            if _is_stop(text, behind, behind_end) and not _is_letter(text, last, last_end):
                stretch.behind = APART
        if self.mark is not None:
            stretch.marks = self.mark(text) or None
        stretch.size = 0 if size == 1 and text[0] == u"\n" else size + 1
        return stretch

    def scan(self, str text not None):
        """([(start, end, entries)] by start and then end, [(start, end, thing)] of the marks in order)."""
        cdef list found = [], marked = []
        cdef Begun* begun = NULL  # grows: a wrong "goes on" of the table may keep any number of phrases open
        cdef Py_ssize_t open = 0, room = 0, still, at = 0, first_at = 0, i, j, start, end
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
                    if word.entries is not NULL:
                        found.append((at + word.start, at + word.end, <object>word.entries))
                    first = word.begins
                    if first:
                        first_at, first_value = at + word.start, value
                    behind = JOINED
                if stretch.marks is not None:
                    for start, end, thing in stretch.marks:
                        marked.append((at + start, at + end, thing))
                behind = max(behind, stretch.behind)
                at += stretch.size
        finally:
            PyMem_Free(begun)
        found.sort()
        return found, marked


cdef Begun* _grown(Begun* begun, Py_ssize_t* room) except NULL:
    cdef Py_ssize_t more = max(16, 2 * room[0])
    cdef Begun* larger = <Begun*>PyMem_Realloc(begun, sizeof(Begun) * more)
    if larger is NULL:
        raise MemoryError
    room[0] = more
    return larger


cdef inline Py_ssize_t _skip(str text, Py_ssize_t at, Py_ssize_t size, bint letters):
    """Where the letters and digits end that begin at a place, or what is neither."""
    while at < size and text[at].isalnum() == letters:
        at += 1
    return at


cdef inline bint _is_stop(str text, Py_ssize_t start, Py_ssize_t end):
    return end - start == 1 and text[start] == u"."


cdef inline bint _is_letter(str text, Py_ssize_t start, Py_ssize_t end):
    return end - start == 1 and text[start].isalpha()
