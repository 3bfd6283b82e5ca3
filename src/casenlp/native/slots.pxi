# Objects of Python classes with slots, read and made without a look-up of names.
#
# Python reaches a slot through its name and fills those of a frozen dataclass through its own `__setattr__`; here the
# place of each slot within an object is asked once, of the descriptor that Python keeps for it (PyMemberDescr,
# https://docs.python.org/3/c-api/structures.html), and objects are read and filled there. Whoever reads or fills one has
# made sure that it is of the class the place belongs to.

from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF

cdef extern from "structmember.h":
    ctypedef struct PyMemberDef:
        int type
        Py_ssize_t offset
        int flags
    int T_OBJECT_EX
    int READONLY

cdef extern from "Python.h":
    ctypedef struct PyTypeObject:
        pass
    ctypedef struct PyMemberDescrObject:
        PyMemberDef *d_member
    PyTypeObject PyMemberDescr_Type
    int PyObject_TypeCheck(object thing, PyTypeObject *kind)
    object PyType_GenericAlloc(PyTypeObject *kind, Py_ssize_t count)


cdef Py_ssize_t slot(type kind, str name) except -1:
    """Where a slot stands in the objects of a class; TypeError when it has none of that name that holds any object."""
    for base in kind.__mro__:
        if name in vars(base):
            found = vars(base)[name]
            if not PyObject_TypeCheck(found, &PyMemberDescr_Type):
                break
            member = (<PyMemberDescrObject*>found).d_member
            if member.type != T_OBJECT_EX or member.flags & READONLY or member.offset <= 0:
                break
            return member.offset
    raise TypeError(f"{kind.__name__}.{name} is no slot")


cdef inline int check_plain(type kind) except -1:
    """TypeError for a class whose objects are not made by `object.__new__` alone."""
    if kind.__new__ is not object.__new__ or kind.__flags__ & (1 << 9) == 0 or kind.__itemsize__ or kind.__dictoffset__:
        raise TypeError(f"{kind.__name__} is no plain class with slots")
    return 0


cdef inline object made(type kind):
    return PyType_GenericAlloc(<PyTypeObject*>kind, 0)


cdef inline void put(object thing, Py_ssize_t place, object value):
    """Fill an empty slot."""
    Py_INCREF(value)
    (<PyObject**>((<char*><PyObject*>thing) + place))[0] = <PyObject*>value


cdef inline object got(object thing, Py_ssize_t place):
    """What a slot holds; None where it is empty, as dataclasses leave none."""
    cdef PyObject *held = (<PyObject**>((<char*><PyObject*>thing) + place))[0]
    return None if held is NULL else <object>held
