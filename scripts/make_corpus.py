"""Make many reports out of our own: a corpus for tests of speed and endurance, not of accuracy.

    python scripts/make_corpus.py 10000 OUT                  OUT/000/….txt, a thousand reports a folder
    python scripts/make_corpus.py 100000 OUT.jsonl           one file of JSON Lines
    python scripts/make_corpus.py 1000 OUT --seed 7 --long   full texts of about ten reports' length

Each report is one of corpus/reports with its numbers varied, some of its paragraphs exchanged for those of other
reports, its drugs and diseases (where corpus/gold.jsonl marks them) exchanged for others of rules/lexicons, and names
of places and people that occur nowhere else, so that the words never end, as in real life. The same seed gives the
same bytes, and the first N reports of a larger corpus are those of a smaller one.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: The lexicon from which words for a label are taken.
_LEXICONS = {"DRUG": "drugs.tsv", "DIAGNOSIS": "diagnoses.tsv"}
#: Terms that are taken from a lexicon, and their longest.
_TERMS = 5000
_LONGEST = 40
_NUMBER = re.compile(r"(?<![\w.,–-])\d{1,3}(?:\.\d)?(?![\w,–-]|\.\d)")
_CONSONANTS = "bcdfghjklmnprstvwz"
_VOWELS = "aeiou"

Stretch = tuple[int, int, str]


def main() -> None:
    """Write the corpus that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, help="how many reports")
    parser.add_argument("out", type=Path, help="a folder, or a file of JSON Lines by its suffix .jsonl")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--long", action="store_true", help="full texts: each of about ten reports' length")
    options = parser.parse_args()
    reports = made(options.count, options.seed, 10 if options.long else 1)
    if options.out.suffix == ".jsonl":
        with options.out.open("w", encoding="utf-8", newline="\n") as stream:
            for name, text in reports:
                stream.write(json.dumps({"doc_id": name, "text": text}, ensure_ascii=False) + "\n")
        return
    for number, (name, text) in enumerate(reports):
        folder = options.out / f"{number // 1000:03}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.txt").write_text(text, encoding="utf-8", newline="\n")


def made(count: int, seed: int, length: int = 1) -> Iterator[tuple[str, str]]:
    """(name, text) of each report; `length` is how many reports' words each has."""
    bases = _bases()
    words = {label: _terms(ROOT / "rules" / "lexicons" / name) for label, name in _LEXICONS.items()}
    for number in range(count):
        chance = random.Random(seed * 1_000_003 + number)
        parts = [_report(chance, bases, words) for _ in range(length)]
        yield f"made-{seed}-{number:07}", "\n".join(parts)


def _bases() -> list[tuple[str, list[Stretch]]]:
    """Our reports with the stretches of their drugs and diseases, in order and apart."""
    bases = []
    with (ROOT / "corpus" / "gold.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            gold = json.loads(line)
            text = (ROOT / "corpus" / "reports" / f"{gold['doc_id']}.txt").read_text(encoding="utf-8")
            stretches: list[Stretch] = []
            for mention in sorted(gold["mentions"], key=lambda m: (m["start"], -m["end"])):
                if mention["label"] in _LEXICONS and (not stretches or mention["start"] >= stretches[-1][1]):
                    stretches.append((mention["start"], mention["end"], mention["label"]))
            bases.append((text, stretches))
    return bases


def _terms(path: Path) -> list[str]:
    """Terms from all over a lexicon that are words in the plain sense."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        found = [r["term"] for r in rows if r["term"] and len(r["term"]) <= _LONGEST and r["term"][0].isalpha()]
    return found[:: max(1, len(found) // _TERMS)]


def _report(chance: random.Random, bases: Sequence[tuple[str, list[Stretch]]], words: Mapping[str, list[str]]) -> str:
    paragraphs = _paragraphs(chance, *chance.choice(bases), words)
    for _ in range(chance.randrange(3)):
        other = _paragraphs(chance, *chance.choice(bases), words)
        paragraphs[chance.randrange(len(paragraphs))] = chance.choice(other)
    name, place = _name(chance), _name(chance)
    paragraphs.append(f"{name} and {_name(chance)} of the hospital of {place} saw the patient.")
    return "\n".join(paragraphs) + "\n"


def _paragraphs(
    chance: random.Random, text: str, stretches: list[Stretch], words: Mapping[str, list[str]]
) -> list[str]:
    """The paragraphs of a report with other drugs, diseases and numbers; one word stands for another throughout."""
    instead: dict[str, str] = {}
    parts, done = [], 0
    for start, end, label in stretches:
        word = text[start:end]
        if word.lower() not in instead:
            instead[word.lower()] = chance.choice(words[label]) if chance.random() < 0.5 else word
        parts += [text[done:start], instead[word.lower()]]
        done = end
    parts.append(text[done:])
    varied = _NUMBER.sub(lambda m: _near(chance, m.group()), "".join(parts))
    return varied.strip("\n").split("\n")


def _near(chance: random.Random, number: str) -> str:
    if chance.random() < 0.3:
        return number
    value = max(1.0, float(number) * chance.uniform(0.6, 1.5))
    return f"{value:.1f}" if "." in number else str(round(value))


def _name(chance: random.Random) -> str:
    syllables = (chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in range(chance.randrange(2, 5)))
    return "".join(syllables).capitalize() + chance.choice(_CONSONANTS)


if __name__ == "__main__":
    main()
