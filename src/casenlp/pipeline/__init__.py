"""The components that read a text, in order: `components` for extraction, `build` as a pipeline of spaCy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casenlp.pipeline.abbreviations import Abbreviations
from casenlp.pipeline.annotations import Component
from casenlp.pipeline.context import Context
from casenlp.pipeline.exposures import ExposureAttachment
from casenlp.pipeline.grammar import Grammar
from casenlp.pipeline.rulers import FAMILIES, LexiconRuler, QuantityRuler, Resolver
from casenlp.pipeline.sections import Sectionizer
from casenlp.pipeline.sentences import SentenceSplitter
from casenlp.pipeline.shapes import is_word_pattern
from casenlp.pipeline.values import ValueAttachment
from casenlp.pipeline.words import WordSplitter
from casenlp.rules import RuleSet

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.vocab import Vocab


def components(rules: RuleSet, vocab: Vocab | None = None) -> list[tuple[str, Component]]:
    """All components with the names that they have in a pipeline.

    They read token patterns of one word only, unless some rule has others and the vocabulary of the Docs is given.
    """
    split = WordSplitter()
    if all(is_word_pattern(rule.tokens) for rule in rules.rules if rule.tokens):
        vocab = None
    return [
        ("casenlp_sentences", SentenceSplitter(dict(rules.sentence_settings))),
        ("casenlp_sections", Sectionizer(rules)),
        ("casenlp_abbreviations", Abbreviations(split)),
        *((f"casenlp_{family}_ruler", LexiconRuler(rules, family, split, vocab)) for family in FAMILIES),
        ("casenlp_quantities", QuantityRuler(rules)),
        ("casenlp_resolver", Resolver(rules)),
        ("casenlp_grammar", Grammar(rules)),
        ("casenlp_context", Context(rules)),
        ("casenlp_values", ValueAttachment(rules)),
        ("casenlp_exposures", ExposureAttachment(rules)),
    ]


def build(rules: RuleSet) -> Language:
    """A blank English pipeline with all components, in order, over the given rules."""
    from casenlp.pipeline.factories import build_nlp

    return build_nlp(rules)
