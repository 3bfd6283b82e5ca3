"""From source text to the repaired text that rules are matched on.

Text is changed here and nowhere else. Every repair is a local edit or a move of a whole block, so that each
position of the repaired text is known in the source and back again.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from casenlp.documents import SILENT_KINDS, Block, Cell, NormalizedText, OffsetMap, Piece, Repair, SourceTable
from casenlp.letters import SYMBOL_LETTERS, UNREADABLE, letters_outside, line_ends, survey


@dataclass(frozen=True, slots=True)
class Layout:
    """What repair must know of the language; comes from rules/patterns/sections.toml.

    `heading` matches a whole bare heading line, `caption` the beginning of a figure or table caption,
    `listing` the beginning of a list item; after the words of `numbered` a number is no citation.
    """

    heading: re.Pattern[str]
    caption: re.Pattern[str]
    listing: re.Pattern[str]
    numbered: frozenset[str]


_SPACES = "\t\v\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_ONE_TO_ONE: dict[str, str] = {
    **dict.fromkeys(_SPACES, " "),
    **dict.fromkeys("\r\x0c\x85\u2028\u2029", "\n"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\u2043\ufe63\uff0d", "-"),
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u2032", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb\u2033", '"'),
    **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺₀₁₂₃₄₅₆₇₈₉", "0123456789-+0123456789", strict=True)),
    **dict.fromkeys(map(chr, range(0xD800, 0xE000)), UNREADABLE),  # halves of a character: spaCy cannot store them
    **dict.fromkeys(map(chr, SYMBOL_LETTERS), UNREADABLE),
    "\u00b5": "μ",
    "\u2215": "/",
    "\u2044": "/",
    "\u2217": "*",
    "\uff05": "%",
    "\uff0f": "/",
    "\uff1c": "<",
    "\uff1e": ">",
    "\u2a7d": "≤",
    "\u2a7e": "≥",
    "\u2264": "≤",
    "\u2265": "≥",
    "\u223c": "~",
    "\uff5e": "~",
    "\u2248": "~",
    "\u2715": "×",
    "\u2a2f": "×",
    "\u22c5": "·",
    "\u2219": "·",
}
_REPAIRED_LETTERS = frozenset(_ONE_TO_ONE)
_LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_ODD_LETTERS = frozenset(_INVISIBLE) | frozenset(_LIGATURES)
_ODD = re.compile(f"[{''.join(sorted(_ODD_LETTERS))}]")
_PLAIN = bytes(range(0x20, 0x7F)) + b"\n"  # letters that no repair of characters is about

_POWER = re.compile(
    r"(?:(?<![A-Za-z])[x×*·]\s{0,2}10|(?<=\d[ ])10|(?<=\d)·10|(?<![\w.,])10(?=[\^(]|\*|[eE]))"
    r"\s?(?:\^|\*{1,2}|[eE])?\s?(?:\(([3-9]|1[0-2])\)|([3-9]|1[0-2])(?!\d))"
    r"(?=\s{0,2}/|\s?(?:cells|copies|per)\b)"
    r"|(?<![A-Za-z])[x×]\s{0,2}10\s?\^\s?([3-9]|1[0-2])(?!\d)",
    re.IGNORECASE,
)
_TEN = re.compile(r"10(?=\s?(?:\^|(?:\*{1,2}|[eE])?\s?\(?(?:[3-9]|1[0-2])\)?\s{0,2}(?:/|(?i:[cp]))))")  # in each power
_BEFORE_TEN = 3  # letters of a power before its ten
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_SUPERSCRIPT_POWER = re.compile(rf"10([{_SUPERSCRIPTS}]{{1,2}})")
_DECIMAL_DOT = re.compile(r"(?<=\d)·(?=\d)(?!10\^?(?:[3-9]|1[0-2])\s?/)")
_CITED_AFTER_STOP = re.compile(
    r"([.,;:])(?=\d)(?:(?<=[^\W\d_].)|(?<=\).))(\d{1,3}(?:\s?[-,]\s?\d{1,3})*)(?=\s|$)(?!\s?(?:%|mg|g\b|mm|cm|/))"
)
_LAST_LETTERS = re.compile(r"(?:[^\W\d_]+|\))$")
_CITED_AFTER_WORD = re.compile(r"(?<![\w-])([^\W\d_A-Z]{5,})(\d{1,2}(?:[-,]\d{1,2})*)(?=[\s.,;)]|$)")
_CITED_IN_BRACKETS = re.compile(r"\[\s?\d{1,3}(?:\s?[-,]\s?\d{1,3})*\s?\]")
_BLANKS = re.compile(r"[ \n]{4,}")
_BROKEN_WORD = re.compile(r"(-[ ]*[ \n][ ]*)([a-z]{2,})")  # from the hyphen on
_BROKEN_CODE = re.compile(r"-(?<=[A-Z0-9α-ω]-)([ ]*\n[ ]*)(?=[\w])")
_LINE_START = re.compile(r"\n[ ]*(?=\S)")
_LONGEST_WORD = 500  # no word is so long: it is cut
_UNBROKEN = re.compile(rf"[^ \n]{{{_LONGEST_WORD}}}(?=[^ \n])")
_GOING_ON = ",(/"  # behind these at its end a line goes on
_WRAP_WIDTH = 40  # a line shorter than this is not taken for one that was filled
_WRAP_SLACK = 0.75  # share of the widest line of its block that a filled line reaches, next word included


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str
    kind: str


def normalize(
    source: str, layout: Layout, blocks: Sequence[Block] = (), tables: Sequence[SourceTable] = ()
) -> NormalizedText:
    """Repair a text for matching: characters, wraps, hyphenation, powers, glued citations, dropped captions.

    Single newlines of hard wraps become spaces; newlines that remain end a sentence. Where the reader gives blocks,
    each is one line, bibliography and boilerplate are left out, each cell of a table is a line of its own, and no
    repair reaches from one into the next.
    """
    letters = letters_outside(source, _PLAIN)
    text = source
    for letter in _REPAIRED_LETTERS.intersection(letters):
        text = text.replace(letter, _ONE_TO_ONE[letter])
    if "·" in text:
        text = _DECIMAL_DOT.sub(".", text)
    if blocks:
        text, breaks = _lay_out(text, layout, blocks, tables)
        edits = _around(breaks, _edits(source, text, letters, layout))
    else:
        text = _unwrap(text, layout)
        edits = _edits(source, text, letters, layout)
    pieces, parts, repairs = _splice(text, edits)
    moved = [] if blocks else _moved_captions(text, layout)
    if moved:
        pieces, parts = _move(pieces, parts, moved)
        repairs += [Repair(start, end, "moved out of the sentence it interrupts") for start, end in moved]
    repairs.sort(key=lambda r: r.start)
    repaired = "".join(parts)
    return NormalizedText(repaired, OffsetMap.of(pieces), tuple(repairs), tuple(_placed(blocks, pieces, repaired)))


def _lay_out(
    text: str, layout: Layout, blocks: Sequence[Block], tables: Sequence[SourceTable]
) -> tuple[str, list[_Edit]]:
    """The text with each block on one line, position by position, and the edits that part blocks and cells."""
    parts: list[str] = []
    breaks: list[_Edit] = []
    cells = {table.start: table.cells for table in tables}
    done = 0
    for block in blocks:
        gap, stretch = text[done : block.start], text[block.start : block.end]
        if block.continued and not gap.strip():
            gap = " " * len(gap)
        elif gap.strip():  # words of which the reader knows nothing
            breaks += [_Edit(done, done, "\n\n", ""), _Edit(block.start, block.start, "\n\n", "")]
            gap = _unwrap(gap, layout)
        elif done:
            breaks.append(_Edit(done, block.start, "\n\n", ""))
        elif gap:
            breaks.append(_Edit(0, block.start, "", ""))
        inside = cells.get(block.start, ()) if block.kind == "table" else ()
        if block.kind in SILENT_KINDS:
            breaks.append(_Edit(block.start, block.end, "", ""))
        elif inside:
            breaks += _cell_breaks(block, inside)
        if block.kind != "table" or inside:
            stretch = stretch.replace("\n", " ")
        parts += [gap, stretch]
        done = block.end
    if text[done:].strip():
        breaks.append(_Edit(done, done, "\n\n", ""))
    parts.append(_unwrap(text[done:], layout))
    return "".join(parts), breaks


def _cell_breaks(block: Block, cells: Sequence[Cell]) -> Iterator[_Edit]:
    """What stands between the cells of a table becomes a line end."""
    done = block.start
    for cell in sorted(cells, key=lambda c: (c.start, c.end)):
        if cell.start > done:
            yield _Edit(done, cell.start, "\n", "")
        elif done > block.start and cell.end > cell.start:
            yield _Edit(done, done, "\n", "")
        done = max(done, cell.end)
    if done < block.end:
        yield _Edit(done, block.end, "\n", "")


def _around(breaks: list[_Edit], edits: list[_Edit]) -> list[_Edit]:
    """Breaks, and those of the edits that reach into none of them, in order."""
    breaks.sort(key=lambda e: (e.start, e.end))
    ends = [e.end for e in breaks]
    kept = list(breaks)
    for edit in edits:
        number = bisect_right(ends, edit.start)
        if number == len(breaks) or breaks[number].start >= edit.end:
            kept.append(edit)
    kept.sort(key=lambda e: (e.start, e.end))
    return kept


def _placed(blocks: Sequence[Block], pieces: Sequence[Piece], text: str) -> Iterator[Block]:
    """The blocks that are left, in offsets of the repaired text; what is continued is one block."""
    starts = [piece.source_start for piece in pieces]
    whole: list[Block] = []
    for block in blocks:
        if block.continued and whole and whole[-1].kind == block.kind:
            whole[-1] = replace(whole[-1], end=block.end)
        else:
            whole.append(block)
    for block in whole:
        inside = pieces[bisect_left(starts, block.start) : bisect_left(starts, block.end)]
        if inside:
            start, end = inside[0].start, inside[-1].end
            while start < end and text[start].isspace():
                start += 1
            if start < end:
                yield replace(block, start=start, end=end)


def _unwrap(text: str, layout: Layout) -> str:
    """The text with the newlines of hard wraps turned into spaces, position by position."""
    if "\n" not in text:
        return text
    parts = []
    done = 0
    known, known_at = False, -1  # whether a line is a heading, and where it begins
    for place, start, end, next_start, next_end in line_ends(text, _GOING_ON, _WRAP_WIDTH, _WRAP_SLACK):
        after = text[next_start:next_end]
        is_heading = known if known_at == start else bool(layout.heading.fullmatch(text[start:end]))
        known, known_at = bool(layout.heading.fullmatch(after)), next_start
        if not (is_heading or known or layout.caption.match(after) or layout.listing.match(after)):
            parts.append(text[done:place])
            done = place + 1
    return " ".join((*parts, text[done:]))


def _edits(source: str, text: str, letters: set[str], layout: Layout) -> list[_Edit]:
    """Edits of `text`, which has the places of `source`; `letters` are those of it that are not plain.

    Most texts need none: what each kind of edit must have is looked for first.
    """
    edits: list[_Edit] = []
    if not _ODD_LETTERS.isdisjoint(letters):
        edits += [_Edit(m.start(), m.end(), _LIGATURES.get(m.group(), ""), "") for m in _ODD.finditer(text)]
    for m in () if letters.isdisjoint(_SUPERSCRIPTS) else _SUPERSCRIPT_POWER.finditer(source):
        lead = re.search(r"[x×*·]?\s?$", text[max(0, m.start() - 2) : m.start()])
        start = m.start() - len(lead.group()) if lead and lead.group().strip() else m.start()
        edits.append(_Edit(start, m.end(), "x10^" + text[m.start() + 2 : m.end()], "power of ten"))
    glued, has_tens, has_blanks, has_long_words, has_hyphens = survey(text, _LONGEST_WORD)
    if has_tens:
        edits += _powers(text)
    for m in _BLANKS.finditer(text) if has_blanks else ():
        lines = m.group().count("\n")
        edits.append(_Edit(m.start(), m.end(), "\n" * min(lines, 2) or " ", ""))
    if has_long_words:
        edits += [_Edit(m.end(), m.end(), "\n", "") for m in _UNBROKEN.finditer(text)]
    if has_hyphens:
        edits += _hyphenation(text)
    edits += _citations(text, glued, layout)
    edits.sort(key=lambda e: (e.start, -e.end))
    kept: list[_Edit] = []
    for edit in edits:
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept


def _powers(text: str) -> list[_Edit]:
    edits: list[_Edit] = []
    for ten in _TEN.finditer(text):
        for start in range(max(ten.start() - _BEFORE_TEN, edits[-1].end if edits else 0), ten.end()):
            m = _POWER.match(text, start)
            if m:
                exponent = next(g for g in m.groups() if g)
                edits.append(_Edit(m.start(), m.end(), "x10^" + exponent, "power of ten"))
                break
    return edits


def _hyphenation(text: str) -> list[_Edit]:
    """Joins of words that a line end broke.

    A wrap is a space by now, so a hyphen before it stays only where the text writes the compound with a hyphen
    elsewhere, or where the parts are not plain lower-case halves of a word.
    """
    edits = []
    is_compound = _compounds(text.lower())
    done = 0
    for m in _BROKEN_WORD.finditer(text):
        start = hyphen = m.start()
        while start > done and text[start - 1].isalnum() and not text[start - 1].isdecimal():
            start -= 1
        before = text[start - 1 : start]
        if hyphen - start < 2 or before.isalnum() or (before and before in "_-"):
            continue
        done = m.end()
        left, right = text[start:hyphen], m.group(2)
        if right in ("and", "or", "to"):  # a suspended hyphen: "short- and long-term"
            continue
        compound, closed = f"{left}-{right}".lower(), f"{left}{right}".lower()
        keep = is_compound(compound, closed)
        replacement = "-" if keep or left[-1].isupper() else ""
        edits.append(_Edit(hyphen, m.end(1), replacement, "hyphenation"))
    return edits + [_Edit(m.start(1), m.end(1), "", "hyphenation") for m in _BROKEN_CODE.finditer(text)]


def _compounds(text: str) -> Callable[[str, str], bool]:
    """What tells whether a text writes a compound with its hyphen, and never closed.

    Hyphens are looked for by the two letters on each side of them, as a text may have thousands of wraps.
    """
    places: dict[str, list[int]] = {}
    for m in re.finditer("-", text):
        at = m.start()
        places.setdefault(text[max(0, at - 2) : at + 3], []).append(at)
    known: dict[tuple[str, str], bool] = {}

    def is_compound(compound: str, closed: str) -> bool:
        if (compound, closed) not in known:
            at = compound.index("-")
            begins = (place - at for place in places.get(compound[at - 2 : at + 3], ()))
            written = any(begin >= 0 and text.startswith(compound, begin) for begin in begins)
            known[compound, closed] = written and closed not in text
        return known[compound, closed]

    return is_compound


def _citations(text: str, glued: Sequence[int], layout: Layout) -> list[_Edit]:
    """Deletions of citation numbers that lost their superscript; `glued` are those behind a stop and a letter."""
    edits: list[_Edit] = []
    for place in glued:
        m = _CITED_AFTER_STOP.match(text, place)
        if m and _is_citation(m, layout):
            edits.append(_Edit(m.start(2), m.end(2), "", "citation number"))
    if len(edits) >= 2:
        edits += [_Edit(m.start(2), m.end(2), "", "citation number") for m in _CITED_AFTER_WORD.finditer(text)]
    if "[" in text:
        for m in _CITED_IN_BRACKETS.finditer(text):
            start = m.start()
            start -= start > 0 and text[start - 1].isspace()
            edits.append(_Edit(start, m.end(), "", "citation number"))
    return edits


def _is_citation(m: re.Match[str], layout: Layout) -> bool:
    letters = _LAST_LETTERS.search(m.string, max(0, m.start() - 40), m.start())
    word, stop = letters.group() if letters else "", m.group(1)
    if word.lower() in layout.numbered:
        return False
    if stop in ",:;" and (len(word) < 4 or not word[-1].islower()):
        return False
    return stop != ":" or len(word) > 3


def _splice(text: str, edits: list[_Edit]) -> tuple[list[Piece], list[str], list[Repair]]:
    pieces: list[Piece] = []
    parts: list[str] = []
    repairs: list[Repair] = []
    at = done = 0
    for edit in edits:
        if edit.start > done:
            pieces.append(Piece(at, at + edit.start - done, done, edit.start, True))
            parts.append(text[done : edit.start])
            at += edit.start - done
        pieces.append(Piece(at, at + len(edit.text), edit.start, edit.end, False))
        parts.append(edit.text)
        at += len(edit.text)
        done = edit.end
        if edit.kind:
            repairs.append(Repair(edit.start, edit.end, edit.kind))
    if done < len(text) or not pieces:
        pieces.append(Piece(at, at + len(text) - done, done, len(text), True))
        parts.append(text[done:])
    return pieces, parts, repairs


def _moved_captions(text: str, layout: Layout) -> list[tuple[int, int]]:
    """Source spans of captions that stand inside a sentence.

    A caption interrupts when the words before it end without a full stop and those after it begin in lower case.
    """
    moved: list[tuple[int, int]] = []
    for m in _LINE_START.finditer(text):  # before the first line stands nothing to be interrupted
        start = m.end()
        if not layout.caption.match(text, start):
            continue
        before = text[max(0, m.start() - 300) : m.start()].rstrip()
        if not before or before[-1] in ".?!:" or (moved and start < moved[-1][1]):
            continue
        if layout.heading.fullmatch(before[before.rfind("\n") + 1 :].strip()):
            continue
        for stop in re.finditer(r"\n\s*|(?<=[.)])[ ]+(?=[a-z])", text[start : start + 3000]):
            resumed = text[start + stop.end() : start + stop.end() + 1]
            ended = text[start : start + stop.start()].rstrip()[-1:] in ".)"
            if resumed.islower() and ended:
                moved.append((start, start + stop.end()))
                break
            paragraph_ends = stop.group().count("\n") > 1
            if paragraph_ends or layout.caption.match(text, start + stop.end()):
                break
    return moved


def _move(pieces: list[Piece], parts: list[str], moved: list[tuple[int, int]]) -> tuple[list[Piece], list[str]]:
    """The pieces with the moved source spans taken to the end, each as a paragraph of its own."""
    cuts = sorted({bound for span in moved for bound in span})
    cut: list[tuple[Piece, str]] = []
    for piece, part in zip(pieces, parts, strict=True):
        bounds = [piece.source_start, *[c for c in cuts if piece.source_start < c < piece.source_end]]
        if not piece.exact or len(bounds) == 1:
            cut.append((piece, part))
            continue
        for low, high in zip(bounds, [*bounds[1:], piece.source_end], strict=True):
            stretch = part[low - piece.source_start : high - piece.source_start]
            cut.append((Piece(0, len(stretch), low, high, True), stretch))

    def is_moved(piece: Piece) -> bool:
        return any(low <= piece.source_start and piece.source_end <= high for low, high in moved)

    def open_line(part: str) -> str:
        return part.replace("\n", " ")

    kept: list[tuple[Piece, str]] = []
    for piece, part in cut:
        if is_moved(piece):
            continue
        kept.append((piece, part))
    resumed = {high for _, high in moved}
    for index, (piece, _) in enumerate(kept):
        if piece.source_start in resumed and index:  # newlines before the caption no longer end a sentence
            previous, text = kept[index - 1]
            stem = text.rstrip()
            kept[index - 1] = (previous, stem + open_line(text[len(stem) :]))
    tail: list[tuple[Piece, str]] = []
    for low, high in moved:
        tail.append((Piece(0, 2, low, low, False), "\n\n"))
        tail += [(p, t) for p, t in cut if low <= p.source_start and p.source_end <= high]
    at = 0
    out_pieces, out_parts = [], []
    for piece, part in kept + tail:
        out_pieces.append(Piece(at, at + len(part), piece.source_start, piece.source_end, piece.exact))
        out_parts.append(part)
        at += len(part)
    return out_pieces, out_parts
