# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""What items are to the components that pair them: passes over a document's or a sentence's items.

`casenlp.pipeline.analytes`, `.ranges` and `.exposures` have the same in Python and say what it means. Kinds of items and
words come from there. Offsets are half-open and count code points of the text, positions those of a shadow.
"""

include "slots.pxi"
include "beside.pxi"

from cpython.dict cimport PyDict_Next
from cpython.unicode cimport Py_UNICODE_ISALNUM

#: What a kind of item can be, in the order of the bits.
ROLES = (
    "test", "result", "finding", "otherwise", "value", "time", "measured", "dated", "given", "breaking", "share", "count",
    "settled",
)
cdef enum:
    TEST = 1
    RESULT = 2
    FINDING = 4
    OTHERWISE = 8  # a test where it is measured
    VALUE = 16
    TIME = 32  # which may be the result of a few tests
    MEASURED = 64  # a number that may be a result, or a time
    DATED = 128  # a time that may say when
    GIVEN = 256  # a drug, or what may belong to one
    BREAKING = 512  # breaks a chain without being part of one
    SHARE = 1024
    COUNT = 2048
    SETTLED = 4096  # told to be a value

# What a number may be beside a value, by what stands around it; `casenlp.pipeline.ranges` has the same numbers.
cdef enum:
    REFERENCE = 1  # the words before it may say that it is a range
    NO_VALUE = 2  # or that it is no value
    FOLLOWED = 4  # the words behind it may say either
    BOUNDED = 8
    IS_DATED = 16


cdef class Items:
    """Reads the slots of items; TypeError when the class of items or entries has none."""

    cdef type item, lexicon_entry, said
    cdef Py_ssize_t kind, start, entry, quantity, sentence, values, extra
    cdef Py_ssize_t high, comparator, unit  # in a quantity, which is a tuple
    cdef dict roles
    cdef object reading
    cdef object calendar

    def __cinit__(self, type item, type entry, type quantity, dict kinds not None, reading, calendar):
        """`kinds` has the kinds of each role, `reading` gives the test that an item of another kind may be, or None;
        no test is measured in a unit of `calendar`."""
        self.item, self.lexicon_entry, self.said = item, entry, quantity
        self.reading, self.calendar = reading, calendar
        self.kind, self.start, self.entry = slot(item, "kind"), slot(item, "start"), slot(item, "entry")
        self.quantity, self.sentence, self.values = (
            slot(item, "quantity"), slot(item, "sentence"), slot(item, "values")
        )
        self.extra = slot(entry, "extra")
        if not issubclass(quantity, tuple):
            raise TypeError(f"{quantity.__name__} is no tuple")
        fields = quantity._fields
        self.high, self.comparator = fields.index("high"), fields.index("comparator")
        self.unit = fields.index("unit")
        self.roles = {}
        for number, role in enumerate(ROLES):
            for kind in kinds[role]:
                self.roles[kind] = self.roles.get(kind, 0) | 1 << number

    cdef int role(self, item) except -1:
        """The roles of an item's kind, as bits; TypeError for what is no item."""
        if not PyObject_TypeCheck(item, <PyTypeObject*>self.item):
            raise TypeError(f"{type(item).__name__} is no item")
        cdef PyObject *found = PyDict_GetItem(self.roles, got(item, self.kind))
        return 0 if found is NULL else <int><object>found

    cdef bint names_test(self, item) except -1:
        """Whether a finding is one word for a test and its result."""
        entry = got(item, self.entry)
        if entry is None:
            return False
        if not PyObject_TypeCheck(entry, <PyTypeObject*>self.lexicon_entry):
            raise TypeError(f"{type(entry).__name__} is no row of a lexicon")
        return "flag" in got(entry, self.extra)

    cdef bint may_be_test(self, item) except -1:
        """Whether an item of another kind is a test where it is measured."""
        return bool(got(item, self.values)) and self.reading(item) is not None

    cdef tuple amount(self, item):
        """An item's quantity, or None."""
        quantity = got(item, self.quantity)
        if quantity is not None and (
            not PyObject_TypeCheck(quantity, <PyTypeObject*>self.said)
            or len(<tuple>quantity) <= max(self.high, self.comparator, self.unit)
        ):
            raise TypeError(f"{type(quantity).__name__} is no quantity")
        return <tuple>quantity

    def measured(self, list items not None):
        """(tests, results, sentences) of a document, as `casenlp.pipeline.analytes.Measured` has them."""
        cdef list tests = [], results = [], sentences = [], group = []
        cdef Py_ssize_t number = -1, sentence
        cdef bint tested = False, valued = False, bounded = False
        cdef tuple quantity
        cdef int role
        for item in items:
            role = self.role(item)
            sentence = got(item, self.sentence)
            if sentence != number:
                if tested and valued:
                    sentences.append((group, bounded))
                number = sentence
                tested = valued = bounded = False
                group = []
            group.append(item)
            if role & TEST:
                tested = True
                tests.append(item)
            elif role & (VALUE | TIME):
                valued = True
                if role & RESULT:
                    results.append(item)
                else:
                    quantity = self.amount(item)
                    if quantity is not None and quantity[self.high] is not None:
                        bounded = True
            elif not tested and role & OTHERWISE:
                tested = (role & FINDING and self.names_test(item)) or self.may_be_test(item)
        if tested and valued:
            sentences.append((group, bounded))
        return tests, results, sentences

    def heads(self, dict items not None):
        """Positions of tests and of findings that name one; and of other items that may be a test, in order."""
        cdef set heads = set()
        cdef list others = []
        cdef Py_ssize_t at = 0
        cdef PyObject *key
        cdef PyObject *held
        cdef int role
        while PyDict_Next(items, &at, &key, &held):
            position, item = <object>key, <object>held
            role = self.role(item)
            if role & TEST:
                heads.add(position)
            elif role & OTHERWISE:
                if role & FINDING and self.names_test(item):
                    heads.add(position)
                elif self.may_be_test(item):
                    others.append(position)
        return heads, others

    def with_drugs(self, list items not None):
        """By sentence, the items of those that hold a drug or what may belong to one."""
        cdef dict grouped = {}
        cdef list group = []
        cdef Py_ssize_t number = -1, sentence
        cdef bint wanted = False
        cdef int role
        for item in items:
            role = self.role(item)
            sentence = got(item, self.sentence)
            if sentence != number:
                if wanted:
                    grouped[number] = group
                number = sentence
                group = grouped.get(number, [])
                wanted = len(group) > 0
            group.append(item)
            if not wanted:
                values = got(item, self.values)
                wanted = role & GIVEN or (values and "trim" in values)
        if wanted:
            grouped[number] = group
        return grouped

    def numbers(self, dict items not None, str text not None, str source not None, before, no_value_before, after):
        """(numbers, results) of a sentence, or None where none of its numbers can be anything but a value and no
        result word can be one of a range; `text` is its symbol form.

        Numbers are (position, item, signs), where signs are the bits above. What may stand right before a number that
        is a range, or no value, is told by `before` and `no_value_before`, what follows a number or result of a range
        by both of `after`: each maps what stands between two spaces to a truth.
        """
        cdef list numbers = [], results = []
        cdef Py_ssize_t at = 0, place
        cdef PyObject *key
        cdef PyObject *held
        cdef int role, signs
        cdef bint any_signs = False
        cdef tuple quantity
        number_after, result_after = after
        while PyDict_Next(items, &at, &key, &held):
            position, item = <object>key, <object>held
            role = self.role(item)
            place = position
            if role & RESULT:
                results.append((position, item))
                any_signs = any_signs or may_follow(text, place + 1, result_after)
            if not role & MEASURED:
                continue
            signs = IS_DATED if role & DATED else 0
            quantity = self.amount(item)
            if quantity is not None:
                if quantity[self.unit] in self.calendar:
                    continue
                if quantity[self.high] is not None or quantity[self.comparator]:
                    signs |= BOUNDED
            signs |= preceding(text, place, no_value_before, source, got(item, self.start), before)
            if may_follow(text, place + 1, number_after):
                signs |= FOLLOWED
            any_signs = any_signs or signs
            numbers.append((position, item, signs))
        return (numbers, results) if any_signs else None


cdef class Chains:
    """Joins tests, and values, of a sentence to chains; see casenlp.pipeline.values."""

    cdef Items items
    cdef type chain
    cdef Py_ssize_t c_heads, c_items, c_start, c_end, c_prefixed, c_words
    cdef object fits, join, more, share, counted, joins, mores, shares, counts, opening, told
    cdef str closing

    def __cinit__(self, Items items not None, type chain not None, fits, expressions, opening, str closing not None, told):
        """`chain` is a class whose slots tell whether it is of tests, its items, start, end, whether it leads and
        whether it is of words (TypeError for one without them); `fits` says of a test and a time whether they fit; `expressions` are four: what joins tests, what joins values, what follows a
        share before its test, and a count, each with what it may begin with. Between two tests, `opening` and behind
        them `closing`, make the second another name of the first; `told` is what stands before a test's own value."""
        check_plain(chain)
        if len(chain.__slots__) != 6:
            raise TypeError(f"{chain.__name__} has other fields than are filled here")
        self.items, self.chain, self.fits = items, chain, fits
        self.c_heads, self.c_items, self.c_start = slot(chain, "heads"), slot(chain, "items"), slot(chain, "start")
        self.c_end, self.c_prefixed, self.c_words = (
            slot(chain, "end"), slot(chain, "prefixed"), slot(chain, "qualitative")
        )
        (join, self.joins), (more, self.mores), (share, self.shares), (counted, self.counts) = expressions
        self.join, self.more, self.share, self.counted = join.fullmatch, more.fullmatch, share.match, counted.match
        self.opening, self.closing, self.told = opening, closing, told

    cdef bint leads(self, values, int role, str text, Py_ssize_t after) except -1:
        """Whether a number, behind which a position is, stands before its test."""
        if role & SHARE or (values and values.get("graded")):
            return may_follow(text, after, self.shares) and self.share(text, after) is not None
        return bool(role & COUNT) and may_follow(text, after, self.counts) and self.counted(text, after) is not None

    def read(self, dict items not None, str text not None, dict apart not None, set heads not None):
        """The chains of a sentence whose symbol form is `text`; what is `apart` is in none."""
        cdef list chains = [], members = []
        cdef bint goes_on = False, of_heads = False, leading = False, of_words = False  # the last chain
        cdef bint head, prefixed, same, words
        cdef Py_ssize_t at = 0, end = 0, place
        cdef int role
        cdef PyObject *key
        cdef PyObject *held
        current = None
        while PyDict_Next(items, &at, &key, &held):
            position, item = <object>key, <object>held
            role = self.items.role(item)
            place = position
            if not 0 <= place < len(text):
                raise ValueError(f"a position {place} of {len(text)}")
            head = position in heads
            values = got(item, self.items.values)
            if not head:
                same = role & VALUE
                if role & TIME and goes_on and of_heads:
                    same = self.fits(members[len(members) - 1], item)
                if not same or position in apart or (values and values.get("settled")):
                    if role & BREAKING:
                        goes_on = False
                    continue
            prefixed = same = False
            words = not head and (role & RESULT or (role & SETTLED and got(item, self.items.quantity) is None))
            if goes_on and head:
                if of_heads:
                    if (
                        place + 1 < len(text)
                        and text[place + 1] == self.closing
                        and PyUnicode_Substring(text, end, place) in self.opening
                    ):
                        values["alias"] = id(members[len(members) - 1])
                        end = place + 2
                        continue
                    same = (
                        may_follow(text, end, self.joins)
                        and self.join(PyUnicode_Substring(text, end, place)) is not None
                    )
            elif not head:
                if not (goes_on and of_heads and PyUnicode_Substring(text, end, place) in self.told):
                    prefixed = self.leads(values, role, text, place + 1)
                if goes_on and not (of_heads or leading or prefixed) and words == of_words:
                    same = (
                        may_follow(text, end, self.mores)
                        and self.more(PyUnicode_Substring(text, end, place)) is not None
                    )
            if not same:
                if members:
                    put(current, self.c_end, end)
                members = []
                current = made(self.chain)
                put(current, self.c_heads, head)
                put(current, self.c_items, members)
                put(current, self.c_start, position)
                put(current, self.c_prefixed, prefixed)
                put(current, self.c_words, words)
                chains.append(current)
                goes_on, of_heads, leading, of_words = True, head, prefixed, words
            members.append(item)
            end = place + 1
        if members:
            put(current, self.c_end, end)
        return chains


cdef class Costs:
    """What the words between a head and its part cost; see casenlp.pipeline.exposures, where the settings are told."""

    cdef dict costs
    cdef double word, comma, clause, bracket, other, backward
    cdef Py_UCS4 drug

    def __cinit__(self, dict costs not None, word, comma, clause, bracket, other, backward, str drug not None):
        """`costs` are those of single words, `word` that of all others; `drug` is the symbol of a drug."""
        self.costs = {name: float(cost) for name, cost in costs.items()}
        self.word, self.comma, self.clause, self.bracket, self.other = word, comma, clause, bracket, other
        self.backward, self.drug = backward, drug

    def cost(self, str text not None, Py_ssize_t head, Py_ssize_t part):
        """The cost of what stands between two positions of a sentence's symbol form."""
        cdef Py_ssize_t place = min(head, part) + 1, end = min(max(head, part), len(text)), start
        cdef Py_ssize_t commas = 0, clauses = 0, opens = 0, closes = 0, drugs = 0
        cdef bint blank = True
        cdef double cost = self.backward if part < head else 0.0
        cdef int kind = PyUnicode_KIND(text)
        cdef void *data = PyUnicode_DATA(text)
        cdef Py_UCS4 letter
        cdef PyObject *known
        while 0 <= place < end:
            letter = PyUnicode_READ(kind, data, place)
            blank = blank and Py_UNICODE_ISSPACE(letter)
            if Py_UNICODE_ISALNUM(letter):
                start = place
                while place < end and Py_UNICODE_ISALNUM(PyUnicode_READ(kind, data, place)):
                    place += 1
                known = PyDict_GetItem(self.costs, PyUnicode_Substring(text, start, place))
                cost += self.word if known is NULL else <double><object>known
                continue
            commas += letter == u","
            clauses += letter == u";" or letter == u":"
            opens += letter == u"("
            closes += letter == u")"
            drugs += letter == self.drug
            place += 1
        if blank:
            return cost if part > head else 0.0
        cost += commas * self.comma
        cost += clauses * self.clause
        cost += closes * self.bracket if part > head else opens * self.bracket + closes * self.bracket
        return cost + drugs * self.other


cdef int preceding(str text, Py_ssize_t end, no_value, str source, Py_ssize_t source_end, range_) except -1:
    """Which signs stand before a position; what is a range goes by the source."""
    cdef Py_ssize_t start = last_word(text, &end, 0), place
    cdef int signs = NO_VALUE if told(no_value, text, start, end) else 0
    for place in range(start, end):
        if text[place] >= 128:  # it may hold the symbol of an item
            break
    else:
        return signs | REFERENCE if told(range_, text, start, end) else signs
    start = last_word(source, &source_end, 0)
    word = PyUnicode_Substring(source, start, source_end).lower()
    return signs | REFERENCE if told(range_, word, 0, len(word)) else signs
