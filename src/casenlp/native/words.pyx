# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The pass of casenlp.scan over the words of a text.

What is known of a stretch between two spaces is kept in memory of our own, as a rule one line of the processor's cache
for each, found by the hash of its letters: the time goes into waiting for memory. All else is as in casenlp.scan, and
tests hold both to the same results. Offsets are half-open code points.
"""

from cpython.dict cimport PyDict_GetItemWithError
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport uint8_t, uint32_t, uint64_t, uintptr_t
from libc.string cimport memcpy

# as in casenlp.lexicon_arrays, casenlp.scan and casenlp.kept
cdef uint64_t PRIME = 0x9E3779B97F4A7C15
cdef enum:
    ENDS = 1
    GOES_ON = 16
    JOINED = 0
    UNSURE = 1
    APART = 2
    LONGEST = 80

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

cdef struct Begun:  # a phrase that may go on
    uint64_t value  # hash of its words so far
    Py_ssize_t start


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


cdef class Scan:
    """Finds the phrases of texts; what is read of a stretch is kept, in two generations, as casenlp.kept does.

    The table, words, entries and mark are those of casenlp.scan.scanner, words and entries as dicts; `gaps` are the
    functions that tell what a whole gap does, one before a word, one behind a word, and whether no term goes on with
    the word at a place of a text; `most` stretches are kept in a generation. `len` tells how many are kept, and
    sys.getsizeof the bytes of them. Raises ValueError for a table whose length is no power of two.
    """

    cdef const unsigned char[::1] held  # keeps the table, which may be mapped from a file
    cdef const unsigned char* table
    cdef uint64_t low_bits, seed
    cdef Py_ssize_t most
    cdef Generation young, old
    cdef object words, entries, mark, joins, leads, trails, are_apart

    def __init__(
        self, const unsigned char[::1] table, dict_of_words, dict_of_entries, mark, tuple gaps, Py_ssize_t most
    ):
        cdef Py_ssize_t size = table.shape[0]
        if size < 1 or size & (size - 1):
            raise ValueError(f"a table of {size} places; it takes a power of two")
        if not isinstance(dict_of_words, dict) or not isinstance(dict_of_entries, dict):
            raise TypeError("words and entries are kept in dicts")
        self.held = table
        self.table = &self.held[0]
        self.low_bits = size - 1  # every place in the table is cut to it
        self.words, self.entries, self.mark = dict_of_words, dict_of_entries, mark
        self.joins, self.leads, self.trails, self.are_apart = gaps
        self.most = most
        self.seed = <uint64_t><Py_ssize_t>hash(__name__)  # another in each process, as that of strings
        self.young, self.old = Generation(), Generation()

    def __len__(self):
        return self.young.count + self.old.count

    def __sizeof__(self):
        return self.young.bytes() + self.old.bytes() + sizeof(uint64_t) * (self.young.room + self.old.room)

    cdef Generation met(self, str text, Py_ssize_t start, Py_ssize_t end, uint32_t hashed, Stretch** met):
        """What holds a stretch that is not among the young ones, which is put into `met`."""
        cdef Generation holder, old = self.old  # which is held until the end
        cdef Stretch* draft = old.find(hashed, PyUnicode_KIND(text), PyUnicode_DATA(text), start, end - start)
        cdef bint is_kept = end - start <= LONGEST
        cdef bint is_new = draft is NULL
        cdef list owned = []
        try:
            if is_new:
                draft = self.read(text[start:end], owned)
            if not is_kept:
                holder = Generation()
            else:
                if self.young.count >= self.most or self.young.bytes() > max(<size_t>BLOCK, self.most * <size_t>BYTES):
                    self.old, self.young = self.young, Generation()
                holder = self.young
            met[0] = holder.add(draft, hashed, is_kept)
        finally:
            if is_new:
                PyMem_Free(draft)
        return holder

    cdef Stretch* read(self, str text, list owned) except NULL:
        """What is known of a stretch, to be freed; its entries and marks are put into `owned`."""
        cdef Py_ssize_t size = len(text), start = _skip(text, 0, size, False), end, after, i
        cdef Py_ssize_t last = 0, last_end = 0, behind = 0, behind_end = 0  # the last word, and the gap behind it
        cdef Stretch* draft
        cdef Word* words
        cdef Word word
        cdef PyObject* known
        if size >= 1 << 30:
            raise OverflowError(f"{size} characters without a space")
        draft = <Stretch*>PyMem_Malloc(sizeof(Stretch) + 4 * size + 8 + sizeof(Word) * (size // 2 + 1) + 8)
        if draft is NULL:
            raise MemoryError
        try:
            draft.length, draft.count, draft.marked, draft.wide = size, 0, 0, 1
            for i in range(size):
                if text[i] > 0xFF:
                    draft.wide = 4
                    break
            for i in range(size):
                if draft.wide == 1:
                    (<uint8_t*>(draft + 1))[i] = <uint8_t>text[i]
                else:
                    (<uint32_t*>(draft + 1))[i] = <uint32_t>text[i]
            words = _words(draft)
            word.before = self.leads(text[:start]) if start else JOINED
            while start < size:
                end = _skip(text, start, size, True)
                after = _skip(text, end, size, False)
                if (draft.count and behind_end - behind == 1 and text[behind] == u"'" and end - start == 1
                        and (text[start] == u"s" or text[start] == u"S")):  # a possessive is no word
                    behind, behind_end, start = end, after, after
                    continue
                if draft.count:
                    if _is_stop(text, behind, behind_end):
                        word.before = APART
                        if (_is_letter(text, last, last_end)
                                or (text[last:last_end].isdecimal() and text[start:end].isdecimal())):
                            word.before = JOINED
                    else:
                        word.before = self.joins(text[behind:behind_end])
                written = text[start:end]
                known = PyDict_GetItemWithError(self.words, written)
                value, goes_on, entries = self.words[written] if known is NULL else <object>known
                word.value, word.begins, word.start, word.end = value, bool(goes_on), start, end
                word.entries = NULL
                if entries:
                    owned.append(entries)
                    word.entries = <PyObject*>entries
                words[draft.count] = word
                draft.count += 1
                last, last_end, behind, behind_end, start = start, end, end, after, after
            draft.behind = UNSURE
            if draft.count:
                draft.behind = self.trails(text[behind:behind_end]) if behind_end > behind else JOINED
                if _is_stop(text, behind, behind_end) and not _is_letter(text, last, last_end):
                    draft.behind = APART
            marks = self.mark(text) if self.mark is not None else None
            if marks:
                owned.append(<tuple?>marks)
                draft.marked = 1
                (<PyObject**>(words + draft.count))[0] = <PyObject*>marks
        except:
            PyMem_Free(draft)
            raise
        return draft

    def scan(self, str text not None):
        """([(start, end, entries)] by start and then end, [(start, end, thing)] of the marks in order)."""
        cdef list found = [], marked = []
        cdef Begun* begun = NULL  # grows: a wrong "goes on" of the table may keep any number of phrases open
        cdef Py_ssize_t open = 0, room = 0, still, at = 0, stop, size = len(text), first_at = 0, i, j, start, end
        cdef uint64_t value, total, first_value = 0, hashed
        cdef const unsigned char* table = self.table
        cdef uint64_t low_bits = self.low_bits
        cdef bint first = False  # whether a phrase may begin with the word before
        cdef int behind = APART, gap, kind = PyUnicode_KIND(text)
        cdef void* letters = PyUnicode_DATA(text)
        cdef Py_UCS4 letter = 0
        cdef unsigned int says
        cdef Generation holder  # while a stretch is read, as whatever is called here may scan another text
        cdef Stretch* stretch
        cdef Word* word
        cdef PyObject* known
        try:
            while at <= size:
                hashed, stop = self.seed, at
                while stop < size:
                    letter = PyUnicode_READ(kind, letters, stop)
                    if letter == u" " or letter == u"\n":
                        break
                    hashed = (hashed ^ <uint32_t>letter) * <uint64_t>0x100000001B3  # FNV-1a
                    stop += 1
                if stop == at:
                    behind = max(behind, UNSURE)
                    at += 1
                    continue
                hashed = <uint32_t>(hashed ^ hashed >> 32)
                holder = self.young
                stretch = holder.find(hashed, kind, letters, at, stop - at)
                if stretch is NULL:
                    holder = self.met(text, at, stop, hashed, &stretch)
                word = _words(stretch)
                for i in range(stretch.count):
                    value = word.value
                    if first and table[((first_value >> 32) ^ value) & low_bits]:
                        if open == room:
                            begun = _grown(begun, &room)
                        begun[open] = Begun(first_value, first_at)
                        open += 1
                    if open:
                        gap = max(<int>word.before, behind)
                        if gap and (gap == APART or self.are_apart(text, at + word.start)):
                            open = 0
                        still = 0
                        for j in range(open):
                            total = begun[j].value
                            says = table[((total >> 32) ^ value) & low_bits]
                            if not says:
                                continue
                            total = total * PRIME + value
                            says >>= total >> 62
                            if says & ENDS:
                                key = total
                                known = PyDict_GetItemWithError(self.entries, key)
                                entries = self.entries[key] if known is NULL else <object>known
                                if entries:
                                    found.append((begun[j].start, at + word.end, entries))
                            if says & GOES_ON:
                                begun[still] = Begun(total, begun[j].start)
                                still += 1
                        open = still
                    if word.entries is not NULL:
                        found.append((at + word.start, at + word.end, <object>word.entries))
                    first = word.begins
                    if first:
                        first_at, first_value = at + word.start, value
                    behind = JOINED
                    word += 1
                if stretch.marked:
                    for start, end, thing in <tuple>(<PyObject**>word)[0]:
                        marked.append((at + start, at + end, thing))
                behind = max(behind, <int>stretch.behind)
                if stop < size and letter == u"\n":
                    behind = max(behind, UNSURE)
                at = stop + 1
        finally:
            PyMem_Free(begun)
        found.sort()
        return found, marked


cdef Begun* _grown(Begun* begun, Py_ssize_t* room) except NULL:
    cdef Py_ssize_t more = max(16, 2 * room[0])
    cdef Begun* larger = <Begun*>PyMem_Realloc(begun, sizeof(Begun) * more)
    if larger is NULL:
        raise MemoryError
    room[0] = more
    return larger


cdef inline Py_ssize_t _skip(str text, Py_ssize_t at, Py_ssize_t size, bint letters):
    """Where the letters and digits end that begin at a place, or what is neither."""
    while at < size and text[at].isalnum() == letters:
        at += 1
    return at


cdef inline bint _is_stop(str text, Py_ssize_t start, Py_ssize_t end):
    return end - start == 1 and text[start] == u"."


cdef inline bint _is_letter(str text, Py_ssize_t start, Py_ssize_t end):
    return end - start == 1 and text[start].isalpha()
