"""scispaCy's tokenizer rules, with a cache fit for long runs and a few more splits.

Added splits set items apart that scispaCy leaves in one token: a drug before "-induced", two names around a
slash, a number and the unit glued to it. The two settings that make it fast change no token (spaCy issue 13950).
"""

from __future__ import annotations

import re
import warnings
from types import SimpleNamespace

from scispacy.consts import ABBREVIATIONS
from scispacy.custom_tokenizer import combined_rule_tokenizer
from spacy.language import Language
from spacy.symbols import ORTH
from spacy.tokenizer import Tokenizer
from spacy.util import registry

CACHE_SIZE = 1_000_000
_SPLITS = (
    r"(?<=[a-zα-ω][a-zα-ω])-(?=[a-z][a-z])",
    r"(?<=[^\W_])/(?=[^\W_])",
    r"(?<=[0-9])-(?=[A-Za-z])",
    r"(?<=[0-9])(?=[a-zA-Zμ%°/])",
)


def make_tokenizer(nlp: Language) -> Tokenizer:
    """A tokenizer for `nlp` after scispaCy's rules."""
    # scispaCy asks the pipeline for its exceptions and its vocabulary; asked with none, it builds its tokenizer in no
    # time, and the exceptions are added once, those for white space left out.
    asked = SimpleNamespace(
        vocab=nlp.vocab,
        Defaults=SimpleNamespace(tokenizer_exceptions={}),
        tokenizer=SimpleNamespace(token_match=nlp.Defaults.token_match),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # scispaCy's own character classes hold "||"
        model = combined_rule_tokenizer(asked)
        infix = re.compile("|".join([model.infix_finditer.__self__.pattern, *_SPLITS]))
    exceptions = {k: v for k, v in (nlp.Defaults.tokenizer_exceptions or {}).items() if not k.isspace()}
    exceptions.update({abbreviation: [{ORTH: abbreviation}] for abbreviation in ABBREVIATIONS})
    return Tokenizer(
        nlp.vocab,
        exceptions,
        prefix_search=model.prefix_search,
        suffix_search=model.suffix_search,
        infix_finditer=infix.finditer,
        token_match=model.token_match,
        max_cache_size=CACHE_SIZE,
    )


@registry.tokenizers("casenlp.Tokenizer.v1")  # type: ignore[untyped-decorator]  # catalogue has no types
def tokenizer_factory() -> object:
    """The tokenizer by name, for spaCy configs: `tokenizer = {"@tokenizers": "casenlp.Tokenizer.v1"}`."""
    return make_tokenizer
