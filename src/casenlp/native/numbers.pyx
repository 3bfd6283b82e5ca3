# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Reads the plain ones of the numbers in a text; what may be more than plain is handed back to the grammar.

Plain is a number in simple digits, or a word for one, with a unit behind it or none, and with nothing about it that
could make it a range, a fraction, a pair, a rate, a negative number or one compared. What may be more is told by what
must then stand there; a doubt costs time and never a result. All words come from the grammar, in lower case. Offsets are
half-open code points of the text.
"""

from cpython.dict cimport PyDict_GetItem
from cpython.mem cimport PyMem_Realloc
from cpython.unicode cimport Py_UNICODE_ISALPHA

from casenlp.kept import FEW, Kept
from casenlp.units import NO_DIVIDEND

include "letters.pxi"

cdef struct Candidate:  # word: the number of a number word, or one of those below
    Py_ssize_t start
    Py_ssize_t end
    int word

cdef enum:
    PLAIN_DIGITS = -1
    COMMA_DIGITS = -2
    OTHER_DIGITS = -3
    REACH = 24  # characters before a number in which a comparator is looked for
    FIELDS = 14  # of a quantity
    MOST_SHARED = 4  # letters and signs that may join a number to another whose unit it has

cdef bint is_odd(str text) noexcept:
    """Whether a text has a letter that expressions which ignore case and str.lower() do not read in the same way."""
    cdef View seen = view(text)
    cdef Py_ssize_t i
    cdef Py_UCS4 c
    for i in range(seen.size):
        c = PyUnicode_READ(seen.kind, seen.data, i)
        if c > 0x12F and (c == 0x130 or c == 0x131 or c == 0x17F or c == 0x3A3 or c == 0x212A):
            return True
    return False


cdef class Read:
    """What a word behind a number says of its unit; `node` is its own where a longer term may go on behind it."""

    cdef Py_ssize_t length
    cdef int node
    cdef str ucum, kind, per
    cdef bint divided, several


cdef class NumberReader:
    """Finds the quantities of a text, the plain ones by itself.

    `words` are number words and their values, `behind` the three letters of what may follow one that counts,
    `comparators` are written backwards, with what may stand between them and a number; `vulgar` are fractions of one
    letter, which is not ASCII. `starts` matches digits at a position, `parse` reads them, `compare(text, start, floor)`
    gives the comparator before a number and where it begins. `units` is the UnitTable, `several` tells a unit that is
    several others; `quantity` is the class of what is found.
    """

    cdef Tree words, ranges, fillers, comparators, behind, terms
    cdef list values
    cdef str vulgar, others, minus
    cdef object parse
    cdef object starts, compare, kept, quantity, several, reads
    cdef Py_ssize_t longest

    def __cinit__(
        self, dict words not None, behind, ranges, fillers, comparators, str vulgar not None, str others not None,
        str minus not None, starts, parse, compare, units, several, quantity,
    ):
        self.words, self.values = Tree(list(words)), list(words.values())
        self.behind = Tree(sorted(three for three in behind if len(three) == 3))
        self.ranges, self.fillers, self.comparators = Tree(ranges), Tree(fillers), Tree(comparators)
        self.vulgar, self.others, self.minus = vulgar, others, minus
        self.parse = parse
        self.starts, self.compare, self.several, self.quantity = starts, compare, several, quantity
        self.kept, self.longest = units.words, units.longest
        self.terms = Tree([term for term, is_whole in units.whole.items() if is_whole])
        self.reads = Kept(self.read_of, FEW)

    def read_of(self, str word not None):
        """What is kept of a word."""
        cdef Read read = Read.__new__(Read)
        length, unit, per, begun = self.kept[word]
        read.length, read.per, read.node = length, per, self.terms.node(begun)
        if unit is not None:
            read.ucum, read.kind = unit.ucum, unit.kind
            read.divided = unit.kind not in NO_DIVIDEND
            read.several = self.several(unit.ucum) is not None
        return read

    def find(self, str text not None, str lowered not None, read, share):
        """All quantities in order, not overlapping; None where the text has letters that only expressions know.

        `lowered` is the text in lower case, letter for letter; `read(text, start, end, in_words, floor)` reads what is
        not plain, or gives None; `share(text, quantities)` gives numbers the units of others, where they may have them.
        """
        cdef View seen = view(lowered)
        cdef Candidate* candidates = NULL
        cdef Candidate* candidate
        cdef Py_ssize_t done = 0, i, count = 0
        cdef list found = []
        if not text.isascii() and is_odd(text):
            return None
        try:
            count = self.candidates(text, &seen, &candidates)
            for i in range(count):
                candidate = &candidates[i]
                if candidate.start < done:
                    continue
                quantity = self.plain(text, &seen, candidate, done) if candidate.word != OTHER_DIGITS else self
                if quantity is self:
                    quantity = read(text, candidate.start, candidate.end, candidate.word >= 0, done)
                if quantity is not None:
                    if not isinstance(quantity, tuple) or len(<tuple> quantity) < FIELDS:
                        raise TypeError(f"no quantity: {quantity!r}")
                    found.append(quantity)
                    done = (<tuple> quantity)[1]
        finally:
            PyMem_Free(candidates)
        if self.may_share(&seen, found):
            share(text, found)
        return found

    cdef bint may_share(self, const View* seen, list found) except -1:
        """Whether few letters part a number from a quantity with a unit."""
        cdef Py_ssize_t i, k, letters
        cdef tuple bare, after = None
        for i in range(len(found) - 1, -1, -1):
            bare = <tuple> found[i]
            if after is not None and after[8] is not None and bare[8] is None:
                letters = 0
                for k in range(bare[1], after[0]):
                    letters += not is_space(at(seen, k))
                    if letters > MOST_SHARED:
                        break
                if 0 < letters <= MOST_SHARED:
                    return True
            after = bare
        return False

    cdef Py_ssize_t candidates(self, str text, const View* seen, Candidate** out) except -1:
        """Fill `out` with all that may be a number, in order, and give their count."""
        cdef Py_ssize_t count = 0, room = 64, position = -1, start, end = 0, run = 0
        cdef Py_UCS4 c
        cdef int word
        cdef Candidate* grown
        out[0] = <Candidate*> PyMem_Malloc(room * sizeof(Candidate))
        if out[0] == NULL:
            raise MemoryError()
        # `position` is the last that no word reaches over, `run` where no digits looked at reach over
        cdef Py_ssize_t i, size = seen.size
        cdef int kind = seen.kind
        cdef void* data = seen.data
        for i in range(-1, size):
            c = PyUnicode_READ(kind, data, i) if i >= 0 else 32
            if 97 <= c <= 122:  # most
                continue
            if count + 2 > room:
                room *= 2
                grown = <Candidate*> PyMem_Realloc(out[0], room * sizeof(Candidate))
                if grown == NULL:
                    raise MemoryError()
                out[0] = grown
            if i >= run and (is_digit(c) or (c > 127 and holds(self.vulgar, c))):
                start, run = i, i + 1
                c = at(seen, run)
                while is_digit(c) or c == 44 or c == 46 or (c > 127 and holds(self.vulgar, c)):
                    run += 1
                    c = at(seen, run)
                c = at(seen, i)
                if start and at(seen, start - 1) == 46:
                    start -= 1
                word = self.digits(text, seen, start, &end)
                if word:
                    self.insert(out[0], count, Candidate(start, end, word))
                    count += 1
            if i >= position and not (48 <= c <= 57 or c == 95 or c == 45) and self.words.after(0, at(seen, i + 1)):
                word = self.words.longest(seen, i + 1, &end)
                if word >= 0 and not (c > 127 and Py_UNICODE_ISALNUM(c)):
                    position = end
                    if self.counts(seen, end):
                        self.insert(out[0], count, Candidate(i + 1, end, word))
                        count += 1
        return count

    cdef void insert(self, Candidate* out, Py_ssize_t count, Candidate new) noexcept:
        """Put a candidate in its place: digits that a stop stands before may begin before a word that is known."""
        while count and (out[count - 1].start > new.start or (out[count - 1].start == new.start and out[count - 1].end > new.end)):
            out[count] = out[count - 1]
            count -= 1
        out[count] = new

    cdef int digits(self, str text, const View* seen, Py_ssize_t start, Py_ssize_t* end) except -4:
        """What digits at `start` are, and set their end; 0 where they begin no number."""
        cdef Py_UCS4 before = at(seen, start - 1) if start else 32, c
        cdef Py_ssize_t position = start
        if is_word(before) or before in (46, 44, 37, 94):  # . , % ^
            return 0
        if before == 45 and start > 1 and 97 <= at(seen, start - 2) <= 122:
            return 0
        if at(seen, position) != 46:
            while is_digit(at(seen, position)):
                position += 1
        c = at(seen, position)
        if position > start or c == 46:
            if c == 46 and is_digit(at(seen, position + 1)):
                position += 1
                while is_digit(at(seen, position)):
                    position += 1
                end[0] = position
                return PLAIN_DIGITS
            if position > start and not (c in (44, 32) and is_digit(at(seen, position + 1))):
                end[0] = position
                return PLAIN_DIGITS
            if c == 44:
                end[0] = self.behind_commas(seen, start, position)
                return COMMA_DIGITS
        m = self.starts(text, start)
        if m is None:
            return 0
        end[0] = m.end()
        return OTHER_DIGITS

    cdef Py_ssize_t behind_commas(self, const View* seen, Py_ssize_t start, Py_ssize_t position) noexcept:
        """The end of digits with a comma and a digit at `position`: of thousands that it parts, or of decimals."""
        cdef Py_ssize_t thousands = position, digit
        while position - start <= 3 and at(seen, thousands) == 44:
            for digit in range(1, 4):
                if not is_digit(at(seen, thousands + digit)):
                    break
            else:
                if not is_digit(at(seen, thousands + 4)):
                    thousands += 4
                    continue
            break
        if thousands > position:
            position = thousands
            if at(seen, position) != 46 or not is_digit(at(seen, position + 1)):
                return position
        position += 1
        while is_digit(at(seen, position)):
            position += 1
        return position

    cdef bint counts(self, const View* seen, Py_ssize_t end) noexcept:
        """Whether what follows a number word may be a unit, or is no word that tells."""
        if at(seen, end) != 32:
            return True
        if not (Py_UNICODE_ISALPHA(at(seen, end + 1)) and Py_UNICODE_ISALPHA(at(seen, end + 2))):
            return True
        if not Py_UNICODE_ISALPHA(at(seen, end + 3)):
            return True
        return self.behind.begun(seen, end + 1) > 0

    cdef object plain(self, str text, const View* seen, const Candidate* candidate, Py_ssize_t floor):
        """The quantity of a candidate, None where it is none, and the reader itself where that is not plain."""
        cdef Py_ssize_t start = candidate.start, end = candidate.end, position, unit_end = end
        cdef bint in_words = candidate.word >= 0
        cdef Py_UCS4 c
        cdef Read unit = None
        if self.may_go_on(seen, end):
            return self
        position = end
        while at(seen, position) == 32:
            position += 1
        if at(seen, position) == 45:
            position += 1
            while at(seen, position) == 32:
                position += 1
        if self.fillers.begun(seen, position):
            return self
        cdef Py_ssize_t word_end = position
        while word_end < seen.size and not is_space(at(seen, word_end)):
            word_end += 1
        if word_end > position:
            word = text[position:word_end]
            found = PyDict_GetItem(self.reads, word)
            unit = <Read> found if found is not NULL else <Read?> self.reads[word]
            if unit.node and self.goes_on(seen, unit.node, word_end, position + self.longest):
                return self
            if unit.ucum is None:
                unit = None
        if unit is None:
            if position - end > 1:
                return self
        else:
            if unit.several:
                return self
            unit_end = position + unit.length
            if unit.divided and unit.per is None and self.may_be_divided(seen, unit_end):
                return self
        if self.may_range(seen, unit_end):
            return self
        if unit is None and in_words:
            return None
        if start and holds(self.minus, at(seen, start - 1)):
            return self
        if candidate.word == COMMA_DIGITS:
            value = self.parse(text[start:end])
        else:
            value = self.values[candidate.word] if in_words else float(text[start:end])
        comparator, begin = None, start
        if self.comparators.ends(seen, start, max(floor, start - REACH), 0):
            comparator, begin = self.compare(text, start, floor)
        if unit is None:
            return tuple.__new__(
                self.quantity,
                (begin, end, start, end, value, None, None, comparator, None, None, "number", None, 1.0, False),
            )
        return tuple.__new__(
            self.quantity,
            (
                begin, unit_end, start, end, value, None, None, comparator,
                unit.ucum, text[position:unit_end], unit.kind, unit.per, 1.0, in_words,
            ),
        )

    cdef bint may_go_on(self, const View* seen, Py_ssize_t end) noexcept:
        """Whether a fraction, a spread, a pair or a titre may follow."""
        cdef Py_UCS4 c = at(seen, end)
        if is_space(c):
            end += 1
            c = at(seen, end)
        if c > 127 and holds(self.vulgar, c):
            return True
        if c and holds(self.others, c):
            end += 1
            while at(seen, end) == 47 or at(seen, end) == 45:  # of +/-
                end += 1
            if is_space(at(seen, end)):
                end += 1
            return is_digit(at(seen, end)) or at(seen, end) == 46
        if c == 40:
            end += 1
            c = at(seen, end)
        return 49 <= c <= 55 and at(seen, end + 1) == 47  # a digit and a slash

    cdef bint goes_on(self, const View* seen, int node, Py_ssize_t start, Py_ssize_t end) noexcept:
        """Whether a longer term than the word before `start`, which has a node, goes on there, before `end`."""
        cdef Py_UCS4 c
        while start < end:
            c = at(seen, start)
            if c == 0:
                return False
            if not is_space(c):
                node = self.terms.after(node, c)
                if not node:
                    return False
                if self.terms.nodes[node].word >= 0:
                    return True
            start += 1
        return False

    cdef bint may_be_divided(self, const View* seen, Py_ssize_t end) noexcept:
        """Whether a slash or its like follows."""
        cdef Py_UCS4 c
        while at(seen, end) == 32:
            end += 1
        c = at(seen, end)
        return c == 47 or (c == 112 and at(seen, end + 1) in (100, 101, 104))  # / or p before d, e or h

    cdef bint may_range(self, const View* seen, Py_ssize_t end) noexcept:
        """Whether a range may go on at `end`."""
        cdef Py_UCS4 c = at(seen, end)
        cdef Py_ssize_t position = end, behind = 0
        if c and is_space(c):
            position += 1
            c = at(seen, position)
        if c == 126 or c == 45:  # ~ or -
            position += 1
            if self.may_be_number(seen, position) or (
                is_space(at(seen, position)) and self.may_be_number(seen, position + 1)
            ):
                return True
        position = end + (at(seen, end) == 45)
        if not is_space(at(seen, position)):
            return False
        while is_space(at(seen, position)):
            position += 1
        position = self.ranges.begun(seen, position)
        if not position or not is_space(at(seen, position)):
            return False
        while is_space(at(seen, position)):
            position += 1
        return self.may_be_number(seen, position)

    cdef bint may_be_number(self, const View* seen, Py_ssize_t start) noexcept:
        cdef Py_UCS4 c = at(seen, start)
        cdef Py_ssize_t end
        if c == 0 or is_digit(c) or c == 46 or (c > 127 and holds(self.vulgar, c)):
            return c != 0
        return (c == 97 and is_space(at(seen, start + 1))) or self.words.longest(seen, start, &end) >= 0  # 97: a
