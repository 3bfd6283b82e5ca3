"""`casenlp rules`: list, show and test the rules that extraction goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from casenlp.commands.options import RulesFolder, columns
from casenlp.errors import UsageError

if TYPE_CHECKING:
    from casenlp.patterns import Rule

rules_app = typer.Typer(
    name="rules",
    help="List, show and test the rules that extraction goes by.\n\nExample: casenlp rules test",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@rules_app.command("list")
def rules_list(
    family: Annotated[str | None, typer.Option(metavar="NAME", help="Only the rules of this family.")] = None,
    rules: RulesFolder = None,
) -> None:
    """List all rules and lexicons: id, family, label and place.

    \b
    Example:
      casenlp rules list --family latencies
    """
    from casenlp.rules import load_rules

    rule_set = load_rules(rules)
    chosen = [rule for rule in rule_set.rules if family in (None, rule.family)]
    if not chosen:
        raise UsageError(
            f"no rule is of family {family!r}; families are {', '.join(sorted({r.family for r in rule_set.rules}))}"
        )
    columns([(rule.id, rule.family, rule.label or "link", rule.place) for rule in chosen])
    if family is None:
        typer.echo()
        columns([(cue.id, "context", cue.category, cue.place) for cue in rule_set.cues])
        typer.echo()
        columns([(lexicon.name, "lexicon", lexicon.label, str(lexicon.path)) for lexicon in rule_set.vocabulary.files])
        typer.echo(f"{len(rule_set.rules)} rules; {len(rule_set.vocabulary):,} terms")


@rules_app.command("show")
def rules_show(
    rule_id: Annotated[str, typer.Argument(metavar="ID", help="The rule's id, as rules list and explain name it.")],
    rules: RulesFolder = None,
) -> None:
    """Show one rule: its source, pattern, examples, counterexamples and known gaps.

    \b
    Example:
      casenlp rules show latency.after-start
    """
    from casenlp.rules import load_rules

    rule_set = load_rules(rules)
    by_id = {rule.id: rule for rule in rule_set.rules}
    if rule_id in by_id:
        _show(by_id[rule_id])
        return
    cue = next((cue for cue in rule_set.cues if cue.id == rule_id), None)
    if cue is not None:
        columns([("id", cue.id), ("kind", f"context cue: {cue.category}, {cue.direction}"), ("place", cue.place)])
        typer.echo(f"terms: {', '.join(cue.terms)}\nsource: {cue.source}")
        return
    place = rule_set.place_of(rule_id)
    if place:
        typer.echo(f"{rule_id}: {place}")
        return
    in_code = {
        "exposures": "exposures",
        "values": "values",
        "quantities": "quantities",
        "abbreviation": "abbreviations",
    }
    module = in_code.get(rule_id.partition(".")[0])
    if module:
        typer.echo(f"{rule_id}: decided in code, module {module}, by words and figures of rules/patterns")
        return
    from difflib import get_close_matches

    near = get_close_matches(rule_id, by_id, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "see: casenlp rules list"
    raise UsageError(f"no rule has the id {rule_id!r}; {hint}")


@rules_app.command("test")
def rules_test(rules: RulesFolder = None) -> None:
    """Test every rule on its own examples and counterexamples; name file and line of each that does not hold.

    \b
    Example:
      casenlp rules test --rules rules/
    """
    from casenlp.rule_checks import check_rules
    from casenlp.rules import load_rules

    problems = check_rules(rules)
    for problem in problems:
        typer.echo(str(problem))
    if problems:
        typer.echo(f"{len(problems)} problems", err=True)
        raise typer.Exit(1)
    rule_set = load_rules(rules)
    examples = sum(len(rule.examples) + len(rule.counterexamples) for rule in rule_set.rules)
    typer.echo(f"{len(rule_set.rules)} rules hold on their {examples} examples and counterexamples")


def _show(rule: Rule) -> None:
    facts = {
        "family": rule.family,
        "label": rule.label,
        "place": rule.place,
        "source": rule.source,
        "about": rule.description,
        "pattern": rule.pattern,
        "tokens": ", ".join(map(str, rule.tokens)),
        "fields": ", ".join(f"{name} = {part}" for name, part in rule.fields.items()),
    }
    lists = {"examples": rule.examples, "counterexamples": rule.counterexamples, "known gaps": rule.known_gaps}
    typer.echo(rule.id)
    for name, fact in facts.items():
        if fact:
            typer.echo(f"  {name}: {fact}")
    for name, sentences in lists.items():
        if sentences:
            typer.echo(f"  {name}:")
        for sentence in sentences:
            typer.echo(f"    {sentence.source}")
