"""Passes over things that ask what a slot of theirs holds, see slots.pxi; casenlp.pipeline.annotations has the same."""

from cpython.dict cimport PyDict_GetItem

include "slots.pxi"

cdef extern from "Python.h":
    Py_ssize_t PY_SSIZE_T_MAX
    void Py_XDECREF(PyObject *thing)


cdef inline void refill(object thing, Py_ssize_t place, object value):
    """Put something in place of what a slot holds."""
    cdef PyObject **held = <PyObject**>((<char*><PyObject*>thing) + place)
    cdef PyObject *before = held[0]
    Py_INCREF(value)
    held[0] = <PyObject*>value
    Py_XDECREF(before)


def grouped(things, member):
    """Things in lists by what the slot holds, in order; `member` is the slot as its class has it (Item.kind).

    Raises TypeError when that is no slot or a thing of another class.
    """
    cdef dict groups = {}
    cdef list group = None
    cdef PyObject *known
    if not PyObject_TypeCheck(member, &PyMemberDescr_Type):
        raise TypeError(f"a slot is wanted, not {member!r}")
    kind = member.__objclass__
    place = slot(kind, member.__name__)
    before = None
    for thing in things:
        if type(thing) is not kind:
            raise TypeError(f"{kind.__name__} is wanted, not {thing!r}")
        key = got(thing, place)
        if group is None or key is not before:  # neighbours often belong together
            known = PyDict_GetItem(groups, key)
            if known is NULL:
                group = groups[key] = []
            else:
                group = <list>known
            before = key
        group.append(thing)
    return groups


cdef class Passes:
    """Passes over a document's items, in order of the text; TypeError when their class has not the slots asked here."""

    cdef type item
    cdef Py_ssize_t kind, start, sentence, section

    def __cinit__(self, type item not None):
        self.item = item
        self.kind, self.start = slot(item, "kind"), slot(item, "start")
        self.sentence, self.section = slot(item, "sentence"), slot(item, "section")

    cdef int check(self, item) except -1:
        if type(item) is not self.item:
            raise TypeError(f"{self.item.__name__} is wanted, not {item!r}")
        return 0

    def of_kinds(self, list items not None, frozenset kinds not None):
        """The items of some kinds."""
        cdef list found = []
        for item in items:
            self.check(item)
            if got(item, self.kind) in kinds:
                found.append(item)
        return found

    def place(self, list items not None, list starts not None, list sections not None):
        """Tell items in which sentence and section they stand; `starts` are those of sentences, sections are (start,
        end, section)."""
        cdef Py_ssize_t sentence = 0, last = len(starts) - 1, number = -1
        cdef Py_ssize_t begin, next_sentence, next_section, end = 0
        next_sentence = starts[1] if last > 0 else PY_SSIZE_T_MAX
        next_section = self.bound(sections, 0, 0)
        section = None
        numbered = 0
        for item in items:
            self.check(item)
            begin = got(item, self.start)
            while next_sentence <= begin:
                sentence += 1
                numbered = sentence
                next_sentence = starts[sentence + 1] if sentence < last else PY_SSIZE_T_MAX
            while next_section <= begin:
                number += 1
                end, section = self.bound(sections, number, 1), (<tuple?>sections[number])[2]
                next_section = self.bound(sections, number + 1, 0)
            refill(item, self.sentence, numbered)
            if number >= 0:
                refill(item, self.section, section if begin < end else None)

    cdef Py_ssize_t bound(self, list sections, Py_ssize_t number, Py_ssize_t which) except? -1:
        """Where a section starts (0) or ends (1); behind everything where there is no such section."""
        if number >= len(sections):
            return PY_SSIZE_T_MAX
        return (<tuple?>sections[number])[which]
