"""The command line: options in, one function called, text out.

Exit status: 0 done, 1 some documents (or rules) failed, 2 the command or a file it names is wrong. Whatever a command
does not need is not imported by it, so that help is instant and extraction starts with little beyond spaCy.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from casenlp.commands.batch import batch, export, status
from casenlp.commands.options import Config, IdColumn, Lexicons, MaxChars, RulesFolder, TextColumn, own_lexicons
from casenlp.commands.rules import rules_app
from casenlp.commands.vocab import vocab_app
from casenlp.errors import CasenlpError, DocumentError, UsageError
from casenlp.readers import MAX_CHARS, ReadOptions

if TYPE_CHECKING:
    from casenlp.extractor import Extractor
    from casenlp.records import Failure
    from casenlp.scoring import GoldSet

app = typer.Typer(
    name="casenlp",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(rules_app)
app.add_typer(vocab_app)
for command in (batch, status, export):
    app.command()(command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(_version())
        raise typer.Exit


@app.callback()
def casenlp(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Read published medical case reports into tables of drugs, labs, latencies, diagnoses and reactions.

    Example: casenlp extract report.txt
    """


Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT...",
        help="Report (text, PDF, Word, HTML, JATS, BioC, PubMed), table or JSON Lines of reports, .gz or .zip of them, "
        "folder, or - (stdin).",
    ),
]
Gold = Annotated[Path, typer.Option(metavar="PATH", help="The gold annotations.")]
GoldFormat = Annotated[
    str, typer.Option("--format", metavar="FORMAT", help="Format of the gold: casenlp, maccrobat, phee or brat.")
]


@app.command()
def extract(
    inputs: Inputs,
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="table, jsonl, csv, parquet, xlsx, bioc, brat or displacy. [default: by -o, or table]",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="Where to write. [default: stdout]")
    ] = None,
    table: Annotated[
        list[str] | None, typer.Option("--table", metavar="NAME", help="Only this table; repeatable. [default: all]")
    ] = None,
    max_chars: MaxChars = MAX_CHARS,
    text_column: TextColumn = None,
    id_column: IdColumn = None,
    rules: RulesFolder = None,
    lexicon: Lexicons = None,
    config: Config = None,
) -> None:
    """Extract reports and print or write their tables.

    csv and parquet make one file a table, in the folder given with -o; with one --table they make one file, and csv
    may go to standard output. jsonl is one object a document with all tables and mentions. bioc (.json), brat (a
    folder) and displacy (.html, or JSON) show the mentions in the text. Documents that fail are one line each on
    standard error, and the exit status is then 1.

    \b
    Examples:
      casenlp extract report.txt
      casenlp extract --format jsonl reports/ -o reports.jsonl
      casenlp extract report.txt --format csv --table labs
    """
    from casenlp.batch import run_extract
    from casenlp.records import TABLES
    from casenlp.writers import format_of

    failed = run_extract(
        _extractor(rules, lexicon, config),
        inputs,
        out,
        format=format or format_of(out),
        tables=tuple(table or TABLES),
        reading=ReadOptions(max_chars, text_column, id_column),
        report=_report,
    )
    raise typer.Exit(1 if failed else 0)


@app.command()
def evaluate(
    gold: Gold,
    pred: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Predictions (.jsonl of extract). [default: extract the gold's own reports]"),
    ] = None,
    format: GoldFormat = "casenlp",
    errors: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write every false positive and negative with its sentence and rule."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
    rules: RulesFolder = None,
    lexicon: Lexicons = None,
    config: Config = None,
) -> None:
    """Score predictions against gold annotations: counts, precision, recall and F1 by label and table.

    \b
    Examples:
      casenlp evaluate --gold corpus/gold.jsonl
      casenlp evaluate --gold corpus/gold.jsonl --pred reports.jsonl --errors errors.tsv
    """
    import json

    from casenlp.scoring import read_gold, read_predictions, score, write_errors

    gold_set = read_gold(gold, format)
    failed = 0
    if pred is not None:
        predictions = read_predictions(pred)
    else:
        predictions, failed = _predict(gold_set, _extractor(rules, lexicon, config))
    report = score(gold_set, predictions)
    if errors is not None:
        write_errors(report.errors, errors)
    typer.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=2) if as_json else report.to_text())
    raise typer.Exit(1 if failed else 0)


@app.command()
def compare(
    run_a: Annotated[Path, typer.Argument(metavar="RUN_A", help="Predictions (.jsonl) before.")],
    run_b: Annotated[Path, typer.Argument(metavar="RUN_B", help="Predictions (.jsonl) after.")],
    gold: Gold,
    format: GoldFormat = "casenlp",
) -> None:
    """Show what the second of two runs won and lost against the same gold.

    \b
    Example:
      casenlp compare before.jsonl after.jsonl --gold corpus/gold.jsonl
    """
    from casenlp.scoring import compare as compare_runs
    from casenlp.scoring import read_gold, read_predictions

    typer.echo(compare_runs(read_predictions(run_a), read_predictions(run_b), read_gold(gold, format)).to_text())


@app.command()
def explain(
    report: Annotated[str, typer.Argument(metavar="REPORT", help="The report, as for extract.")],
    row: Annotated[str, typer.Option(metavar="ROW_ID", help="The row, as tables name it: drugs.1, labs.3, …")],
    doc: Annotated[
        str | None,
        typer.Option(metavar="DOC_ID", help="Which document, when REPORT holds several. [default: the first]"),
    ] = None,
    text_column: TextColumn = None,
    id_column: IdColumn = None,
    rules: RulesFolder = None,
    lexicon: Lexicons = None,
    config: Config = None,
) -> None:
    """Show the way from the text to one row: its words, its rules, and what was rejected.

    \b
    Example:
      casenlp explain report.txt --row drugs.1
    """
    from casenlp.readers import read
    from casenlp.records import Failure

    for document in read(report, options=ReadOptions(MAX_CHARS, text_column, id_column)):
        if isinstance(document, Failure):
            if doc is None:
                _report(document)
                raise typer.Exit(1)
        elif doc in (None, document.doc_id):
            typer.echo(_extractor(rules, lexicon, config).explain(document, row))
            return
    raise UsageError(f"{report}: holds no document {doc!r}; see the doc_id of each with: casenlp extract {report}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a line of jsonl output.

    \b
    Example:
      casenlp schema > casenlp.schema.json
    """
    import json

    from casenlp.records import json_schema

    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


@app.command()
def version() -> None:
    """Print the version. It tells whether the compiled parts are in use; casenlp --version is the same.

    \b
    Example:
      casenlp version
    """
    typer.echo(_version())


def _version() -> str:
    from importlib.metadata import version as version_of

    from casenlp import native

    missing = [name for name, in_use in native.parts().items() if not in_use]
    how = "compiled"
    if missing:
        how = f"compiled but for {', '.join(missing)}" if any(native.parts().values()) else "Python only, slower"
    return f"casenlp {version_of('casenlp')} ({how})"


def _extractor(rules: Path | None, lexicons: list[Path] | None, config: Path | None) -> Extractor:
    from casenlp.extractor import load

    return load(rules, own_lexicons(lexicons, config))


def _predict(gold: GoldSet, extractor: Extractor) -> tuple[dict[str, dict[str, Any]], int]:
    """The extractions of the gold's own documents by doc_id, and how many failed."""
    from casenlp.batch import extract_all
    from casenlp.records import Failure

    predictions, failed = {}, 0
    for item in extract_all(extractor, gold.documents()):
        if isinstance(item, Failure):
            _report(item)
            failed += 1
        else:
            predictions[item.doc_id] = item.to_dict()
    return predictions, failed


def _report(failure: Failure) -> None:
    typer.echo(failure.message, err=True)


def main() -> None:
    """The console script: run a command, and turn every error raised on purpose into one line and an exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    try:
        app(prog_name="casenlp")
    except DocumentError as error:
        _stop(str(error), 1)
    except CasenlpError as error:
        _stop(str(error), 2)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _stop(f"{place}{error.strerror or error}; check the path, its permissions and the space on the disk", 1)


def _stop(message: str, status: int) -> None:
    typer.echo("casenlp: " + " ".join(message.split()), err=True)
    raise SystemExit(status)
