# Included by native/words.pyx: what is known of stretches between two spaces, in memory of our own, as a rule one line of
# the processor's cache for each, found by the hash of its letters. Offsets are half-open code points.

from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_READ
from libc.stdint cimport uint8_t, uint32_t, uint64_t, uintptr_t
from libc.string cimport memcpy

cdef enum:
    LINE = 64  # bytes of a line of the cache: where a stretch begins
    BLOCK = 65536  # bytes that are asked for at once
    BYTES = 256  # of a stretch, on average, before a generation counts as full

cdef struct Word:
    uint64_t value  # hash
    PyObject* entries  # of the word alone, or NULL; the generation owns them
    uint32_t start, end  # from the begin of the stretch
    uint8_t before  # what the gap before it does
    uint8_t begins  # whether phrases of several words begin with it

cdef struct Stretch:  # letters follow, each in one byte or four, then words, then a pointer to marks, if any
    uint32_t length, count  # of letters and words
    uint8_t wide  # bytes of a letter
    uint8_t behind  # what the gap behind the last word does
    uint8_t marked

cdef inline Word* _words(Stretch* stretch) noexcept nogil:
    return <Word*>(<char*>stretch + ((sizeof(Stretch) + <size_t>stretch.length * stretch.wide + 7) & ~<size_t>7))


cdef inline size_t _size(Stretch* stretch) noexcept nogil:
    cdef Word* end = _words(stretch) + stretch.count
    return <size_t>(<char*>end - <char*>stretch) + (sizeof(PyObject*) if stretch.marked else 0)


cdef inline bint _is(Stretch* stretch, int kind, void* text, Py_ssize_t start, Py_ssize_t length) noexcept:
    cdef Py_ssize_t i
    cdef uint8_t* narrow = <uint8_t*>(stretch + 1)
    cdef uint32_t* wide = <uint32_t*>(stretch + 1)
    if stretch.length != length:
        return False
    for i in range(length):
        if <uint32_t>PyUnicode_READ(kind, text, start + i) != (narrow[i] if stretch.wide == 1 else wide[i]):
            return False
    return True


cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define FETCH(address) __builtin_prefetch(address)
    #else
    #define FETCH(address) ((void)(address))
    #endif
    """
    void FETCH(const void* address) noexcept


cdef class Generation:
    """Stretches that are forgotten together; where they lie does not change before."""

    cdef list owned  # entries and marks
    cdef char** blocks
    cdef Py_ssize_t blocks_made, count
    cdef size_t used  # bytes of the last block
    cdef uint64_t* slots  # upper half the hash of a stretch, lower half its line, from 1
    cdef size_t room  # slots, a power of two

    def __cinit__(self):
        self.owned = []
        self.used = BLOCK

    def __dealloc__(self):
        for i in range(self.blocks_made):
            PyMem_Free(self.blocks[i])
        PyMem_Free(self.blocks)
        PyMem_Free(self.slots)

    cdef inline char* begin(self, size_t block) noexcept:
        return <char*>((<uintptr_t>self.blocks[block] + LINE - 1) & ~<uintptr_t>(LINE - 1))

    cdef Stretch* find(self, uint32_t hashed, int kind, void* text, Py_ssize_t start, Py_ssize_t length) noexcept:
        cdef size_t at, line
        cdef Stretch* stretch
        if not self.room:
            return NULL
        at = hashed & (self.room - 1)
        while self.slots[at]:
            if self.slots[at] >> 32 == hashed:
                line = <size_t><uint32_t>self.slots[at] - 1
                stretch = <Stretch*>(self.begin(line // (BLOCK // LINE)) + line % (BLOCK // LINE) * LINE)
                if _is(stretch, kind, text, start, length):
                    return stretch
            at = (at + 1) & (self.room - 1)
        return NULL

    cdef inline void fetch(self, uint32_t hashed) noexcept:
        """Ask the memory for where a stretch stands, if it is where it is looked for first."""
        cdef uint64_t found = self.slots[hashed & (self.room - 1)]
        cdef size_t line
        if found >> 32 == hashed:
            line = <size_t><uint32_t>found - 1
            FETCH(self.begin(line // (BLOCK // LINE)) + line % (BLOCK // LINE) * LINE)

    cdef Stretch* add(self, Stretch* draft, uint32_t hashed, bint is_kept) except NULL:
        """A copy of a stretch, whose entries and marks are owned from now on."""
        cdef size_t size = _size(draft), lines = (size + LINE - 1) // LINE, at
        cdef char** blocks
        cdef Stretch* stretch
        cdef Word* words
        if self.used + lines * LINE > BLOCK:
            blocks = <char**>PyMem_Realloc(self.blocks, sizeof(char*) * (self.blocks_made + 1))
            if blocks is NULL:
                raise MemoryError
            self.blocks = blocks
            blocks[self.blocks_made] = <char*>PyMem_Malloc(max(<size_t>BLOCK, lines * LINE) + LINE)
            if blocks[self.blocks_made] is NULL:
                raise MemoryError
            self.blocks_made += 1
            self.used = 0
        stretch = <Stretch*>(self.begin(self.blocks_made - 1) + self.used)
        memcpy(stretch, draft, size)
        words = _words(stretch)
        for i in range(stretch.count):
            if words[i].entries is not NULL:
                self.owned.append(<object>words[i].entries)
        if stretch.marked:
            self.owned.append(<object>(<PyObject**>(words + stretch.count))[0])
        if is_kept:
            if 2 * <size_t>(self.count + 1) > self.room:
                self.grow()
            at = hashed & (self.room - 1)
            while self.slots[at]:
                at = (at + 1) & (self.room - 1)
            self.slots[at] = (<uint64_t>hashed << 32) | ((self.blocks_made - 1) * (BLOCK // LINE) + self.used // LINE + 1)
            self.count += 1
        self.used += lines * LINE
        return stretch

    cdef int grow(self) except -1:
        cdef size_t room = max(<size_t>256, 2 * self.room), i, at
        cdef uint64_t* slots = <uint64_t*>PyMem_Calloc(room, sizeof(uint64_t))
        if slots is NULL:
            raise MemoryError
        for i in range(self.room):
            if self.slots[i]:
                at = (self.slots[i] >> 32) & (room - 1)
                while slots[at]:
                    at = (at + 1) & (room - 1)
                slots[at] = self.slots[i]
        PyMem_Free(self.slots)
        self.slots, self.room = slots, room
        return 0

    cdef size_t bytes(self) noexcept:
        return self.blocks_made * <size_t>BLOCK
