"""displaCy's form of entities: a page to look at, or the JSON that `displacy.render(…, manual=True)` takes.

Where mentions overlap the one that begins first is shown, and of those the longest. Source of the form:
https://spacy.io/usage/visualizers#manual-usage
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from casenlp.records import LABELS, Extraction
from casenlp.writers.annotated import text_of
from casenlp.writers.files import text_output

_PAGES = (".html", ".htm")
_BACKGROUNDS = (
    "#7aecec #bfeeb7 #bfe1d9 #c887fb #e4e7d2 #feca74 #ffeb80 #ff9561 #ff8197 #f0d0ff #ddd #cedffd #aa9cfc"
).split()
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>casenlp</title></head>
<body style="font-size: 16px; font-family: sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em">
"""


def write_displacy(extractions: Iterable[Extraction], out: Path | None, tables: Sequence[str]) -> None:
    """An HTML page at `out` when its suffix says so, a JSON list into `out` or to standard output otherwise."""
    page = out is not None and out.suffix.lower() in _PAGES
    with text_output(out) as stream:
        stream.write(_PAGE if page else "[")
        for number, extraction in enumerate(extractions):
            document = shown(extraction)
            if page:
                stream.write(_markup(document))
            else:
                stream.write((",\n" if number else "\n") + json.dumps(document, ensure_ascii=False))
        stream.write("</body>\n</html>\n" if page else "\n]\n")


def shown(extraction: Extraction) -> dict[str, Any]:
    """A document as displaCy takes it: text, ents that do not overlap, title."""
    ents: list[dict[str, Any]] = []
    for mention in sorted(extraction.mentions, key=lambda m: (m.start, -m.end)):
        if not ents or mention.start >= ents[-1]["end"]:
            ent = {"start": mention.start, "end": mention.end, "label": mention.label}
            if mention.concept and mention.concept.code:
                ent["kb_id"] = f"{mention.concept.vocabulary}:{mention.concept.code}"
            ents.append(ent)
    return {"text": text_of(extraction), "ents": ents, "title": extraction.doc_id}


def _markup(document: dict[str, Any]) -> str:
    from spacy import displacy

    colors = dict(zip(LABELS, _BACKGROUNDS, strict=True))
    safe = {  # displaCy escapes the text and nothing else
        "text": document["text"],
        "title": html.escape(document["title"]),
        "ents": [{k: html.escape(v) if isinstance(v, str) else v for k, v in ent.items()} for ent in document["ents"]],
    }
    markup: str = displacy.render(safe, style="ent", manual=True, page=False, jupyter=False, options={"colors": colors})
    return markup + "\n"
