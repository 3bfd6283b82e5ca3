# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Outlines of regular expressions, matched letter by letter: the loop of `casenlp.outlines`, which says what they are.

A set of states has a number here. What follows it at a letter is worked out when it is first met and kept in a table;
when there are too many sets, all are forgotten. From each place of a text an outline is followed until nothing can match
any more, which nearly always is at the first letter. Positions count code points.
"""

include "outline.pxi"


@cython.final
cdef class Screen:
    """An expression with what belongs to it, and its outline once it was asked for often."""

    cdef object value
    cdef object match
    cdef object search_all
    cdef Py_ssize_t tries  # until its outline is drawn, or -1 where there is none
    cdef Outline outline

    def __cinit__(self, value, expression, Py_ssize_t tries):
        self.value, self.tries = value, tries
        self.match, self.search_all = expression.match, expression.finditer

    cdef list matches(self, str text):
        """All matches in a text, as those of `finditer`, or None when there are none."""
        cdef list found = None
        cdef Py_ssize_t place
        if self.outline is None:
            found = list(self.search_all(text))
            return found if found else None
        place = self.outline.first(text, 0)
        while place >= 0:
            match = self.match(text, place)
            if match is None:
                place += 1
            else:
                place = match.end()
                if found is None:
                    found = []
                found.append(match)
            place = self.outline.first(text, place)
        return found


@cython.final
cdef class Screens:
    """Screens by what a sieve says of expressions: (number, way)."""

    cdef object make
    cdef object draw
    cdef dict known
    cdef Py_ssize_t tries

    def __cinit__(self, make, draw, Py_ssize_t tries):
        """`make` gives an expression and what belongs to it, by its key, and `draw` the network of its outline, or None,
        when that was asked for `tries` times."""
        self.make, self.draw, self.known, self.tries = make, draw, {}, tries

    def first(self, list keys not None, Py_ssize_t low, Py_ssize_t high, str text not None):
        """Of the first of some expressions, by their keys, that has a number from `low` on and below `high` and that
        matches in a text: what belongs to it, and all its matches; None when none does."""
        cdef Screen screen
        for key in keys:
            if low <= (<tuple?>key)[0] < high:
                screen = self.screen(key)
                matches = screen.matches(text)
                if matches is not None:
                    return screen.value, matches
        return None

    def all(self, list keys not None, Py_ssize_t low, Py_ssize_t high, str text not None):
        """The same of all of them, in order."""
        cdef list found = []
        cdef Screen screen
        for key in keys:
            if low <= (<tuple?>key)[0] < high:
                screen = self.screen(key)
                matches = screen.matches(text)
                if matches is not None:
                    found.append((screen.value, matches))
        return found

    cdef Screen screen(self, key):
        """The screen of a key, with an outline if it was asked for often."""
        cdef PyObject *known = PyDict_GetItem(self.known, key)
        cdef Screen screen
        if known is NULL:
            value, expression = self.make(key)
            screen = self.known[key] = Screen(value, expression, self.tries)
            return screen
        screen = <Screen>known
        if screen.tries > 0:
            screen.tries -= 1
        elif screen.tries == 0:
            screen.tries = -1
            network = self.draw(key)
            if network is not None:
                screen.outline = Outline(network)
        return screen
