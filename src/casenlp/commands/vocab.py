"""`casenlp vocab`: what a term is, what the vocabulary holds, and how a user's own lexicon joins it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from casenlp.commands.options import Config, Lexicons, RulesFolder, columns, own_lexicons

if TYPE_CHECKING:
    from casenlp.glossary import Meaning, Sense
    from casenlp.rules import RuleSet

_SHOWN = 12
vocab_app = typer.Typer(
    name="vocab",
    help="Look terms up, count them, and add lexicons of your own.\n\nExample: casenlp vocab find potassium",
    no_args_is_help=True,
    rich_markup_mode=None,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@vocab_app.command("find")
def find(
    term: Annotated[list[str], typer.Argument(metavar="TERM...", help="A term, in any spelling.")],
    as_json: AsJson = False,
    rules: RulesFolder = None,
    lexicon: Lexicons = None,
    config: Config = None,
) -> None:
    """Show what a term is, where that stands, what else it may mean, its guards, its spellings, longer terms with it.

    The first sense is the one that stands when the sentence does not tell. The exit status is 1 when no lexicon has
    the term.

    \b
    Examples:
      casenlp vocab find potassium
      casenlp vocab find "type II diabetes"
    """
    import json

    from casenlp.glossary import meaning_of

    meaning = meaning_of(_rules(rules, lexicon, config), " ".join(term))
    typer.echo(json.dumps(asdict(meaning), ensure_ascii=False, indent=2) if as_json else _text(meaning))
    raise typer.Exit(0 if meaning.senses else 1)


@vocab_app.command("stats")
def stats(as_json: AsJson = False, rules: RulesFolder = None, lexicon: Lexicons = None, config: Config = None) -> None:
    """Count terms, concepts, codes and guards of every lexicon, and say where its terms are from.

    \b
    Example:
      casenlp vocab stats
    """
    import json

    from casenlp.glossary import census

    rule_set = _rules(rules, lexicon, config)
    lexicons = census(rule_set)
    phrases = len(rule_set.vocabulary)
    if as_json:
        typer.echo(json.dumps({"phrases": phrases, "lexicons": [asdict(c) for c in lexicons]}, indent=2))
        return
    head = ("lexicon", "label", "terms", "concepts", "coded", "guarded", "sources")
    rows = [
        (
            c.file, c.label, f"{c.rows:,}", f"{c.concepts:,}", f"{c.coded:,}", f"{c.guarded:,}",
            "; ".join(f"{source or 'not said'} {count:,}" for source, count in c.sources[:4]),
        )
        for c in lexicons
    ]  # fmt: skip
    columns([head, *rows])
    terms = sum(c.rows for c in lexicons)
    typer.echo(
        f"{terms:,} terms in {len(lexicons)} lexicons; {phrases:,} with the spellings that are closed up by rule"
    )


@vocab_app.command("add")
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A table with a term in each row (.tsv, .csv, …).")],
    label: Annotated[
        str | None,
        typer.Option(metavar="LABEL", help="What its terms are: DRUG, DIAGNOSIS, … [default: by the file's name]"),
    ] = None,
    term: Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of the terms. [default: term]")] = None,
    concept: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Column of preferred names. [default: concept, or the term]"),
    ] = None,
    code: Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of the codes. [default: code]")] = None,
    vocabulary: Annotated[
        str | None, typer.Option(metavar="NAME", help="What the codes are of: MedDRA, RxNorm, …")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(metavar="CHARACTER", help="What splits the cells. [default: tab; in .csv a comma]")
    ] = None,
    header: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help="Names of the columns, split by commas, if the file has none."),
    ] = None,
    config: Annotated[
        Path, typer.Option(metavar="FILE", help="The casenlp.toml to name it in; made when missing.")
    ] = Path("casenlp.toml"),
    rules: RulesFolder = None,
) -> None:
    """Check a lexicon of your own and name it in casenlp.toml, so that it is used from now on and wins over ours.

    The file stays where it is and is not copied. Our guards hold for its terms too ("lead", "all"); a row with the
    word sure in a column named note is free of them.

    \b
    Examples:
      casenlp vocab add our_drugs.tsv
      casenlp vocab add llt.asc --label FINDING --vocabulary MedDRA --delimiter '$' --header code,term,pt_code
    """
    from casenlp.glossary import try_lexicon
    from casenlp.own_lexicons import add_to_config, lexicon_of

    rule_set = _rules(rules, None, None)
    mapped = {"term": term, "concept": concept, "code": code}
    own = lexicon_of(
        file,
        rule_set.folder / "lexicons",
        label=label,
        columns={mine: theirs for mine, theirs in mapped.items() if theirs},
        header=[name.strip() for name in header.split(",")] if header else [],
        vocabulary=vocabulary or "",
        delimiter=delimiter,
    )
    trial = try_lexicon(rule_set, own)
    added = add_to_config(config, own)
    typer.echo(
        f"{file}: {trial.rows:,} terms, {own.label}; {trial.new:,} are new, {trial.known:,} win over ours"
        + (f", {len(trial.too_long):,} are too long to be matched" if trial.too_long else "")
    )
    if trial.guarded:
        shown = "; ".join(f"{name} ({guard})" for name, guard in trial.guarded[:_SHOWN])
        more = f" and {len(trial.guarded) - _SHOWN:,} more" if len(trial.guarded) > _SHOWN else ""
        typer.echo(f"our guards hold for {len(trial.guarded):,} of them unless their note says sure: {shown}{more}")
    typer.echo(f"named in {config}" if added else f"{config} names it already; nothing was changed there")


def _rules(rules: Path | None, lexicons: list[Path] | None, config: Path | None) -> RuleSet:
    from casenlp.rules import load_rules

    return load_rules(rules, own_lexicons(lexicons, config))


def _text(meaning: Meaning) -> str:
    lines = [
        f"{meaning.term}: read as {meaning.read_as!r}" if meaning.read_as != meaning.term.lower() else meaning.term
    ]
    for number, sense in enumerate(meaning.senses):
        lines += _lines(sense, "" if number == 0 else "or ")
    if not meaning.senses:
        lines.append("  in no lexicon" + (f"; near it: {', '.join(meaning.near)}" if meaning.near else ""))
    for label, guard in meaning.refused:
        lines.append(f"  {label} refused, {guard.guard}: {guard.why} ({guard.place})")
    if meaning.within:
        lines.append(f"  part of: {', '.join(f'{term} ({label})' for term, label in meaning.within)}")
    if not meaning.senses:
        lines.append("  add it: a row in a lexicon of your own, see: casenlp vocab add --help")
    return "\n".join(lines)


def _lines(sense: Sense, lead: str) -> list[str]:
    code = f"  {sense.vocabulary} {sense.code}" if sense.code else ""
    own = " (your own)" if sense.own else ""
    lines = [f"  {lead}{sense.label}  {sense.concept}{code}{own}", f"      from {sense.place}, source {sense.source}"]
    codes = {k: v for k, v in sense.codes.items() if v != sense.code}
    if codes:
        lines.append("      " + ", ".join(f"{name} {value}" for name, value in codes.items()))
    lines += [f"      guard {g.guard}: {g.meaning} ({g.place}: {g.why})" for g in sense.guards]
    for name, terms in (("spellings", sense.spellings), ("also called", sense.synonyms)):
        if terms:
            more = f" and {len(terms) - _SHOWN} more" if len(terms) > _SHOWN else ""
            lines.append(f"      {name}: {', '.join(terms[:_SHOWN])}{more}")
    return lines
