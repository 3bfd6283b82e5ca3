# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Which items the words beside them let be asked more; see casenlp.pipeline.neighbours, which has the same in Python."""

include "slots.pxi"
include "beside.pxi"

# casenlp.pipeline.neighbours has the same numbers.
cdef enum:
    BEFORE = 1
    FIRST = 2
    BEHIND = 4
    SPACED = 8
    BOUNDS = 16


cdef class Neighbours:
    """Looks at the words beside items of some kinds; TypeError when the class of items has not the slots read here."""

    cdef type item
    cdef Py_ssize_t kind, start, end
    cdef dict kinds
    cdef object before, first, behind
    cdef Py_ssize_t reach, reach_behind

    def __cinit__(self, type item not None, dict kinds not None, before, first, behind, reach, reach_behind):
        """`kinds` has what is asked of items of each kind, as bits; the tables may be None where nothing asks them."""
        self.item, self.before, self.first, self.behind = item, before, first, behind
        self.kind, self.start, self.end = slot(item, "kind"), slot(item, "start"), slot(item, "end")
        self.kinds = {kind: int(bits) for kind, bits in kinds.items()}
        self.reach, self.reach_behind = max(0, reach), max(0, reach_behind)

    def told(self, list items not None, str text not None):
        """(item, what may stand there, where the item before it that BOUNDS ends) of the items that anything may stand by."""
        cdef list found = []
        cdef Py_ssize_t floor = 0, past, start, end, length = len(text), stop, at, begin
        cdef int asked, signs
        cdef PyObject *bits
        cdef int kind = PyUnicode_KIND(text)
        cdef void *data = PyUnicode_DATA(text)
        for item in items:
            if not PyObject_TypeCheck(item, <PyTypeObject*>self.item):
                raise TypeError(f"{type(item).__name__} is no item")
            bits = PyDict_GetItem(self.kinds, got(item, self.kind))
            if bits is NULL:
                continue
            asked = <object>bits
            start, end = got(item, self.start), got(item, self.end)
            if not 0 <= start <= end <= length:
                raise ValueError(f"an item from {start} to {end} of {length}")
            past = floor
            if asked & BOUNDS:
                floor = end
            stop = start  # end of the first word
            if asked & (FIRST | SPACED):
                while stop < end and PyUnicode_READ(kind, data, stop) != u" ":
                    stop += 1
                if asked & SPACED and stop == end:
                    continue
            signs = 0
            if asked & BEFORE:
                at = start
                begin = last_word(text, &at, max(past, start - self.reach))
                if told_lowered(self.before, text, begin, at):
                    signs |= BEFORE
            if asked & FIRST and told_lowered(self.first, text, start, stop):
                signs |= FIRST
            if asked & BEHIND:
                at = end
                stop = min(length, end + self.reach_behind)
                while at < stop and Py_UNICODE_ISSPACE(PyUnicode_READ(kind, data, at)):
                    at += 1
                end = at
                while end < stop and not Py_UNICODE_ISSPACE(PyUnicode_READ(kind, data, end)):
                    end += 1
                if told_lowered(self.behind, text, at, end):
                    signs |= BEHIND
            if signs:
                found.append((item, signs, past))
        return found
