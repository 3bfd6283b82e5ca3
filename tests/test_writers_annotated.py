"""Writers of annotated text: BioC JSON, brat and displaCy; what they write is read back by others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from casenlp.documents import SourceDocument
from casenlp.errors import UsageError
from casenlp.extractor import Extractor, load
from casenlp.readers import read
from casenlp.records import Concept, Extraction, LabRow, Mention
from casenlp.scoring import read_gold
from casenlp.writers import write
from casenlp.writers.displacy import shown

ROOT = Path(__file__).parents[1]
REPORTS = sorted((ROOT / "corpus" / "reports").glob("*.txt"))[:4]
TEXT = "Serum 😀 sodium\nlevel was 128;\r\nno fever. <b>Sister: rash</b>."


def mention(number: int, words: str, **more: Any) -> Mention:
    """A mention of words of TEXT."""
    start = TEXT.index(words)
    return Mention(id=f"m{number}", start=start, end=start + len(words), text=words, **more)


SMALL = Extraction(
    "a/b: 1",
    (
        mention(1, "Serum 😀 sodium\nlevel", label="LAB_TEST", concept=Concept("sodium", "LOINC", "2951-2")),
        mention(2, "sodium", label="LAB_TEST"),
        mention(3, "128", label="LAB_VALUE"),
        mention(4, "fever", label="FINDING", negated=True),
        mention(5, "rash", label="FINDING", subject="family", temporality="historical", uncertain=True),
    ),
    labs=(LabRow(doc_id="a/b: 1", row_id="labs.1", test_text="x", value=128.0, test_mention="m1", value_mention="m3"),),
    text=TEXT,
)


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    """One extractor for all tests of this file."""
    return load()


@pytest.fixture(scope="module")
def extractions(extractor: Extractor) -> list[Extraction]:
    """Extractions of some of our own reports."""
    documents = [d for path in REPORTS for d in read(path)]
    return [extractor.extract(d) for d in documents if isinstance(d, SourceDocument)]


def test_brat_is_read_back_by_our_gold_reader(tmp_path: Path, extractions: list[Extraction]) -> None:
    assert len(extractions) == 4
    write(extractions, "brat", tmp_path / "out")
    gold = read_gold(tmp_path / "out", "brat")
    assert gold.notes == ()
    for document, extraction in zip(gold.golds, extractions, strict=True):
        by_id = {m.id: m for m in extraction.mentions}
        assert document.text == extraction.text
        found = {(s.label, s.start, s.end, s.negated) for s in document.spans}
        assert found == {(m.label, m.start, m.end, m.negated) for m in extraction.mentions}
        doses = {
            (by_id[row.drug_mention].start, by_id[row.dose_mention].start)
            for row in extraction.drugs
            if row.drug_mention and row.dose_mention
        }
        assert doses
        ends = [r.ends for r in document.relations if r.kind == "drug-dose"]
        assert {(heads[0].start, parts[0].start) for heads, parts in ends} == doses


def test_brat_lines(tmp_path: Path) -> None:
    write([SMALL, SMALL], "brat", tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "a_b_1.ann",
        "a_b_1.txt",
        "a_b_1_2.ann",
        "a_b_1_2.txt",
        "annotation.conf",
    ]
    assert (tmp_path / "a_b_1.txt").read_bytes().decode() == TEXT
    assert (tmp_path / "a_b_1.ann").read_text(encoding="utf-8").splitlines() == [
        "T1\tLAB_TEST 0 14;15 20\tSerum 😀 sodium level",
        "T2\tLAB_TEST 8 14\tsodium",
        "T3\tLAB_VALUE 25 28\t128",
        "T4\tFINDING 34 39\tfever",
        "T5\tFINDING 52 56\trash",
        "A1\tNegation T4",
        "A2\tUncertain T5",
        "A3\tTemporality T5 historical",
        "A4\tSubject T5 family",
        "N1\tReference T1 LOINC:2951-2\tsodium",
        "R1\ttest-value Arg1:T3 Arg2:T1",
    ]
    assert "test-value\tArg1:<ENTITY>, Arg2:<ENTITY>" in (tmp_path / "annotation.conf").read_text().splitlines()


def test_bioc_is_read_back_by_our_reader(tmp_path: Path, extractions: list[Extraction]) -> None:
    path = tmp_path / "out.json"
    write(extractions, "bioc", path)
    documents = [d for d in read(path) if isinstance(d, SourceDocument)]
    assert [(d.doc_id, d.text) for d in documents] == [(e.doc_id, e.text) for e in extractions]
    collection = json.loads(path.read_text(encoding="utf-8"))
    for document, extraction in zip(collection["documents"], extractions, strict=True):
        (passage,) = document["passages"]
        for annotation, m in zip(passage["annotations"], extraction.mentions, strict=True):
            ((start, length),) = [(p["offset"], p["length"]) for p in annotation["locations"]]
            assert passage["text"][start : start + length] == annotation["text"] == m.text
        known = {a["id"] for a in passage["annotations"]}
        assert {n["refid"] for r in document["relations"] for n in r["nodes"]} <= known
        infons = [*passage["annotations"], *document["relations"]]
        assert all(isinstance(v, str) for item in infons for v in item["infons"].values())


def test_bioc_form(tmp_path: Path) -> None:
    write([SMALL], "bioc", tmp_path / "out.json")
    (document,) = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["documents"]
    first, *_, last = document["passages"][0]["annotations"]
    assert first == {
        "id": "m1",
        "infons": {
            "type": "LAB_TEST",
            "temporality": "current",
            "subject": "patient",
            "name": "sodium",
            "identifier": "LOINC:2951-2",
        },
        "text": "Serum 😀 sodium\nlevel",
        "locations": [{"offset": 0, "length": 20}],
    }
    assert (last["infons"]["uncertain"], last["infons"]["subject"]) == ("true", "family")
    (relation,) = document["relations"]
    assert (relation["id"], relation["infons"]["type"], relation["infons"]["value"]) == ("labs.1", "labs", "128")
    assert relation["nodes"] == [{"refid": "m1", "role": "test"}, {"refid": "m3", "role": "value"}]


def test_displacy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = shown(SMALL)
    assert [TEXT[e["start"] : e["end"]] for e in document["ents"]] == ["Serum 😀 sodium\nlevel", "128", "fever", "rash"]
    write([SMALL], "displacy")
    assert json.loads(capsys.readouterr().out) == [document]
    write([SMALL, SMALL], "displacy", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert page.rstrip().endswith("</html>")
    assert page.count("LOINC:2951-2") == 2
    assert "&lt;b&gt;Sister" in page
    assert "<b>" not in page


@pytest.mark.parametrize("format", ["bioc", "brat", "displacy"])
def test_text_is_needed(tmp_path: Path, format: str) -> None:
    with pytest.raises(UsageError, match="kept without its text"):
        write([Extraction("a")], format, tmp_path / "out")
