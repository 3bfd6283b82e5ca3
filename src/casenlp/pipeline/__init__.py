"""The spaCy part: one factory a file, put together by `build`."""

from __future__ import annotations

from spacy.language import Language

from casenlp.pipeline import (  # noqa: F401  importing registers the factories
    abbreviations,
    context,
    entity_ruler,
    exposures,
    grammar,
    rulers,
    sections,
    sentences,
    spans,
    values,
)
from casenlp.pipeline.resources import register
from casenlp.pipeline.rulers import FAMILIES
from casenlp.pipeline.tokenizer import make_tokenizer
from casenlp.rules import RuleSet


def build(rules: RuleSet) -> Language:
    """A blank English pipeline with all components, in order, over the given rules."""
    from spacy.lang.en import English

    nlp = English(max_length=100_000_000, create_tokenizer=make_tokenizer)
    config = {"rules": register(rules)}
    nlp.add_pipe("casenlp_sentences", config=config)
    nlp.add_pipe("casenlp_sections", config=config)
    nlp.add_pipe("casenlp_abbreviations")
    for family in FAMILIES:
        nlp.add_pipe("casenlp_ruler", name=f"casenlp_{family}_ruler", config={"family": family, **config})
    nlp.add_pipe("casenlp_quantities", config=config)
    nlp.add_pipe("casenlp_resolver", config=config)
    nlp.add_pipe("casenlp_grammar", config=config)
    nlp.add_pipe("casenlp_context", config=config)
    nlp.add_pipe("casenlp_values", config=config)
    nlp.add_pipe("casenlp_exposures", config=config)
    nlp.add_pipe("casenlp_spans")
    return nlp
