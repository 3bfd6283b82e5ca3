"""Things in groups by what a slot of theirs holds, see slots.pxi."""

from cpython.dict cimport PyDict_GetItem

include "slots.pxi"


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
