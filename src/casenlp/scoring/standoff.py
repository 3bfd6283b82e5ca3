"""Gold in brat standoff form: MACCROBAT's types, and our own labels in any brat folder.

A folder holds NAME.txt and NAME.ann. Read are text-bound entities (T, also discontinuous), events (E, which
wrap an entity), relations (R) and attributes (A); notes, equivalences and normalisations are passed over.
Offsets are code points, half-open, as brat writes them. Source of the form: https://brat.nlplab.org/standoff.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from casenlp.errors import GoldError
from casenlp.records import LABELS
from casenlp.scoring.annotations import (
    COREFERENT,
    JOINT,
    JOINT_RULE,
    GoldDocument,
    GoldSet,
    LabelRule,
    Relation,
    Scheme,
    Span,
    same_labels,
)

#: MACCROBAT's entity types and our labels. Types not named here are not scored.
MACCROBAT_LABELS: Mapping[str, str] = {
    "Medication": "DRUG",
    "Dosage": "DOSE",
    "Administration": "ROUTE",
    "Frequency": "FREQUENCY",
    "Duration": "DURATION",
    "Lab_value": "LAB_VALUE",
    "Diagnostic_procedure": "LAB_TEST",
    "Disease_disorder": "DIAGNOSIS",
    "Sign_symptom": "FINDING",
    "Age": "AGE",
    "Sex": "SEX",
    "Date": "DATE",
}
#: (label of the modifier, label of its head) -> kind of relation
_PAIRS: Mapping[tuple[str, str], str] = {
    ("DOSE", "DRUG"): "drug-dose",
    ("ROUTE", "DRUG"): "drug-route",
    ("LAB_VALUE", "LAB_TEST"): "test-value",
}
_ONE = frozenset
_SCHEME = Scheme(
    labels=(
        *same_labels("DRUG"),
        # A gold Dosage holds the frequency too ("10 mg daily") or nothing else ("once daily").
        LabelRule("DOSE", _ONE({"DOSE"}), _ONE({"DOSE"}), also=_ONE({"FREQUENCY"})),
        *same_labels("ROUTE"),
        LabelRule("FREQUENCY", _ONE({"FREQUENCY"}), _ONE({"FREQUENCY"}), excused_by=_ONE({"DOSE"})),
        # MACCROBAT knows no latency: such times are Duration or Date there.
        LabelRule("DURATION", _ONE({"DURATION"}), _ONE({"DURATION"}), also=_ONE({"LATENCY"})),
        *same_labels("LAB_TEST", "LAB_VALUE", "DIAGNOSIS", "FINDING"),
        JOINT_RULE,
        *same_labels("AGE", "SEX"),
        LabelRule("DATE", _ONE({"DATE"}), _ONE({"DATE"}), also=_ONE({"LATENCY"})),
    ),
    relations=tuple(kind + suffix for kind in _PAIRS.values() for suffix in ("", COREFERENT)),
    relations_by_place=True,
    negation=(JOINT, "DRUG"),
    ended_is_negated=True,
)


def read_maccrobat(path: Path) -> GoldSet:
    """A folder of MACCROBAT reports; pairs are MODIFY relations from modifier to head.

    GoldError names file and line of what is malformed; a folder without annotations is malformed too.
    """
    return _read_folder(path, "maccrobat", MACCROBAT_LABELS, directed=True)


def read_brat(path: Path) -> GoldSet:
    """A folder of brat files in MACCROBAT's types or our labels; any relation between two parts is a pair."""
    labels = {**MACCROBAT_LABELS, **{label: label for label in LABELS}}
    return _read_folder(path, "brat", labels, directed=False)


def _read_folder(path: Path, name: str, labels: Mapping[str, str], directed: bool) -> GoldSet:
    if not path.is_dir():
        raise GoldError(f"{path}: no folder; {name} gold is a folder of .txt and .ann files")
    texts = sorted(path.glob("*.txt"))
    without = sorted({p.stem for p in path.glob("*.ann")} - {p.stem for p in texts})
    if without:
        raise GoldError(f"{path}/{without[0]}.ann: no {without[0]}.txt beside it; add the text")
    if not texts:
        raise GoldError(f"{path}: no .txt file in it; {name} gold is a folder of .txt and .ann files")
    golds: list[GoldDocument] = []
    notes: list[str] = []
    for text_path in texts:
        ann_path = text_path.with_suffix(".ann")
        if not ann_path.exists():
            raise GoldError(f"{text_path}: no {ann_path.name} beside it; add it (empty when nothing is annotated)")
        standoff = _parse(ann_path, _read(text_path), notes)
        golds.append(_document(text_path.stem, standoff, labels, directed))
    return GoldSet(name, _SCHEME, tuple(golds), str(path), tuple(notes))


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise GoldError(f"{path}: byte {error.start} is not UTF-8; brat files are UTF-8") from error


@dataclass(slots=True)
class _Standoff:
    text: str
    entities: dict[str, tuple[str, tuple[tuple[int, int], ...], str]] = field(default_factory=dict)
    triggers: dict[str, str] = field(default_factory=dict)
    relations: list[tuple[str, str, str]] = field(default_factory=list)
    negated: set[str] = field(default_factory=set)

    def entity(self, name: str) -> str:
        """The T that an E wraps, or the T itself."""
        return self.triggers.get(name, name)


def _parse(path: Path, text: str, notes: list[str]) -> _Standoff:
    out = _Standoff(text)
    astray, references = [], []
    for number, raw in enumerate(_read(path).split("\n"), start=1):
        line = raw.rstrip("\r")
        place = f"{path}:{number}"
        if not line.strip() or line[0] not in "TERAM":
            continue
        fields = line.split("\t")
        if len(fields) < 2 or not fields[1].strip():
            raise GoldError(f"{place}: {line[:40]!r}; expected an identifier, a tab and its definition")
        name, words = fields[0], fields[1].split()
        if line[0] == "T":
            pieces = _pieces(fields[1].partition(" ")[2], len(text), place)
            found = " ".join(text[a:b] for a, b in pieces)
            if len(fields) > 2 and found.split() != fields[2].split():
                astray.append((number, fields[2], found))
            out.entities[name] = (words[0], pieces, found)
        elif line[0] == "E":
            out.triggers[name] = words[0].partition(":")[2]
            references.append((place, out.triggers[name]))
        elif line[0] == "R":
            if len(words) < 3:
                raise GoldError(f"{place}: relation {line[:40]!r}; expected a type and two arguments")
            first, second = (word.partition(":")[2] for word in words[1:3])
            out.relations.append((words[0], first, second))
            references += [(place, first), (place, second)]
        elif len(words) > 1 and _says_absent(words):
            out.negated.add(words[1])
    for place, name in references:
        if out.entity(name) not in out.entities:
            raise GoldError(f"{place}: refers to '{name}', which the file does not define")
    if astray and len(astray) * 10 > len(out.entities):
        number, wanted, found = astray[0]
        raise GoldError(
            f"{path}:{number}: text there is {found!r}, the annotation says {wanted!r} (and {len(astray) - 1} more); "
            "the .txt is not the text that was annotated"
        )
    notes += [f"{path}:{n}: text there is {found!r}, the annotation says {wanted!r}" for n, wanted, found in astray]
    return out


def _says_absent(words: list[str]) -> bool:
    """Whether an attribute is MACCROBAT's 'POLARITY E1 NEG' or the 'Negation E1' of other corpora."""
    return words[0].casefold() in ("negation", "negated") or (words[0], words[-1]) == ("POLARITY", "NEG")


def _pieces(words: str, length: int, place: str) -> tuple[tuple[int, int], ...]:
    """Offsets '12 20;25 31' as pieces in order; adjoining ones are joined."""
    try:
        pieces = sorted((int(a), int(b)) for a, b in (part.split() for part in words.split(";")))
    except ValueError:
        raise GoldError(f"{place}: offsets {words!r}; expected 'start end' or 'start end;start end'") from None
    joined: list[tuple[int, int]] = []
    for start, end in pieces:
        if not 0 <= start < end <= length:
            raise GoldError(f"{place}: offsets {start} {end} outside the text of {length} characters or empty")
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _document(doc_id: str, standoff: _Standoff, labels: Mapping[str, str], directed: bool) -> GoldDocument:
    negated = {standoff.entity(name) for name in standoff.negated}
    spans: dict[str, Span] = {}
    by_place: dict[tuple[str, tuple[tuple[int, int], ...]], Span] = {}
    for name, (kind, pieces, text) in standoff.entities.items():
        if kind in labels:
            span = Span(labels[kind], pieces, text, name in negated, name)
            spans[name] = by_place.setdefault((span.label, pieces), span)
    return GoldDocument(
        doc_id,
        standoff.text,
        tuple(sorted(by_place.values(), key=lambda s: (s.pieces, s.label))),
        tuple(_relations(standoff, spans, directed)),
        doc_id,
    )


def _relations(standoff: _Standoff, spans: Mapping[str, Span], directed: bool) -> Iterator[Relation]:
    """Pairs as annotated, and again with every name that IDENTICAL relations tie to the head.

    A head that is a mere coreference ("this value") makes a pair only in the second sense.
    """
    same = _identical_sets(standoff)
    seen = set()
    for kind, first, second in standoff.relations:
        if kind == "IDENTICAL" or (directed and kind != "MODIFY"):
            continue
        a, b = standoff.entity(first), standoff.entity(second)
        for modifier, head in ((a, b),) if directed else ((a, b), (b, a)):
            if modifier not in spans:
                continue
            others = sorted(same.get(head, set()) - {head}, key=lambda name: (len(name), name))
            heads = [spans[name] for name in (head, *others) if name in spans]
            pair = _PAIRS.get((spans[modifier].label, heads[0].label)) if heads else None
            if pair is None:
                continue
            heads = [span for span in heads if span.label == heads[0].label]
            for name, places in ((pair, heads[:1] if head in spans else []), (pair + COREFERENT, heads)):
                if places and (name, places[0].pieces, spans[modifier].pieces) not in seen:
                    seen.add((name, places[0].pieces, spans[modifier].pieces))
                    yield Relation(name, (tuple(places), (spans[modifier],)))


def _identical_sets(standoff: _Standoff) -> dict[str, set[str]]:
    """Entity -> all entities that are the same thing."""
    sets: dict[str, set[str]] = {}
    for kind, first, second in standoff.relations:
        if kind == "IDENTICAL":
            a, b = standoff.entity(first), standoff.entity(second)
            union = sets.get(a, {a}) | sets.get(b, {b})
            for name in union:
                sets[name] = union
    return sets
