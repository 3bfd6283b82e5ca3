"""How the generated lexicons are made: which names are kept, and that what SOURCES.md says is so."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
sys.path.insert(0, str(ROOT / "scripts" / "lexicon_sources"))

from conditions import uninvert  # noqa: E402
from mondo import load_mondo, names_a_disease  # noqa: E402

from build_lexicons import BUILT, describe  # noqa: E402  its folder is put on the path above

LEXICONS = ROOT / "rules" / "lexicons"
HEADS = frozenset({"disease", "syndrome", "cancer", "situ"})


@pytest.mark.parametrize(
    ("heading", "prose"),
    [
        ("dermatitis, atopic", "atopic dermatitis"),
        ("diabetes mellitus, type 2", "type 2 diabetes mellitus"),
        ("ataxia, spinocerebellar, 3", "spinocerebellar ataxia 3"),
        ("gout", "gout"),
        ("abscess, of lung", None),
    ],
)
def test_headings_in_the_order_of_prose(heading: str, prose: str | None) -> None:
    assert uninvert(heading) == prose


@pytest.mark.parametrize(
    ("term", "kept"),
    [
        ("kawasaki disease", True),
        ("lip-pit syndrome", True),
        ("van der woude syndrome 2", True),
        ("cancer of the lung", True),
        ("endophthalmitis", True),
        ("myopathy with lactic acidosis", True),
        ("lung", False),
        ("disease", False),
        ("thyroid autoantibodies", False),
        ("childhood kawasaki disease", False),
        ("doxorubicin-induced cardiomyopathy", False),
        ("esophageal disorder", False),
        ("drug withdrawal", False),
    ],
)
def test_a_name_of_a_disease_by_its_head(term: str, kept: bool) -> None:
    assert names_a_disease(term, HEADS, str.lower) is kept


def test_what_is_taken_of_a_record(tmp_path: Path) -> None:
    above = {"is_a": ["0700096"]}
    records = [
        {"id": "0700096", "name": "human disease", "relations": {"is_a": ["0000001"]}},
        {"id": "0005583", "name": "non-human animal disease", "relations": {"is_a": ["0000001"]}},
        {"id": "0000010", "name": "hoof rot", "relations": {"is_a": ["0005583"]}},
        {
            "id": "0000011",
            "name": "Testing disease (disease)",
            "relations": above,
            "synonyms": ["TSTD", "testing disease NOS", "The Test Syndrome", "tST1"],
            "xrefs": [{"namespace": "MESH", "id": "D000001"}, {"namespace": "ICD10CM", "id": "A01"}],
        },
        {"id": "0000012", "name": "other code", "relations": above, "xrefs": [{"namespace": "ICD10CM", "id": "A01"}]},
    ]
    path = tmp_path / "mondo.json"
    path.write_text(json.dumps(records), encoding="utf-8")
    counts: Counter[str] = Counter()
    taken = {record.id: record for record in load_mondo(path, counts)}
    assert "MONDO:0000010" not in taken
    record = taken["MONDO:0000011"]
    assert (record.name, record.mesh, record.icd) == ("testing disease", "D000001", "")
    assert dict(record.names) == {"testing disease": False, "TSTD": True, "test syndrome": False, "tST1": True}
    assert counts["Mondo records left out: animals, characteristics, susceptibility, injury"] == 2


def test_sources_say_how_many_rows_there_are() -> None:
    text = (LEXICONS / "SOURCES.md").read_text(encoding="utf-8")
    stated = dict(re.findall(r"^\| (\w+\.tsv) \| ([\d,]+) \|", text, re.M))
    there = {name: len((LEXICONS / name).read_text(encoding="utf-8").splitlines()) - 1 for name in BUILT[:5]}
    assert {name: int(count.replace(",", "")) for name, count in stated.items()} == there


def test_the_description_counts_sources(tmp_path: Path) -> None:
    for name in BUILT[:5]:
        (tmp_path / name).write_text("term\tsource\na\tMeSH\nb\tMeSH\nc\tHPO\n", encoding="utf-8")
    said = describe(tmp_path, Counter({"x with mesh": 2}), Counter({"HPO terms left out: broad": 1}))
    assert "| findings.tsv | 3 | MeSH 2, HPO 1 |" in said
    assert "| HPO terms: broad | 1 |" in said


def test_without_the_packages_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import build_lexicons as b\n"
        "def missing(name): raise b.PackageNotFoundError(name)\n"
        "b.version = missing; sys.argv = ['build', '--check']; b.main()"
    )
    done = subprocess.run([sys.executable, "-c", code, ROOT / "scripts"], capture_output=True, encoding="utf-8")
    assert done.returncode == 1
    assert done.stderr.startswith("needed for building: drug-named-entity-recognition 2.0.9 (not installed)")
    assert "pip install --no-deps drug-named-entity-recognition==2.0.9" in done.stderr
