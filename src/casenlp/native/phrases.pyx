# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Fixed phrases in a sentence: the loop of `casenlp.pipeline.phrases`, which says what each phrase is made of."""

include "tables.pxi"

from cpython.mem cimport PyMem_Malloc
from cpython.unicode cimport Py_UNICODE_ISALNUM, Py_UNICODE_ISALPHA

from casenlp.kept import MOST

cdef Table NONE = Table()

cdef uint64_t mark_of(str word) noexcept:
    cdef Letters letters = letters_of(word)
    cdef uint64_t mark = BEGIN
    cdef Py_ssize_t place
    for place in range(letters.length):
        mark = (mark ^ letter(&letters, place)) * PRIME
    return mark


cdef class Branch:
    """What may follow in phrases that have begun: the next words, and whether one may end here."""

    cdef Table following
    cdef bint ends

    def __init__(self, branch):
        """Of the tree of dicts of `casenlp.pipeline.phrases`, in which "" says that a phrase may end."""
        self.following, self.ends = NONE if branch.keys() <= {""} else Table(), "" in branch
        for word, further in branch.items():
            if word:
                self.following.put(word, mark_of(word), Branch(further))


cdef class Beginnings:
    """Where phrases may begin in a word, the longest that ends in it (or -1), and what may follow."""

    cdef Py_ssize_t *starts
    cdef Py_ssize_t *ends
    cdef list branches

    def __cinit__(self, beginnings):
        cdef Py_ssize_t place
        self.branches = [Branch(branch) if branch else None for _, _, branch in beginnings]
        self.starts = <Py_ssize_t *>PyMem_Malloc((2 * len(beginnings) + 1) * sizeof(Py_ssize_t))
        if self.starts is NULL:
            raise MemoryError
        self.ends = self.starts + len(beginnings)
        for place, (start, end, _) in enumerate(beginnings):
            self.starts[place], self.ends[place] = start, end

    def __dealloc__(self):
        PyMem_Free(self.starts)


cdef struct Word:
    # What stands between two spaces: its end, the mark of its letters, whether it is letters of an alphabet only
    Py_ssize_t end
    uint64_t mark
    bint plain


cdef Word word_at(const Letters *text, Py_ssize_t start) noexcept:
    cdef Word word
    cdef uint32_t here
    word.end, word.mark, word.plain = start, BEGIN, True
    while word.end < text.length:
        here = letter(text, word.end)
        if here == c" ":
            break
        word.mark = (word.mark ^ here) * PRIME
        if not (97 <= here <= 122 or Py_UNICODE_ISALPHA(here)):
            word.plain = False
        word.end += 1
    if word.end == start:
        word.plain = False
    return word


cdef class Phrases:
    """Finds phrases as `casenlp.pipeline.phrases.PhraseFinder`, which says what each is made of."""

    cdef Table first  # words that begin phrases, all of them -> their beginnings, or None until the word is met
    cdef Words others  # of words that are not of letters only
    cdef object beginnings_of

    def __init__(self, first, beginnings_of):
        """`first` are the first words of all phrases; `beginnings_of` tells of a word where phrases may begin."""
        self.beginnings_of = beginnings_of
        self.first = Table()
        for word in first:
            self.first.put(word, mark_of(word), None)
        self.others = Words(self._worked_out, MOST)

    def _worked_out(self, word):
        return Beginnings(self.beginnings_of(word))

    def find(self, str text):
        """(start, end) of each phrase in a text with single spaces, in order."""
        cdef Letters letters = letters_of(text)
        cdef Py_ssize_t at = 0, done = 0, number, end, further
        cdef Word word
        cdef PyObject *known
        cdef Beginnings beginnings
        cdef list found = []
        while at <= letters.length:
            word = word_at(&letters, at)
            if word.plain:
                known = self.first.get(&letters, at, word.end, word.mark)
                if known is NULL:
                    at = word.end + 1
                    continue
                if <object>known is None:
                    self.first.change(&letters, at, word.end, word.mark, self._worked_out(text[at : word.end]))
                    known = self.first.get(&letters, at, word.end, word.mark)
                beginnings = <Beginnings>known
            else:
                beginnings = <Beginnings>self.others.find(text, &letters, at, word.end, word.mark)
            for number in range(len(beginnings.branches)):
                end = beginnings.ends[number] + at if beginnings.ends[number] >= 0 else -1
                branch = beginnings.branches[number]
                if branch is not None and word.end < letters.length:
                    further = follow(<Branch>branch, &letters, word.end + 1)
                    end = max(end, further)
                if end >= 0 and at + beginnings.starts[number] >= done:
                    done = end
                    found.append((at + beginnings.starts[number], end))
            at = word.end + 1
        return found


cdef Py_ssize_t follow(Branch branch, const Letters *text, Py_ssize_t at) noexcept:
    """Where the longest phrase ends that goes on at a position with what a branch says may follow; -1 if none."""
    cdef Py_ssize_t found = -1, place
    cdef uint64_t mark
    cdef PyObject *further
    cdef PyObject *within
    cdef Word word
    cdef uint32_t here
    while at <= text.length:
        word = word_at(text, at)
        further = branch.following.get(text, at, word.end, word.mark)
        if further is not NULL and (<Branch>further).ends:
            found = word.end
        elif not word.plain:  # a phrase may end at a border within it
            mark = BEGIN
            for place in range(at, word.end):
                here = letter(text, place)
                if place > at and not (Py_UNICODE_ISALNUM(here) or here == c"_"):
                    within = branch.following.get(text, at, place, mark)
                    if within is not NULL and (<Branch>within).ends:
                        found = place
                mark = (mark ^ here) * PRIME
        if further is NULL:
            break
        branch = <Branch>further
        at = word.end + 1
    return found
