# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Fixed phrases in a sentence: the search of `casenlp.pipeline.phrases`, which says what phrases are made of.

Most words begin no phrase, which the letters of it and of the next one tell by bits that are at hand in the processor's
cache.
"""

cimport cython

include "tables.pxi"

cdef enum:
    FEW_BITS = 13  # of the number of bits that tell which words may begin a phrase
    MANY_BITS = 16  # of those that tell which two

cdef Table NONE = Table()


cdef inline bint in_word(uint32_t letter) noexcept:
    return class_of(letter) & IN_WORD != 0


@cython.final
cdef class Branch:
    """What may follow in phrases that have begun: the next words, and whether one may end here."""

    cdef Table following
    cdef bint ends

    def __cinit__(self, branch):
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

    def __cinit__(self, ends, goes_on):
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


cdef inline Py_ssize_t run(const Letters *text, Py_ssize_t start, uint64_t *mixed) noexcept:
    """The end of the letters of a word that begin at a position, or of the sign that stands there; they are mixed into a
    number."""
    cdef uint32_t here = letter(text, start)
    cdef Py_ssize_t end = start + 1
    mixed[0] = (mixed[0] ^ here) * PRIME
    if in_word(here):
        while end < text.length:
            here = letter(text, end)
            if not in_word(here):
                break
            mixed[0] = (mixed[0] ^ here) * PRIME
            end += 1
    return end


cdef inline bint second(const Letters *text, Py_ssize_t end, uint64_t *mixed) noexcept:
    """Mix what follows a run, with the space before it, into the number of that; False where nothing follows."""
    if end < text.length and letter(text, end) == c" ":
        mixed[0] = (mixed[0] ^ c" ") * PRIME
        end += 1
    if end >= text.length:
        return False
    run(text, end, mixed)
    return True


@cython.final
cdef class Phrases:
    """Finds phrases as `casenlp.pipeline.phrases.PhraseFinder`."""

    cdef uint64_t[1 << (FEW_BITS - 6)] begins  # of the run of letters, or the sign, that a phrase begins with
    cdef uint64_t[1 << (MANY_BITS - 6)] goes_on  # of the first two of these, or of the only one
    cdef Table first
    cdef Py_ssize_t longest  # letters of a word that begins a phrase
    cdef object branch_of

    def __cinit__(self, single, dict several not None, branch_of):
        """`single` are the phrases of one word, `several` has the rests of others by their first words; `branch_of` tells
        of a first word what may follow, as a tree of dicts."""
        self.branch_of, self.first = branch_of, Table()
        for word in {*single, *several}:
            if type(word) is not str:
                raise TypeError(f"a word is wanted, not {word!r}")
            self.first.put(word, mark_of(word), First(word in single, word in several))
            self.longest = max(self.longest, len(word))
        for word in single:
            self.note(word)
        for word, rests in several.items():
            for then in {rest.partition(" ")[0] for rest in rests}:
                self.note(f"{word} {then}")

    cdef int note(self, str phrase) except -1:
        """Set the bits of what a phrase begins with."""
        cdef Letters letters = letters_of(phrase)
        cdef uint64_t mixed = SEED, bit
        cdef Py_ssize_t end = run(&letters, 0, &mixed)
        bit = mixed >> (64 - FEW_BITS)
        self.begins[bit >> 6] |= <uint64_t>1 << (bit & 63)
        second(&letters, end, &mixed)
        bit = mixed >> (64 - MANY_BITS)
        self.goes_on[bit >> 6] |= <uint64_t>1 << (bit & 63)
        return 0

    cdef inline bint may_begin(self, const Letters *text, Py_ssize_t end, uint64_t mixed) noexcept:
        """Whether a phrase may begin with a run that ends at a position, whose number is given."""
        cdef uint64_t bit = mixed >> (64 - FEW_BITS)
        if not self.begins[bit >> 6] >> (bit & 63) & 1:
            return False
        bit = mixed >> (64 - MANY_BITS)
        if self.goes_on[bit >> 6] >> (bit & 63) & 1:
            return True
        if not second(text, end, &mixed):
            return False
        bit = mixed >> (64 - MANY_BITS)
        return self.goes_on[bit >> 6] >> (bit & 63) & 1

    def find(self, str text not None):
        """(start, end) of each phrase in a text with single spaces, in order."""
        cdef Letters letters = letters_of(text)
        cdef Py_ssize_t start = 0, end, done = 0, border
        cdef uint64_t mixed
        cdef list found = []
        while start < letters.length:
            end = start + 1
            if letter(&letters, start) != c" ":
                mixed = SEED
                end = run(&letters, start, &mixed)
                if self.may_begin(&letters, end, mixed):
                    border = end
                    while border < letters.length and letter(&letters, border) != c" ":
                        border += 1
                    done = self.begun(found, text, &letters, start, border, done)
            start = end
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
            known = self.first.get(letters, start, place, value_of(&mark))
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
