# Included by the modules that read a str letter by letter, with the classes of letters that re knows, and words as a
# tree of their letters. Offsets count code points.

cimport cython
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport (
    PyUnicode_DATA,
    PyUnicode_KIND,
    PyUnicode_READ,
    Py_UNICODE_ISALNUM,
    Py_UNICODE_ISDECIMAL,
    Py_UNICODE_ISSPACE,
)


cdef struct View:  # of a str that lives longer
    int kind
    void* data
    Py_ssize_t size


cdef struct Node:  # of a tree of words: a letter, the node of its first follower, and that of another letter in its place
    Py_UCS4 letter
    int child
    int other
    int word


cdef inline View view(str text):
    cdef View seen
    seen.kind, seen.data, seen.size = PyUnicode_KIND(text), PyUnicode_DATA(text), len(text)
    return seen


cdef inline Py_UCS4 at(const View* seen, Py_ssize_t position) noexcept:
    """The character at a position; 0 where the text has ended or not begun."""
    return PyUnicode_READ(seen.kind, seen.data, position) if 0 <= position < seen.size else 0


cdef inline bint is_word(Py_UCS4 c) noexcept:
    """As \\w."""
    if c < 128:
        return 97 <= c <= 122 or 48 <= c <= 57 or 65 <= c <= 90 or c == 95
    return Py_UNICODE_ISALNUM(c)


cdef inline bint is_digit(Py_UCS4 c) noexcept:
    """As \\d."""
    return 48 <= c <= 57 if c < 128 else Py_UNICODE_ISDECIMAL(c)


cdef inline bint is_space(Py_UCS4 c) noexcept:
    """As \\s."""
    return Py_UNICODE_ISSPACE(c)


cdef inline bint holds(str letters, Py_UCS4 c) noexcept:
    """Whether few letters have one among them."""
    cdef Py_UCS4 letter
    for letter in letters:
        if letter == c:
            return True
    return False


@cython.final
cdef class Tree:
    """Words as a tree of their letters."""

    cdef Node* nodes
    cdef int size
    cdef int[128] first  # the nodes that words begin with, by letter

    def __cinit__(self, words):
        cdef int number, node, child
        cdef Py_UCS4 letter
        cdef str word
        self.nodes = <Node*> PyMem_Malloc((1 + sum(map(len, words))) * sizeof(Node))
        if self.nodes == NULL:
            raise MemoryError()
        self.nodes[0] = Node(0, 0, 0, -1)
        self.size = 1
        for number in range(128):
            self.first[number] = 0
        for number, word in enumerate(words):
            node = 0
            for letter in word:
                child = self.after(node, letter)
                if not child:
                    child = self.size
                    self.nodes[child] = Node(letter, 0, self.nodes[node].child, -1)
                    self.nodes[node].child = child
                    self.size += 1
                    if node == 0 and letter < 128:
                        self.first[letter] = child
                node = child
            self.nodes[node].word = number

    def __dealloc__(self):
        PyMem_Free(self.nodes)

    cdef int after(self, int node, Py_UCS4 letter) noexcept:
        """The node of a letter behind a node; 0 where there is none."""
        cdef int child
        if node == 0 and letter < 128:
            return self.first[letter]
        child = self.nodes[node].child
        while child and self.nodes[child].letter != letter:
            child = self.nodes[child].other
        return child

    cdef int node(self, str word) noexcept:
        """The node that a word leads to; 0 where there is none."""
        cdef int node = 0
        cdef Py_UCS4 letter
        if word is None:
            return 0
        for letter in word:
            node = self.after(node, letter)
            if not node:
                break
        return node

    cdef int longest(self, const View* text, Py_ssize_t start, Py_ssize_t* end) noexcept:
        """The number of the longest word that begins at `start` and sets its end, or -1; a space stands for several."""
        cdef int node = 0, found = -1
        cdef Py_UCS4 c
        while True:
            c = at(text, start)
            node = self.after(node, c)
            if not node:
                return found
            start += 1
            if c == 32:
                while at(text, start) == 32:
                    start += 1
            elif self.nodes[node].word >= 0 and not is_word(at(text, start)):
                found = self.nodes[node].word
                end[0] = start

    cdef Py_ssize_t begun(self, const View* text, Py_ssize_t start) noexcept:
        """Where the shortest word that begins at `start` ends, whatever follows; 0 if none does."""
        cdef int node = 0
        while True:
            node = self.after(node, at(text, start))
            if not node:
                return 0
            start += 1
            if self.nodes[node].word >= 0:
                return start

    cdef bint ends(self, const View* text, Py_ssize_t end, Py_ssize_t low, int node) noexcept:
        """Whether one of the words, which are written backwards, ends at `end` and begins at `low` or behind it.

        A space stands for any white space, and for none.
        """
        cdef int child
        cdef Py_ssize_t before
        if self.nodes[node].word >= 0 and (end <= low or not is_word(at(text, end - 1))):
            return True
        child = self.after(node, 32)
        if child:
            before = end
            while before > low and is_space(at(text, before - 1)):
                before -= 1
            if self.ends(text, before, low, child):
                return True
        child = self.after(node, at(text, end - 1)) if end > low else 0
        return child > 0 and self.nodes[child].letter != 32 and self.ends(text, end - 1, low, child)
