"""The RuleSet that components share, loaded once a folder."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from casenlp.rules import RuleSet, load_rules

_GIVEN: dict[str, RuleSet] = {}


@lru_cache(maxsize=4)
def _load(folder: str | None) -> RuleSet:
    return load_rules(Path(folder) if folder else None)


def rules_of(name: str | None) -> RuleSet:
    """The rules of a folder, or those registered under a name by `register`."""
    return _GIVEN[name] if name in _GIVEN else _load(name)


def register(rules: RuleSet) -> str:
    """Make a loaded RuleSet known to components; the name goes into their config."""
    name = f"{rules.folder}#{id(rules)}"
    _GIVEN[name] = rules
    return name
