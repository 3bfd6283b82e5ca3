"""The corpus: compiled files in step with the annotated ones, and gold that quotes its reports."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORPORA = (ROOT / "corpus", *(ROOT / "corpus" / name for name in ("unseen", "unseen-2", "unseen-3", "unseen-4")))


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda folder: folder.name)
def test_compiled_files_are_in_step_with_the_annotations(corpus: Path) -> None:
    check = [sys.executable, str(ROOT / "scripts" / "build_corpus.py"), "--check", "--corpus", str(corpus)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_twenty_four_reports_of_twelve_specialties() -> None:
    sources = [p.read_text(encoding="utf-8") for p in sorted((ROOT / "corpus" / "annotated").glob("*.md"))]
    specialties = {m.group(1) for s in sources if (m := re.search(r'^specialty = "([^"]+)"', s, re.MULTILINE))}
    assert len(sources) == 24
    assert len(specialties) >= 12


SIZES = ((24, 2001), (10, 1101), (12, 1101), (12, 1101), (12, 1301))  # reports, and mentions at least


@pytest.mark.parametrize(
    ("corpus", "size"), list(zip(CORPORA, SIZES, strict=True)), ids=[folder.name for folder in CORPORA]
)
def test_gold_quotes_its_reports(corpus: Path, size: tuple[int, int]) -> None:
    reports, least = size
    lines = (corpus / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    mentions = 0
    for line in lines:
        gold = json.loads(line)
        text = (corpus / "reports" / f"{gold['doc_id']}.txt").read_text(encoding="utf-8")
        for mention in gold["mentions"]:
            mentions += 1
            assert text[mention["start"] : mention["end"]] == mention["text"]
    assert len(lines) == reports
    assert mentions >= least
