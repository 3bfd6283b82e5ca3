"""Records as JSON text, read from the slots of their classes and written letter by letter.

What `json.dumps(as_dict(record), ensure_ascii=False)` says (RFC 8259), without the dicts in between: the names of a
class's fields are written out once, with the commas before them; see casenlp.record_json. The text is kept as UTF-8 in
a buffer that grows; lone surrogates, which a str may hold, are written as if they were letters and read back so.
Whatever is no plain value or known record is left to a function of Python.
"""

from cpython.dict cimport PyDict_GetItem
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.math cimport isfinite
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy

include "slots.pxi"

cdef extern from "Python.h":
    int PyUnicode_KIND(object text)
    void *PyUnicode_DATA(object text)
    unsigned int PyUnicode_READ(int kind, void *data, Py_ssize_t at)

cdef enum:
    DEEPEST = 12  # tuples and records within each other; Python is asked beyond
    FIRST = 4096  # bytes of a new buffer

cdef const char *_HEX = b"0123456789abcdef"


cdef class _Buffer:
    """UTF-8 that grows; MemoryError when it cannot."""

    cdef unsigned char *data
    cdef Py_ssize_t size, room

    def __cinit__(self):
        self.data = <unsigned char*>malloc(FIRST)
        if self.data is NULL:
            raise MemoryError()
        self.size, self.room = 0, FIRST

    def __dealloc__(self):
        free(self.data)

    cdef int want(self, Py_ssize_t more) except -1:
        """Room for so many bytes more."""
        cdef Py_ssize_t room
        cdef unsigned char *data
        if self.room - self.size < more:
            room = 2 * self.room + more
            data = <unsigned char*>realloc(self.data, room)
            if data is NULL:
                raise MemoryError()
            self.data, self.room = data, room
        return 0

    cdef inline int raw(self, const char *data, Py_ssize_t size) except -1:
        self.want(size)
        memcpy(self.data + self.size, data, size)
        self.size += size
        return 0

    cdef int quoted(self, object text) except -1:
        """A str between quotation marks, with what JSON does not allow there escaped."""
        cdef Py_ssize_t at, length = len(text)
        cdef int kind = PyUnicode_KIND(text)
        cdef void *data = PyUnicode_DATA(text)
        cdef unsigned int letter
        cdef unsigned char *out
        self.want(6 * length + 2)  # an escaped letter has six bytes at most
        out = self.data + self.size
        out[0] = b'"'
        out += 1
        for at in range(length):
            letter = PyUnicode_READ(kind, data, at)
            if letter < 0x80:
                if letter >= 0x20 and letter != 0x22 and letter != 0x5C:
                    out[0] = letter
                    out += 1
                    continue
                out[0] = b"\\"
                if letter == 0x22 or letter == 0x5C:
                    out[1] = letter
                elif letter == 0x0A:
                    out[1] = b"n"
                elif letter == 0x0D:
                    out[1] = b"r"
                elif letter == 0x09:
                    out[1] = b"t"
                elif letter == 0x0C:
                    out[1] = b"f"
                elif letter == 0x08:
                    out[1] = b"b"
                else:
                    out[1], out[2], out[3] = b"u", b"0", b"0"
                    out[4], out[5] = _HEX[letter >> 4], _HEX[letter & 15]
                    out += 4
                out += 2
            elif letter < 0x800:
                out[0], out[1] = 0xC0 | (letter >> 6), 0x80 | (letter & 0x3F)
                out += 2
            elif letter < 0x10000:
                out[0], out[1], out[2] = 0xE0 | (letter >> 12), 0x80 | ((letter >> 6) & 0x3F), 0x80 | (letter & 0x3F)
                out += 3
            else:
                out[0], out[1] = 0xF0 | (letter >> 18), 0x80 | ((letter >> 12) & 0x3F)
                out[2], out[3] = 0x80 | ((letter >> 6) & 0x3F), 0x80 | (letter & 0x3F)
                out += 4
        out[0] = b'"'
        self.size = out + 1 - self.data
        return 0

    cdef int number(self, object value) except -1:
        """An int, as Python writes it."""
        cdef long long left
        cdef char[24] digits
        cdef int at = 24
        try:
            left = value
        except OverflowError:
            left = -1
        if left < 0:
            written = str(value).encode()
            return self.raw(written, len(written))
        while True:
            at -= 1
            digits[at] = <char>(48 + left % 10)
            left = left // 10
            if not left:
                break
        return self.raw(digits + at, 24 - at)


cdef class _Form:
    """A class of records: where its fields stand, and their names as they are written before the values."""

    cdef list places  # of the slots
    cdef list heads  # bytes: the name, quoted, with what stands before and after it

    def __cinit__(self, type kind, tuple names not None, bytes comma not None, bytes colon not None):
        self.places = [slot(kind, name) for name in names]
        self.heads = [comma + b'"' + name.encode() + b'"' + colon for name in names]


cdef class JsonText:
    """Writes records of some classes, given with the names of their fields in the order in which they are written.

    `spaced` says whether a space follows commas and colons, `nulls` whether fields that hold None are written; `other`
    gives the JSON of what is neither a record of these classes nor None, str, int, float, bool or tuple.
    TypeError when a class has no slots for its fields.
    """

    cdef dict forms
    cdef bytes comma
    cdef bint nulls
    cdef object other

    def __cinit__(self, dict names not None, bint spaced, bint nulls, object other):
        self.comma = b", " if spaced else b","
        self.nulls, self.other = nulls, other
        self.forms = {kind: _Form(kind, fields, self.comma, b": " if spaced else b":") for kind, fields in names.items()}

    def text(self, thing):
        """The JSON of a record or a tuple of records."""
        out = _Buffer()
        self.write(out, thing, 0)
        return PyUnicode_DecodeUTF8(<char*>out.data, out.size, "surrogatepass")

    cdef int write(self, _Buffer out, object thing, int depth) except -1:
        cdef PyObject *form
        cdef Py_ssize_t at
        cdef bytes written
        kind = type(thing)
        if thing is None:
            return out.raw(b"null", 4)
        if kind is str:
            return out.quoted(thing)
        if kind is int:
            return out.number(thing)
        if kind is bool:
            return out.raw(b"true", 4) if thing else out.raw(b"false", 5)
        if kind is float and isfinite(<double>thing):
            written = repr(thing).encode()
            return out.raw(written, len(written))
        if depth < DEEPEST:
            form = PyDict_GetItem(self.forms, kind)
            if form is not NULL:
                return self.write_record(out, thing, <_Form>form, depth)
            if kind is tuple:
                out.raw(b"[", 1)
                for at in range(len(<tuple>thing)):
                    if at:
                        out.raw(self.comma, len(self.comma))
                    self.write(out, (<tuple>thing)[at], depth + 1)
                return out.raw(b"]", 1)
        written = self.other(thing).encode("utf-8", "surrogatepass")
        return out.raw(written, len(written))

    cdef int write_record(self, _Buffer out, object record, _Form form, int depth) except -1:
        cdef PyObject *held
        cdef Py_ssize_t number, skipped = len(self.comma)  # the first field has no comma before it
        cdef bytes head
        out.raw(b"{", 1)
        for number in range(len(form.places)):
            held = (<PyObject**>((<char*><PyObject*>record) + <Py_ssize_t>form.places[number]))[0]
            if held is NULL:
                raise AttributeError(f"{type(record).__name__} without one of its fields")
            value = <object>held
            if value is None and not self.nulls:
                continue
            head = form.heads[number]
            out.raw((<char*>head) + skipped, len(head) - skipped)
            skipped = 0
            self.write(out, value, depth + 1)
        return out.raw(b"}", 1)
