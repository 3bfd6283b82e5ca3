"""A user's own lexicons: read as they come, named in casenlp.toml, winning over ours; and what `casenlp vocab` says."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from casenlp import cli, load
from casenlp.documents import SourceDocument
from casenlp.errors import RuleError
from casenlp.glossary import census, meaning_of, try_lexicon
from casenlp.lexicon_arrays import compiled
from casenlp.lexicons import OwnLexicon, read_manifest
from casenlp.own_lexicons import add_to_config, lexicon_of, own_lexicons, read_config
from casenlp.rules import default_folder, load_rules
from casenlp.spellings import load_folding
from casenlp.vocabulary import Vocabulary, load_vocabulary

FOLDER = default_folder() / "lexicons"


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., str]:
    """Run a command in an empty folder; its status and what it printed, standard error behind."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> str:
        monkeypatch.setattr("sys.argv", ["casenlp", *arguments])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        shown = capsys.readouterr()
        return f"{stopped.value.code or 0}\n{shown.out}{shown.err}"

    return call


def senses(term: str, *lexicons: Path) -> list[tuple[str, str, str, str]]:
    found = meaning_of(load_rules(None, lexicons), term).senses
    return [(s.label, s.concept, s.vocabulary, s.code) for s in found]


@pytest.mark.parametrize(
    ("name", "content", "entry"),
    [
        ("our_drugs.tsv", "term\tconcept\tcode\tvocabulary\nzorbicillin forte\tzorbicillin\tZ1\tOurs\n", ""),
        ("our_drugs.csv", 'term,concept,code,vocabulary\n"zorbicillin forte",zorbicillin,Z1,Ours\n', ""),
        ("meds.txt", "name\tgeneric\tid\nzorbicillin forte\tzorbicillin\tZ1\n",
         'label = "DRUG"\nvocabulary = "Ours"\ncolumns = { term = "name", concept = "generic", code = "id" }\n'),
        ("conso.rrf", "Z1|ENG|zorbicillin forte|zorbicillin|\n",
         'label = "DRUG"\nvocabulary = "Ours"\ndelimiter = "|"\nheader = ["code", "lang", "term", "concept"]\n'),
        ("bom_drugs.tsv", "\ufeffterm\tconcept\tcode\tvocabulary\nzorbicillin forte\tzorbicillin\tZ1\tOurs\n", ""),
    ],
)  # fmt: skip
def test_tables_are_read_as_they_come(tmp_path: Path, name: str, content: str, entry: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    given = tmp_path / name
    if entry:
        given = tmp_path / "casenlp.toml"
        given.write_text(f'[[lexicon]]\nfile = "{name}"\n{entry}', encoding="utf-8")
    assert senses("zorbicillin forte", given) == [("DRUG", "zorbicillin", "Ours", "Z1")]


def test_a_term_alone_is_enough(tmp_path: Path) -> None:
    (tmp_path / "our_findings.tsv").write_text("term\nqualmishness of the elbow\n", encoding="utf-8")
    found = senses("qualmishness of the elbow", tmp_path / "our_findings.tsv")
    assert found == [("FINDING", "qualmishness of the elbow", "", "")]


def test_a_user_wins_over_us_and_keeps_our_codes(tmp_path: Path) -> None:
    own = tmp_path / "our_diagnoses.tsv"
    own.write_text("term\tconcept\tcode\tvocabulary\ngout\tGout (ours)\t10018627\tMedDRA\n", encoding="utf-8")
    report = SourceDocument("a", "A 60-year-old man with gout was seen.")
    (row,) = load(lexicons=[own]).extract(report).diagnoses
    assert (row.diagnosis_name, row.mesh, row.icd10cm) == ("Gout (ours)", "D006073", "M10")


def test_a_user_may_give_a_word_another_label(tmp_path: Path) -> None:
    own = tmp_path / "our_drugs.tsv"
    own.write_text("term\tconcept\ngout\tgout weed\n", encoding="utf-8")
    extraction = load(lexicons=[own]).extract(SourceDocument("a", "He was treated with gout 5 mg daily."))
    assert [(m.label, m.text) for m in extraction.mentions if m.text == "gout"] == [("DRUG", "gout")]


#: What one lexicon says, and another: the same terms with other labels, other orders of words, other hyphens.
ONE = (
    "term\tconcept\nlung zorbitis\tzorbitis of lung\nstrange beta-blocker\tbeta\nzorb-2 antigen\tantigen\ngout\tgout\n"
)
OTHER = "term\tconcept\ngout\tGout\nzorbitis of the lung\tLZ\nstrange beta blocker\tblock\ncarcinoma of the zorb\tCZ\n"


@pytest.mark.parametrize("label", ["DIAGNOSIS", "DRUG"])
def test_beside_ours_a_lexicon_is_read_as_together_with_them(tmp_path: Path, label: str) -> None:
    """What is compiled beside lexicons that were compiled before gives the rows that compiling all of them gives."""
    for name in ("lexicons.toml", "variants.toml"):
        shutil.copy(FOLDER / name, tmp_path)
    (tmp_path / "lexicons.toml").write_text(
        '[[lexicon]]\nfile = "one.tsv"\nlabel = "DIAGNOSIS"\n\n[[guards]]\nfile = "limits.tsv"\n', encoding="utf-8"
    )
    (tmp_path / "limits.tsv").write_text(f"term\tlabel\tguard\ngout\t{label}\tdefined\n", encoding="utf-8")
    (tmp_path / "one.tsv").write_text(ONE, encoding="utf-8")
    (tmp_path / "other.tsv").write_text(OTHER, encoding="utf-8")
    own = [OwnLexicon(tmp_path / "other.tsv", label)]
    files, guards = read_manifest(tmp_path, own)
    folding = load_folding(tmp_path / "variants.toml")
    together = Vocabulary(folding, compiled(tmp_path / "together", files, guards, folding), files)
    beside = load_vocabulary(tmp_path, own)
    assert len(beside) == len(together)
    for term in ("gout", "lung zorbitis", "zorbitis of the lung", "strange beta-blocker", "strange betablocker",
                 "zorb2 antigen", "zorb 2 antigen", "zorb carcinoma", "carcinoma of zorb"):  # fmt: skip
        assert beside.look_up(term) == together.look_up(term)
        assert beside.find(f"a {term}, not gouts") == together.find(f"a {term}, not gouts")
    assert [entry.concept for entry in beside.look_up("gout")] == ["Gout", "gout"]


def test_the_first_of_two_own_lexicons_wins(tmp_path: Path) -> None:
    for name, concept in (("one_drugs.tsv", "first"), ("two_drugs.tsv", "second")):
        (tmp_path / name).write_text(f"term\tconcept\nzorbicillin\t{concept}\n", encoding="utf-8")
    one, two = tmp_path / "one_drugs.tsv", tmp_path / "two_drugs.tsv"
    assert senses("zorbicillin", one, two)[0][1] == "first"
    assert senses("zorbicillin", two, one)[0][1] == "second"


def test_our_guards_hold_unless_the_user_is_sure(tmp_path: Path) -> None:
    own = tmp_path / "our_drugs.tsv"
    own.write_text("term\tnote\npotassium\t\nPotassium\tsure\n", encoding="utf-8")
    rules = load_rules(None, [own])
    entries = [e for e in rules.vocabulary.look_up("potassium") if e.rank < 0]
    assert sorted("given" in e.guards for e in entries) == [False, True]
    trial = try_lexicon(load_rules(), lexicon_of(own, FOLDER))
    assert (trial.rows, trial.new, trial.known, trial.guarded) == (2, 0, 2, (("potassium", "given"),))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('rules = "x"\n', "nothing but"),
        ('[lexicon]\nfile = "x.tsv"\n', "double brackets"),
        ('[[lexicon]]\nlabel = "DRUG"\n', "lexicon 1"),
        ('[[lexicon]]\nfile = "x.tsv"\nlabel = "MEDICINE"\n', "label 'MEDICINE'"),
        ('[[lexicon]]\nfile = "x.tsv"\n', "tells no label"),
        ('[[lexicon]]\nfile = "x.tsv"\nlabel = "DRUG"\ndelimiter = "||"\n', "one character"),
        ('[[lexicon]]\nfile = "x.tsv"\nlabel = "DRUG"\ncolumns = ["a"]\n', "our names and theirs"),
        ('[[lexicon]]\nfile = "x.tsv"\nlabel = "DRUG"\n', "no such file"),
        ("[[lexicon\n", "TOML"),
    ],
)
def test_a_wrong_config_is_named(tmp_path: Path, content: str, says: str) -> None:
    config = tmp_path / "casenlp.toml"
    config.write_text(content, encoding="utf-8")
    with pytest.raises(RuleError, match=says):
        load_rules(None, [config])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name\nx\n", "a header with term"),
        (b"term\tconcept\n\tx\n", "a_drugs.tsv:2"),
        (b"term\n\xff\xfe\n", "not UTF-8"),
        (b"term\nx\ty\tz\n", "a_drugs.tsv:2"),
    ],
)
def test_a_wrong_lexicon_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "a_drugs.tsv").write_bytes(content)
    with pytest.raises(RuleError, match=says):
        load_rules(None, [tmp_path / "a_drugs.tsv"])


def test_what_is_written_into_a_config_is_read_from_it(tmp_path: Path) -> None:
    config = tmp_path / "a" / "casenlp.toml"
    config.parent.mkdir()
    config.write_text("# mine\n", encoding="utf-8")
    tables = [
        lexicon_of(tmp_path / "x.asc", FOLDER, label="FINDING", header=["code", "term"], delimiter="$",
                   vocabulary='Med"DRA', columns={"concept": "pt name"}),
        lexicon_of(tmp_path / "our_drugs.csv", FOLDER),
    ]  # fmt: skip
    assert [add_to_config(config, table) for table in tables] == [True, True]
    assert add_to_config(config, tables[0]) is False
    assert config.read_text(encoding="utf-8").startswith("# mine\n")
    read = list(read_config(config, FOLDER))
    assert [(t.label, t.form) for t in read] == [(t.label, t.form) for t in tables]
    assert [t.path.resolve() for t in read] == [t.path.resolve() for t in tables]
    assert own_lexicons([config], FOLDER) == read


def test_added_once_used_from_then_on(ran: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "our_drugs.tsv").write_text("term\tconcept\nzorbicillin\tzorbicillin\nlead\tlead\n", encoding="utf-8")
    (tmp_path / "a.txt").write_text("She was given zorbicillin 40 mg daily.", encoding="utf-8")
    assert ran("vocab", "find", "zorbicillin").startswith("1\nzorbicillin\n  in no lexicon")
    out = ran("vocab", "add", "our_drugs.tsv")
    assert out.startswith("0\nour_drugs.tsv: 2 terms, DRUG; 2 are new, 0 win over ours")
    assert "names it already" in ran("vocab", "add", "our_drugs.tsv")
    assert "DRUG  zorbicillin (your own)\n      from our_drugs.tsv:2" in ran("vocab", "find", "zorbicillin")
    assert "our_drugs.tsv " in ran("vocab", "stats")
    (document,) = (json.loads(line) for line in ran("extract", "-f", "jsonl", "a.txt").splitlines()[1:])
    assert [row["drug_name"] for row in document["drugs"]] == ["zorbicillin"]


def test_a_config_that_is_named_and_missing_is_an_error(ran: Callable[..., str]) -> None:
    assert ran("vocab", "stats", "--config", "nowhere.toml").startswith("2\ncasenlp: nowhere.toml: no such file")


def test_find_says_what_else_it_may_be(ran: Callable[..., str]) -> None:
    out = ran("vocab", "find", "potassium")
    assert "  DRUG  potassium  DrugBank DB14500" in out
    assert "  or LAB_TEST  potassium  LOINC 2823-3" in out
    assert "guard given: only where the sentence gives it" in out
    assert "guards.tsv:" in out
    found = json.loads(ran("vocab", "find", "--json", "type", "II", "diabetes").partition("\n")[2])
    assert (found["senses"][0]["concept"], found["senses"][0]["codes"]["icd10cm"]) == (
        "type 2 diabetes mellitus",
        "E11",
    )


def test_find_names_what_is_near(ran: Callable[..., str]) -> None:
    assert re.search(r"near it: .*\bhyperkalemia\b", ran("vocab", "find", "hyperkalemi"))


def test_the_census_counts_every_row() -> None:
    rules = load_rules()
    counted = {c.file: c.rows for c in census(rules)}
    lines = {f.path.name: len(f.path.read_text(encoding="utf-8").splitlines()) - 1 for f in rules.vocabulary.files}
    assert counted == lines


def test_find_tells_of_a_term_that_is_refused_and_of_longer_terms(ran: Callable[..., str]) -> None:
    out = ran("vocab", "find", "lead")
    assert "\n  DRUG refused, never: metal or poison, toxic exposure (guards.tsv:" in out
    assert "blood lead (LAB_TEST)" in out
    assert "lead poisoning (DIAGNOSIS)" in out
    out = ran("vocab", "find", "BRAF")
    assert out.startswith("1\nBRAF\n  in no lexicon\n  part of: braf inhibitor (DRUG)")


def test_find_shows_the_sense_in_capitals_first() -> None:
    assert meaning_of(load_rules(), "AIDS").senses[0].concept == "acquired immunodeficiency syndrome"
    assert [label for label, _ in meaning_of(load_rules(), "aids").refused] == ["DRUG"]


def test_two_lexicons_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for folder, row in (("one", "Zorb\tzorbicillin"), ("two", "ZORB\tzorblaxin")):
        (tmp_path / folder).mkdir()
        table = f"term\tconcept\tnote\n{row}\texact-case\n"
        (tmp_path / folder / "drugs.tsv").write_text(table, encoding="utf-8")
    extractor = load(lexicons=[tmp_path / "one" / "drugs.tsv", tmp_path / "two" / "drugs.tsv"])
    found = {word: extractor.extract(SourceDocument("d", f"{word} was given.")).drugs for word in ("Zorb", "ZORB")}
    assert [row.drug_name for row in found["Zorb"]] == ["zorbicillin"]
    assert [row.drug_name for row in found["ZORB"]] == ["zorblaxin"]
