# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""What casenlp.pipeline.rulers does with each of the many items of a report: make them, and settle which of them stand.

Fields of items are read and written in their slots, without a look-up of their names. Offsets are half-open code
points of the text.
"""

from cpython.dict cimport PyDict_GetItemWithError
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Malloc
from cpython.ref cimport Py_XDECREF
from libc.stdint cimport int64_t
from libc.stdlib cimport qsort

include "slots.pxi"

cdef struct Placed:  # an item in the order in which items are settled: of the least first
    int64_t order, kind, rank
    Py_ssize_t start, end, number


cdef class Mould:
    """Makes instances of a class whose fields are slots: as a model, with empty dicts of their own."""

    cdef type cls
    cdef list values  # of the model
    cdef Py_ssize_t* offsets  # of its slots
    cdef Py_ssize_t count

    def __cinit__(self, model):
        cdef Py_ssize_t i
        self.cls = type(model)
        check_plain(self.cls)
        names = list(self.cls.__slots__)
        if self.cls.__basicsize__ != (len(names) + 2) * sizeof(PyObject*):
            raise TypeError(f"{self.cls.__name__} has more than its slots")
        self.offsets = <Py_ssize_t*>PyMem_Malloc(sizeof(Py_ssize_t) * max(1, len(names)))
        if self.offsets is NULL:
            raise MemoryError
        self.values = [getattr(model, name) for name in names]
        for i in range(len(names)):
            self.offsets[i] = slot(self.cls, names[i])
        self.count = len(names)

    def __dealloc__(self):
        PyMem_Free(self.offsets)

    cdef object fresh(self):
        cdef object thing = made(self.cls)
        cdef Py_ssize_t i
        for i in range(self.count):
            value = self.values[i]
            put(thing, self.offsets[i], {} if type(value) is dict else value)
        return thing


cdef class Items:
    """Makes and settles items.

    New items and choices are as the models, but for what is said of them. `entry_class` is the class of entries,
    `judged` names the guards under which one is judged by what is written, `barred` the one that bars it and `reason`
    why; `labels` are what items are called in choices, by their kind. Raises TypeError for a class whose fields are not
    in slots.
    """

    cdef Mould item, choice
    cdef type entry_cls
    cdef Py_ssize_t kind, start, end, rule, entry, quantity, told  # of items
    cdef Py_ssize_t label, guards, place, rank  # of entries
    cdef Py_ssize_t about, until, called, by, because  # of choices
    cdef tuple judged
    cdef str barred, reason
    cdef dict labels

    def __cinit__(
        self, item, choice, type entry_class not None, tuple judged not None, str barred, str reason, dict labels not None
    ):
        cdef type cls = type(item)
        self.item, self.choice, self.entry_cls = Mould(item), Mould(choice), entry_class
        self.judged, self.barred, self.reason, self.labels = judged, barred, reason, labels
        self.kind, self.start, self.end = slot(cls, "kind"), slot(cls, "start"), slot(cls, "end")
        self.rule, self.entry, self.told = slot(cls, "rule"), slot(cls, "entry"), slot(cls, "values")
        self.quantity = slot(cls, "quantity")
        self.label, self.guards = slot(entry_class, "label"), slot(entry_class, "guards")
        self.place, self.rank = slot(entry_class, "place"), slot(entry_class, "rank")
        cls = type(choice)
        self.about, self.until, self.because = slot(cls, "start"), slot(cls, "end"), slot(cls, "reason")
        self.called, self.by = slot(cls, "label"), slot(cls, "rule")

    def propose(self, str text not None, list hits not None, dict places not None, judge):
        """Add the items of phrases to lists.

        Hits are (start, end, entries); `places` has (kind, items, choices) by the label of an entry, and others are left
        out. `judge` is asked of entries with guards, (start, end, entry), for the reason against them; it may be empty.
        """
        cdef Py_ssize_t start, end, size = len(text), stop
        cdef PyObject* place
        cdef object guards, item, kind
        cdef list items, choices
        for first, last, entries in hits:
            start, end = first, last
            if not 0 <= start <= end <= size:
                raise ValueError(f"a phrase at {start}:{end} of {size}")
            for entry in <tuple?>entries:
                if type(entry) is not self.entry_cls:
                    raise TypeError(f"{type(entry).__name__} is no {self.entry_cls.__name__}")
                place = PyDict_GetItemWithError(places, got(entry, self.label))
                if place is NULL:
                    continue
                kind, items, choices = <tuple?><object>place
                guards = <frozenset?>got(entry, self.guards)
                if guards and self._is_judged(guards):
                    reason = judge(first, last, entry)
                    if reason:
                        choices.append(self._choice(first, last, got(entry, self.label), got(entry, self.place), reason))
                        continue
                item = self.item.fresh()
                _set(item, self.kind, kind)
                _set(item, self.start, first)
                stop = _dotted(text, start, end, size)
                _set(item, self.end, last if stop == end else stop)
                _set(item, self.rule, got(entry, self.place))
                _set(item, self.entry, entry)
                if guards and self.barred in guards:
                    (<dict?>got(item, self.told))[self.barred] = True
                items.append(item)

    def measure(self, list quantities not None, list items not None, names, once):
        """Add the items of quantities, which have the fields of Quantity in their order, to a list.

        `names` has (kind, kind of a pair of numbers, rule) by the kind of a quantity; one in words of a unit of `once` is
        left out.
        """
        cdef tuple quantity
        for known in quantities:
            if not isinstance(known, tuple) or len(<tuple>known) != 14:
                raise TypeError(f"no quantity: {known!r}")
            quantity = <tuple>known
            if quantity[13] and quantity[4] == 1 and quantity[8] in once:
                continue
            kind, pair, rule = <tuple?>names[quantity[10]]
            item = self.item.fresh()
            _set(item, self.kind, kind if quantity[6] is None else pair)
            _set(item, self.start, quantity[0])
            _set(item, self.end, quantity[1])
            _set(item, self.rule, rule)
            _set(item, self.quantity, quantity)
            items.append(item)

    cdef bint _is_judged(self, guards) except -1:
        for guard in self.judged:
            if guard in guards:
                return True
        return False

    cdef object _choice(self, start, end, label, rule, reason):
        cdef object choice = self.choice.fresh()
        _set(choice, self.about, start)
        _set(choice, self.until, end)
        _set(choice, self.called, label)
        _set(choice, self.by, rule)
        _set(choice, self.because, reason)
        return choice

    cdef object _against(self, item, reason):
        """The choice against an item."""
        kind = got(item, self.kind)
        label = kind if "shared" in <dict?>got(item, self.told) else self.labels.get(kind, kind)
        return self._choice(got(item, self.start), got(item, self.end), label, got(item, self.rule), reason)

    def settle(self, list items not None, dict ranks not None, str text not None, list choices not None):
        """The items that stand, of those that overlap, in order; what is decided against others is added to choices.

        `ranks` are those of kinds. None where an item is empty or lies outside of the text.
        """
        cdef Py_ssize_t count = len(items), size = len(text), i, j
        cdef Placed* order = <Placed*>PyMem_Malloc(sizeof(Placed) * max(1, count))
        cdef int* taken = <int*>PyMem_Calloc(size + 1, sizeof(int))  # number of the item that is there, from 1
        cdef Placed* it
        cdef Placed* owner
        cdef int number
        cdef list stand = []
        items = list(items)
        try:
            if order is NULL or taken is NULL:
                raise MemoryError
            if count >= 1 << 30:
                return None
            for i in range(count):
                self._rate(items[i], ranks, order + i)
                order[i].number = i
                if not 0 <= order[i].start < order[i].end <= size:
                    return None
            qsort(order, count, sizeof(Placed), _by_preference)
            for i in range(count):
                it = order + i
                # what was kept before is no shorter, so that it covers an end of whatever it overlaps
                number = taken[it.start] or taken[it.end - 1]
                if number:
                    owner = order + (number - 1)
                    self._overlap(
                        items[it.number], items[owner.number], text, it.start == owner.start and it.end == owner.end, choices
                    )
                    continue
                for j in range(it.start, it.end):
                    taken[j] = i + 1
            i = 0
            while i < size:
                if not taken[i]:
                    i += 1
                    continue
                it = order + (taken[i] - 1)
                i = it.end
                item = items[it.number]
                if (<dict?>got(item, self.told)).get(self.barred):
                    choices.append(self._against(item, self.reason))
                else:
                    stand.append(item)
            return stand
        finally:
            PyMem_Free(order)
            PyMem_Free(taken)

    cdef int _overlap(self, item, owner, str text, bint same, list choices) except -1:
        """Decide against an item for what another has; of one place, that other may be read as it is."""
        if not same or got(item, self.kind) != got(owner, self.kind):  # a second source of the same name is no rejection
            start, end = got(owner, self.start), got(owner, self.end)
            choices.append(self._against(item, f"overlaps {text[start:end]!r} ({got(owner, self.rule)})"))
        if same and got(item, self.entry) is not None and got(owner, self.entry) is not None:
            (<dict?>got(owner, self.told)).setdefault("readings", []).append(item)
        return 0

    cdef int _rate(self, item, dict ranks, Placed* rated) except -1:
        """What Resolver._preference says of an item, as three numbers."""
        cdef bint never = False, short_form = False
        cdef int64_t rank = 0
        cdef PyObject* of_kind
        if type(item) is not self.item.cls:
            raise TypeError(f"{type(item).__name__} is no {self.item.cls.__name__}")
        told, entry = <dict?>got(item, self.told), got(item, self.entry)
        if told:
            never = bool(told.get(self.barred))
            short_form = bool(told.get("short_form"))
        rated.start, rated.end = got(item, self.start), got(item, self.end)
        rated.order = (<int64_t>rated.start - rated.end) * 8 + 4
        if short_form:
            rated.order -= 4
        if entry is None:
            rated.order += 2
        elif type(entry) is self.entry_cls:
            rank = got(entry, self.rank)
        else:
            rank = entry.rank
        if rank >= 0 or never:
            rated.order += 1
        of_kind = PyDict_GetItemWithError(ranks, got(item, self.kind))
        rated.kind = 2 * (99 if of_kind is NULL else <int64_t><object>of_kind) + (not never)
        rated.rank = rank
        return 0


cdef int _by_preference(const void* one, const void* other) noexcept nogil:
    cdef const Placed* a = <const Placed*>one
    cdef const Placed* b = <const Placed*>other
    if a.order != b.order:
        return -1 if a.order < b.order else 1
    if a.kind != b.kind:
        return -1 if a.kind < b.kind else 1
    if a.rank != b.rank:
        return -1 if a.rank < b.rank else 1
    return -1 if a.number < b.number else 1


cdef Py_ssize_t _dotted(str text, Py_ssize_t start, Py_ssize_t end, Py_ssize_t size):
    """The end of a name with the stop that is its own: letters with a stop between each, "i.v."."""
    cdef Py_ssize_t at
    if end >= size or text[end] != u"." or (end - start) % 2 == 0 or end - start < 3:
        return end
    for at in range(start, end):
        if (at - start) % 2:
            if text[at] != u".":
                return end
        elif not (u"a" <= text[at] <= u"z" or u"A" <= text[at] <= u"Z"):
            return end
    return end + 1


cdef inline void _set(object thing, Py_ssize_t offset, object value):
    cdef PyObject** slot = <PyObject**>(<char*><PyObject*>thing + offset)
    cdef PyObject* before = slot[0]
    Py_INCREF(value)
    slot[0] = <PyObject*>value
    Py_XDECREF(before)
