"""scispaCy's tokenizer rules, with a cache fit for long runs and a few more splits.

Added splits set items apart that scispaCy leaves in one token: a drug before "-induced", two names around a
slash, a number and the unit glued to it. The two settings that make it fast change no token (spaCy issue 13950).
"""

from __future__ import annotations

import warnings

from scispacy.custom_tokenizer import combined_rule_tokenizer
from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.util import compile_infix_regex

CACHE_SIZE = 1_000_000
_SPLITS = (
    r"(?<=[a-zα-ω][a-zα-ω])-(?=[a-z][a-z])",
    r"(?<=[^\W_])/(?=[^\W_])",
    r"(?<=[0-9])-(?=[A-Za-z])",
    r"(?<=[0-9])(?=[a-zA-Zμ%°/])",
)


def make_tokenizer(nlp: Language) -> Tokenizer:
    """A tokenizer for `nlp` after scispaCy's rules."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # scispaCy's own character classes hold "||"
        tokenizer = combined_rule_tokenizer(nlp)
    infixes = [*nlp.Defaults.infixes] if tokenizer.infix_finditer is None else []
    pattern = getattr(tokenizer.infix_finditer, "__self__", None)
    expressions = [pattern.pattern] if pattern is not None else infixes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        tokenizer.infix_finditer = compile_infix_regex([*expressions, *_SPLITS]).finditer
    tokenizer.rules = {key: value for key, value in (tokenizer.rules or {}).items() if not key.isspace()}
    tokenizer.max_cache_size = CACHE_SIZE
    return tokenizer
