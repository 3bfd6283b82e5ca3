"""Rules: loading, mistakes named by line, and the tests that rules carry in themselves."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from casenlp.documents import SourceDocument
from casenlp.errors import RuleError
from casenlp.extractor import load
from casenlp.patterns import Example, compile_rule, expand
from casenlp.rule_checks import check_rules, count_examples
from casenlp.rules import default_folder, load_rules

LATENCY = """
[[rule]]
id = "latency.counting-from"
source = "corpus/guidelines.md section 4"
pattern = '{time} counting from the first {drug_lead}{drug}'
fields = { latency = "time", drug = "drug" }
examples = [
  "The rash came [nine days](latency) counting from the first [amoxicillin](drug) tablet.",
  "Fever rose [3 weeks](latency) counting from the first [azathioprine](drug) dose.",
]
counterexamples = ["Nine days counting from admission he was well."]
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    shutil.copytree(default_folder(), folder)
    return folder


def without_most_names(rules: Path) -> None:
    """Leave a few rows of the large lexicons alone, which are compiled anew for each changed folder."""
    for name in ("drugs.tsv", "diagnoses.tsv", "findings.tsv"):
        path = rules / "lexicons" / name
        path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:500]), encoding="utf-8")


def add(path: Path, text: str) -> int:
    """Append to a file; the number of the first line added."""
    before = path.read_text(encoding="utf-8")
    path.write_text(before + text, encoding="utf-8")
    return before.count("\n") + 1


def test_every_rule_passes_its_own_examples() -> None:
    problems = check_rules()
    assert [str(p) for p in problems] == []
    assert count_examples(load_rules()) > 200


def test_a_drug_a_test_and_a_latency_phrase_are_added_by_editing_rules_only(rules: Path) -> None:
    add(rules / "lexicons" / "drug_abbreviations.tsv", "examplomab\texamplomab\t\t\town\t\n")
    add(rules / "lexicons" / "lab_tests.tsv", "exampline\texampline\t\t\town\t\n")
    add(rules / "patterns" / "latencies.toml", LATENCY)
    assert [str(p) for p in check_rules(rules)] == []
    text = (
        "A 40-year-old woman received examplomab 300 mg subcutaneously. Exampline was 12 mg/dL. "
        "A rash came nine days counting from the first examplomab dose."
    )
    result = load(rules).extract(SourceDocument("added", text))
    assert [(r.drug_name, r.dose_value, r.route) for r in result.drugs] == [("examplomab", 300, "subcutaneous")]
    assert [(r.test_name, r.value, r.unit) for r in result.labs] == [("exampline", 12, "mg/dL")]
    assert [(r.drug_name, r.value, r.unit, r.event_text) for r in result.latencies] == [
        ("examplomab", 9, "day", "rash")
    ]


BAD_COUNTEREXAMPLE = LATENCY.replace("Nine days counting from admission", "Nine days counting from the first aspirin")
BAD_EXAMPLE = LATENCY.replace("[amoxicillin](drug)", "[tablet](drug)").replace(" tablet.", " amoxicillin.")
BAD_CUE = '\n[[cue]]\nid = "x.y"\ncategory = "denied"\ndirection = "forward"\n'


@pytest.mark.parametrize(
    ("file", "text", "offset", "words"),
    [
        ("lexicons/drug_abbreviations.tsv", "examplomab\texamplomab\t\t\t\t\n", 0, "no source"),
        ("lexicons/drug_abbreviations.tsv", "a\tb\tc\td\te\tf\tg\n", 0, "columns split by tabs"),
        ("lexicons/lab_tests.tsv", "sodium\tpotassium\t\t\town\t\n", 0, "means 'potassium' here"),
        ("lexicons/guards.tsv", "lead\tDRUG\tsometimes\tmetal\n", 0, "guard 'sometimes'"),
        ("lexicons/lab_test_concepts.tsv", "exampline\tlab\n", 0, "category 'lab'"),
        ("lexicons/lab_test_concepts.tsv", "exampline\tlaboratory\t123-X\n", 0, "loinc '123-X'"),
        ("lexicons/lab_tests.tsv", "exampline\texampline\t\t\town\texactcase\n", 0, "write exact-case"),
        ("lexicons/units.tsv", "blub\t{blub}\n", 0, "kind ''"),
        ("patterns/sections.toml", '\n[[section]]\nname = "foo"\nheadings = ["(abc"]\n', 3, "regular expression"),
        ("patterns/latencies.toml", LATENCY, 0, ""),
        ("patterns/latencies.toml", LATENCY.replace("source = ", "sauce = "), 2, "sauce"),
        ("patterns/latencies.toml", LATENCY.replace("{drug}'", "{drugg}'"), 2, "{drugg}"),
        ("patterns/latencies.toml", LATENCY.replace("{time} c", "{time} (c"), 2, "regular expression"),
        ("patterns/latencies.toml", BAD_COUNTEREXAMPLE, 10, "counterexample matches"),
        ("patterns/latencies.toml", BAD_EXAMPLE, 7, "example fails"),
        ("patterns/latencies.toml", "[[rule]\n", 0, "TOML"),
        ("patterns/context.toml", BAD_CUE, 2, "category 'denied'"),
    ],
)
def test_mistakes_are_named_by_file_and_line(rules: Path, file: str, text: str, offset: int, words: str) -> None:
    if words and "example" not in words:  # examples need the names; other problems beside the one looked for do no harm
        without_most_names(rules)
    first = add(rules / file, text)
    problems = [str(p) for p in check_rules(rules)]
    if not words:
        assert problems == []
        return
    mine = [p for p in problems if words in p and "counting" in p] or [p for p in problems if words in p]
    assert mine, problems[:3]
    place = re.search(r":(\d+):", mine[0])
    assert mine[0].removeprefix(f"{rules}/").startswith(file)
    assert place
    assert int(place.group(1)) == first + offset


def test_a_macro_that_two_files_define_is_named(rules: Path) -> None:
    """One of both would be read in place of the other, without a word."""
    (rules / "patterns" / "zz.toml").write_text('[macros]\nperson = "nobody"\n', encoding="utf-8")
    with pytest.raises(RuleError, match=r"zz\.toml:2: macro person a second time; .*macros\.toml has it"):
        load_rules(rules)


def test_a_folder_that_is_no_rules_folder(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no such"):
        load_rules(tmp_path / "nowhere")
    with pytest.raises(RuleError, match="no such file"):
        load_rules(tmp_path)


def test_an_extra_lexicon_wins_over_ours(tmp_path: Path) -> None:
    own = tmp_path / "our_drugs.tsv"
    own.write_text("term\tconcept\tcode\tvocabulary\tsource\tnote\naspirin\tASA-X\tQ1\tOURS\town\t\n", encoding="utf-8")
    result = load(None, [own]).extract(SourceDocument("d", "He took aspirin 100 mg daily."))
    assert [(r.drug_name, r.drug_code, r.drug_vocabulary) for r in result.drugs] == [("ASA-X", "Q1", "OURS")]


def test_examples_are_read_with_their_marks() -> None:
    example = Example.parse("Fever began [10 days](latency) after [azathioprine](drug).")
    assert example.text == "Fever began 10 days after azathioprine."
    assert [(example.text[a:b], name) for a, b, name in example.marks] == [
        ("10 days", "latency"),
        ("azathioprine", "drug"),
    ]


def test_patterns_expand_macros_and_name_their_slots() -> None:
    expression = expand("{time} after {word} {drug:old}", {"word": "(?:a|b)"}, "here")
    match = re.search(expression, f"{chr(0xE00D)} after b {chr(0xE000)}")
    assert match
    assert set(match.groupdict()) == {"s1_time", "s2_old"}


def test_macros_in_a_circle_are_refused() -> None:
    with pytest.raises(RuleError, match="circle"):
        expand("{a}", {"a": "{b}", "b": "{a}"}, "here")


def test_every_pattern_compiles_and_has_a_source() -> None:
    rules = load_rules()
    for rule in rules.rules:
        assert rule.source
        if rule.pattern:
            assert compile_rule(rule, rules.macros).regex.groups >= 0
