"""spaCy's entity ruler for very many phrases: its own pattern dicts, the same matches, at the speed of one pass; and
beside them, if asked for, our rules with their guards (`casenlp.pipeline.rule_spans`).

Phrases are found by a rolling hash over `doc.to_array`, one step a phrase length; a table says of each hash whether a
phrase ends or goes on there, so that little is left to look up. The arrays are memory-mapped when a pipeline is loaded.
A token pattern is tried only where one of its literal words stands. Of overlapping matches the longest stands, then
the first, then the pattern that was added first. Among matches as long as each other, a user's pattern is surer than
a rule of ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc, Span, Token

from casenlp.pipeline.resources import register
from casenlp.pipeline.rule_spans import RuleSpans, files_of, name_of, packed, unpacked, write_files
from casenlp.records import LABELS
from casenlp.rules import RuleSet

Match = tuple[int, int, int]
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_BUCKETS = 1 << 22
_GOES_ON, _ENDS = np.uint8(1), np.uint8(2)
_LOW_BITS = np.uint64(_BUCKETS - 1)
_ARRAYS: Mapping[str, Any] = {"hashes": np.uint64, "numbers": np.uint32, "table": np.uint8, "ends": np.uint64}
_TEXTS = {"ORTH": "orth", "TEXT": "orth", "LOWER": "lower"}
_FLAGS = frozenset(
    "IS_ALPHA IS_ASCII IS_DIGIT IS_LOWER IS_UPPER IS_TITLE IS_PUNCT IS_SPACE IS_STOP "
    "LIKE_NUM LIKE_URL LIKE_EMAIL".split()
)


class TokenRule:
    """A token pattern of fixed length whose words are literals or flags; found from its rarest literal on."""

    def __init__(self, number: int, tokens: Sequence[Mapping[str, Any]], strings: Any) -> None:
        self.number = number
        self.length = len(tokens)
        self._checks: list[list[tuple[str, Any]]] = []
        self.trigger: tuple[int, str, frozenset[int]] | None = None
        for at, token in enumerate(tokens):
            checks: list[tuple[str, Any]] = []
            for name, value in token.items():
                if name in _FLAGS:
                    checks.append((name.lower(), bool(value)))
                else:
                    words = frozenset(strings.add(w) for w in (value["IN"] if isinstance(value, dict) else [value]))
                    checks.append((_TEXTS[name], words))
                    if self.trigger is None or len(words) < len(self.trigger[2]):
                        self.trigger = at, _TEXTS[name], words
            self._checks.append(checks)

    def at(self, doc: Doc, position: int) -> Match | None:
        """The match whose trigger stands at a token, if all its other tokens fit."""
        assert self.trigger is not None
        start = position - self.trigger[0]
        end = start + self.length
        if start < 0 or end > len(doc):
            return None
        for i, checks in enumerate(self._checks, start):
            token: Token = doc[i]
            for name, wanted in checks:
                value = getattr(token, name)
                if (value not in wanted) if isinstance(wanted, frozenset) else (value != wanted):
                    return None
        return start, end, self.number


class PhraseRuler:
    """Marks entities by phrases and token patterns, as spaCy's EntityRuler does; `id` of a pattern is the span's id.

    `rules` names rules of ours that are read too, "" those that travel with casenlp (loaded with the first Doc); the id
    of such a span is the rule's, or the lexicon row's.
    """

    def __init__(
        self,
        nlp: Language,
        name: str,
        phrase_matcher_attr: str | None,
        overwrite_ents: bool,
        spans_key: str | None,
        rules: str | None = None,
    ) -> None:
        self.nlp = nlp
        self.name = name
        self.rules = rules
        self._rule_spans: RuleSpans | None = None
        self.overwrite = overwrite_ents
        self.spans_key = spans_key
        self.attr = (phrase_matcher_attr or "ORTH").upper()
        self._arrays: dict[str, NDArray[Any]] = {n: np.zeros(0, kind) for n, kind in _ARRAYS.items()}
        self._lines: bytes | memoryview = b""
        self._known: dict[int, tuple[int, int]] = {}
        self._tokens: list[int] = []
        self._compile_tokens()

    def __len__(self) -> int:
        return int(self._arrays["ends"].size)

    def __getstate__(self) -> dict[str, Any]:
        """For pickling, as by `nlp.pipe` with several processes: rules are loaded anew, by their name."""
        return {**self.__dict__, "_rule_spans": None, "_lines": bytes(self._lines)}

    @property
    def patterns(self) -> list[dict[str, Any]]:
        """The pattern dicts, in the order in which they were added."""
        return [self._pattern(number) for number in range(len(self))]

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels that the patterns and rules give."""
        return tuple(sorted({p["label"] for p in self.patterns} | set(LABELS if self.rules is not None else ())))

    def _pattern(self, number: int) -> dict[str, Any]:
        ends = self._arrays["ends"]
        low = int(ends[number - 1]) if number else 0
        pattern: dict[str, Any] = json.loads(bytes(self._lines[low : int(ends[number])]))
        return pattern

    def add_patterns(self, patterns: Iterable[Mapping[str, Any]]) -> None:
        """Add pattern dicts of spaCy's EntityRuler: label, pattern (a text or a list of token specs), perhaps id.

        Raises ValueError for a pattern that is neither.
        """
        stated = self.patterns + [dict(pattern) for pattern in patterns]
        for pattern in stated:
            if not isinstance(pattern.get("pattern"), str | list) or not isinstance(pattern.get("label"), str):
                raise ValueError(f"{pattern!r:.80}: a pattern has a label, and a text or a list of tokens as pattern")
        found: dict[int, int] = {}
        table = np.zeros(_BUCKETS, np.uint8)
        phrases = [(n, p["pattern"]) for n, p in enumerate(stated) if isinstance(p["pattern"], str)]
        docs = map(self.nlp.tokenizer, (text for _, text in phrases))
        for (number, _), doc in zip(phrases, docs, strict=True):
            total = 0
            for word in doc.to_array(self.attr).astype(np.uint64).tolist():
                table[total % _BUCKETS] |= _GOES_ON
                total = (total * int(_PRIME) + word) % (1 << 64)
            if len(doc):
                found.setdefault(total, number)
                table[total % _BUCKETS] |= _ENDS
        hashes = np.array(sorted(found), dtype=np.uint64)
        lines = [json.dumps(p, ensure_ascii=False).encode() + b"\n" for p in stated]
        self._arrays = {
            "hashes": hashes,
            "numbers": np.array([found[value] for value in hashes.tolist()], dtype=np.uint32),
            "table": table,
            "ends": np.cumsum([len(line) for line in lines], dtype=np.uint64),
        }
        self._lines = b"".join(lines)
        self._tokens = [n for n, p in enumerate(stated) if isinstance(p["pattern"], list)]
        self._compile_tokens()

    def add_rules(self, rules: RuleSet) -> None:
        """Read Docs with these rules, too: lexicons with their guards, token patterns and regular expressions."""
        self._set_rules(register(rules) or "")

    def _set_rules(self, name: str | None) -> None:
        self.rules = name
        self._rule_spans = None

    def _compile_tokens(self) -> None:
        """Part token patterns: those found from a literal word, and those that spaCy's Matcher has to read."""
        self._known = {}
        self._triggers: dict[str, dict[int, list[TokenRule]]] = {"orth": {}, "lower": {}}
        self._may_trigger = {kind: np.zeros(_BUCKETS, np.bool_) for kind in self._triggers}
        self._matcher = Matcher(self.nlp.vocab)
        for number in self._tokens:
            pattern = self._pattern(number)["pattern"]
            rules = [TokenRule(number, fixed, self.nlp.vocab.strings) for fixed in _fixed_lengths(pattern)]
            if rules and all(rule.trigger for rule in rules):
                for rule in rules:
                    _, kind, words = rule.trigger or (0, "orth", frozenset())
                    for word in words:
                        self._triggers[kind].setdefault(word, []).append(rule)
                        self._may_trigger[kind][word % _BUCKETS] = True
            else:
                self._matcher.add(str(number), [pattern])

    def __call__(self, doc: Doc) -> Doc:
        """Set `doc.ents`, and `doc.spans` under spans_key, to what stands."""
        old = doc.ents if doc.to_array("ENT_TYPE").any() else ()
        typed = () if self.overwrite else [(e.start, e.end) for e in old]
        matches = self.match(doc)
        if self.rules is not None:
            matches = self._with_rules(doc, matches)
        spans = self._spans(doc, matches, typed)
        if self.spans_key is not None:
            doc.spans[self.spans_key] = spans
        if not old:
            doc.set_ents(spans, default="unmodified")
        elif spans:
            kept = [e for e in old if not any(e.start < s.end and s.start < e.end for s in spans)]
            doc.set_ents([*kept, *spans])
        return doc

    def match(self, doc: Doc) -> list[Match]:
        """(first token, end token, number) of every match of a pattern, those that stand first before the others."""
        found = [*self._phrases(doc), *self._token_matches(doc)]
        found.sort(key=lambda m: (m[0] - m[1], m[0], m[2]))
        return found

    def _with_rules(self, doc: Doc, matches: list[Match]) -> list[Match]:
        """The matches with what rules find, whose numbers follow those of the patterns, in the same order."""
        if self._rule_spans is None:
            self._rule_spans = RuleSpans(self.nlp, self.rules or "")
        count = len(self)
        add = self.nlp.vocab.strings.add
        found = self._rule_spans.find(doc)
        for number, (start, end, label, identity) in enumerate(found, count):
            self._known[number] = add(label), add(identity)
            matches.append((start, end, number))
        matches.sort(key=lambda m: (m[0] - m[1], m[2] >= count, m[0], m[2]))
        return matches

    def _spans(self, doc: Doc, matches: Iterable[Match], typed: Sequence[tuple[int, int]]) -> list[Span]:
        """The matches that stand, outside what has a type, as spans in order of the text."""
        taken = bytearray(len(doc))
        chosen = []
        for start, end, number in matches:
            if taken[start] or taken[end - 1] or any(a < end and start < b for a, b in typed):
                continue
            taken[start:end] = b"\1" * (end - start)
            chosen.append((start, end, number))
        chosen.sort()
        spans = []
        for start, end, number in chosen:
            known = self._known.get(number)
            if known is None:
                pattern = self._pattern(number)
                add = self.nlp.vocab.strings.add
                known = self._known[number] = add(pattern["label"]), add(pattern["id"]) if pattern.get("id") else 0
            spans.append(Span(doc, start, end, label=known[0], span_id=known[1]))
        return spans

    def _phrases(self, doc: Doc) -> Iterator[Match]:
        hashes = self._arrays["hashes"]
        if not hashes.size or not len(doc):
            return
        table, numbers = self._arrays["table"], self._arrays["numbers"]
        words = doc.to_array(self.attr).astype(np.uint64, copy=False)
        starts, length = np.arange(words.size), 1
        rolling: NDArray[Any] = words
        while True:
            known = table[rolling & _LOW_BITS]
            ending = np.flatnonzero(known & _ENDS)
            if ending.size:
                at = np.searchsorted(hashes, rolling[ending])
                at[at == hashes.size] = 0
                sure = hashes[at] == rolling[ending]
                for start, number in zip(starts[ending[sure]].tolist(), numbers[at[sure]].tolist(), strict=True):
                    yield start, start + length, number
            alive = np.flatnonzero(known & _GOES_ON)
            starts = starts[alive]
            inside = np.searchsorted(starts, words.size - length)  # starts are in order
            if not inside:
                return
            starts, alive = starts[:inside], alive[:inside]
            rolling = rolling[alive] * _PRIME + words[starts + length]
            length += 1

    def _token_matches(self, doc: Doc) -> Iterator[Match]:
        seen: set[Match] = set()
        for kind, triggers in self._triggers.items():
            if triggers and len(doc):
                words: NDArray[Any] = doc.to_array(kind.upper())
                for position in np.nonzero(self._may_trigger[kind][words & _LOW_BITS])[0].tolist():
                    for rule in triggers.get(int(words[position]), ()):
                        match = rule.at(doc, position)
                        if match is not None and match not in seen:
                            seen.add(match)
                            yield match
        if len(self._matcher):
            strings = self.nlp.vocab.strings
            for name, start, end in self._matcher(doc):
                if start < end:
                    yield start, end, int(strings[name])

    def to_bytes(self, *, exclude: Sequence[str] = ()) -> bytes:
        """Everything, as bytes."""
        sizes = {name: self._arrays[name].size for name in _ARRAYS}
        rules = packed(files_of(self.rules)) if self.rules else b""
        head = json.dumps({**self._settings(), "sizes": sizes, "packed": len(rules)}).encode()
        parts = [*(self._arrays[name].tobytes() for name in _ARRAYS), rules]
        return len(head).to_bytes(8, "little") + b"".join([head, *parts, bytes(self._lines)])

    def from_bytes(self, data: bytes, *, exclude: Sequence[str] = ()) -> PhraseRuler:
        """Take up what `to_bytes` gave."""
        begin = 8 + int.from_bytes(data[:8], "little")
        settings = json.loads(data[8:begin])
        for name, kind in _ARRAYS.items():
            count = settings["sizes"][name]
            self._arrays[name] = np.frombuffer(data, kind, count, begin)
            begin += count * np.dtype(kind).itemsize
        end = begin + settings["packed"]
        self._lines = memoryview(data)[end:]
        self._take(settings, unpacked(data[begin:end]))
        return self

    def to_disk(self, path: str | Path, *, exclude: Sequence[str] = ()) -> None:
        """Write a folder: arrays, the patterns as JSON Lines, the settings, and rules that are not casenlp's own."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", self._arrays[name])
        (folder / "patterns.jsonl").write_bytes(bytes(self._lines))
        (folder / "settings.json").write_text(json.dumps(self._settings()), encoding="utf-8")
        write_files(files_of(self.rules) if self.rules else {}, folder)

    def from_disk(self, path: str | Path, *, exclude: Sequence[str] = ()) -> PhraseRuler:
        """Read what `to_disk` wrote; the arrays are memory-mapped."""
        folder = Path(path)
        for name in _ARRAYS:
            self._arrays[name] = np.load(folder / f"{name}.npy", mmap_mode="r").view(np.ndarray)
        self._lines = (folder / "patterns.jsonl").read_bytes()
        self._take(json.loads((folder / "settings.json").read_text(encoding="utf-8")), name_of(folder))
        return self

    def _settings(self) -> dict[str, Any]:
        return {
            "attr": self.attr,
            "overwrite": self.overwrite,
            "spans_key": self.spans_key,
            "tokens": self._tokens,
            "rules": self.rules is not None,
        }

    def _take(self, settings: Mapping[str, Any], rules: str) -> None:
        self.attr, self.overwrite = settings["attr"], settings["overwrite"]
        self.spans_key, self._tokens = settings["spans_key"], settings["tokens"]
        self._set_rules(rules if settings["rules"] else None)
        self._compile_tokens()


def _fixed_lengths(pattern: Sequence[Mapping[str, Any]]) -> list[list[dict[str, Any]]]:
    """The pattern as sequences of literal or flag tokens, one for each choice of its optional tokens.

    Empty when it has anything else in it, so that spaCy's Matcher has to read it.
    """
    choices: list[tuple[dict[str, Any] | None, ...]] = []
    for token in pattern:
        spec = {str(name).upper(): value for name, value in token.items()}
        op = spec.pop("OP", "1")
        if op not in ("1", "?") or not spec or not all(_is_simple(n, v) for n, v in spec.items()):
            return []
        choices.append((spec,) if op == "1" else (spec, None))
    if sum(len(choice) == 2 for choice in choices) > 4:
        return []
    return [fixed for chosen in product(*choices) if (fixed := [spec for spec in chosen if spec is not None])]


def _is_simple(name: str, value: object) -> bool:
    if name in _FLAGS:
        return isinstance(value, bool)
    if name not in _TEXTS:
        return False
    words = value["IN"] if isinstance(value, dict) and set(value) == {"IN"} else [value]
    return isinstance(words, list) and all(isinstance(word, str) for word in words)


@Language.factory(
    "casenlp_entity_ruler",
    assigns=["doc.ents", "token.ent_type", "token.ent_iob"],
    default_config={"phrase_matcher_attr": None, "overwrite_ents": False, "spans_key": None, "rules": None},
)
def make_entity_ruler(
    nlp: Language,
    name: str,
    phrase_matcher_attr: str | None,
    overwrite_ents: bool,
    spans_key: str | None,
    rules: str | None,
) -> PhraseRuler:
    """Factory; `rules` is a rules folder whose rules are read too, or "" for those that travel with casenlp."""
    return PhraseRuler(nlp, name, phrase_matcher_attr, overwrite_ents, spans_key, rules)
