"""Glyphs -> segments: pieces of a line without a wide gap in them, with raised and lowered print written out.

A run is a stretch of glyphs of one font on one level; the runs of a segment touch. Segments stand in a frame that is
turned so that their text runs from left to right; `upright` turns a box back to the page. Distances are measured in
sizes of print.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from casenlp.readers.pdf.pdfium import Box, Glyphs, Page, Print

#: Of the size of print: a gap that ends a word, one that does so where the file also has a space, one that ends a
#: segment, and a step back that does.
_WORD_GAP, _SPACE_GAP, _WIDE_GAP, _BACK_STEP = 0.2, 0.05, 0.75, 0.4
_BELOW, _ABOVE = 0.22, 0.9  # of the size: how far print reaches below and above its baseline
_LARGER = 2.0  # times the size of its neighbour: a letter that opens a text, and is joined to it later
_FENCES = 2_000  # upright rules of a page that are looked at; no table for reading has more
_SMALL = 0.86  # of the size of its line: print that is smaller and off the line is raised or lowered
_SOFT_BREAK = 0xFFFE  # what PDFium puts for a hyphen at the end of a line; 2 in its other interface

_RAISED = str.maketrans("0123456789+-−–n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻ⁿ")
_EXPONENT = re.compile(r"[+\-−–]?\d{1,2}")
_TEN = re.compile(r"(?:^|[^\d.,])10$")
_LENGTH = re.compile(r"(?:^|[^A-Za-z])[cdkmµμn]?m$")
_CITATION = re.compile(r"[\d,;–\-−\s*†‡§¶#]+|[a-z](?:,[a-z*])*")
_SPACED_OUT = re.compile(r"(?:[^\W\d_] ){3,}[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of one line. `base` is the height of its baseline, `size` that of its print, in points.

    `lead` is the number of characters at its start that are bold when the rest is not.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    base: float
    size: float
    bold: bool = False
    italic: bool = False
    angle: int = 0
    pale: bool = False
    lead: int = 0

    @property
    def words(self) -> int:
        """Number of words."""
        return self.text.count(" ") + 1


@dataclass(slots=True)
class _Run:
    text: str
    glyph: int
    box: Box
    base: float
    size: float
    bold: bool
    italic: bool
    spaced: bool  # a space stands before it


def segments_of(page: Page, rules: Sequence[Box] = ()) -> list[Segment]:
    """The segments of a page in the order of the file; those of another direction than 0 carry their `angle`.

    Words between which one of the `rules` stands upright are in cells of their own.
    """
    glyphs = page.glyphs()
    shown = _shown(glyphs)
    angles = np.array([_snapped(set_.angle) for set_ in glyphs.prints])
    segments: list[Segment] = []
    for angle in sorted(set(angles.tolist())):
        chosen = shown[angles[glyphs.owners[shown]] == angle]
        if not chosen.size:
            continue
        if angle < 0:
            segments.append(_oblique(glyphs, chosen))
        else:
            segments += _assemble(page, glyphs, chosen, angle, fences_of(rules, angle))
    return segments


def upright(box: Box, angle: int) -> Box:
    """A box of a turned frame on the page as it stands in the file."""
    left, bottom, right, top = box
    if angle == 90:
        return -top, left, -bottom, right
    if angle == 180:
        return -right, -top, -left, -bottom
    if angle == 270:
        return bottom, -right, top, -left
    return box


def turned(box: Box, angle: int) -> Box:
    """A box of the page in the frame of an angle: the other way of `upright`."""
    return upright(box, (360 - angle) % 360)


def fences_of(rules: Sequence[Box], angle: int = 0) -> list[Box]:
    """The upright ones among the rules of a page, in the frame of an angle."""
    boxes = (turned(box, angle) for box in rules)
    return [box for box in boxes if box[3] - box[1] > box[2] - box[0]][:_FENCES]


def _snapped(angle: int) -> int:
    nearest = round(angle / 90) * 90
    return nearest % 360 if abs(angle - nearest) <= 4 else -1


def _shown(glyphs: Glyphs) -> NDArray[np.int64]:
    """Indices of the glyphs that are more than white space or a control character."""
    codes = glyphs.codes
    blank = (codes <= 32) & (codes != 2)
    blank |= (codes == 0xA0) | ((codes >= 0x2000) & (codes <= 0x200F)) | (codes == 0x202F) | (codes == 0x3000)
    blank |= (codes >= 0x7F) & (codes < 0xA0)
    return np.flatnonzero(~blank & (glyphs.owners >= 0))


class _Cuts:
    """Where words, runs and segments begin among the glyphs shown."""

    def __init__(self, glyphs: Glyphs, shown: NDArray[np.int64], angle: int, fences: Sequence[Box]) -> None:
        owners = glyphs.owners[shown]
        base = np.array([_base(set_, angle) for set_ in glyphs.prints])[owners]
        size = np.array([set_.size for set_ in glyphs.prints])[owners]
        left, _, right, _ = _turned_boxes(glyphs.boxes[shown], angle).T
        bottom, top = base - _BELOW * size, base + _ABOVE * size
        self.boxes = np.column_stack((left, bottom, right, top))
        gap = left[1:] - right[:-1]
        tall = np.maximum(size[1:], size[:-1])
        small = np.minimum(size[1:], size[:-1])
        spaced = np.diff(shown) > 1
        level = (np.abs(np.diff(base)) < 0.05 * tall) & (np.abs(np.diff(size)) < 0.05 * tall)
        overlap = np.minimum(top[1:], top[:-1]) - np.maximum(bottom[1:], bottom[:-1])
        apart = (gap > _WIDE_GAP * tall) | (gap < -_BACK_STEP * tall) | (overlap < 0.3 * small)
        apart |= tall > _LARGER * small
        if fences:
            apart[_fenced(left, right, base, fences)] = True
        word = apart | (gap > _WORD_GAP * tall) | (spaced & (gap > _SPACE_GAP * tall))
        looks = np.array([_look(set_) for set_ in glyphs.prints])[owners]
        self.segment_starts = np.concatenate(([True], apart))
        self.word_starts = np.concatenate(([True], word))
        self.run_starts = np.concatenate(([True], apart | ~level | (looks[1:] != looks[:-1])))


def _fenced(
    left: NDArray[np.float64], right: NDArray[np.float64], base: NDArray[np.float64], fences: Sequence[Box]
) -> NDArray[np.int64]:
    """Places of the glyphs behind which an upright rule stands, before the next one of their line."""
    free = np.flatnonzero((left[1:] > right[:-1]) & (base[1:] == base[:-1]))
    x, low, high = np.array([((b[0] + b[2]) / 2, b[1], b[3]) for b in fences]).T[:, :, None]
    between = (right[:-1][free] <= x) & (x <= left[1:][free]) & (low <= base[free]) & (base[free] <= high)
    places: NDArray[np.int64] = free[between.any(axis=0)]
    return places


def _base(set_: Print, angle: int) -> float:
    return {0: set_.y, 90: -set_.x, 180: -set_.y, 270: set_.x}[angle]


def _look(set_: Print) -> int:
    return 2 * set_.bold + set_.italic


def _turned_boxes(boxes: NDArray[np.float64], angle: int) -> NDArray[np.float64]:
    left, bottom, right, top = boxes.T
    if angle == 90:
        return np.column_stack((bottom, -right, top, -left))
    if angle == 180:
        return np.column_stack((-right, -top, -left, -bottom))
    if angle == 270:
        return np.column_stack((-top, left, -bottom, right))
    return boxes


def _assemble(page: Page, glyphs: Glyphs, shown: NDArray[np.int64], angle: int, fences: Sequence[Box]) -> list[Segment]:
    cuts = _Cuts(glyphs, shown, angle, fences)
    text, places = _written(glyphs.codes[shown], cuts.word_starts & ~cuts.run_starts)
    starts = np.flatnonzero(cuts.run_starts)
    ends = np.append(starts[1:], shown.size)
    boxes = _run_boxes(cuts.boxes, starts)
    segments: list[Segment] = []
    runs: list[_Run] = []
    for start, end, box in zip(starts.tolist(), ends.tolist(), boxes.tolist(), strict=True):
        if cuts.segment_starts[start] and runs:
            segments.append(_segment(page, runs, angle))
            runs = []
        glyph = int(shown[start])
        set_ = glyphs.prints[glyphs.owners[glyph]]
        words = text[places[start] : places[end]]
        spaced = bool(cuts.word_starts[start])
        runs.append(_Run(words, glyph, tuple(box), _base(set_, angle), set_.size, set_.bold, set_.italic, spaced))
    if runs:
        segments.append(_segment(page, runs, angle))
    return [segment for segment in segments if segment.text]


def _written(codes: NDArray[np.int64], spaced: NDArray[np.bool_]) -> tuple[str, list[int]]:
    """The glyphs as text with a space before those of `spaced`, and where each glyph's own character stands in it."""
    codes = np.where((codes == _SOFT_BREAK) | (codes == 2), ord("-"), codes)
    codes = np.where((codes > 0x10FFFF) | ((codes >= 0xD800) & (codes < 0xE000)), 0xFFFD, codes)
    before = np.flatnonzero(spaced)
    text = np.insert(codes, before, 32).astype("<u4").tobytes().decode("utf-32-le")
    shift = np.cumsum(spaced)
    places = (np.arange(codes.size) + shift).tolist()
    return text, [*places, len(text)]


def _run_boxes(boxes: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    low = np.minimum.reduceat(boxes[:, :2], starts)
    high = np.maximum.reduceat(boxes[:, 2:], starts)
    return np.column_stack((low, high))


def _segment(page: Page, runs: list[_Run], angle: int) -> Segment:
    main = max(runs, key=lambda run: len(run.text) * run.size if len(runs) > 1 else 1)
    level = [run for run in runs if run.size >= _SMALL * main.size]
    box = (
        min(run.box[0] for run in runs),
        min(run.box[1] for run in level),
        max(run.box[2] for run in runs),
        max(run.box[3] for run in level),
    )
    text = runs[0].text if len(runs) == 1 else _joined(runs, main)
    lead = 0
    if len(runs) > 1 and runs[0].bold:
        plain = next((number for number, run in enumerate(runs) if not run.bold), 0)
        lead = len(_joined(runs[:plain], main))
    if _SPACED_OUT.fullmatch(text):
        text = text.replace(" ", "")
    letters = sum(len(run.text) for run in level)
    bold = sum(len(run.text) for run in level if run.bold) > 0.8 * letters
    italic = sum(len(run.text) for run in level if run.italic) > 0.8 * letters
    pale = main.size > 18 and page.is_pale(main.glyph)
    return Segment(text.strip(), *box, main.base, main.size, bold, italic, angle, pale, 0 if bold else lead)


def _joined(runs: list[_Run], main: _Run) -> str:
    """The text of touching runs; raised numbers become powers or citations in square brackets."""
    text = ""
    for number, run in enumerate(runs):
        space = " " if run.spaced and text else ""
        rise = (run.base - main.base) / main.size
        if (run.size < _SMALL * main.size and rise > 0.12) or (rise > 0.25 and len(run.text) <= 6):
            following = runs[number + 1] if number + 1 < len(runs) else None
            after = following.text if following and not following.spaced else ""
            text += space + raised(text if not space else "", run.text, after)
        else:
            text += space + run.text
    return text


def raised(before: str, text: str, after: str) -> str:
    """Raised print in a line of text: a power or charge in raised characters, a degree sign, or a citation in brackets.

    `before` and `after` are what touches it on the line, so that "10" with a raised "9" is told from a citation.
    """
    bare = text.strip()
    if bare in ("o", "0", "º", "°", "˚") and re.match(r"[CF]\b", after):
        return "°"
    if _EXPONENT.fullmatch(bare):
        squared = bare in ("2", "3") and _LENGTH.search(before)
        isotope = not before[-1:].isalnum() and before[-1:] not in (*".,;:)",) and after[:1].isalpha()
        if _TEN.search(before) or not bare[0].isdigit() or squared or isotope:
            return bare.translate(_RAISED)
    if bare[-1:] in ("+", "-", "−", "–") and before[-1:].isalpha() and re.fullmatch(r"\d?[+\-−–]", bare):
        return bare.translate(_RAISED)
    if before and _CITATION.fullmatch(bare) and any(sign.isalnum() for sign in bare):
        return f"[{bare}]"
    return text


def _oblique(glyphs: Glyphs, chosen: NDArray[np.int64]) -> Segment:
    """All glyphs that stand askew, as one piece of pale text: stamps and watermarks."""
    text, _ = _written(glyphs.codes[chosen], np.diff(chosen, prepend=chosen[0]) > 1)
    left, bottom = glyphs.boxes[chosen, :2].min(axis=0).tolist()
    right, top = glyphs.boxes[chosen, 2:].max(axis=0).tolist()
    return Segment(text.strip(), left, bottom, right, top, bottom, max(1.0, top - bottom), pale=True)


def moved(segment: Segment, text: str) -> Segment:
    """The same piece with other words."""
    return replace(segment, text=text)
