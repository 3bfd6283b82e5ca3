"""What a pattern needs: a text that matches is never passed over, and one that holds too little is."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from casenlp.documents import SourceDocument
from casenlp.expressions import alternatives, factored
from casenlp.extractor import load
from casenlp.guards import Guarded, words_of
from casenlp.needs import NeedReader
from casenlp.patterns import SYMBOLS, expand, symbols_of
from casenlp.pipeline.grammar import group_by_sentence
from casenlp.pipeline.shadow import make_shadow
from casenlp.rules import load_rules
from casenlp.sieve import Sieve

MACROS = {
    "ways": r"(?:\b(?:by|in) mouth|orally)",
    "digits": r"\d{1,2}",
    "list": "(?:cat|dog|guinea pig)",
    "again": "(?:{list}|{drug})",
}
DRUG, TIME = SYMBOLS["drug"], SYMBOLS["time"]


def sieve_of(*patterns: str) -> Sieve:
    reader = NeedReader(MACROS, symbols_of)
    return Sieve([reader.ways(pattern) for pattern in patterns])


#: pattern -> (texts that match, texts that are passed over without a trial)
TABLE: dict[str, tuple[list[str], list[str]]] = {
    r"\bin {time}": ([f"in {TIME}", f"(in {TIME}"], [f"pain {TIME}", f"in a {TIME}", "in", f"{TIME} in"]),
    r"in {time}": ([f"pain {TIME}"], [f"in a {TIME}", f"ins {TIME}"]),
    r"diagnos(?:ed|is|tic) with": (["was diagnosed with"], ["diagnosing with", "diagnosed, with", "diagnosed"]),
    r"tabs? of": (["2 tabs of", "tab of"], ["tabe of", "tablets of"]),
    r"(?:once|{digits})(?: ?x)? ?(?:a )?day": (
        ["once a day", "onceday", "3xday", "12 x day", "once x a day"],
        ["once every day", "twice a day", "12 holidays"],
    ),
    r"{drug}-(?!free)[a-z]{4}": ([f"{DRUG}-like"], [f"{DRUG} like", "-like"]),
    r"^{drug}(?: and|,)": ([f"{DRUG} and", f"{DRUG}, x"], [f"x {DRUG} and", f"{DRUG} or"]),
    r"{time}(?=[.,]|$)": ([f"after {TIME}", f"{TIME}, x"], [f"{TIME} x", "."]),
    r"{drug} {ways}": ([f"{DRUG} by mouth", f"{DRUG} orally"], [f"{DRUG} by nose", f"orally {DRUG}", "by mouth"]),
    r"(?:a|an) {again}": (["a guinea pig", f"an {DRUG}", "a cat"], ["a pig", f"the {DRUG}"]),
    r"[x×] ?{time}": ([f"x{TIME}", f"× {TIME}", f"max {TIME}"], [f"x a {TIME}", f"y {TIME}"]),
    r"patient\x27s": (["the patient's"], ["the patients"]),
    r"(?:re-?)?started": (["restarted", "re-started", "started"], ["re"]),
    r"cat[^.;]{0,9}? dog|bird": (["cat and dog", "a bird"], ["cat and cow", "dog"]),
}


@pytest.mark.parametrize("pattern", TABLE)
def test_texts_are_tried_or_passed_over(pattern: str) -> None:
    regex = re.compile(expand(factored(pattern), MACROS, "here"))
    sieve = sieve_of(pattern)
    matching, passed = TABLE[pattern]
    assert {text: (regex.search(text) is not None, bool(sieve.met(text))) for text in matching} == dict.fromkeys(
        matching, (True, True)
    )
    assert {text: (regex.search(text) is not None, bool(sieve.met(text))) for text in passed} == dict.fromkeys(
        passed, (False, False)
    )


def test_many_patterns_are_told_apart() -> None:
    sieve = sieve_of("cat|cow", "dog {drug}", r"\d", "", "cow")
    found = {
        "a cow": [(0, 1), (3, None), (4, None)],
        f"dog {DRUG} 3": [(1, None), (2, None), (3, None)],
        "cats and dogs": [(0, 0), (3, None)],
        "": [(3, None)],
        "٣": [(2, None), (3, None)],
        "cow" * 30: [(0, 1), (3, None), (4, None)],
        "cat and cow": [(0, None), (3, None), (4, None)],
    }
    assert {text: sieve.met(text) for text in found} == found
    assert {text: sieve.met(text) for text in found} == found  # what is kept says the same


UNITS = (
    "a", "b", "ab", "ba", " ", " ", "-", ",", "{drug}", "{time}", r"\d", "1", r"\w", r"\b", "[ab]", "[ -]", "[^a]", ".",
    "(?!a)", "(?<!a)", r"(?<!\w)", r"(?!\w)", "(?=b)", "(?<=a)", "^", "$", "é", r"\W", r"\s", "{list}", "{ways}",
)  # fmt: skip
QUANTIFIERS = ("", "", "", "", "?", "*", "+", "??", "*?", "{0,2}", "{1,2}", "{2}")
LETTERS = ("a", "b", "ab", "ba", " ", " ", "-", ",", DRUG, TIME, "1", "é", "cat", "guinea pig", " by mouth")


def random_pattern(chance: random.Random, depth: int = 0) -> str:
    options = []
    for _ in range(chance.choice((1, 1, 2, 3))):
        option = ""
        for _ in range(chance.randint(0 if depth else 1, 4)):
            if depth < 3 and chance.random() < 0.3:
                option += random_pattern(chance, depth + 1) + chance.choice(("", "", "?", "{1,2}"))
                continue
            unit = chance.choice(UNITS)
            plain = unit in ("^", "$", r"\b") or unit.startswith(("(?!", "(?<", "(?="))
            option += unit if plain else unit + chance.choice(QUANTIFIERS)
        options.append(option)
    return "(?:" + "|".join(options) + ")"


def test_no_match_of_a_random_pattern_is_lost() -> None:
    chance = random.Random(7)
    matched = passed = 0
    for _ in range(800):
        pattern = random_pattern(chance)
        regex = re.compile(expand(factored(pattern), MACROS, "here"))
        sieve = sieve_of(pattern)
        for _ in range(25):
            text = " ".join("".join(chance.choices(LETTERS, k=chance.randint(0, 7))).split())
            if sieve.met(text):
                matched += regex.search(text) is not None
            else:
                passed += 1
                assert regex.search(text) is None, (pattern, text)
    assert matched > 1000
    assert passed > 1000


def test_a_sieve_that_was_written_down_is_the_same() -> None:
    compiled = load_rules().compiled
    made = Sieve([rule.ways for rule in compiled])
    restored = Sieve.restored(json.loads(json.dumps(made.state)))
    for path in sorted((Path(__file__).parents[1] / "corpus" / "reports").glob("*.txt")):
        for line in path.read_text(encoding="utf-8").lower().splitlines():
            assert restored.met(line) == made.met(line)
    assert restored.upto == made.upto


def test_a_sentence_passed_over_would_not_have_matched() -> None:
    extractor = load()
    sieve = Sieve([compiled.ways for compiled in extractor.rules.compiled])
    tried = passed = 0
    for path in sorted((Path(__file__).parents[1] / "corpus" / "reports").glob("*.txt")):
        reading, _ = extractor.read(SourceDocument(path.stem, path.read_text(encoding="utf-8")))
        items = group_by_sentence(reading.known)
        for number, (start, end) in enumerate(reading.known.sentences):
            shadow = make_shadow(reading.known.text, start, end, items.get(number, []))
            trying = dict(sieve.met(shadow.text))
            for place, compiled in enumerate(extractor.rules.compiled):
                found = [m.span() for m in compiled.regex.finditer(shadow.text)]
                if place in trying:
                    tried += 1
                    one_way = compiled.matcher(trying[place]).regex
                    assert found == [m.span() for m in one_way.finditer(shadow.text)], compiled.rule.id
                else:
                    passed += 1
                    assert found == [], compiled.rule.id
    assert passed > 20 * tried


def test_a_guarded_macro_finds_what_the_plain_one_finds() -> None:
    for pattern in TABLE:
        regex = re.compile(expand(pattern, MACROS, "here"))
        guarded = Guarded(regex, words_of(pattern, MACROS, symbols_of))
        for texts in TABLE.values():
            for text in (*texts[0], *texts[1]):
                plain, found = regex.search(text), guarded.search(text)
                assert (plain and plain.span()) == (found and found.span())


def test_a_guard_asks_a_whole_document_for_words_alone_whatever_stands_between_them() -> None:
    pattern = r"\b(?:the|a) donor (?:was|{drug})"
    guarded = Guarded(re.compile(expand(pattern, MACROS, "here")), words_of(pattern, MACROS, symbols_of))
    assert guarded.may_match("The liver.\nThe\ndonor  received aspirin.".lower())
    assert not guarded.may_match("the patient was well.")


def test_alternatives_are_parted_outside_of_groups_and_classes() -> None:
    parted = {
        "a|b": ("a", "b"),
        "(?:a|b)": ("a", "b"),
        "(?:a|b)c|d": ("(?:a|b)c", "d"),
        r"[|(]x|\|y|": ("[|(]x", r"\|y", ""),
    }
    assert {pattern: alternatives(pattern) for pattern in parted} == parted
