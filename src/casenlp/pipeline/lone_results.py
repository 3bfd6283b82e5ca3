"""Results whose test no rule names: "the mitral valve appeared normal", "early development was normal".

They are mentions without a row: what was examined is told in the sentence, but it is no test of a lexicon. Only
words that hardly stand for anything but a result count. Source: corpus/guidelines.md section 5.2.
"""

from __future__ import annotations

from collections.abc import Sequence

from casenlp.pipeline.annotations import Annotations, Item
from casenlp.rules import RuleSet

_BEFORE, _AFTER = 60, 40  # characters that may say that the word is no result


class LoneResults:
    """Makes values of result words that stand for themselves."""

    def __init__(self, rules: RuleSet) -> None:
        self._flags = frozenset(rules.settings["labs"]["lone_flags"])
        self._said = rules.macro("said_of_something")
        self._no_result_after = rules.macro("no_result_after")
        self._no_result_before = rules.ending("no_result_before")

    def keep(self, known: Annotations, results: Sequence[Item]) -> None:
        """Turn each such result into an item of kind value; `results` are all items that were a result."""
        for item in results:
            if item.kind == "result" and not item.negated and self._stands_alone(known.text, item):
                item.kind, item.rule = "value", "values.result-alone"

    def _stands_alone(self, text: str, item: Item) -> bool:
        entry = item.entry
        if entry is None or "weak" in entry.guards or entry.extra.get("verb"):
            return False
        if entry.extra.get("flag") not in self._flags:
            return False
        before = text[max(0, item.start - _BEFORE) : item.start].lower()
        after = text[item.end : item.end + _AFTER].lower()
        if entry.extra["flag"] != "normal" and not self._said.match(after):
            return False  # "a positive rechallenge"
        return not self._no_result_after.match(after) and not self._no_result_before.ends(before)
