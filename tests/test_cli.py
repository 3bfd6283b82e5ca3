"""The command line: what goes to standard output, what to standard error, and the exit status."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import stub_extractor
from casenlp import cli
from casenlp.readers import MAX_CHARS
from casenlp.records import TABLES, json_schema

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run a command in this process; its extractor is the stub."""
    fake = types.ModuleType("casenlp.extractor")
    fake.load = stub_extractor.load
    monkeypatch.setitem(sys.modules, "casenlp.extractor", fake)

    def call(*arguments: str | Path) -> Ran:
        monkeypatch.setattr("sys.argv", ["casenlp", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        shown = capsys.readouterr()
        return Ran(int(stopped.value.code or 0), shown.out, shown.err)

    return call


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    for name, text in {"a": "DRUG was given. TEST was low.", "b": "CRASH", "c": "DRUG µ"}.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    (folder / "empty.txt").write_bytes(b"")
    return folder


def test_jsonl_to_standard_output(run: Callable[..., Ran], reports: Path) -> None:
    ran = run("extract", "--format", "jsonl", reports)
    assert ran.status == 1
    documents = [json.loads(line) for line in ran.out.splitlines()]
    assert [d["doc_id"] for d in documents] == ["a", "c"]
    assert [list(d) for d in documents] == [["doc_id", "mentions", *TABLES]] * 2
    assert [line.split(":")[0] for line in ran.err.splitlines()] == [
        f"{reports / 'b.txt'} (doc_id b)",
        f"{reports / 'empty.txt'}",
    ]


def test_inputs_keep_their_order(run: Callable[..., Ran], reports: Path) -> None:
    ran = run("extract", "-f", "jsonl", reports / "c.txt", reports / "a.txt")
    assert (ran.status, ran.err) == (0, "")
    assert [json.loads(line)["doc_id"] for line in ran.out.splitlines()] == ["c", "a"]


def test_jsonl_to_a_file(run: Callable[..., Ran], reports: Path, tmp_path: Path) -> None:
    printed = run("extract", "-f", "jsonl", reports / "a.txt").out
    ran = run("extract", reports / "a.txt", "-o", tmp_path / "rows.jsonl")
    assert (ran.status, ran.out) == (0, "")
    assert (tmp_path / "rows.jsonl").read_text(encoding="utf-8") == printed


def test_a_table_is_the_default(run: Callable[..., Ran], reports: Path) -> None:
    ran = run("extract", reports / "a.txt")
    assert ran.status == 0
    assert "400 mg" in ran.out
    assert "\x1b" not in ran.out


def test_one_table_as_csv(run: Callable[..., Ran], reports: Path) -> None:
    ran = run("extract", reports / "a.txt", "--format", "csv", "--table", "labs")
    assert ran.status == 0
    assert len(ran.out.splitlines()) == 2


def test_standard_input(run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"DRUG"))))
    ran = run("extract", "-", "-f", "jsonl")
    assert (ran.status, json.loads(ran.out)["doc_id"]) == (0, "stdin")


def test_the_limit_can_be_set(run: Callable[..., Ran], reports: Path) -> None:
    ran = run("extract", "-f", "jsonl", "--max-chars", "4", reports / "c.txt")
    assert (ran.status, ran.out) == (1, "")
    assert "more than the limit of 4 characters" in ran.err
    assert MAX_CHARS == 1_000_000


def test_batch_status_and_export(run: Callable[..., Ran], reports: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    planned = run("batch", reports, "-o", out, "--dry-run")
    assert planned == Ran(
        0, "4 to do (4 new, 0 changed or to do again); 0 unchanged, 0 failed before; nothing was done\n", ""
    )
    ran = run("batch", reports, "-o", out, "--workers", "1")  # by the real extractor: workers are other processes
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith(f"3 documents extracted, 0 unchanged, 1 failed; written to {out}\n")
    assert (out / "drugs.csv").is_file()
    assert len((out / "failures.tsv").read_text(encoding="utf-8").splitlines()) == 2
    quiet = run("batch", reports, "-o", out, "--quiet")
    assert quiet == Ran(1, "", "")
    logged = run("batch", reports, "-o", out, "--log-json")
    assert [json.loads(line)["event"] for line in logged.err.splitlines()] == ["begin", "end", "summary"]
    shown = run("status", out)
    assert (shown.status, shown.out.splitlines()[0]) == (0, "3 documents done, 1 failed; the last run is finished")
    assert json.loads(run("status", out, "--json").out)["documents"] == {"done": 3, "failed": 1}
    assert run("status", out, "--failures").out.startswith("empty\treading\t")
    exported = run("export", out, "--to", "parquet", "-o", tmp_path / "tables")
    assert exported == Ran(0, "".join(f"{tmp_path / 'tables' / table}.parquet\n" for table in TABLES), "")


def test_evaluate_and_compare(run: Callable[..., Ran], reports: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    run("extract", "-f", "jsonl", reports / "a.txt", reports / "c.txt", "-o", gold)
    predicted = run("evaluate", "--gold", gold)
    given = run("evaluate", "--gold", gold, "--pred", gold, "--json", "--errors", tmp_path / "errors.tsv")
    assert (predicted.status, given.status) == (0, 0)
    assert "DRUG" in predicted.out
    assert isinstance(json.loads(given.out), dict)
    assert (tmp_path / "errors.tsv").is_file()
    assert run("compare", gold, gold, "--gold", gold).status == 0


def test_explain(run: Callable[..., Ran], reports: Path) -> None:
    assert run("explain", reports / "a.txt", "--row", "drugs.1") == Ran(0, "drugs.1: DRUG\n", "")
    none = run("explain", reports / "a.txt", "--row", "drugs.9")
    assert (none.status, none.out, "has no row 'drugs.9'" in none.err) == (2, "", True)
    assert run("explain", reports / "empty.txt", "--row", "drugs.1").status == 1
    assert run("explain", reports, "--row", "drugs.1", "--doc", "c") == Ran(0, "drugs.1: DRUG\n", "")
    assert run("explain", reports / "a.txt", "--row", "drugs.1", "--doc", "zz").status == 2


def test_schema_and_version(run: Callable[..., Ran]) -> None:
    assert json.loads(run("schema").out) == json_schema()
    assert run("version").out.startswith("casenlp 0.")
    assert run("--version") == run("version")


@pytest.mark.parametrize(
    ("parts", "how"),
    [
        ({"words": True, "sentences": True}, "compiled"),
        ({"words": True, "sentences": False}, "compiled but for sentences"),
        ({"words": False, "sentences": False}, "Python only, slower"),
    ],
)
def test_the_version_says_what_is_compiled(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, parts: dict[str, bool], how: str
) -> None:
    monkeypatch.setattr("casenlp.native.parts", lambda: parts)
    assert run("version").out.endswith(f" ({how})\n")


USAGE_ERRORS = [
    [],
    ["rules"],
    ["extract"],
    ["extract", "--nonsense"],
    ["extract", "a.txt", "--format", "html"],
    ["extract", "a.txt", "--table", "lab"],
    ["extract", "a.txt", "--format", "xlsx"],
    ["extract", "a.txt", "-o", "none/rows.jsonl"],
    ["batch", "reports"],
    ["batch", "reports", "-o", "reports/out"],
    ["batch", "reports", "-o", "out", "--format", "html"],
    ["batch", "reports", "-o", "out", "--store", "mysql://localhost/db"],
    ["batch", "reports", "-o", "out", "--lexicon", "a_terms_of_no_label.tsv"],
    ["status", "reports"],
    ["export", "reports", "--to", "csv"],
    ["export", "reports", "--to", "html"],
    ["evaluate"],
    ["evaluate", "--gold", "none.jsonl"],
    ["evaluate", "--gold", "none.jsonl", "--format", "xml"],
    ["compare", "a", "b"],
    ["explain", "a.txt"],
]


@pytest.mark.parametrize("arguments", USAGE_ERRORS, ids=lambda a: " ".join(a) or "nothing")
def test_usage_errors_are_status_2(
    run: Callable[..., Ran], reports: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(reports.parent)
    ran = run(*arguments)
    assert ran.status == 2
    assert "Traceback" not in ran.out + ran.err
    assert ran.err or "Usage" in ran.out


COMMANDS = [
    ["extract"],
    ["batch"],
    ["status"],
    ["export"],
    ["evaluate"],
    ["compare"],
    ["explain"],
    ["rules", "list"],
    ["rules", "show"],
    ["rules", "test"],
    ["schema"],
    ["version"],
]


def test_every_command_is_in_the_help_test() -> None:
    names = [[c.name or c.callback.__name__] for c in cli.app.registered_commands if c.callback]
    names += [["rules", c.name or ""] for c in cli.rules_app.registered_commands]
    assert sorted(names) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_help_has_an_example(run: Callable[..., Ran], command: list[str]) -> None:
    ran = run(*command, "--help")
    assert ran.status == 0
    assert f"\n    casenlp {' '.join(command)}" in ran.out


def test_a_broken_pipe_is_quiet(tmp_path: Path) -> None:
    program = "import sys; from casenlp import cli; sys.argv = ['casenlp', 'schema']; cli.main()"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()
    process.wait()
    assert err == b""


def test_rules_commands_on_our_own_rules() -> None:
    def casenlp(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "casenlp", *arguments], capture_output=True, text=True)

    listed = casenlp("rules", "list")
    assert listed.returncode == 0
    first = listed.stdout.split()[0]
    assert casenlp("rules", "show", first).stdout.startswith(first)
    wrong = casenlp("rules", "show", first + "x")
    assert (wrong.returncode, "did you mean" in wrong.stderr) == (2, True)
    tested = casenlp("rules", "test")
    assert (tested.returncode, tested.stderr) == (0, "")


def test_a_real_report_from_the_outside(tmp_path: Path) -> None:
    report = tmp_path / "case.txt"
    text = "A 54-year-old woman was given dupilumab 400 mg subcutaneously.\r\nTen days later, a rash appeared."
    report.write_bytes(text.encode())
    done = subprocess.run(
        [sys.executable, "-m", "casenlp", "extract", "--format", "jsonl", str(report), str(tmp_path / "none.txt")],
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 1
    assert done.stderr == f"{tmp_path / 'none.txt'}: no such file or folder; check the path\n"
    (document,) = (json.loads(line) for line in done.stdout.splitlines())
    assert all(text[m["start"] : m["end"]] == m["text"] for m in document["mentions"])
    assert [row["dose_value"] for row in document["drugs"] if row["dose_value"]] == [400]
    assert [row["age_years"] for row in document["cases"]] == [54]


def test_extraction_imports_neither_pandas_nor_what_other_formats_need(tmp_path: Path) -> None:
    report = tmp_path / "case.txt"
    report.write_text("She was given dupilumab 400 mg.", encoding="utf-8")
    code = (
        "import sys\n"
        "from casenlp import cli\n"
        "try:\n"
        "    cli.main()\n"
        "except SystemExit as stopped:\n"
        "    assert not stopped.code\n"
        "print(sorted({'pandas', 'pyarrow', 'openpyxl', 'sklearn'} & set(sys.modules)), file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", code, "extract", "--format", "jsonl", str(report)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "[]\n")


@pytest.mark.parametrize(
    "text",
    [
        "x" * 200_000,
        "(" * 3_000,
        "1 " * 20_000,
        "😀 אבג 50 mg \u202e drug",
        "a\u0000b" + " word" * 100,
        "\ufffd\u0301\u200d",
        "mg " * 5_000,
    ],
    ids=["no space", "brackets", "numbers", "mixed scripts", "NUL", "marks alone", "units"],
)
def test_hard_texts_give_a_result(tmp_path: Path, text: str) -> None:
    report = tmp_path / "case.txt"
    report.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "casenlp", "extract", "--format", "jsonl", str(report)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert all(text[m["start"] : m["end"]] == m["text"] for m in json.loads(done.stdout)["mentions"])


def test_columns_of_a_table_can_be_named(run: Callable[..., Ran], tmp_path: Path) -> None:
    table = tmp_path / "reports.csv"
    table.write_text("key,words,other\nk1,DRUG was given.,x\nk2,,x\n", encoding="utf-8")
    unclear = run("extract", table, "-f", "jsonl")
    assert (unclear.status, unclear.out) == (1, "")
    assert "has no column that is clearly the text (columns: key, words, other)" in unclear.err
    ran = run("extract", table, "-f", "jsonl", "--text-column", "words", "--id-column", "key")
    assert (ran.status, json.loads(ran.out)["doc_id"]) == (1, "k1")
    assert ran.err == f"{table} row 3 (doc_id k2): has no text in column 'words'; fill it in, or take the row out\n"
    shown = run("explain", table, "--row", "drugs.1", "--text-column", "words", "--id-column", "key", "--doc", "k1")
    assert shown == Ran(0, "drugs.1: DRUG\n", "")
