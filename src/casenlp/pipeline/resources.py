"""The RuleSet that components share, loaded once for each name.

A name is what stands in a component's config and is kept by `nlp.to_disk`: None for the rules that travel with
casenlp, else a rules folder and further lexicons, joined by "|".
"""

from __future__ import annotations

from pathlib import Path

from casenlp.rules import RuleSet, default_folder, load_rules

_LOADED: dict[str | None, RuleSet] = {}


def rules_of(name: str | None) -> RuleSet:
    """The RuleSet of a name, loaded on first use; RuleError when there is none."""
    if name not in _LOADED:
        folder, *lexicons = (name or "").split("|")
        _LOADED[name] = load_rules(Path(folder) if folder else None, [Path(path) for path in lexicons])
    return _LOADED[name]


def register(rules: RuleSet) -> str | None:
    """The name of a loaded RuleSet, under which components will find it."""
    folder = "" if rules.folder == default_folder() else str(rules.folder)
    name = "|".join([folder, *map(str, rules.extra_lexicons)]) or None
    _LOADED[name] = rules
    return name
