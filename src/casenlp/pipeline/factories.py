"""spaCy's factories of all components: importing this module, or naming one in a config, registers them.

The components themselves know nothing of spaCy, so that extraction, which needs no Doc, need not import it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span

from casenlp.pipeline import entity_ruler, spans  # noqa: F401  importing registers their factories
from casenlp.pipeline.abbreviations import make_abbreviations
from casenlp.pipeline.context import make_context
from casenlp.pipeline.exposures import make_exposures
from casenlp.pipeline.grammar import make_grammar
from casenlp.pipeline.resources import register
from casenlp.pipeline.rulers import FAMILIES, make_quantities, make_resolver, make_ruler
from casenlp.pipeline.sections import make_sections
from casenlp.pipeline.sentences import make_sentences
from casenlp.pipeline.tokenizer import make_tokenizer
from casenlp.pipeline.values import make_values
from casenlp.rules import RuleSet

#: Name, function, what it sets, what it needs, default config.
_FACTORIES: tuple[tuple[str, Callable[..., Any], list[str], list[str], dict[str, Any]], ...] = (
    ("casenlp_sentences", make_sentences, ["token.is_sent_start", "doc.sents"], [], {"rules": None}),
    ("casenlp_sections", make_sections, ["doc.spans", "doc._.casenlp"], [], {"rules": None}),
    ("casenlp_abbreviations", make_abbreviations, ["doc._.abbreviations", "doc._.casenlp"], [], {}),
    ("casenlp_ruler", make_ruler, ["doc._.casenlp"], [], {"family": "drugs", "rules": None}),
    ("casenlp_quantities", make_quantities, ["doc._.casenlp"], [], {"rules": None}),
    ("casenlp_resolver", make_resolver, ["doc._.casenlp"], ["doc._.casenlp"], {"rules": None}),
    ("casenlp_grammar", make_grammar, ["doc._.casenlp"], ["doc.sents", "doc._.casenlp"], {"rules": None}),
    ("casenlp_context", make_context, ["doc._.casenlp"], ["doc.sents", "doc._.casenlp"], {"rules": None}),
    ("casenlp_values", make_values, ["doc._.casenlp"], ["doc.sents", "doc._.casenlp"], {"rules": None}),
    ("casenlp_exposures", make_exposures, ["doc._.casenlp"], ["doc.sents", "doc._.casenlp"], {"rules": None}),
)

for _name, _make, _assigns, _requires, _config in _FACTORIES:
    Language.factory(_name, assigns=_assigns, requires=_requires, default_config=_config, func=_make)
if not Doc.has_extension("casenlp"):
    Doc.set_extension("casenlp", default=None)
for _kind, _extension, _default in ((Doc, "abbreviations", []), (Span, "long_form", None)):  # as scispaCy names them
    if not _kind.has_extension(_extension):
        _kind.set_extension(_extension, default=_default)


def build_nlp(rules: RuleSet) -> Language:
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
