"""Rules as models, and their patterns as regular expressions over the symbol form of a sentence.

In a sentence every known item (a drug, a time, a test …) is one symbol, which a pattern writes as `{drug}`; `{name}`
otherwise stands for a word list of macros.toml. A rule's own examples are read here too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from casenlp.errors import RuleError
from casenlp.expressions import SLOT, alternatives, factored
from casenlp.letters import SYMBOL_LETTERS
from casenlp.needs import NeedReader, Ways

#: Items that a pattern can name, and the private-use character that stands for each in a sentence.
SYMBOLS: Mapping[str, str] = {
    name: chr(SYMBOL_LETTERS[index])
    for index, name in enumerate(
        (
            "drug", "dose", "route", "frequency", "duration", "test", "value", "latency", "diagnosis", "finding",
            "age", "sex", "date", "time", "amount", "conc", "percent", "number", "length", "pair", "result",
            "relative", "modifier",
        )
    )
}  # fmt: skip
#: Names in patterns that stand for any of several items.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "event": ("diagnosis", "finding"),
    "measured": ("conc", "percent", "number", "length", "pair", "amount", "time"),
    "labvalue": ("value", "conc", "percent", "number", "length", "pair", "amount", "result"),
    "quantity": ("time", "amount", "conc", "percent", "number", "length", "pair"),
    "given": ("dose", "amount"),
    "elapsed": ("time", "duration", "date", "latency"),
}
ITEM = f"[{chr(SYMBOL_LETTERS[0])}-{chr(SYMBOL_LETTERS[-1])}]"
_SLOT_GROUP = re.compile(r"s\d+_(.+)")
_MARK = re.compile(r"\[([^\[\]]*)\]\(([A-Za-z_ ]+)\)")


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence with inline marks `[words](name)`: `text` without them, `marks` as (start, end, name)."""

    text: str
    marks: tuple[tuple[int, int, str], ...]
    source: str

    @classmethod
    def parse(cls, source: str) -> Example:
        """Read the inline form."""
        parts: list[str] = []
        marks = []
        done = at = 0
        for m in _MARK.finditer(source):
            parts.append(source[done : m.start()])
            at += m.start() - done
            marks.append((at, at + len(m.group(1)), m.group(2).strip()))
            parts.append(m.group(1))
            at += len(m.group(1))
            done = m.end()
        parts.append(source[done:])
        return cls("".join(parts), tuple(marks), source)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of rules/patterns, as written; `place` is file:line."""

    id: str
    family: str
    source: str
    place: str
    label: str | None = None
    pattern: str = ""
    tokens: tuple[Any, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    reach: str = "sentence"
    examples: tuple[Example, ...] = ()
    counterexamples: tuple[Example, ...] = ()
    known_gaps: tuple[Example, ...] = ()


class Matcher(NamedTuple):
    """A regular expression over the symbol form of a sentence; `slots` are (number of a group, slot that it fills)."""

    regex: re.Pattern[str]
    slots: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class CompiledRule:
    """A rule whose pattern is compiled on first use, as a whole and each of its alternatives.

    A sentence that meets none of its `ways` cannot match, nor one of its alternatives unless that way is met.
    """

    rule: Rule
    expression: str
    alternatives: tuple[str, ...]
    slots: tuple[str, ...]
    reader: NeedReader = field(repr=False, compare=False)

    @cached_property
    def ways(self) -> Ways:
        """What each alternative of the pattern needs."""
        return self.reader.ways(self.rule.pattern)

    @property
    def regex(self) -> re.Pattern[str]:
        """The regular expression of the whole pattern; RuleError when it is none."""
        return self.matcher(None).regex

    def matcher(self, way: int | None) -> Matcher:
        """The matcher of one alternative, or of the whole pattern; RuleError when it is no regular expression."""
        known = self._matchers.get(way)
        if known is None:
            try:
                regex = re.compile(self.expression if way is None else self.alternatives[way])
            except re.error as error:
                raise RuleError(self.rule.place, f"{self.rule.id}: {error}", "a regular expression") from None
            found = ((number, _SLOT_GROUP.fullmatch(name)) for name, number in regex.groupindex.items())
            known = Matcher(regex, tuple((number, m.group(1)) for number, m in found if m))
            self._matchers[way] = known
        return known

    @cached_property
    def _matchers(self) -> dict[int | None, Matcher]:
        return {}

    @cached_property
    def has_mention(self) -> bool:
        """Whether a group tells the words of the mention; where it takes no part in a match, there is none."""
        return "(?P<mention>" in self.expression

    @cached_property
    def has_values(self) -> bool:
        """Whether groups hold values of the mention."""
        return "(?P<v_" in self.expression


def symbol_class(name: str) -> str | None:
    """The regular expression of an item or a group of items; None when there is none of that name."""
    if name in SYMBOLS:
        return SYMBOLS[name]
    if name in GROUPS:
        return "[" + "".join(SYMBOLS[n] for n in GROUPS[name]) + "]"
    return ITEM if name == "item" else None


def expand(pattern: str, macros: Mapping[str, str], place: str, depth: int = 0) -> str:
    """A pattern with macros and items written out; named groups `s0_time`, `s1_drug` … hold the items."""
    if depth > 8:
        raise RuleError(place, "macros that name each other", "macros without a circle")
    taken = [0]

    def write(m: re.Match[str]) -> str:
        name, alias = m.groups()
        symbols = symbol_class(name)
        if symbols is not None:
            if not alias and depth:
                return symbols
            taken[0] += 1
            return f"(?P<s{taken[0]}_{alias or name}>{symbols})"
        if name not in macros:
            raise RuleError(place, f"{{{name}}}", "an item or a macro of macros.toml")
        return expand(macros[name], macros, place, depth + 1)

    return SLOT.sub(write, pattern)


def compile_rule(rule: Rule, macros: Mapping[str, str], reader: NeedReader | None = None) -> CompiledRule:
    """Check and expand a rule's pattern; RuleError when it names what is not there. `reader` has read the macros."""
    expression = expand(factored(rule.pattern), macros, rule.place)
    slots = tuple(dict.fromkeys(re.findall(r"\(\?P<s\d+_([a-z_0-9]+)>", expression)))
    missing = set(rule.fields.values()) - set(slots)
    if missing:
        raise RuleError(rule.place, f"fields name {', '.join(sorted(missing))}", f"slots of the pattern {slots}")
    options = alternatives(rule.pattern)
    apart = tuple(expand(o, macros, rule.place) for o in options) if len(options) > 1 else ()
    return CompiledRule(rule, expression, apart, slots, reader or NeedReader(macros, symbols_of))


def symbols_of(name: str) -> frozenset[str] | None:
    """The symbols of an item or group of items; None for a macro."""
    if name in SYMBOLS:
        return frozenset([SYMBOLS[name]])
    if name in GROUPS:
        return frozenset(SYMBOLS[member] for member in GROUPS[name])
    return frozenset(SYMBOLS.values()) if name == "item" else None
