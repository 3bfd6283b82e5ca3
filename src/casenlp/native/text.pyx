# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Plain work on the letters of a text, for casenlp.letters and casenlp.pipeline.sentences, whose expressions do the same.

Offsets are half-open code points of the text.
"""

from cpython.unicode cimport Py_UNICODE_ISALPHA, Py_UNICODE_ISLOWER

include "letters.pxi"


def letters_outside(str text not None, bytes plain not None):
    """The set of letters of a text that are not among `plain`, which are ASCII."""
    cdef View seen = view(text)
    cdef bint[128] known
    cdef const unsigned char* signs = plain
    cdef Py_ssize_t i
    cdef Py_UCS4 c, last = 0
    cdef set found = set()
    for i in range(128):
        known[i] = False
    for i in range(len(plain)):
        known[signs[i] & 127] = True
    for i in range(seen.size):
        c = PyUnicode_READ(seen.kind, seen.data, i)
        if c < 128:
            if not known[c]:
                found.add(chr(c))
        elif c != last:
            found.add(chr(c))
            last = c
    return found


def survey(str text not None, Py_ssize_t longest):
    """What there is to be repaired in a text: (glued numbers, tens, blanks, long words, hyphens).

    The first are the places where a letter or a closing bracket is followed by a stop, comma, colon or semicolon and
    that by a digit. The others are whether there is a ten behind which a power may go on, four spaces or line ends in
    a row, a word of more than `longest` characters, or a hyphen before a space or line end.
    """
    cdef View seen = view(text)
    cdef Py_ssize_t i, blank = 0, word = 0, size = seen.size
    cdef int kind = seen.kind
    cdef void* data = seen.data
    cdef Py_UCS4 c, before = 0, next_one
    cdef bint tens = False, blanks = False, words = False, hyphens = False
    cdef list glued = []
    for i in range(size):
        c = PyUnicode_READ(kind, data, i)
        if c == 32 or c == 10:
            blank += 1
            blanks = blanks or blank > 3
            hyphens = hyphens or before == 45
            word = 0
        else:
            blank = 0
            word += 1
            words = words or word > longest
            if (c == 46 or c == 44 or c == 58 or c == 59) and i and is_digit(at(&seen, i + 1)):
                if before == 41 or (before != 95 and is_word(before) and not is_digit(before)):
                    glued.append(i)
            elif c == 48 and before == 49 and not tens:
                next_one = at(&seen, i + 1)
                if is_space(next_one):
                    next_one = at(&seen, i + 2)
                    tens = is_space(next_one)
                tens = tens or (next_one != 0 and holds("^*eE(13456789", next_one))
        before = c
    return glued, tens, blanks, words, hyphens


def line_ends(str text not None, str going_on not None, int shortest, double slack):
    """Line ends in a text at which, by the lengths of lines, the one before may go on in the one behind.

    Gives (place of the line end, begin and end of the line before it, begin and end of the line behind it), lines
    without the white space about them. A line goes on that is no shorter than `shortest` and that with the next word
    reaches the share `slack` of the widest of the lines nearby, and whenever the next begins with a small letter or
    its own last character is one of `going_on`.
    """
    cdef View seen = view(text)
    cdef Py_ssize_t place = text.find("\n"), start, end, word, k, number = 0, widest
    cdef Py_ssize_t before_start, before_end, before = 0, after
    cdef list found = []
    cdef Py_ssize_t[8] widths  # of lines: three before that of the line end and four behind, by their numbers modulo 8
    cdef Py_ssize_t read = 0, next_start = 0
    if place < 0:
        return found
    before_start, before_end = bare(&seen, 0, place)
    while place < seen.size:
        after = text.find("\n", place + 1)
        if after < 0:
            after = seen.size
        start, end = bare(&seen, place + 1, after)
        if before_end > before_start and end > start:
            if Py_UNICODE_ISLOWER(at(&seen, start)) or holds(going_on, at(&seen, before_end - 1)):
                found.append((place, before_start, before_end, start, end))
            elif before_end - before_start >= shortest:
                while read < number + 4 and next_start <= seen.size:  # widths of the lines up to three behind this one
                    k = text.find("\n", next_start)
                    if k < 0:
                        k = seen.size
                    widths[read % 8] = width(&seen, next_start, k)
                    next_start = k + 1
                    read += 1
                widest = 0
                for k in range(max(number - 3, 0), min(number + 4, read)):
                    widest = max(widest, widths[k % 8])
                word = start
                while word < end and not is_space(at(&seen, word)):
                    word += 1
                if before_end - before_start + 1 + word - start >= slack * widest:
                    found.append((place, before_start, before_end, start, end))
        place = after
        before_start, before_end = start, end
        number += 1
    return found


cdef inline (Py_ssize_t, Py_ssize_t) bare(const View* seen, Py_ssize_t start, Py_ssize_t end) noexcept:
    """A stretch without the white space about it."""
    while start < end and is_space(at(seen, start)):
        start += 1
    while end > start and is_space(at(seen, end - 1)):
        end -= 1
    return start, end


cdef inline Py_ssize_t width(const View* seen, Py_ssize_t start, Py_ssize_t end) noexcept:
    """The characters of a line but for white space at its end."""
    while end > start and is_space(at(seen, end - 1)):
        end -= 1
    return end - start


cdef inline bint is_stop(Py_UCS4 c) noexcept:
    return c == 46 or c == 63 or c == 33  # . ? !


cdef inline bint closes(Py_UCS4 c) noexcept:
    return c == 34 or c == 39 or c == 41 or c == 93  # " ' ) ]


def sentences(str text not None, Py_ssize_t longest, ends, pieces):
    """Half-open spans of the sentences of a text, without the spaces between them; see SentenceSplitter.split.

    `ends(text, start, stop, end)` tells whether a full stop ends the sentence that begins at `start` where the next
    would begin at `end`; `pieces(text, start, end)` gives the spans of a sentence that is longer than `longest`.
    """
    cdef View seen = view(text)
    cdef Py_ssize_t start = 0, place = 0, end, stop
    cdef Py_UCS4 c
    cdef list spans = []
    while start < seen.size and is_space(at(&seen, start)):
        start += 1
    while place < seen.size:
        c = PyUnicode_READ(seen.kind, seen.data, place)
        if not (is_stop(c) or c == 10 or c == 59):
            place += 1
            continue
        end = place + 1
        if is_stop(c):
            while is_stop(at(&seen, end)):
                end += 1
            stop = end
            while closes(at(&seen, end)):
                end += 1
            if end < seen.size and not is_space(at(&seen, end)):
                place = stop
                continue
        stop = end
        while is_space(at(&seen, end)):
            end += 1
        if c == 59 and (end == stop or not is_opened(&seen, end)):
            place += 1
            continue
        if c == 46 and end < seen.size and not has_line_end(&seen, stop, end):
            c = at(&seen, end)
            if (Py_UNICODE_ISALPHA(c) and Py_UNICODE_ISLOWER(c)) or not ends(text, start, place, end):
                place = end
                continue
        stop = end
        while stop > start and is_space(at(&seen, stop - 1)):
            stop -= 1
        if stop - start > longest:
            spans += pieces(text, start, stop)
        elif stop > start:
            spans.append((start, stop))
        start = place = end
    if start < seen.size:
        stop = seen.size
        start, stop = bare(&seen, start, stop)
        spans += pieces(text, start, stop)
    return spans or [(0, seen.size)]


cdef bint is_opened(const View* seen, Py_ssize_t place) noexcept:
    """Whether a word of ASCII letters, a capital and small ones, and a space stand at a place."""
    if not 65 <= at(seen, place) <= 90 or not 97 <= at(seen, place + 1) <= 122:
        return False
    place += 1
    while 97 <= at(seen, place) <= 122:
        place += 1
    return at(seen, place) == 32


cdef bint has_line_end(const View* seen, Py_ssize_t start, Py_ssize_t end) noexcept:
    while start < end:
        if at(seen, start) == 10:
            return True
        start += 1
    return False
