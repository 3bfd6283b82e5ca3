"""The README: every command block runs, and its column tables are those of the records.

A block is a fenced `sh` or `python` block. One that cannot run in a test has a line `<!-- by hand: why -->` above it.
Blocks run in order in one folder that has the project's corpus, rules and scripts in it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?P<mark><!-- by hand: [^\n]+ -->\n)?^```(?P<kind>\w*)\n(?P<code>.*?)^```$", re.M | re.S)
BLOCKS = [m for m in BLOCK.finditer(README) if not m["mark"]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("read me")
    for name in ("corpus", "rules"):
        (place / name).symlink_to(ROOT / name, target_is_directory=True)
    (place / "scripts").mkdir()
    for name in ("scripts/describe_columns.py", "README.md"):
        (place / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    return place


@pytest.mark.parametrize("block", BLOCKS, ids=lambda m: m["code"].splitlines()[0])
def test_block_runs(block: re.Match[str], folder: Path) -> None:
    if block["kind"] == "python":
        command = [sys.executable, "-c", block["code"]]
    else:
        names = 'casenlp() { "$PYTHON" -m casenlp "$@"; }; python() { "$PYTHON" "$@"; }; set -eu\n'
        command = ["sh", "-c", names + block["code"]]
    environment = {**os.environ, "PYTHON": sys.executable}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_every_block_is_known() -> None:
    assert {m["kind"] for m in BLOCK.finditer(README)} <= {"sh", "python", "text"}
    assert len(BLOCKS) >= 8


def test_every_command_is_in_it() -> None:
    shown = "".join(m["code"] for m in BLOCKS)
    commands = [
        "extract",
        "batch",
        "status",
        "export",
        "evaluate",
        "compare",
        "explain",
        "rules list",
        "rules test",
        "schema",
    ]
    commands += ["vocab find", "vocab stats", "vocab add"]
    assert [name for name in commands if f"casenlp {name}" not in shown] == []


def test_every_target_is_in_the_makefile() -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert set(re.findall(r"`make (\w+)`", README)) <= set(targets)


def test_column_tables_are_in_step() -> None:
    script = ROOT / "scripts" / "describe_columns.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stdout) == (0, "")


SCORE = re.compile(r"(\d\.\d{3}) \((\d\.\d{3})–(\d\.\d{3})\), (\d+) (\d+) (\d+)")


def test_scores_are_those_of_their_counts() -> None:
    lines = README[README.index("## How good it is") : README.index("## Columns")]
    scores = SCORE.findall(lines)
    assert len(scores) > 40
    for f1, low, high, *counts in scores:
        tp, fp, fn = map(int, counts)
        assert f"{2 * tp / (2 * tp + fp + fn):.3f}" == f1
        assert float(low) <= float(f1) <= float(high)


def test_where_we_are_is_told_by_the_interval() -> None:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import scores
    finally:
        sys.path.pop(0)
    from casenlp.scoring import Counts, Score

    ours = Score("pairs", "drug-dose", "relaxed", Counts(60, 20, 20), (0.70, 0.80))
    assert scores.standing(ours, {"people": 0.9, "best": 0.81, "rival": 0.2}) == "**behind people and language model**"
    assert scores.standing(ours, {"people": 0.9, "best": 0.8}) == "**behind people**; level with language model"
    assert scores.standing(ours, {"rival": 0.5}) == "ahead"
    assert scores.standing(ours, {}) == ""
