"""Which rules of the grammar are tried on a sentence, and on which there is no need to.

A sieve tells from the words of a sentence which rules, or which alternatives of their patterns, it may match, and the
outlines of those which of them it may match indeed. Both are worked out once and then kept, as that takes longer than
all the rest: what rules need when they are loaded, outlines when the first of them was asked for often.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, TypeAlias

from casenlp import expressions, needs, outlines, sieve
from casenlp.made_once import made_once
from casenlp.outlines import Network, Screens, network
from casenlp.patterns import GROUPS, SYMBOLS, CompiledRule, Matcher
from casenlp.pipeline.annotations import ITEM_OF_LABEL
from casenlp.rules import RuleSet
from casenlp.sieve import Met, Sieve

#: Values of a rule that ask more of a match than its pattern.
_ASKING = frozenset({"only_with", "made_of", "unless", "written", "capitals", "results"})


class Try(NamedTuple):
    """A rule, or one alternative of its pattern, as it is tried; the last five tell how it makes mentions."""

    place: int  # among the rules
    compiled: CompiledRule
    matcher: Matcher
    mention: int | None  # the group of its words; None where matches make none
    kind: str
    told: tuple[str, ...]  # groups that hold values
    asks: bool
    measured: bool  # whether the item has the quantity within


#: A rule and where it matches.
Tried: TypeAlias = "tuple[Try, list[re.Match[str]]]"


class Tries:
    """Tells what to try: first the rules that make mentions, in the order of labels, then those that link."""

    def __init__(self, rules: RuleSet) -> None:
        order = list(rules.settings.get("grammar", {}).get("label_order", ()))
        mention_rules = [c for c in rules.compiled if c.rule.label]
        makers = sorted(mention_rules, key=lambda c: order.index(c.rule.label) if c.rule.label in order else len(order))
        self._order = [*makers, *(c for c in rules.compiled if not c.rule.label)]
        #: How many rules make mentions, and how many there are
        self.makers, self.rules = len(makers), len(self._order)
        sieve = _sieve_of(self._order, rules)
        #: Of the symbol form of a sentence, the rules a way of which its words meet
        self.met: Callable[[str], Met] = sieve.met
        self._outlines: list[list[str | None]] | None = None
        screens = Screens(self._tried, self._outline)
        #: (met, low, high, sentence) -> the first of the rules met from `low` on and below `high` that matches in the
        #: sentence, and its matches; None when none does
        self.first: Callable[[Met, int, int, str], Tried | None] = screens.first
        #: The same of all of them, in order
        self.all: Callable[[Met, int, int, str], list[Tried]] = screens.all

    def _tried(self, key: tuple[int, int | None]) -> tuple[Try, re.Pattern[str]]:
        place, way = key
        compiled = self._order[place]
        matcher, values = compiled.matcher(way), compiled.rule.values
        groups = matcher.regex.groupindex
        kind = ITEM_OF_LABEL[compiled.rule.label] if compiled.rule.label else ""
        told = tuple(name for name in groups if name.startswith("v_"))
        mention = groups.get("mention") if compiled.has_mention else 0
        asks, measured = not _ASKING.isdisjoint(values), not values.get("written")
        return Try(place, compiled, matcher, mention, kind, told, asks, measured), matcher.regex

    def _outline(self, key: tuple[int, int | None]) -> Network | None:
        place, way = key
        if self._outlines is None:
            patterns = [[c.expression, *c.alternatives] for c in self._order]
            stamp = repr([_source(outlines), sys.version, sys.byteorder, patterns])
            self._outlines = made_once("outlines", stamp, lambda: [[*map(_packed, each)] for each in patterns])
        packed = self._outlines[place][0 if way is None else way + 1]
        return None if packed is None else Network.unpacked(packed)


def _packed(expression: str) -> str | None:
    drawn = network(expression)
    return None if drawn is None else drawn.packed()


def _sieve_of(order: Sequence[CompiledRule], rules: RuleSet) -> Sieve:
    """The sieve of the rules' needs."""
    patterns = [compiled.rule.pattern for compiled in order]
    reading = [_source(module) for module in (expressions, needs, sieve)]
    stamp = repr([reading, patterns, sorted(rules.macros.items()), sorted(SYMBOLS.items()), sorted(GROUPS.items())])
    return Sieve.restored(made_once("sieve", stamp, lambda: Sieve([compiled.ways for compiled in order]).state))


def _source(module: ModuleType) -> str:
    """What changes with a program that reads patterns."""
    try:
        return hashlib.sha256(Path(module.__file__ or "").read_bytes()).hexdigest()
    except OSError:  # a program packed into one file: it changes as a whole
        return version("casenlp")
