# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The pass of casenlp.scan over the words of a text.

What is known of a stretch between two spaces is kept in memory of our own, as a rule one line of the processor's cache
for each, found by the hash of its letters: the time goes into waiting for memory. All else is as in casenlp.scan, and
tests hold both to the same results. Offsets are half-open code points.
"""

from cpython.dict cimport PyDict_GetItemWithError
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND

include "stretches.pxi"

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
    TOGETHER = 24  # stretches that the memory is asked for at once

cdef struct Token:  # what stands between two spaces or line ends
    Py_ssize_t start, end
    uint32_t hashed
    Stretch* known  # NULL where it is not among the young ones

cdef struct Begun:  # a phrase that may go on
    uint64_t value  # hash of its words so far
    Py_ssize_t start


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

    def __cinit__(
        self, const unsigned char[::1] table not None, dict_of_words, dict_of_entries, mark, tuple gaps, Py_ssize_t most
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
        """What holds a stretch that was not among the young ones, which is put into `met`."""
        cdef Generation holder = self.young, old = self.old  # which is held until the end
        cdef Stretch* draft = holder.find(hashed, PyUnicode_KIND(text), PyUnicode_DATA(text), start, end - start)
        cdef bint is_kept = end - start <= LONGEST, is_new
        cdef list owned = []
        if draft is not NULL:  # it stood in the text a few words before
            met[0] = draft
            return holder
        draft = old.find(hashed, PyUnicode_KIND(text), PyUnicode_DATA(text), start, end - start)
        is_new = draft is NULL
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
                    if (behind_end - behind == 1 and (text[behind] == u"." or text[behind] == u",")
                            and text[last:last_end].isdecimal() and text[start:end].isdecimal()):
                        word.before = JOINED
                    elif _is_stop(text, behind, behind_end):
                        word.before = JOINED if _is_letter(text, last, last_end) else APART
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

    cdef Py_ssize_t ahead(self, str text, Py_ssize_t at, Token* tokens) noexcept:
        """Find the next stretches of a text, and how many; each step asks the memory for what the next needs."""
        cdef Py_ssize_t size = len(text), stop, count = 0, i, j
        cdef int kind = PyUnicode_KIND(text)
        cdef void* letters = PyUnicode_DATA(text)
        cdef Generation young = self.young
        cdef Py_UCS4 letter
        cdef uint64_t hashed, first
        cdef bint begins = False
        cdef Word* word
        while count < TOGETHER and at <= size:
            hashed, stop = self.seed, at
            while stop < size:
                letter = PyUnicode_READ(kind, letters, stop)
                if letter == u" " or letter == u"\n":
                    break
                hashed = (hashed ^ <uint32_t>letter) * <uint64_t>0x100000001B3  # FNV-1a
                stop += 1
            tokens[count].start, tokens[count].end, tokens[count].known = at, stop, NULL
            tokens[count].hashed = <uint32_t>(hashed ^ hashed >> 32)
            if young.room:
                FETCH(&young.slots[tokens[count].hashed & (young.room - 1)])
            count += 1
            at = stop + 1
        for i in range(count if young.room else 0):
            young.fetch(tokens[i].hashed)
        for i in range(count):
            if tokens[i].end > tokens[i].start:
                tokens[i].known = young.find(
                    tokens[i].hashed, kind, letters, tokens[i].start, tokens[i].end - tokens[i].start
                )
            if tokens[i].known is not NULL:
                word = _words(tokens[i].known)
                for j in range(tokens[i].known.count):
                    if begins:
                        FETCH(&self.table[(first ^ word.value) & self.low_bits])
                    begins, first = word.begins, word.value >> 32
                    word += 1
        return count

    def scan(self, str text not None):
        """([(start, end, entries)] by start and then end, [(start, end, thing)] of the marks in order)."""
        cdef list found = [], marked = []
        cdef Begun* begun = NULL  # grows: a wrong "goes on" of the table may keep any number of phrases open
        cdef Py_ssize_t open = 0, room = 0, still, at = 0, size = len(text), first_at = 0, i, j, start, end
        cdef Py_ssize_t number = 0, count = 0
        cdef uint64_t value, total, first_value = 0
        cdef const unsigned char* table = self.table
        cdef uint64_t low_bits = self.low_bits
        cdef bint first = False  # whether a phrase may begin with the word before
        cdef int behind = APART, gap
        cdef unsigned int says
        cdef Generation holder, young = None  # while a stretch is read, as whatever is called may scan another text
        cdef Token[TOGETHER] tokens
        cdef Token* token
        cdef Stretch* stretch
        cdef Word* word
        cdef PyObject* known
        try:
            while at <= size:
                if number == count:
                    young, number = self.young, 0
                    count = self.ahead(text, at, tokens)
                token = &tokens[number]
                number += 1
                at = token.end + 1
                if token.start == token.end:
                    behind = max(behind, UNSURE)
                    continue
                stretch = token.known
                if stretch is NULL:
                    holder = self.met(text, token.start, token.end, token.hashed, &stretch)
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
                        if gap and (gap == APART or self.are_apart(text, token.start + word.start)):
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
                                    found.append((begun[j].start, token.start + word.end, entries))
                            if says & GOES_ON:
                                begun[still] = Begun(total, begun[j].start)
                                still += 1
                        open = still
                    if word.entries is not NULL:
                        found.append((token.start + word.start, token.start + word.end, <object>word.entries))
                    first = word.begins
                    if first:
                        first_at, first_value = token.start + word.start, value
                    behind = JOINED
                    word += 1
                if stretch.marked:
                    for start, end, thing in <tuple>(<PyObject**>word)[0]:
                        marked.append((token.start + start, token.start + end, thing))
                behind = max(behind, <int>stretch.behind)
                if token.end < size and text[token.end] == u"\n":
                    behind = max(behind, UNSURE)
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
