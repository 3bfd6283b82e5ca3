# Included by native/outlines.pyx: one outline, and the sets of its states that texts led to.

cimport cython
from cpython.dict cimport PyDict_GetItem
from cpython.object cimport PyObject
from cpython.bytearray cimport PyByteArray_AS_STRING
from cpython.mem cimport PyMem_Free, PyMem_Realloc
from cpython.unicode cimport (
    PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ, Py_UNICODE_ISALNUM, Py_UNICODE_ISDECIMAL, Py_UNICODE_ISSPACE,
)
from libc.stdint cimport int16_t, int32_t, uint8_t, uint16_t, uint32_t
from libc.stdlib cimport qsort
from libc.string cimport memcmp, memcpy, memset

cdef enum:  # what a state does, as in `casenlp.outlines`
    MATCH = 0
    LETTER = 1
    SPLIT = 2
    AHEAD = 3
    BEHIND = 4

cdef enum:
    UNKNOWN = -1
    MATCHED = -2
    DEAD = -3  # no match is possible any more
    LATIN = 256
    FIRST_SYMBOL = 0xE000
    MOST_SETS = 1000
    PLACES = 2048  # of the table in which sets are found, a power of two
    OTHERS = 4
    NO_KIND = 255
    LONGEST = 400  # letters after which an outline is taken to match


cdef int compare(const void *one, const void *other) noexcept nogil:
    return (<const int32_t *>one)[0] - (<const int32_t *>other)[0]


cdef struct Set:
    # A set of states; `behind` is the kind of letter behind it
    Py_ssize_t first
    int32_t count
    int32_t behind


@cython.final
cdef class Outline:
    """A network of states and the sets of them that texts led to."""

    cdef list owned  # the memory of the arrays
    cdef Py_ssize_t width  # kinds of letters, and one for the end of a text
    cdef int32_t size  # how many states there are
    cdef const uint8_t *latin  # kinds of letters
    cdef const uint8_t *symbols  # of the letters from FIRST_SYMBOL on
    cdef const uint8_t *others  # of a digit, another letter of a word, white space, anything else
    cdef dict named  # of further letters
    cdef uint8_t[LATIN] behind  # of each kind, the first that is the same to all who ask for what lies behind
    cdef int16_t[LATIN] starts  # the set in which a match begins, by the kind of letter behind it
    cdef const uint8_t *members  # of each set of letters and each kind, whether it belongs
    cdef const uint8_t *operations
    cdef const uint16_t *numbers  # the set of letters of each state
    cdef const uint16_t *firsts  # of each state, where its ways begin
    cdef const uint16_t *ways
    cdef int32_t *start  # the states in which a match begins
    cdef int32_t starting
    cdef int32_t *seen  # of each state, when it was last met
    cdef int32_t now
    cdef int32_t *stack
    cdef int32_t *found
    cdef int16_t *places  # numbers of sets by what they hold
    cdef Set *sets
    cdef int32_t count  # of sets
    cdef int32_t *states  # of all sets
    cdef Py_ssize_t used, room
    cdef int16_t *table  # of each set, at each kind of letter, the next set
    cdef int32_t rows

    def __cinit__(self, network):
        """ValueError when a network is none."""
        cdef bytes operations = network.operations, numbers = network.numbers, firsts = network.firsts
        cdef bytes ways = network.ways, sets = network.sets, kinds = network.kinds
        cdef Py_ssize_t place, other, letter_sets, total = len(ways) // 2
        self.size, self.named = len(operations), {}
        further = memoryview(network.named).cast("I")
        for place in range(0, len(further) // 2 * 2, 2):
            self.named[further[place]] = further[place + 1]
        known = {*kinds, *self.named.values()} - {NO_KIND}
        self.width = max(known, default=0) + 2
        letter_sets = len(sets) // self.width
        if len(kinds) != 2 * LATIN + OTHERS or self.width >= LATIN or len(sets) != letter_sets * self.width:
            raise ValueError("sets of other kinds of letters")
        self.owned = [operations, numbers, firsts, ways, sets, kinds]
        self.operations, self.numbers = <const uint8_t *><const char *>operations, <const uint16_t *><const char *>numbers
        self.firsts, self.ways = <const uint16_t *><const char *>firsts, <const uint16_t *><const char *>ways
        self.members, self.latin = <const uint8_t *><const char *>sets, <const uint8_t *><const char *>kinds
        self.symbols, self.others = self.latin + LATIN, self.latin + 2 * LATIN
        if not 0 <= network.start < self.size or len(numbers) != 2 * self.size or len(firsts) != 2 * (self.size + 1):
            raise ValueError("states without ways")
        if self.firsts[0] != 0 or self.firsts[self.size] != total:
            raise ValueError("states without ways")
        for place in range(self.size):
            if self.operations[place] > BEHIND or self.firsts[place] > self.firsts[place + 1] or (
                self.operations[place] not in (MATCH, SPLIT)
                and (self.numbers[place] >= letter_sets or self.firsts[place + 1] - self.firsts[place] != 1)
            ):
                raise ValueError("states without ways")
        for place in range(total):
            if self.ways[place] >= self.size:
                raise ValueError("states without ways")
        self.start = self.integers(self.size)
        self.seen, self.stack, self.found = self.integers(self.size), self.integers(2 * self.size), self.integers(self.size)
        self.sets, self.places = <Set *>self.own(MOST_SETS * sizeof(Set)), <int16_t *>self.own(PLACES * sizeof(int16_t))
        asked = {self.numbers[place] for place in range(self.size) if self.operations[place] == BEHIND}
        alike = {}
        for place in range(self.width):
            self.behind[place] = alike.setdefault(tuple([sets[number * self.width + place] for number in asked]), place)
        self.now = 1
        self.starting = self.reach(network.start, 0)
        memcpy(self.start, self.found, self.starting * sizeof(int32_t))
        self.forget()

    def __dealloc__(self):
        PyMem_Free(self.states)
        PyMem_Free(self.table)

    cdef void *own(self, Py_ssize_t size):
        """Memory of so many bytes, all 0."""
        memory = bytearray(max(size, 1))
        self.owned.append(memory)
        return PyByteArray_AS_STRING(memory)

    cdef int32_t *integers(self, Py_ssize_t count):
        return <int32_t *>self.own(count * sizeof(int32_t))

    cdef void forget(self) noexcept:
        """Forget all sets."""
        memset(self.places, 0xFF, PLACES * sizeof(int16_t))
        memset(self.starts, 0xFF, LATIN * sizeof(int16_t))
        self.count, self.used = 0, 0

    cdef void meet(self) noexcept:
        """Begin to look for states, none of which was met."""
        if self.now == 0x7FFFFFFF:
            memset(self.seen, 0, self.size * sizeof(int32_t))
            self.now = 0
        self.now += 1

    cdef int32_t reach(self, int32_t state, int32_t count) noexcept:
        """Add to the first `count` states found those that a state goes on in without a letter; how many there are."""
        cdef int32_t waiting = 0, way, place
        if self.seen[state] == self.now:
            return count
        self.seen[state] = self.now
        self.stack[0] = state
        waiting = 1
        while waiting:
            waiting -= 1
            state = self.stack[waiting]
            if self.operations[state] != SPLIT:
                self.found[count] = state
                count += 1
                continue
            for place in range(self.firsts[state], self.firsts[state + 1]):
                way = self.ways[place]
                if self.seen[way] != self.now:
                    self.seen[way] = self.now
                    self.stack[waiting] = way
                    waiting += 1
        return count

    cdef int32_t taken(self, int32_t number, Py_ssize_t kind) noexcept:
        """Find in which states a set of them takes a letter: what follows those, in `found`; -1 when it matches."""
        cdef int32_t waiting = self.sets[number].count, place, state, way, count = 0
        cdef const uint8_t *ahead = self.members + kind
        cdef const uint8_t *behind = self.members + self.sets[number].behind
        self.meet()
        memcpy(self.stack, self.states + self.sets[number].first, waiting * sizeof(int32_t))
        for place in range(waiting):
            self.seen[self.stack[place]] = self.now
        while waiting:
            waiting -= 1
            state = self.stack[waiting]
            if self.operations[state] == MATCH:
                return -1
            if self.operations[state] == LETTER:
                if ahead[self.numbers[state] * self.width]:
                    self.found[count] = self.ways[self.firsts[state]]
                    count += 1
                continue
            if self.operations[state] != SPLIT and not (ahead if self.operations[state] == AHEAD else behind)[
                self.numbers[state] * self.width
            ]:
                continue
            for place in range(self.firsts[state], self.firsts[state + 1]):
                way = self.ways[place]
                if self.seen[way] != self.now:
                    self.seen[way] = self.now
                    self.stack[waiting] = way
                    waiting += 1
        return count

    cdef int32_t follow(self, int32_t number, Py_ssize_t kind) except -4:
        """Work out the set that follows a set at a letter, or at the end of a text: whether that matches then."""
        cdef int32_t count = self.taken(number, kind), place, following = 0
        if count < 0:
            self.table[number * self.width + kind] = MATCHED
            return MATCHED
        self.meet()
        memcpy(self.stack + self.size, self.found, count * sizeof(int32_t))
        for place in range(count):
            following = self.reach(self.stack[self.size + place], following)
        for place in range(following):
            if self.operations[self.found[place]] == MATCH:
                self.table[number * self.width + kind] = MATCHED
                return MATCHED
        if following == 0:
            self.table[number * self.width + kind] = DEAD
            return DEAD
        if self.count >= MOST_SETS:
            self.forget()
            return self.numbered(following, self.behind[kind])
        following = self.numbered(following, self.behind[kind])
        self.table[number * self.width + kind] = <int16_t>following
        return following

    cdef int32_t numbered(self, int32_t count, int32_t behind) except -4:
        """The number of the set of the first `count` states found."""
        cdef uint32_t mark = 0x811C9DC5u ^ <uint32_t>behind, place
        cdef int32_t number, each
        cdef int32_t *states
        cdef int16_t *table
        cdef Set *known
        qsort(self.found, count, sizeof(int32_t), compare)
        for each in range(count):
            mark = (mark ^ <uint32_t>self.found[each]) * 0x01000193u
        mark ^= mark >> 15
        place = mark & (PLACES - 1)
        while self.places[place] >= 0:
            known = &self.sets[self.places[place]]
            if known.behind == behind and known.count == count and (
                memcmp(self.states + known.first, self.found, count * sizeof(int32_t)) == 0
            ):
                return self.places[place]
            place = (place + 1) & (PLACES - 1)
        if self.used + count > self.room:
            self.room = 2 * self.room + count + 64
            states = <int32_t *>PyMem_Realloc(self.states, self.room * sizeof(int32_t))
            if states is NULL:
                raise MemoryError
            self.states = states
        if self.count >= self.rows:
            self.rows = 2 * self.rows + 8
            table = <int16_t *>PyMem_Realloc(self.table, self.rows * self.width * sizeof(int16_t))
            if table is NULL:
                raise MemoryError
            self.table = table
        number = self.count
        memset(self.table + number * self.width, 0xFF, self.width * sizeof(int16_t))
        memcpy(self.states + self.used, self.found, count * sizeof(int32_t))
        self.sets[number].first, self.sets[number].count, self.sets[number].behind = self.used, count, behind
        self.places[place] = <int16_t>number
        self.used += count
        self.count += 1
        return number

    cdef int32_t kind_at(self, uint32_t code):
        """The kind of a letter; NO_KIND when there is none."""
        cdef PyObject *named
        if code < LATIN:
            return self.latin[code]
        if FIRST_SYMBOL <= code < FIRST_SYMBOL + LATIN:
            return self.symbols[code - FIRST_SYMBOL]
        named = PyDict_GetItem(self.named, code)
        if named is not NULL:
            return <object>named
        if Py_UNICODE_ISDECIMAL(code):
            return self.others[0]
        if Py_UNICODE_ISALNUM(code):
            return self.others[1]
        return self.others[2 if Py_UNICODE_ISSPACE(code) else 3]

    cpdef Py_ssize_t first(self, str text, Py_ssize_t start) except -2:
        """Where a match of the expression may begin, at `start` or behind; -1 when nowhere. None begins before."""
        cdef int form = PyUnicode_KIND(text)
        cdef const void *data = PyUnicode_DATA(text)
        cdef Py_ssize_t place, length = len(text)
        cdef int32_t kind, behind = <int32_t>self.width - 1, number
        cdef uint32_t code
        if start < 0:
            start = 0
        if 0 < start <= length:
            behind = self.kind_at(PyUnicode_READ(form, data, start - 1))
        for place in range(start, length):
            code = PyUnicode_READ(form, data, place)
            kind = self.latin[code] if code < LATIN else self.kind_at(code)
            if kind == NO_KIND or behind == NO_KIND:
                return place
            number = self.starts[behind]
            if number < 0:
                number = self.begin(behind)
            number = self.table[number * self.width + kind]
            if number != DEAD and self.goes_on(form, data, place, length, behind, kind):
                return place
            behind = kind
        return -1

    cdef int32_t begin(self, int32_t behind) except -4:
        """The set in which a match begins behind a kind of letter."""
        if self.count >= MOST_SETS:
            self.forget()
        memcpy(self.found, self.start, self.starting * sizeof(int32_t))
        self.starts[behind] = <int16_t>self.numbered(self.starting, self.behind[behind])
        return self.starts[behind]

    cdef bint goes_on(
        self, int form, const void *data, Py_ssize_t place, Py_ssize_t length, int32_t behind, int32_t kind
    ) except -1:
        """Whether a match may begin at a place with letters of these kinds behind and at it."""
        cdef Py_ssize_t last = min(length, place + LONGEST)
        cdef int32_t number = self.starts[behind], following
        cdef uint32_t code
        while True:
            following = self.table[number * self.width + kind]
            if following == UNKNOWN:
                following = self.follow(number, kind)
            if following < 0:
                return following == MATCHED
            number = following
            place += 1
            if place > last:
                return True
            if place == length:
                kind = <int32_t>self.width - 1
            else:
                code = PyUnicode_READ(form, data, place)
                kind = self.latin[code] if code < LATIN else self.kind_at(code)
                if kind == NO_KIND:
                    return True
