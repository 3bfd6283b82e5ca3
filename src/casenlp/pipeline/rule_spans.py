"""What our rules find in a Doc of any tokenizer, for the entity ruler; and a copy of these rules that travels with it.

Lexicons with their guards, numbers and units, and the regular expressions of rules/patterns are read by the same
components as in extraction, over the repaired text of the Doc, so that its entities are the mentions of extraction.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from casenlp.errors import RuleError
from casenlp.made_once import kept_at, let_go, was_used
from casenlp.own_lexicons import entry_of, own_lexicons
from casenlp.pipeline import components
from casenlp.pipeline.annotations import Annotations
from casenlp.pipeline.resources import register, rules_of
from casenlp.records import LABELS
from casenlp.repair import normalize
from casenlp.rules import default_folder, load_rules

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_RULES, _OWN, _CONFIG = "rules", "own", "casenlp.toml"
_STAMP = (1980, 1, 1, 0, 0, 0)  # of files in an archive: the same rules are the same bytes


class RuleSpans:
    """Reads Docs with the rules of a name (see `casenlp.pipeline.resources`); RuleError when there are none."""

    def __init__(self, nlp: Language, name: str) -> None:
        self._rules = rules_of(name or None)
        self._components = [component for _, component in components(self._rules, nlp.vocab)]
        self._make_doc = nlp.make_doc

    def find(self, doc: Doc) -> list[tuple[int, int, str, str]]:
        """(first token, end token, label, id of the rule or lexicon row) of what stands, in order of the text.

        What begins or ends inside a token takes the whole of it.
        """
        source = doc.text
        normalized = normalize(source, self._rules.layout)
        same = normalized.text == source
        known = Annotations(normalized.text, make_doc=self._make_doc, tokens=doc if same else None)
        for component in self._components:
            component.annotate(known)
        linked = _linked(known)
        found = []
        for item in known.items:
            label, identity = linked.get(id(item)) or (item.label, item.rule)
            if label is None or (item.values.get("orphan") and label in ("ROUTE", "FREQUENCY")):
                continue
            start, end = (item.start, item.end) if same else normalized.offsets.to_source(item.start, item.end)
            span = doc.char_span(start, end, alignment_mode="expand")
            if span is not None:
                found.append((span.start, span.end, label, identity))
        return found


def _linked(known: Annotations) -> dict[int, tuple[str, str]]:
    """(label, rule) of the items that are a mention only by a linking rule, which names its drug ("10 days after X").

    In extraction the linking of rows decides this, with more in view than one sentence.
    """
    linked: dict[int, tuple[str, str]] = {}
    for relation in known.relations:
        drug = relation.item("drug")
        if drug is None or drug.negated:
            continue
        for field in relation.rule.fields:
            item = relation.item(field)
            if field.upper() in LABELS and item is not None and item.label is None:
                linked.setdefault(id(item), (field.upper(), relation.rule.id))
    return linked


def files_of(name: str) -> dict[str, bytes]:
    """The files that make up the rules of a name, by path: a folder that is not ours, and a user's own lexicons."""
    folder, *lexicons = name.split("|")
    files: dict[str, bytes] = {}
    if folder:
        paths = [p for part in ("lexicons", "patterns") for p in sorted((Path(folder) / part).glob("*.t*"))]
        if not paths:
            raise RuleError(folder, "no such folder", "the rules folder that the entity ruler was given")
        files = {f"{_RULES}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in paths}
    own = own_lexicons([Path(path) for path in lexicons], default_folder() / "lexicons")
    entries = []
    for number, lexicon in enumerate(own):
        file = f"{number}-{lexicon.path.name}"
        files[f"{_OWN}/{file}"] = lexicon.path.read_bytes()
        entries.append(entry_of(lexicon, file))
    if entries:
        files[f"{_OWN}/{_CONFIG}"] = "\n".join(entries).encode()
    return files


def write_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write what `files_of` gave into a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def name_of(folder: Path) -> str:
    """The name of the rules that `write_files` wrote into a folder, read anew; "" when there are none."""
    rules, config = folder / _RULES, folder / _OWN / _CONFIG
    if not rules.is_dir() and not config.is_file():
        return ""
    return register(load_rules(rules if rules.is_dir() else None, [config] if config.is_file() else [])) or ""


def packed(files: Mapping[str, bytes]) -> bytes:
    """The files as one archive; nothing for none."""
    if not files:
        return b""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files.items():
            out.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def unpacked(archive: bytes) -> str:
    """The name of the rules in an archive, which are kept in the user's folder of caches; "" for no archive."""
    if not archive:
        return ""
    folder = kept_at("rules", hashlib.sha256(archive).hexdigest())
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            draft = Path(temporary) / "draft"
            with zipfile.ZipFile(io.BytesIO(archive)) as files:
                files.extractall(draft)
            try:
                draft.replace(folder)
            except OSError:  # unless another process has put it there meanwhile
                if not folder.is_dir():
                    raise
        let_go(folder)
    was_used(folder)
    return name_of(folder)
