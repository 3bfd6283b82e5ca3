# Included by the modules that read the slots of Python classes where they stand in an object. Python reaches a slot
# through a look-up by name; here its place is asked once, of the descriptor that Python keeps for it (PyMemberDescr,
# https://docs.python.org/3/c-api/structures.html). What is read is held as long as its object is.

from cpython.object cimport PyObject

cdef extern from "structmember.h":
    ctypedef struct PyMemberDef:
        int type
        Py_ssize_t offset
        int flags
    int T_OBJECT_EX
    int READONLY

cdef extern from "Python.h":
    ctypedef struct PyTypeObject:
        Py_ssize_t tp_itemsize
    ctypedef struct PyMemberDescrObject:
        PyMemberDef *d_member
    PyTypeObject PyMemberDescr_Type
    int PyObject_TypeCheck(object thing, PyTypeObject *kind)


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


cdef inline object got(object thing, Py_ssize_t place):
    """What a slot holds; None where it is empty, as dataclasses leave none."""
    cdef PyObject *held = (<PyObject**>((<char*><PyObject*>thing) + place))[0]
    return None if held is NULL else <object>held
