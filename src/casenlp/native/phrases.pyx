# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Fixed phrases in a sentence: the search of `casenlp.pipeline.phrases`, which says what phrases are made of.

Most words begin no phrase, which a few bits tell that are at hand in the processor's cache.
"""

cimport cython

include "tables.pxi"

cdef enum:
    BITS = 14  # of the number of bits that tell which words may begin a phrase

cdef Table NONE = Table()


cdef inline bint in_word(uint32_t letter) noexcept:
    return class_of(letter) & IN_WORD != 0


@cython.final
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


@cython.final
cdef class First:
    """A word that begins phrases: whether it is one, and what may follow it."""

    cdef bint ends
    cdef bint goes_on
    cdef Branch branch  # None until a text asks for it

    def __init__(self, ends, goes_on):
        self.ends, self.goes_on = ends, goes_on


cdef struct Word:
    # What stands between two spaces: its end, a number of it, and whether it is letters of an alphabet only
    Py_ssize_t end
    uint64_t mark
    bint plain


cdef inline Word word_at(const Letters *text, Py_ssize_t start) noexcept:
    cdef Word word
    cdef Mark mark
    cdef uint32_t here
    begin(&mark)
    word.end, word.plain = start, True
    while word.end < text.length:
        here = letter(text, word.end)
        if here == c" ":
            break
        add(&mark, here)
        if not class_of(here) & ALPHA:
            word.plain = False
        word.end += 1
    word.mark = value_of(&mark)
    return word


@cython.final
cdef class Phrases:
    """Finds phrases as `casenlp.pipeline.phrases.PhraseFinder`."""

    cdef uint64_t[1 << (BITS - 6)] begins
    cdef Table first
    cdef Py_ssize_t longest  # letters of a word that begins a phrase
    cdef object branch_of

    def __init__(self, single, several, branch_of):
        """`single` are the phrases of one word, `several` the first words of others; `branch_of` tells of these what
        may follow, as a tree of dicts."""
        cdef uint64_t bit
        self.branch_of, self.first = branch_of, Table()
        for word in {*single, *several}:
            self.first.put(word, mark_of(word), First(word in single, word in several))
            self.longest = max(self.longest, len(word))
            bit = ((mark_of(word) ^ SEED) * SPREAD) >> (64 - BITS)
            self.begins[bit >> 6] |= <uint64_t>1 << (bit & 63)

    cdef inline PyObject *known(self, const Letters *text, Py_ssize_t start, Py_ssize_t end, uint64_t mark) noexcept:
        """What text[start:end] begins, borrowed; NULL where it begins no phrase."""
        cdef uint64_t bit = ((mark ^ SEED) * SPREAD) >> (64 - BITS)
        if not self.begins[bit >> 6] >> (bit & 63) & 1:
            return NULL
        return self.first.get(text, start, end, mark)

    def find(self, str text):
        """(start, end) of each phrase in a text with single spaces, in order."""
        cdef Letters letters = letters_of(text)
        cdef Py_ssize_t at = 0, done = 0, start
        cdef Word word
        cdef list found = []
        while at <= letters.length:
            word = word_at(&letters, at)
            if not word.plain:
                for start in range(at, word.end):
                    if start == at or not (in_word(letter(&letters, start - 1)) and in_word(letter(&letters, start))):
                        done = self.begun(found, text, &letters, start, word.end, done)
            elif self.known(&letters, at, word.end, word.mark) is not NULL:
                done = self.begun(found, text, &letters, at, word.end, done)
            at = word.end + 1
        return found

    cdef Py_ssize_t begun(
        self, list found, str text, const Letters *letters, Py_ssize_t start, Py_ssize_t border, Py_ssize_t done
    ) except -1:
        """Add the longest phrase that begins at a place of a word, which ends at `border`, unless it begins before
        `done`, where the last one ends; where the last one ends now."""
        cdef Py_ssize_t end = -1, further = -1, place = start
        cdef PyObject *known
        cdef First first
        cdef Mark mark
        begin(&mark)
        while place < border and place - start < self.longest:
            add(&mark, letter(letters, place))
            place += 1
            if place < border and in_word(letter(letters, place)):
                continue
            known = self.known(letters, start, place, value_of(&mark))
            if known is NULL:
                continue
            first = <First>known
            if first.ends:
                end = place
            if place == border and border < letters.length and first.goes_on:
                if first.branch is None:
                    first.branch = Branch(self.branch_of(text[start:border]))
                further = follow(first.branch, letters, border + 1)
        end = max(end, further)
        if end < 0 or start < done:
            return done
        found.append((start, end))
        return end


cdef Py_ssize_t follow(Branch branch, const Letters *text, Py_ssize_t at) noexcept:
    """Where the longest phrase ends that goes on at a position with what a branch says may follow; -1 if none."""
    cdef Py_ssize_t found = -1, place
    cdef PyObject *further
    cdef PyObject *within
    cdef Word word
    cdef Mark mark
    while at <= text.length:
        word = word_at(text, at)
        further = branch.following.get(text, at, word.end, word.mark)
        if further is not NULL and (<Branch>further).ends:
            found = word.end
        elif not word.plain:  # a phrase may end at a border within it
            begin(&mark)
            for place in range(at, word.end):
                if place > at and not in_word(letter(text, place)):
                    within = branch.following.get(text, at, place, value_of(&mark))
                    if within is not NULL and (<Branch>within).ends:
                        found = place
                add(&mark, letter(text, place))
        if further is NULL:
            break
        branch = <Branch>further
        at = word.end + 1
    return found
