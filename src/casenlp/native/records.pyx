"""Records made of the values of their fields, and put in order; see slots.pxi."""

include "slots.pxi"


cdef class Maker:
    """Makes records of a class with slots; TypeError when it has none for its fields, `names`."""

    cdef type kind
    cdef list places

    def __cinit__(self, type kind not None, tuple names not None):
        check_plain(kind)
        self.kind = kind
        self.places = [slot(kind, name) for name in names]
        if len(set(self.places)) != len(names):
            raise TypeError(f"{kind.__name__}: a field is named twice")  # a slot is filled once

    def made(self, values):
        """A record of the values of all fields, in order; ValueError when there are more or fewer."""
        cdef tuple held = tuple(values)
        cdef Py_ssize_t at
        if len(held) != len(self.places):
            raise ValueError(f"{self.kind.__name__} has {len(self.places)} fields, not {len(held)}")
        record = made(self.kind)
        for at in range(len(held)):
            put(record, <Py_ssize_t>self.places[at], held[at])
        return record


cdef class Order:
    """Orders records of a class by where they stand, as `sorted` does by (start, end, field), and keeps the first of
    equal ones; TypeError when it has no slots for its fields, `names`."""

    cdef type kind
    cdef list places
    cdef Py_ssize_t start, end, field

    def __init__(self, type kind, tuple names):
        self.kind = kind
        self.places = [slot(kind, name) for name in names]
        self.start, self.end, self.field = slot(kind, "start"), slot(kind, "end"), slot(kind, "field")

    def ordered(self, list records not None):
        """A tuple of the records, which are few, in order."""
        cdef list found = []
        cdef Py_ssize_t place, same
        cdef bint known
        for record in records:
            if type(record) is not self.kind:
                raise TypeError(f"{self.kind.__name__} is wanted, not {record!r}")
            place = len(found)
            while place and self.compare(found[place - 1], record) > 0:
                place -= 1
            same, known = place, False
            while same and not known and self.compare(found[same - 1], record) == 0:
                same -= 1
                known = self.are_equal(found[same], record)
            if not known:
                found.insert(place, record)
        return tuple(found)

    cdef int compare(self, one, other) except -2:
        """Less than 0, 0 or more than 0, as one stands before another, with it or behind it."""
        cdef Py_ssize_t first = got(one, self.start), second = got(other, self.start)
        if first == second:
            first, second = got(one, self.end), got(other, self.end)
        if first != second:
            return -1 if first < second else 1
        name, other_name = got(one, self.field), got(other, self.field)
        return 0 if name == other_name else -1 if name < other_name else 1

    cdef bint are_equal(self, one, other) except -1:
        for place in self.places:
            first, second = got(one, <Py_ssize_t>place), got(other, <Py_ssize_t>place)
            if first is not second and first != second:
                return False
        return True
