"""Gold of PHEE (pharmacovigilance events in single sentences) and its published metric.

One JSON object a line: `id`, `context`, `annotations[].events[]` with nested arguments; an argument's `text` and
`start` are lists of entities, each a list of pieces. Source: Sun et al., PHEE, EMNLP 2022, and its version 2.
Only what takes part in a drug event is annotated, so precision of mention labels is low by construction.
"""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from casenlp.errors import GoldError
from casenlp.scoring.annotations import (
    JOINT_RULE,
    GoldDocument,
    GoldSet,
    Prediction,
    Relation,
    Scheme,
    Span,
    predicted_spans,
    same_labels,
)
from casenlp.scoring.matching import Counts

#: Our name of an argument type -> (role, sub-argument) in PHEE and the label of its spans.
ARGUMENTS: Mapping[str, tuple[str, str | None, str]] = {
    "drug": ("Treatment", "Drug", "DRUG"),
    "dosage": ("Treatment", "Dosage", "DOSE"),
    "route": ("Treatment", "Route", "ROUTE"),
    "frequency": ("Treatment", "Freq", "FREQUENCY"),
    "duration": ("Treatment", "Duration", "DURATION"),
    "time elapsed": ("Treatment", "Time_elapsed", "LATENCY"),
    "disorder": ("Treatment", "Disorder", "DIAGNOSIS"),
    "effect": ("Effect", None, "FINDING"),
    "age": ("Subject", "Age", "AGE"),
    "gender": ("Subject", "Gender", "SEX"),
}
#: Argument type -> where our predictions hold it, in order of preference: the first source that gives anything
#: is taken. A source is a set of (table, part), or None for every mention of the argument's label.
#: "indication" is the mention whose words or concept are the row's indication; "exposure" is the time of a latency
#: that counts from a drug's start or increase: ours is one LATENCY, PHEE marks it as the Duration of treatment too.
PREDICTED: Mapping[str, tuple[tuple[tuple[str, str], ...] | None, ...]] = {
    "drug": ((("reactions", "drug"), ("latencies", "drug"), ("drugs", "drug")), None),
    "dosage": ((("drugs", "dose"),),),
    "route": ((("drugs", "route"),),),
    "frequency": ((("drugs", "frequency"),),),
    "duration": ((("drugs", "duration"), ("latencies", "exposure")),),
    "time elapsed": ((("latencies", "latency"),),),
    "disorder": ((("drugs", "indication"),),),
    "effect": ((("reactions", "event"), ("latencies", "event")),),
    "age": (None,),
    "gender": (None,),
}
#: Anchors of a latency through which the drug was taken.
EXPOSURE_ANCHORS = frozenset({"start", "increase"})
_JOINT = re.compile(r"[/-]")
_SCHEME = Scheme(
    labels=(
        *same_labels("DRUG", "DOSE", "ROUTE", "FREQUENCY", "DURATION", "LATENCY"),
        JOINT_RULE,
        *same_labels("AGE", "SEX"),
    ),
    relations=("drug-dose", "drug-route", "drug-event", "drug-event-time"),
    arguments=tuple(ARGUMENTS),
)


def phee_arguments(prediction: Prediction) -> dict[str, list[str]]:
    """What a predicted document says for each argument type: texts in source order, each place once."""
    spans = predicted_spans(prediction)
    mentions = {span.id: span for span in spans}
    out: dict[str, list[str]] = {}
    for name, sources in PREDICTED.items():
        found: dict[Any, Span] = {}
        for source in sources:
            if source is None:
                found = {m.pieces: m for m in spans if m.label == ARGUMENTS[name][2]}
            else:
                for table, part in source:
                    for row in prediction.get(table) or ():
                        for span in _part_spans(row, part, prediction, mentions):
                            found[span.pieces] = span
            if found:
                break
        out[name] = [span.text for span in sorted(found.values(), key=lambda s: s.pieces)]
    combined, routes = _combinations(prediction), _routes_in_names(prediction)
    out["drug"] = [part for text in out["drug"] for part in combined.get(text, (routes.get(text, text),))]
    return out


def _routes_in_names(prediction: Prediction) -> dict[str, str]:
    """Words of a class whose usual name holds its route -> the rest: PHEE parts "oral" and "anticoagulant"."""
    found: dict[str, str] = {}
    for row in prediction.get("drugs") or ():
        text, route = str(row.get("drug_text") or ""), str(row.get("route") or "")
        if _holds_route(row):
            found[text] = text[len(route) :].lstrip()
    return found


def _holds_route(row: Mapping[str, Any]) -> bool:
    text, route = str(row.get("drug_text") or "").casefold(), str(row.get("route") or "").casefold()
    return bool(route) and not row.get("route_mention") and text.startswith(f"{route} ")


def _combinations(prediction: Prediction) -> dict[str, tuple[str, ...]]:
    """Words of a fixed combination -> its substances: one DRUG with us, an argument each in PHEE."""
    found: dict[str, tuple[str, ...]] = {}
    for mention in prediction.get("mentions") or ():
        concept = mention.get("concept") or {}
        parts = tuple(_JOINT.split(str(mention.get("text") or "")))
        joined = not concept.get("code") and len(_JOINT.split(str(concept.get("name") or ""))) == len(parts) > 1
        if mention["label"] == "DRUG" and joined:
            found[mention["text"]] = parts
    return found


def _part_spans(
    row: Mapping[str, Any], part: str, prediction: Prediction, mentions: Mapping[str, Span]
) -> Iterator[Span]:
    if part == "exposure":
        if row.get("anchor") in EXPOSURE_ANCHORS and row.get("latency_mention") in mentions:
            yield mentions[str(row["latency_mention"])]
        return
    if part != "indication":
        mention = mentions.get(row.get(f"{part}_mention") or "")
        drug = mentions.get(row.get("drug_mention") or "")
        if mention is None and part == "route" and drug is not None and _holds_route(row):
            end = drug.start + len(str(row["route"]))
            mention = Span("ROUTE", ((drug.start, end),), drug.text[: end - drug.start])
        if mention is not None:
            yield mention
            return
        for item in row.get("evidence") or ():  # a drug named only within a disease has no mention
            if item.get("field") == part:
                yield Span("", ((item["start"], item["end"]),), str(item.get("text") or ""))
                return
        return
    wanted = str(row.get("indication") or "").casefold()
    for mention in prediction.get("mentions") or ():
        names = {
            str(mention.get("text") or "").casefold(),
            str((mention.get("concept") or {}).get("name", "")).casefold(),
        }
        if wanted and mention["label"] in ("DIAGNOSIS", "FINDING") and wanted in names:
            yield mentions[str(mention["id"])]
            return


def normalize_answer(text: str) -> str:
    """Lower case without punctuation, articles and surplus white space, as in SQuAD's evaluation."""
    bare = "".join(character for character in text.lower() if character not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def exact_counts(gold: Sequence[str], predicted: Sequence[str]) -> Counts:
    """Counts of EM_F1 for one argument type and sentence: multisets of normalised texts."""
    return _multiset_counts(map(normalize_answer, gold), map(normalize_answer, predicted))


def token_counts(gold: Sequence[str], predicted: Sequence[str]) -> Counts:
    """Counts of token F1 for one argument type and sentence: the bag of tokens of all texts."""
    return _multiset_counts(normalize_answer(" ".join(gold)).split(), normalize_answer(" ".join(predicted)).split())


def _multiset_counts(gold: Any, predicted: Any) -> Counts:
    wanted, given = Counter(gold), Counter(predicted)
    tp = (wanted & given).total()
    return Counts(tp, given.total() - tp, wanted.total() - tp)


def read_phee(path: Path) -> GoldSet:
    """A PHEE file; the sentences of one abstract (id before the underscore) are one group."""
    golds: list[GoldDocument] = []
    notes: list[str] = []
    seen: set[str] = set()
    try:
        lines = path.read_bytes().decode("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"{path}: {error}; PHEE gold is one UTF-8 JSONL file") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            gold = _document(json.loads(line), place, notes)
        except json.JSONDecodeError as error:
            raise GoldError(f"{place}: no JSON ({error.msg}); expected one PHEE object a line") from error
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise GoldError(f"{place}: {type(error).__name__} {error}; expected a PHEE object") from error
        if gold.doc_id in seen:
            raise GoldError(f"{place}: id '{gold.doc_id}' stands twice; remove one")
        seen.add(gold.doc_id)
        golds.append(gold)
    return GoldSet("phee", _SCHEME, tuple(golds), str(path), tuple(notes))


def _document(data: Mapping[str, Any], place: str, notes: list[str]) -> GoldDocument:
    doc_id, text = str(data["id"]), str(data["context"])
    events = [event for annotation in data["annotations"] for event in annotation["events"]]
    spans: dict[tuple[str, tuple[tuple[int, int], ...]], Span] = {}
    arguments: dict[str, list[str]] = {name: [] for name in ARGUMENTS}
    relations: dict[tuple[Any, ...], Relation] = {}
    for event in events:
        parts: dict[str, list[Span]] = {}
        for name, (role, part, label) in ARGUMENTS.items():
            argument = event.get(role)
            if argument and part:
                argument = argument.get(part)
            parts[name] = []
            for texts, starts in zip(argument["text"], argument["start"], strict=True) if argument else ():
                pieces = sorted(_piece(text, w, s, place, notes) for w, s in zip(texts, starts, strict=True))
                span = Span(label, tuple(pieces), " ".join(text[a:b] for a, b in pieces))
                parts[name].append(span)
                spans.setdefault((label, span.pieces), span)
                # As published: each piece is an argument, and events of a sentence are added up.
                arguments[name] += [text[a:b] for a, b in pieces]
        for relation in _relations(event, parts):
            key = (relation.kind, *(frozenset(s.pieces for s in end) for end in relation.ends))
            relations.setdefault(key, relation)
    return GoldDocument(
        doc_id,
        text,
        tuple(sorted(spans.values(), key=lambda s: (s.pieces, s.label))),
        tuple(relations.values()),
        doc_id.split("_")[0],
        arguments={name: tuple(texts) for name, texts in arguments.items()},
    )


def _piece(text: str, words: str, start: int, place: str, notes: list[str]) -> tuple[int, int]:
    """Offsets of an argument's words; where the text differs there, those of the nearest place that has them."""
    if text[start : start + len(words)] == words and words:
        return start, start + len(words)
    found = [m.start() for m in re.finditer(re.escape(words), text)] if words else []
    if not found:
        raise GoldError(f"{place}: argument {words!r} at {start} does not stand in the sentence")
    nearest = min(found, key=lambda position: abs(position - start))
    notes.append(f"{place}: argument {words!r} said to be at {start} stands at {nearest}")
    return nearest, nearest + len(words)


def _relations(event: Mapping[str, Any], parts: Mapping[str, list[Span]]) -> Iterator[Relation]:
    """Rows of one event: each drug with each effect (and time), and each dose or route with any of the drugs."""
    drugs, effects = _same_words(parts["drug"]), _same_words(parts["effect"])
    any_drug = tuple(parts["drug"])
    for part, kind in (("dosage", "drug-dose"), ("route", "drug-route")):
        for span in parts[part]:
            if any_drug:
                yield Relation(kind, (any_drug, (span,)))
    if event["event_type"] != "Adverse_event":
        return
    for drug in drugs:
        for effect in effects:
            yield Relation("drug-event", (drug, effect))
            for time in parts["time elapsed"]:
                yield Relation("drug-event-time", (drug, effect, (time,)))


def _same_words(spans: Sequence[Span]) -> list[tuple[Span, ...]]:
    """Spans that say the same words as one end with several places."""
    ends: dict[str, list[Span]] = {}
    for span in spans:
        ends.setdefault(span.text.casefold(), []).append(span)
    return [tuple(end) for end in ends.values()]
