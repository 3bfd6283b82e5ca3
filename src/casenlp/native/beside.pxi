# What stands beside a place of a text, up to a space, and what a table tells of it.
#
# A table maps a word to a truth, and works it out when it is first asked. Places are counts of code points; what is cut
# off by the edge of a window counts as a word of its own. Whatever is empty, or longer than LONGEST, may be anything.

from cpython.dict cimport PyDict_GetItem
from cpython.unicode cimport (
    PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ, PyUnicode_Substring, Py_UNICODE_ISSPACE,
)

cdef extern from "Python.h":
    str PyUnicode_New(Py_ssize_t size, Py_UCS4 highest)
    void PyUnicode_WRITE(int kind, void *data, Py_ssize_t at, unsigned int letter)

cdef enum:
    LONGEST = 70  # characters between two spaces that are looked up


cdef inline bint may_follow(str text, Py_ssize_t start, truths) except -1:
    """Whether what begins at a position may, by what stands there up to a space, be what `truths` tells of."""
    cdef Py_ssize_t length = len(text), end
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    start = max(start, 0)
    while start < length and Py_UNICODE_ISSPACE(PyUnicode_READ(kind, data, start)):
        start += 1
    end = start
    while end < length and end - start <= LONGEST and not Py_UNICODE_ISSPACE(PyUnicode_READ(kind, data, end)):
        end += 1
    return told(truths, text, start, end)


cdef inline Py_ssize_t last_word(str text, Py_ssize_t *end, Py_ssize_t low) noexcept:
    """Where the last word of text[low:end] begins, or so far before that it is a long one; `end` becomes its end."""
    cdef Py_ssize_t start
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    end[0] = min(end[0], len(text))
    low = max(low, 0)
    while end[0] > low and Py_UNICODE_ISSPACE(PyUnicode_READ(kind, data, end[0] - 1)):
        end[0] -= 1
    start = end[0]
    while start > low and end[0] - start <= LONGEST and not Py_UNICODE_ISSPACE(PyUnicode_READ(kind, data, start - 1)):
        start -= 1
    return start


cdef bint told(truths, str text, Py_ssize_t start, Py_ssize_t end) except -1:
    """What is told of text[start:end]."""
    if start >= end or end - start > LONGEST:
        return True
    return told_of(truths, PyUnicode_Substring(text, start, end))


cdef inline bint told_lowered(truths, str text, Py_ssize_t start, Py_ssize_t end) except -1:
    """What is told of text[start:end] in lower case, which is within the text."""
    if start >= end or end - start > LONGEST:
        return True
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t at
    cdef unsigned int letter
    for at in range(start, end):
        if PyUnicode_READ(kind, data, at) >= 128:
            return told_of(truths, PyUnicode_Substring(text, start, end).lower())
    word = PyUnicode_New(end - start, 127)
    cdef void *letters = PyUnicode_DATA(word)
    for at in range(start, end):
        letter = <unsigned int>PyUnicode_READ(kind, data, at)
        PyUnicode_WRITE(1, letters, at - start, letter + 32 if 65 <= letter <= 90 else letter)
    return told_of(truths, word)


cdef bint told_of(truths, str word) except -1:
    cdef PyObject *found = PyDict_GetItem(truths, word)
    return bool(truths[word] if found is NULL else <object>found)
