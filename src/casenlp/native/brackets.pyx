# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""The brackets of a text that may define an abbreviation, after casenlp.pipeline.abbreviations.

Each bracket is looked at by the words about it, without making Words of them; what is left is given to the Python.
Offsets are half-open code points of the text.
"""

from cpython.dict cimport PyDict_GetItem
from cpython.unicode cimport Py_UNICODE_ISALPHA, Py_UNICODE_TOLOWER

include "letters.pxi"

cdef enum:  # as in casenlp.pipeline.abbreviations
    LONGEST_WORD = 64
    LONGEST = 8
    REACH = 160
    MOST_SHORT = 3
    LONGEST_TOKEN = 10
    FAR = 4000
    ROOM = 256  # for openings within reach, and for tokens of a stretch

cdef struct Opening:  # what the words about it tell, once that is asked for; see `Abbreviations._opening`
    Py_ssize_t at
    bint is_read
    bint may_be_short
    bint is_unclear  # what stands before it
    bint is_before_read
    Py_ssize_t before, before_end  # the short form that may stand before it; first, the word; the same where none stands

cdef struct Token:
    Py_ssize_t start
    Py_ssize_t end

cdef struct Tokens:  # of a stretch; whoever looks has its own, as Python that is asked meanwhile may look at another text
    Token[ROOM] at
    int count

cdef enum:  # what brackets hold
    NOTHING
    SHORT
    LONG
    UNCLEAR


cdef inline Py_UCS4 folded(Py_UCS4 c) noexcept:
    """A letter in lower case; 0 for the one whose lower case is two letters."""
    if c < 128:
        return <Py_UCS4> (<int> c + 32) if 65 <= c <= 90 else c
    return <Py_UCS4> 0 if c == 0x130 else Py_UNICODE_TOLOWER(c)


cdef bint is_held(
    const View* text, Py_ssize_t start, Py_ssize_t end, const View* short, Py_ssize_t low, Py_ssize_t high
) noexcept:
    """Whether a stretch has the letters of short[low:high] in order."""
    cdef Py_UCS4 letter
    while high > low:
        high -= 1
        letter = folded(at(short, high))
        if letter < 128:
            if not (97 <= letter <= 122 or 48 <= letter <= 57):
                continue
        elif not Py_UNICODE_ISALNUM(letter):
            continue
        end -= 1
        while end >= start and folded(at(text, end)) != letter:
            end -= 1
        if end < start:
            return False
    return True


cdef bint may_be_short(const View* text, const Token* tokens, int count) noexcept:
    """As `_may_be_short`, of tokens and what stands between them."""
    cdef Py_ssize_t place, letters = 0
    cdef int i
    if not Py_UNICODE_ISALPHA(at(text, tokens[0].start)):
        return False
    for i in range(count):
        if not 2 <= tokens[i].end - tokens[i].start < LONGEST_TOKEN:
            return False
    for place in range(tokens[0].start, tokens[count - 1].end):
        letters += Py_UNICODE_ISALPHA(at(text, place))
    return 2 * letters >= tokens[count - 1].end - tokens[0].start


cdef class Brackets:
    """Finds what brackets define.

    `chunks` maps a stretch without space, or white space, to its tokens and whether they may need to be rejoined; of
    those `first` and `last` tell what behind and before an opening bracket they would say.
    """

    cdef object first, last, chunks

    def __cinit__(self, first, last, chunks):
        self.first, self.last, self.chunks = first, last, chunks

    def define(self, str text not None, defined):
        """Short forms and the spans of their long forms.

        `defined(text, at, end)` gives (short form, start and end of its long form) or None, where that takes more than
        the words of the text.
        """
        cdef View seen = view(text)
        cdef Opening[ROOM] opened
        cdef unsigned int oldest = 0, newest = 0, i
        cdef Py_ssize_t here, low = 0, high = 0
        cdef Py_UCS4 c
        cdef Opening* opening
        cdef Tokens tokens
        cdef dict longs = {}
        for here in range(seen.size):
            c = PyUnicode_READ(seen.kind, seen.data, here)
            if c != 40 and c != 41:
                continue
            while oldest != newest and here - opened[oldest % ROOM].at > REACH:
                oldest += 1
            if c == 40:
                opened[newest % ROOM] = Opening(here, False, True, True, True, 0, 0)
                newest += 1
                continue
            for i in range(oldest, newest):
                opening = &opened[i % ROOM]
                if not self.may_define(text, &seen, opening, here):
                    continue
                low = -1
                if not self.stretch(text, &seen, &tokens, opening, here, longs, &low, &high):
                    continue
                found = self if low < 0 else self.defined_by(text, &seen, &tokens, low, high, opening.at + 1, here)
                if found is self:
                    found = defined(text, opening.at, here)
                if found is not None:
                    longs.setdefault(found[0], found[1:])
        return longs

    cdef tuple known(self, str text, Py_ssize_t start, Py_ssize_t end):
        """The tokens of a word, or of white space, and whether they may have to be rejoined."""
        chunk = text[start:end]
        found = PyDict_GetItem(self.chunks, chunk)
        known = <object> found if found is not NULL else self.chunks[chunk]
        if not isinstance(known, tuple) or len(<tuple> known) != 2:
            raise TypeError(f"no tokens: {known!r}")
        return <tuple> known

    cdef int read(self, str text, const View* seen, Opening* opening) except -1:
        """Set what the words about an opening bracket tell, but for its own word before it."""
        cdef Py_ssize_t start, end
        opening.is_read = True
        end = opening.at
        if end and not is_space(at(seen, end - 1)):
            return 0
        while end < seen.size and end - opening.at < LONGEST_WORD and not is_space(at(seen, end)):
            end += 1
        if end - opening.at >= LONGEST_WORD:
            return 0
        known = self.known(text, opening.at, end)
        if known[1]:
            is_short = self.first(text[opening.at : end])
        else:
            tokens = <tuple?> known[0]
            if len(tokens) < 2 or tokens[0] != "(":
                return 0
            is_short = 1 < len(<str?> tokens[1]) < LONGEST_TOKEN and Py_UNICODE_ISALPHA(at(seen, opening.at + 1))
        if is_short is None:
            return 0
        opening.may_be_short = is_short
        opening.is_unclear = False
        if opening.at < 2 or at(seen, opening.at - 1) != 32 or is_space(at(seen, opening.at - 2)):
            return 0
        start = opening.at - 1
        while start > 0 and opening.at - start < LONGEST_WORD and not is_space(at(seen, start - 1)):
            start -= 1
        if opening.at - 1 - start >= LONGEST_WORD - 1:
            opening.is_unclear = True
            return 0
        opening.is_before_read = False
        opening.before, opening.before_end = start, opening.at - 1
        return 0

    cdef bint has_before(
        self, str text, const View* seen, Opening* opening, Py_ssize_t start, Py_ssize_t end
    ) except -1:
        """Whether a short form may stand before a bracket whose letters a stretch has."""
        cdef Py_ssize_t size
        cdef Token token
        if not opening.is_before_read:
            opening.is_before_read = True
            known = self.known(text, opening.before, opening.before_end)
            if known[1]:
                size = len(<str?> self.last(text[opening.before : opening.before_end]))
            else:
                parts = <tuple?> known[0]
                size = len(<str?> parts[len(parts) - 1]) if parts else 0
            token = Token(opening.before_end - size, opening.before_end)
            opening.before = token.start if size and may_be_short(seen, &token, 1) else token.end
        return opening.before < opening.before_end and is_held(
            seen, start, end, seen, opening.before, opening.before_end
        )

    cdef bint may_define(self, str text, const View* seen, Opening* opening, Py_ssize_t end) except -1:
        """As `_may_define`."""
        cdef int words = 0
        cdef bint within = False, letters = False
        cdef Py_ssize_t i
        cdef Py_UCS4 c
        for i in range(opening.at + 1, end):
            c = at(seen, i)
            if is_space(c):
                within = False
                continue
            letters = letters or Py_UNICODE_ISALPHA(c)
            if not within:
                within = True
                words += 1
        if words > LONGEST + 2 or not letters:  # a short form begins with a letter, and a long form has it
            return False
        if not opening.is_read:
            self.read(text, seen, opening)
        if opening.is_unclear or (opening.may_be_short and words <= MOST_SHORT + 1):
            return True
        return self.has_before(text, seen, opening, opening.at + 1, end)

    cdef bint stretch(
        self, str text, const View* seen, Tokens* tokens, Opening* opening, Py_ssize_t end, dict known,
        Py_ssize_t* low, Py_ssize_t* high,
    ) except -1:
        """Whether a bracket may define what is not known, with what of the text that depends on; see `_defined`."""
        cdef Py_ssize_t i, begin = opening.at, start = begin, stop = end, size = 0
        cdef int spaces = 0, kind, first = 0, last = 0
        for i in range(begin, end):
            spaces += at(seen, i) == 32
        if spaces > LONGEST + 1:
            return False
        if not (begin and is_space(at(seen, begin - 1))):
            while start and at(seen, start - 1) != 32:
                start -= 1
        while stop < seen.size and not is_space(at(seen, stop)):
            stop += 1
        kind = self.held(text, seen, tokens, start, stop, begin + 1, end, &first, &last)
        if kind == UNCLEAR:
            return True
        if kind == NOTHING:
            return False
        if kind == SHORT:
            start, stop = tokens.at[first].start, tokens.at[last - 1].end
            size = stop - start
            if text[start:stop] in known:
                return False
        elif not opening.is_unclear and not self.has_before(text, seen, opening, begin, end):
            return False
        about(seen, begin, end + 1, size, low, high)
        return not size or is_held(seen, low[0], begin, seen, start, stop)

    cdef int held(
        self, str text, const View* seen, Tokens* tokens, Py_ssize_t low, Py_ssize_t high, Py_ssize_t start,
        Py_ssize_t end, int* first, int* last,
    ) except -1:
        """What text[start:end] holds by its own tokens, those of text[low:high], and which; see `_short`."""
        if not self.split(text, seen, tokens, low, high):
            return UNCLEAR
        within(tokens, start, end, first, last)
        if not 0 < last[0] - first[0] <= LONGEST:
            return NOTHING
        if last[0] - first[0] > MOST_SHORT:
            return LONG if is_balanced(seen, tokens, first[0], last[0]) else NOTHING
        return SHORT if may_be_short(seen, &tokens.at[first[0]], last[0] - first[0]) else NOTHING

    cdef object defined_by(
        self, str text, const View* seen, Tokens* tokens, Py_ssize_t low, Py_ssize_t high, Py_ssize_t start,
        Py_ssize_t end
    ):
        """As `defined_by`; the object itself where that needs more than the tokens of text[low:high]."""
        cdef int first = 0, last = 0, begin, long_first, long_last, i
        cdef Py_ssize_t size = 0, written, written_end
        if not self.split(text, seen, tokens, low, high):
            return self
        within(tokens, start, end, &first, &last)
        if first == 0:
            return self
        if not 0 < last - first <= LONGEST or first == 1:
            return None
        if last - first > MOST_SHORT:
            if not is_balanced(seen, tokens, first, last):
                return None
            long_first, long_last = first, last
            first, last = first - 2, first - 1
        else:
            for i in range(first, last):
                size += tokens.at[i].end - tokens.at[i].start
            long_first, long_last = <int> max(first - min(size + 5, 2 * size) - 1, 0), first - 1
        if not may_be_short(seen, &tokens.at[first], last - first):
            return None
        begin = begin_of_long(seen, tokens, long_first, long_last, first, last, high)
        if begin < 0:
            return None
        written, written_end = tokens.at[first].start, tokens.at[last - 1].end
        start, end = tokens.at[begin].start, tokens.at[long_last - 1].end
        return (text[written:written_end], start, end) if end - start > written_end - written else None

    cdef bint split(self, str text, const View* seen, Tokens* tokens, Py_ssize_t low, Py_ssize_t high) except -1:
        """Set the tokens of a stretch, as WordSplitter; False where some may have to be rejoined."""
        cdef Py_ssize_t start = low, end, place
        cdef int count = 0
        cdef bint blank
        tokens.count = 0
        while start < high:
            blank = is_space(at(seen, start))
            end = start + 1
            while end < high and is_space(at(seen, end)) == blank:
                end += 1
            if blank and start > low and at(seen, start) == 32:  # belongs to the token before
                start += 1
                if start == end:
                    continue
            known = self.known(text, start, end)
            if known[1] or (blank and len(<tuple?> known[0]) > 1):
                return False
            place = start
            for token in <tuple?> known[0]:
                if count == ROOM:
                    return False
                tokens.at[count] = Token(place, place + len(<str?> token))
                place = tokens.at[count].end
                count += 1
            start = end
        tokens.count = count
        return True


cdef int begin_of_long(
    const View* seen, const Tokens* tokens, int first, int end, int short_first, int short_end, Py_ssize_t high
) noexcept:
    """As `_begin_of_long`, -1 for None; a place is a token and how far from its begin."""
    cdef int token = end - 1, short, k
    cdef Py_ssize_t offset = tokens.at[token].end - tokens.at[token].start, place, length = 0, at_ = 0
    cdef Py_UCS4 letter
    cdef bint begins
    for short in range(short_end - 1, short_first - 1, -1):
        place = tokens.at[short].end
        while place > tokens.at[short].start:
            place -= 1
            letter = folded(at(seen, place))
            if not Py_UNICODE_ISALNUM(letter):
                continue
            begins = short == short_first and place == tokens.at[short].start
            while True:
                if offset == 0:
                    token -= 1
                    if token < first:
                        return -1
                    offset = tokens.at[token].end - tokens.at[token].start
                    continue
                offset -= 1
                if folded(at(seen, tokens.at[token].start + offset)) == letter and not (
                    begins and offset and Py_UNICODE_ISALNUM(at(seen, tokens.at[token].start + offset - 1))
                ):
                    break
    for k in range(first, token):
        at_ += tokens.at[k].end - tokens.at[k].start + 1
    at_ += offset
    for k in range(first, end):
        length += tokens.at[k].end - tokens.at[k].start
        length += tokens.at[k].end < high and at(seen, tokens.at[k].end) == 32
        if length > at_:
            return k
    return first


cdef void within(const Tokens* tokens, Py_ssize_t start, Py_ssize_t end, int* first, int* last) noexcept:
    """Set the tokens that lie whole in a stretch."""
    first[0] = 0
    while first[0] < tokens.count and tokens.at[first[0]].start < start:
        first[0] += 1
    last[0] = first[0]
    while last[0] < tokens.count and tokens.at[last[0]].start < end:
        last[0] += 1
    if last[0] > first[0] and tokens.at[last[0] - 1].end > end:
        last[0] -= 1


cdef bint is_balanced(const View* seen, const Tokens* tokens, int first, int last) noexcept:
    cdef int i, depth = 0
    for i in range(first, last):
        if tokens.at[i].end - tokens.at[i].start == 1:
            depth += (at(seen, tokens.at[i].start) == 40) - (at(seen, tokens.at[i].start) == 41)
            if depth < 0:
                return False
    return depth == 0


cdef void about(
    const View* seen, Py_ssize_t start, Py_ssize_t end, Py_ssize_t size, Py_ssize_t* low, Py_ssize_t* high
) noexcept:
    """As `_about`."""
    cdef Py_ssize_t place = start, words = min(size + 5, 2 * size) + 2 if size else 3
    while words:
        words -= 1
        place -= 1
        while place >= 0 and at(seen, place) != 32:
            place -= 1
        if place < 0:
            break
    if start - place > FAR:
        place = start - FAR
        while place < start - 1 and not is_space(at(seen, place)):
            place += 1
    low[0] = place + 1
    while end < seen.size and not is_space(at(seen, end)):
        end += 1
    high[0] = end
