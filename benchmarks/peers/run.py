"""One peer in its own environment: build its pipeline, read the texts, print the figures as JSON.

    python run.py PEER DATA.json      DATA has "phrases" ([text, label, id]), "patterns" (token patterns) and "texts"

Run by benchmarks/peers.py; imports nothing of casenlp unless the peer is casenlp.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Data = dict[str, Any]


def casenlp(data: Data) -> Callable[[str], object]:
    """Our whole pipeline, text to rows."""
    from casenlp import SourceDocument, load

    extractor = load()
    return lambda text: extractor.extract(SourceDocument("a", text))


def medspacy(data: Data) -> Callable[[str], object]:
    """PyRuSH, target matcher, context, sectionizer."""
    import medspacy as library
    from medspacy.ner import TargetRule

    nlp = library.load(medspacy_enable=["medspacy_pyrush", "medspacy_target_matcher", "medspacy_context"])
    nlp.get_pipe("medspacy_target_matcher").add([TargetRule(text, label) for text, label, _ in data["phrases"]])
    nlp.add_pipe("medspacy_sectionizer")
    return nlp


def edsnlp(data: Data) -> Callable[[str], object]:
    """Normalizer, sentences, matcher, negation, hypothesis, family, quantities."""
    import edsnlp as library

    nlp = library.blank("eds")
    terms: dict[str, list[str]] = {}
    for text, label, _ in data["phrases"]:
        terms.setdefault(label, []).append(text)
    for name in ("eds.normalizer", "eds.sentences"):
        nlp.add_pipe(name)
    nlp.add_pipe("eds.matcher", config={"terms": terms, "attr": "LOWER"})
    for name in ("eds.negation", "eds.hypothesis", "eds.family", "eds.quantities"):
        nlp.add_pipe(name)
    return nlp


def newcomer(data: Data, with_ids: bool = False) -> Callable[[str], object]:
    """What a newcomer to spaCy writes: sentencizer, EntityRuler, negspaCy."""
    import negspacy.negation  # noqa: F401  registers the factory
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    phrases = (
        {"label": label, "pattern": text, **({"id": id_} if with_ids else {})} for text, label, id_ in data["phrases"]
    )
    ruler.add_patterns([*phrases, *data["patterns"]])
    nlp.add_pipe("negex")
    return nlp


def newcomer_with_ids(data: Data) -> Callable[[str], object]:
    """The same with the id of each phrase, without which nobody knows what concept was found."""
    return newcomer(data, with_ids=True)


def peak_memory() -> float:
    """The most memory this program held, in MB; on Linux without that of the process it was made by."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure one peer: start in wall seconds, reading in processor seconds, first and second round."""
    peer, path = sys.argv[1:]
    data: Data = json.loads(Path(path).read_text(encoding="utf-8"))
    begin = time.perf_counter()
    peers = (casenlp, medspacy, edsnlp, newcomer, newcomer_with_ids)
    read = {make.__name__: make for make in peers}[peer](data)
    read(data["texts"][0])
    start = time.perf_counter() - begin
    texts = data["texts"]
    data.clear()  # else the collector goes through all phrases while texts are read
    gc.collect()
    rounds = []
    for _ in range(2):
        begin = time.process_time()
        for text in texts:
            read(text)
        rounds.append(time.process_time() - begin)
    print(json.dumps({"start": start, "first": rounds[0], "second": rounds[1], "memory": peak_memory()}))


if __name__ == "__main__":
    main()
