"""Records made of the values of their fields, see slots.pxi."""

include "slots.pxi"


cdef class Maker:
    """Makes records of a class with slots; TypeError when it has none for its fields, `names`."""

    cdef type kind
    cdef list places

    def __init__(self, type kind, tuple names):
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
