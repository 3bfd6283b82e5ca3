"""Token patterns of one word, read without a Doc: the words of a text whose letters tell what they are.

Such a pattern says of one token what its lower case (LOWER) or its letters (ORTH, TEXT) are: a text, or a dict of
REGEX, IN and NOT_IN, as in spaCy (https://spacy.io/usage/rule-based-matching#adding-patterns-attributes-extended).
Whatever else a pattern holds needs spaCy's Matcher.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import filterfalse
from operator import itemgetter
from typing import Any

from casenlp.kept import MOST
from casenlp.patterns import Rule
from casenlp.pipeline.words import Words

_CONDITIONS = frozenset({"REGEX", "IN", "NOT_IN"})
_LOOKS_AROUND = re.compile(r"[\^$]|\\[bBAZ]|\(\?(?!:)")  # what says where an expression may match, or how
_MOST_KEPT = 2 * MOST
_Test = Callable[[str], bool]


def is_word_pattern(pattern: Sequence[Any]) -> bool:
    """Whether a token pattern is of one word and says only what its letters are."""
    if len(pattern) != 1 or not isinstance(pattern[0], dict) or not pattern[0]:
        return False
    return all(
        str(name).upper() in ("LOWER", "ORTH", "TEXT")
        and (isinstance(value, str) or (isinstance(value, dict) and bool(value) and set(value) <= _CONDITIONS))
        for name, value in pattern[0].items()
    )


class WordShapes:
    """Finds the words that rules with such patterns describe; `split` gives the tokens of a stretch of text."""

    def __init__(self, rules: Sequence[Rule], split: Callable[[str], Words]) -> None:
        self._rules = [(rule, _tests(rule.tokens[0])) for rule in rules if is_word_pattern(rule.tokens)]
        self._split = split
        self._may_hold = _search_of_all([rule.tokens[0] for rule, _ in self._rules])
        self._plain: set[str] = set()  # stretches without space in which no such word stands
        self._shaped: dict[str, list[tuple[int, int, Rule]]] = {}  # and those in which some do

    def find(self, text: str) -> list[tuple[int, int, Rule]]:
        """(start, end, rule) in order of the text; those of one word in the order of the rules."""
        if not self._rules:
            return []
        if len(self._plain) + len(self._shaped) > _MOST_KEPT:
            self._plain.clear()
            self._shaped.clear()
        found: list[tuple[int, int, Rule]] = []
        for chunk in set(filterfalse(self._plain.__contains__, text.split())):
            shaped = self._shaped.get(chunk)
            if shaped is None:
                shaped = self._within(chunk)
                if not shaped:
                    self._plain.add(chunk)
                    continue
                self._shaped[chunk] = shaped
            at = text.find(chunk)
            while at >= 0:
                stop = at + len(chunk)
                if not text[at - 1 : at].strip() and not text[stop : stop + 1].strip():  # else part of a longer one
                    found += [(at + start, at + end, rule) for start, end, rule in shaped]
                at = text.find(chunk, stop)
        found.sort(key=itemgetter(0))
        return found

    def _within(self, chunk: str) -> list[tuple[int, int, Rule]]:
        if self._may_hold is not None and chunk.isascii() and not self._may_hold(chunk.lower()):
            return []  # nearly always, without splitting it
        words = self._split(chunk)
        return [
            (start, end, rule)
            for (start, end), word in zip(words.spans, words.texts(0, len(words.spans)), strict=True)
            for rule, tests in self._rules
            if all(test(word) for test in tests)
        ]


def _search_of_all(tokens: Sequence[dict[str, Any]]) -> Callable[[str], re.Match[str] | None] | None:
    """A search that finds something in any stretch in lower case that holds a word which a pattern describes.

    None where that cannot be told of some pattern without its words.
    """
    parts = []
    for token in tokens:
        lower = [value for name, value in token.items() if str(name).upper() == "LOWER" and isinstance(value, dict)]
        wanted = lower[0].get("REGEX", "^") if lower else "^"
        part = wanted.removeprefix("^").removesuffix("$")
        if _LOOKS_AROUND.search(part) or part.endswith("\\"):
            return None
        parts.append(f"(?:{part})")
    return re.compile("|".join(parts)).search if parts else None


def _tests(token: dict[str, Any]) -> list[_Test]:
    tests: list[_Test] = []
    for name, value in token.items():
        lower = str(name).upper() == "LOWER"
        conditions = {"IN": [value]} if isinstance(value, str) else value
        tests += [_test(condition, wanted, lower) for condition, wanted in conditions.items()]
    return tests


def _test(condition: str, wanted: Any, lower: bool) -> _Test:
    if condition == "REGEX":
        search = re.compile(wanted).search
        return lambda word: search(word.lower() if lower else word) is not None
    words = frozenset(wanted)
    if condition == "IN":
        return lambda word: (word.lower() if lower else word) in words
    return lambda word: (word.lower() if lower else word) not in words
