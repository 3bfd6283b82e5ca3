"""Drafts, evidence, mentions and rows, made by filling the slots of the classes themselves.

The classes stay what they are, dataclasses with slots (see slots.pxi). `Layout` raises TypeError where a class has no
such slot; the Python beside then does the work.

Offsets are half-open counts of code points, of the repaired text in items and drafts, of the source in all that comes
out. What is read from an object is held as long as the object is; what is put into one is counted.
"""

from cpython.dict cimport PyDict_GetItem, PyDict_Next, PyDict_Size

include "slots.pxi"

cdef enum:
    MOST = 64  # columns of a table
    PARTS = 8  # parts of a draft that are ordered without a list
    NAMED = 256  # mentions and rows whose names are made once

cdef list NAMES = [f"m{number + 1}" for number in range(NAMED)]


cdef inline object same(object number, Py_ssize_t value):
    """A number, as the object given where that is it."""
    return number if <Py_ssize_t>number == value else value


cdef class Layout:
    """Where the fields of items, drafts, mentions and evidence stand; TypeError when one of the classes has no slots
    for them."""

    cdef readonly type item, draft, mention, evidence, lexicon_entry
    cdef Py_ssize_t kind, start, end, rule, entry, sentence, section, negated, uncertain, ended, temporality, subject
    cdef Py_ssize_t said, shown
    cdef Py_ssize_t d_values, d_parts, d_subject, d_case, d_rule, d_evidence, d_order, d_sentence
    cdef Py_ssize_t m_id, m_label, m_start, m_end, m_text, m_negated, m_uncertain, m_temporality, m_subject, m_section
    cdef Py_ssize_t m_concept, m_rule, m_ended
    cdef Py_ssize_t e_field, e_start, e_end, e_text, e_rule, e_section, e_low, e_high, e_page, e_box, e_xpath

    def __cinit__(
        self, type item not None, type lexicon_entry not None, type draft not None, type mention not None,
        type evidence not None,
    ):
        for kind in (draft, mention, evidence):
            check_plain(kind)
        self.item, self.lexicon_entry = item, lexicon_entry
        self.draft, self.mention, self.evidence = draft, mention, evidence
        self.kind, self.start, self.end = slot(item, "kind"), slot(item, "start"), slot(item, "end")
        self.rule, self.entry, self.sentence = slot(item, "rule"), slot(item, "entry"), slot(item, "sentence")
        self.section, self.negated, self.uncertain = (
            slot(item, "section"), slot(item, "negated"), slot(item, "uncertain")
        )
        self.ended, self.temporality, self.subject = (
            slot(item, "ended"), slot(item, "temporality"), slot(item, "subject")
        )
        self.said, self.shown = slot(item, "values"), slot(lexicon_entry, "shown")
        if len(draft.__slots__) != 8 or len(mention.__slots__) != 13 or len(evidence.__slots__) != 11:
            raise TypeError("a record has other fields than are filled here")
        self.d_values, self.d_parts, self.d_subject = slot(draft, "values"), slot(draft, "parts"), slot(draft, "subject")
        self.d_case, self.d_rule, self.d_evidence = slot(draft, "case_id"), slot(draft, "rule"), slot(draft, "evidence")
        self.d_order, self.d_sentence = slot(draft, "order"), slot(draft, "sentence")
        self.m_id, self.m_label, self.m_start = slot(mention, "id"), slot(mention, "label"), slot(mention, "start")
        self.m_end, self.m_text, self.m_negated = slot(mention, "end"), slot(mention, "text"), slot(mention, "negated")
        self.m_uncertain, self.m_temporality = slot(mention, "uncertain"), slot(mention, "temporality")
        self.m_subject, self.m_section = slot(mention, "subject"), slot(mention, "section")
        self.m_concept, self.m_rule, self.m_ended = (
            slot(mention, "concept"), slot(mention, "rule"), slot(mention, "ended")
        )
        self.e_field, self.e_start, self.e_end = slot(evidence, "field"), slot(evidence, "start"), slot(evidence, "end")
        self.e_text, self.e_rule, self.e_section = (
            slot(evidence, "text"), slot(evidence, "rule"), slot(evidence, "section")
        )
        self.e_low, self.e_high = slot(evidence, "sentence_start"), slot(evidence, "sentence_end")
        self.e_page, self.e_box, self.e_xpath = slot(evidence, "page"), slot(evidence, "box"), slot(evidence, "xpath")


cdef class Quotes:
    """The way from the items of one document to the words of its source; see casenlp.linking.quotes, whose class of
    this name does the same."""

    cdef public list cases
    cdef readonly list sentence_spans
    cdef Layout layout
    cdef object offsets, block_at
    cdef tuple starts, pieces
    cdef str text
    cdef Py_ssize_t low, high, shift  # the exact piece last used, and how far it stands from its source
    cdef object last, last_name, last_subject  # the section last asked, its name and subject

    def __cinit__(self, Layout layout not None, object source, object offsets, list sentence_spans not None):
        self.layout = layout
        self.text = str(source.text)  # which may be of a class of its own
        self.block_at = source.block_at if source.blocks else None
        self.offsets, self.starts, self.pieces = offsets, offsets.starts, offsets.pieces
        self.sentence_spans = sentence_spans
        self.cases = [(0, "1")]
        self.last = None

    cdef int find(self, object item, Py_ssize_t *start, Py_ssize_t *end) except -1:
        """Source offsets of an item, as of OffsetMap.to_source."""
        if type(item) is not self.layout.item:
            raise TypeError(f"an item is wanted, not {item!r}")
        cdef Py_ssize_t begin = got(item, self.layout.start)
        cdef Py_ssize_t stop = got(item, self.layout.end)
        if not self.low <= begin < stop <= self.high:
            self.turn_to(begin)
        if self.low <= begin < stop <= self.high:
            start[0], end[0] = begin + self.shift, stop + self.shift
        else:
            start[0], end[0] = self.offsets.to_source(begin, stop)
        return 0

    cdef int turn_to(self, Py_ssize_t position) except -1:
        """Keep the piece that holds a position, if it is an exact one."""
        cdef Py_ssize_t first = 0, last = len(self.starts), middle
        while first < last:
            middle = (first + last) // 2
            if position < <Py_ssize_t>self.starts[middle]:
                last = middle
            else:
                first = middle + 1
        self.low = self.high = 0
        if first:
            piece = self.pieces[first - 1]
            if piece.exact:
                self.low, self.high = piece.start, piece.end
                self.shift = <Py_ssize_t>piece.source_start - self.low
        return 0

    cdef inline int turn_section(self, object section) except -1:
        """Keep a section's name and subject."""
        if section is not self.last:
            self.last_name, self.last_subject = section.name, section.subject
            self.last = section
        return 0

    def surface(self, object item):
        """An item's words as they stand in the source."""
        cdef Py_ssize_t start, end
        self.find(item, &start, &end)
        return self.text[start:end]

    def case_of(self, object item):
        """The patient whose part of the report an item stands in."""
        return self.case(item.start)

    cdef object case(self, Py_ssize_t position):
        case = "1"
        if len(self.cases) > 1:
            for start, name in self.cases:
                if <Py_ssize_t>start <= position:
                    case = name
        return case

    def evidence(self, dict parts not None, object rule):
        """One piece of evidence a part, in text order."""
        cdef Py_ssize_t size = PyDict_Size(parts), at = 0, number = 0, place, begin
        cdef Py_ssize_t[PARTS] begins
        cdef PyObject *names[PARTS]
        cdef PyObject *items[PARTS]
        cdef PyObject *name
        cdef PyObject *item
        cdef list out = []
        if size > PARTS:
            for part in sorted(parts.items(), key=lambda part: part[1].start):
                out.append(self.quote(part[0], part[1], rule))
            return out
        while PyDict_Next(parts, &at, &name, &item):
            if type(<object>item) is not self.layout.item:
                raise TypeError(f"an item is wanted, not {<object>item!r}")
            begin = got(<object>item, self.layout.start)
            place = number
            while place and begins[place - 1] > begin:
                begins[place], names[place], items[place] = begins[place - 1], names[place - 1], items[place - 1]
                place -= 1
            begins[place], names[place], items[place] = begin, name, item
            number += 1
        for place in range(number):
            out.append(self.quote(<object>names[place], <object>items[place], rule))
        return out

    cdef object quote(self, object name, object item, object rule):
        """The evidence that an item is for a part of that name."""
        cdef Layout at = self.layout
        cdef Py_ssize_t start, end
        self.find(item, &start, &end)
        low, high = self.sentence_spans[got(item, at.sentence)]
        section = got(item, at.section)
        if section is not None:
            self.turn_section(section)
            section = self.last_name
        page = box = xpath = None
        if self.block_at is not None:
            block = self.block_at(start)
            if block is not None and block.place is not None:
                page, box, xpath = block.place.page, block.place.box, block.place.xpath
        words = self.text[start:end]
        proof = made(at.evidence)
        put(proof, at.e_field, name)
        put(proof, at.e_start, same(got(item, at.start), start))
        put(proof, at.e_end, same(got(item, at.end), end))
        put(proof, at.e_text, words)
        put(proof, at.e_rule, rule)
        put(proof, at.e_section, section)
        put(proof, at.e_low, low)
        put(proof, at.e_high, high)
        put(proof, at.e_page, page)
        put(proof, at.e_box, box)
        put(proof, at.e_xpath, xpath)
        return proof

    def draft(self, dict values not None, dict parts not None, object rule, object subject=None):
        """A draft row; its place is that of its first part. It keeps `parts` itself where all are there."""
        cdef Layout at = self.layout
        cdef dict present = parts
        cdef PyObject *held
        cdef Py_ssize_t place = 0
        while PyDict_Next(parts, &place, NULL, &held):
            if <object>held is None:
                present = {name: item for name, item in parts.items() if item is not None}
                break
        lead = None
        for lead in present.values():
            break
        if lead is None:
            raise ValueError("a draft without an item")
        evidence = self.evidence(present, rule)  # which looks at what the items are
        order = got(lead, at.start)
        draft = made(at.draft)
        put(draft, at.d_values, values)
        put(draft, at.d_parts, present)
        put(draft, at.d_subject, subject or got(lead, at.subject))
        put(draft, at.d_case, self.case(order))
        put(draft, at.d_rule, rule)
        put(draft, at.d_evidence, evidence)
        put(draft, at.d_order, order)
        put(draft, at.d_sentence, got(lead, at.sentence))
        return draft

    def mentions(self, object items, dict labels not None):
        """(mentions in source order, their names by item), of the items whose kind has a label.

        None where the items do not stand in the source's order.
        """
        cdef Layout at = self.layout
        cdef Py_ssize_t start, end, start_before = -1, end_before = -1
        cdef list mentions = []
        cdef dict names = {}
        cdef PyObject *label
        for item in items:
            if type(item) is not at.item:
                raise TypeError(f"an item is wanted, not {item!r}")
            kind = got(item, at.kind)
            label = PyDict_GetItem(labels, kind)
            if label is NULL:
                continue
            self.find(item, &start, &end)
            if start < start_before or (start == start_before and end < end_before):
                return None
            start_before, end_before = start, end
            section, values, entry = got(item, at.section), got(item, at.said), got(item, at.entry)
            if section is not None:
                self.turn_section(section)
                if self.last_subject == "none":
                    continue
                section = self.last_name
            if values and ("shared" in values or (values.get("orphan") and kind in ("frequency", "route"))):
                continue
            concept = None
            if entry is not None and kind != "value":
                concepts = got(entry, at.shown) if type(entry) is at.lexicon_entry else entry.shown
                concept = concepts[1 if kind == "finding" else 0]
            name = NAMES[len(mentions)] if len(mentions) < <Py_ssize_t>NAMED else f"m{len(mentions) + 1}"
            names[item] = name
            words = self.text[start:end]
            mention = made(at.mention)
            put(mention, at.m_id, name)
            put(mention, at.m_label, <object>label)
            put(mention, at.m_start, same(got(item, at.start), start))
            put(mention, at.m_end, same(got(item, at.end), end))
            put(mention, at.m_text, words)
            put(mention, at.m_negated, got(item, at.negated))
            put(mention, at.m_uncertain, got(item, at.uncertain))
            put(mention, at.m_temporality, got(item, at.temporality))
            put(mention, at.m_subject, got(item, at.subject))
            put(mention, at.m_section, section)
            put(mention, at.m_concept, concept)
            put(mention, at.m_rule, got(item, at.rule))
            put(mention, at.m_ended, got(item, at.ended))
            mentions.append(mention)
        return mentions, names


cdef class Columns:
    """Where the columns of a table stand in its rows; TypeError when its class has no slots for them.

    `own` are the table's own columns with what they hold where nothing is said, `mention_of` the column of a part's
    mention; `place` is the key that drafts are ordered by, `in_order` puts evidence into text order.
    """

    cdef Layout layout
    cdef type kind
    cdef str table
    cdef object place, in_order
    cdef list names, blanks, parts, ids
    cdef Py_ssize_t[MOST] places
    cdef Py_ssize_t doc_id, case_id, row_id, subject, section, low, high, rule, evidence

    def __cinit__(
        self, Layout layout not None, str table, type kind not None, dict own not None, dict mention_of not None,
        object place, object in_order,
    ):
        check_plain(kind)
        common = kind.__base__.__slots__
        if len(own) > MOST or len(common) != 9 or set(kind.__slots__) != set(own) or kind.__base__.__base__ is not object:
            raise TypeError(f"{kind.__name__} has other fields than are filled here")
        self.layout, self.table, self.kind, self.place, self.in_order = layout, table, kind, place, in_order
        self.names, self.blanks = list(own), list(own.values())
        self.ids = [f"{table}.{number + 1}" for number in range(NAMED)]
        part_of = {column: part for part, column in mention_of.items()}
        self.parts = [part_of.get(name) for name in own]
        for number, name in enumerate(own):
            self.places[number] = slot(kind, name)
        self.doc_id, self.case_id, self.row_id = slot(kind, "doc_id"), slot(kind, "case_id"), slot(kind, "row_id")
        self.subject, self.section, self.rule = slot(kind, "subject"), slot(kind, "section"), slot(kind, "rule")
        self.low, self.high = slot(kind, "sentence_start"), slot(kind, "sentence_end")
        self.evidence = slot(kind, "evidence")

    def rows(self, Quotes quotes not None, object doc_id, list drafts not None, dict names not None):
        """The rows that drafts become, by patient and place; `names` are the names of mentions by item."""
        cdef Layout at = self.layout
        cdef list rows = []
        cdef dict values, parts
        cdef Py_ssize_t number
        cdef PyObject *held
        if not self.are_ordered(drafts):
            drafts = sorted(drafts, key=self.place)
        for draft in drafts:
            if type(draft) is not at.draft:
                raise TypeError(f"a draft is wanted, not {draft!r}")
            values, parts = got(draft, at.d_values), got(draft, at.d_parts)
            section = low = high = None
            for lead in parts.values():
                section = lead.section
                if section is not None:
                    quotes.turn_section(section)
                    section = quotes.last_name
                low, high = quotes.sentence_spans[got(draft, at.d_sentence)]
                break
            row_id = self.ids[len(rows)] if len(rows) < <Py_ssize_t>NAMED else f"{self.table}.{len(rows) + 1}"
            evidence = self.ordered(got(draft, at.d_evidence))
            row = made(self.kind)
            put(row, self.doc_id, doc_id)
            put(row, self.case_id, got(draft, at.d_case))
            put(row, self.row_id, row_id)
            put(row, self.subject, got(draft, at.d_subject))
            put(row, self.section, section)
            put(row, self.low, low)
            put(row, self.high, high)
            put(row, self.rule, got(draft, at.d_rule))
            put(row, self.evidence, evidence)
            for number in range(len(self.names)):
                held = NULL
                part = self.parts[number]
                if part is not None:
                    held = PyDict_GetItem(parts, part)
                if held is not NULL:
                    held = PyDict_GetItem(names, <object>held)
                    put(row, self.places[number], None if held is NULL else <object>held)
                    continue
                held = PyDict_GetItem(values, self.names[number])
                put(row, self.places[number], self.blanks[number] if held is NULL else <object>held)
            rows.append(row)
        return tuple(rows)

    cdef int are_ordered(self, list drafts) except -1:
        """Whether drafts, all of one patient, stand in order of their places."""
        cdef Layout at = self.layout
        cdef Py_ssize_t before = -1, order
        case = None
        for draft in drafts:
            if type(draft) is not at.draft:
                raise TypeError(f"a draft is wanted, not {draft!r}")
            order = got(draft, at.d_order)
            if order < before or (case is not None and case != got(draft, at.d_case)):
                return False
            before, case = order, got(draft, at.d_case)
        return True

    cdef object ordered(self, list evidence):
        """Evidence in text order; as it was made, nearly always."""
        cdef Py_ssize_t before = -1, start
        for one in evidence:
            if type(one) is not self.layout.evidence:
                return self.in_order(evidence)
            start = got(one, self.layout.e_start)
            if start <= before:
                return self.in_order(evidence)
            before = start
        return tuple(evidence)
