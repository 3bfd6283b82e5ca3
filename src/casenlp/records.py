"""What comes out of casenlp: mentions and the rows of six tables.

This module is the only schema. CSV headers, the JSON Schema, the gold format and the column tables in
the documentation are all made from these classes. Offsets are half-open counts of Unicode code points
in the source text as it was given.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from casenlp.freezing import late

if TYPE_CHECKING:
    import pandas as pd

#: Labels of mentions, in the order in which documentation lists them.
LABELS = (
    "DRUG",
    "DOSE",
    "ROUTE",
    "FREQUENCY",
    "DURATION",
    "LAB_TEST",
    "LAB_VALUE",
    "LATENCY",
    "DIAGNOSIS",
    "FINDING",
    "AGE",
    "SEX",
    "DATE",
)
SUBJECTS = ("patient", "family", "literature", "other")
TEMPORALITIES = ("current", "historical", "hypothetical")
ACTIONS = ("started", "increased", "reduced", "discontinued", "restarted", "switched", "continued")
ROLES = ("suspect", "concomitant", "treatment")
FLAGS = ("high", "low", "normal", "positive", "negative", "abnormal", "mild", "moderate", "severe")
CATEGORIES = ("laboratory", "vital", "score", "other")
ANCHORS = ("start", "dose", "increase", "stop", "rechallenge")
STATISTICS = ("individual", "mean", "median", "range")
STATUSES = ("confirmed", "suspected", "ruled_out")


def _column(doc: str, default: Any = None, **constraint: Any) -> Any:
    """A column: its documentation, its default, and `choices` where the values are closed."""
    return field(default=default, metadata={"doc": doc, **constraint})


@dataclass(frozen=True, slots=True)
class Concept:
    """An entry of a vocabulary: canonical name, the vocabulary that holds it, and its code there."""

    name: str
    vocabulary: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """Words of the source that name one thing; `source[start:end] == text`."""

    id: str
    label: str
    start: int
    end: int
    text: str
    negated: bool = False
    uncertain: bool = False
    temporality: str = "current"
    subject: str = "patient"
    section: str | None = None
    concept: Concept | None = None
    rule: str = ""
    #: said to be over at that point: a finding that resolved, a drug that was stopped
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """One place that supports one field of a row, quoted: `source[start:end] == text`.

    `page` (from 1) and `box` (left, bottom, right, top in points) lead into a PDF, `xpath` into XML or HTML; all three
    are of the block of the source that holds the words, and None where the source has no such places.
    """

    field: str
    start: int
    end: int
    text: str
    rule: str
    section: str | None = None
    sentence_start: int | None = None
    sentence_end: int | None = None
    page: int | None = None
    box: tuple[float, float, float, float] | None = None
    xpath: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Columns that every table has."""

    doc_id: str = _column("document the row was read from", "")
    case_id: str = _column("patient within the document, counted from 1", "1")
    row_id: str = _column("name of the row within the document, e.g. drugs.1; stable for equal input", "")
    subject: str = _column("whom the fact is about", "patient", choices=SUBJECTS)
    section: str | None = _column("section of the report in which it is first said")
    sentence_start: int | None = _column("start of the sentence in which it is first said (code points)")
    sentence_end: int | None = _column("end of that sentence (code points, exclusive)")
    rule: str = _column("rule that linked the row's parts", "")
    evidence: tuple[Evidence, ...] = _column("every place that states the row, field by field", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow(Row):
    """A patient."""

    age_value: float | None = _column("age as written")
    age_unit: str | None = _column("unit of the age: hour, day, week, month or year")
    age_years: float | None = _column("age in years")
    sex: str | None = _column("sex of the patient", choices=("male", "female"))
    age_mention: str | None = _column("mention of the age")
    sex_mention: str | None = _column("mention that tells the sex")
    title: str | None = _column("title of the article, where the source tells")
    journal: str | None = _column("journal of the article")
    year: int | None = _column("year of publication")
    doi: str | None = _column("DOI of the article")
    pmid: str | None = _column("PubMed number of the article")
    pmcid: str | None = _column("PubMed Central number of the article")
    authors: str | None = _column("authors of the article, split by semicolons")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrugRow(Row):
    """One exposure: a drug at one dose."""

    drug_text: str = _column("drug as written", "")
    drug_name: str = _column("canonical (generic or class) name", "")
    drug_code: str | None = _column("code of the drug in drug_vocabulary")
    drug_vocabulary: str | None = _column("vocabulary of drug_code")
    dose_text: str | None = _column("dose as written")
    dose_value: float | None = _column("dose, or its lower bound")
    dose_value_high: float | None = _column("upper bound of a range of doses")
    dose_unit: str | None = _column("unit of the dose (UCUM), without the per-time part")
    dose_per: str | None = _column("time part of the dose unit: min, hour, day, week, month, dose or cycle")
    route: str | None = _column("route of administration, canonical adjective")
    frequency_text: str | None = _column("frequency as written")
    frequency_per_day: float | None = _column("administrations per day")
    duration_text: str | None = _column("duration of treatment as written")
    duration_days: float | None = _column("duration of treatment in days")
    indication: str | None = _column("disease or finding the drug was given for")
    action: str | None = _column("what was done with the exposure, the last thing said", choices=ACTIONS)
    role: str | None = _column("part the drug plays in the report", choices=ROLES)
    drug_mention: str | None = _column("mention of the drug")
    dose_mention: str | None = _column("mention of the dose")
    route_mention: str | None = _column("mention of the route")
    frequency_mention: str | None = _column("mention of the frequency")
    duration_mention: str | None = _column("mention of the duration")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabRow(Row):
    """One result of one test."""

    test_text: str = _column("test as written", "")
    test_name: str = _column("canonical name of the test", "")
    loinc: str | None = _column("LOINC code of the test")
    category: str | None = _column("kind of test", choices=CATEGORIES)
    value_text: str | None = _column("result as written")
    comparator: str | None = _column("comparator of the value", choices=("<", "<=", ">", ">=", "~"))
    value: float | None = _column("numeric result, or its lower bound")
    value_high: float | None = _column("upper bound of a range")
    unit_text: str | None = _column("unit as written")
    unit: str | None = _column("unit of the value (UCUM)")
    flag: str | None = _column("interpretation the report states or the test's bands give", choices=FLAGS)
    reference_low: float | None = _column("lower reference limit stated by the report")
    reference_high: float | None = _column("upper reference limit stated by the report")
    date_text: str | None = _column("when it was measured, as written")
    warning: str | None = _column("why the value is implausible, if it is")
    test_mention: str | None = _column("mention of the test")
    value_mention: str | None = _column("mention of the result")


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyRow(Row):
    """One time from a drug to an event."""

    drug_text: str | None = _column("drug as written")
    drug_name: str | None = _column("canonical name of the drug")
    event_text: str | None = _column("event as written")
    latency_text: str = _column("time as written", "")
    comparator: str | None = _column("comparator of the value", choices=("<", "<=", ">", ">=", "~"))
    value: float | None = _column("time as written, or its lower bound")
    value_high: float | None = _column("upper bound of a range")
    unit: str | None = _column("unit of the time: second, minute, hour, day, week, month, year, cycle or dose")
    days: float | None = _column("time in days")
    days_high: float | None = _column("upper bound in days")
    anchor: str | None = _column("what the time counts from", choices=ANCHORS)
    statistic: str = _column("individual time, or a statistic of a cohort", "individual", choices=STATISTICS)
    drug_mention: str | None = _column("mention of the drug")
    event_mention: str | None = _column("mention of the event")
    latency_mention: str | None = _column("mention of the time")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisRow(Row):
    """One disease of one person."""

    diagnosis_text: str = _column("disease as written", "")
    diagnosis_name: str = _column("canonical name of the disease", "")
    mesh: str | None = _column("MeSH identifier")
    icd10cm: str | None = _column("ICD-10-CM code")
    hpo: str | None = _column("Human Phenotype Ontology term")
    status: str | None = _column("how sure the report is", choices=STATUSES)
    temporality: str | None = _column("current or past", choices=("current", "historical"))
    severity: str | None = _column("severity as stated, lower case")
    final: bool = _column("whether it is the final diagnosis of the report", False)
    duration_text: str | None = _column("how long the disease had lasted, as written")
    relative: str | None = _column("which relative has it, when subject is family")
    negated: bool = _column("whether the disease is said to be absent", False)
    diagnosis_mention: str | None = _column("mention of the disease")
    duration_mention: str | None = _column("mention of the duration")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionRow(Row):
    """One drug suspected of one event."""

    drug_text: str = _column("drug as written", "")
    drug_name: str = _column("canonical name of the drug", "")
    event_text: str = _column("event as written", "")
    event_name: str = _column("canonical name of the event", "")
    dechallenge: str | None = _column("what followed stopping the drug: resolved, improved, not improved")
    rechallenge: str | None = _column("what followed giving it again", choices=("positive", "negative"))
    outcome: str | None = _column("outcome: recovered, recovering, not recovered, fatal or sequelae")
    causality_text: str | None = _column("causality assessment as written")
    drug_mention: str | None = _column("mention of the drug")
    event_mention: str | None = _column("mention of the event")


#: Name of each table and the class of its rows, in output order.
TABLES: Mapping[str, type[Row]] = {
    "cases": CaseRow,
    "drugs": DrugRow,
    "labs": LabRow,
    "latencies": LatencyRow,
    "diagnoses": DiagnosisRow,
    "reactions": ReactionRow,
}


@dataclass(frozen=True, slots=True)
class Decision:
    """A choice that casenlp made on the way from text to rows, kept for `casenlp explain`.

    `outcome` is "kept", "rejected" or "repaired"; offsets are in the source.
    """

    start: int
    end: int
    text: str
    label: str
    rule: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that gave no extraction, with the one line that says why."""

    doc_id: str
    message: str


@late("decisions")  # many, and seldom read
@dataclass(frozen=True, slots=True)
class Extraction:
    """Everything read from one document: mentions in source order and the rows of six tables.

    `text` is the source text, for writers that show it; it is no part of the output's own form.
    """

    doc_id: str
    mentions: tuple[Mention, ...] = ()
    cases: tuple[CaseRow, ...] = ()
    drugs: tuple[DrugRow, ...] = ()
    labs: tuple[LabRow, ...] = ()
    latencies: tuple[LatencyRow, ...] = ()
    diagnoses: tuple[DiagnosisRow, ...] = ()
    reactions: tuple[ReactionRow, ...] = ()
    decisions: tuple[Decision, ...] = ()
    text: str | None = field(default=None, repr=False, compare=False)

    def rows(self, table: str) -> tuple[Row, ...]:
        """The rows of one table; KeyError for a name that is no table."""
        if table not in TABLES:
            raise KeyError(table)
        rows: tuple[Row, ...] = getattr(self, table)
        return rows

    def to_dict(self) -> dict[str, Any]:
        """The document as the JSON object that the contract describes (decisions left out)."""
        out: dict[str, Any] = {"doc_id": self.doc_id, "mentions": [as_dict(m) for m in self.mentions]}
        for table in TABLES:
            out[table] = [as_dict(row) for row in self.rows(table)]
        return out

    def tables(self) -> dict[str, pd.DataFrame]:
        """One DataFrame a table, typed, with every column even when the table is empty."""
        return tables([self])


@cache
def columns(table: str) -> tuple[str, ...]:
    """Column names of a table in output order, evidence last."""
    names = [f.name for f in dataclasses.fields(TABLES[table])]
    common = {f.name for f in dataclasses.fields(Row)}
    lead = ["doc_id", "case_id", "row_id", "subject"]
    tail = ["section", "sentence_start", "sentence_end", "rule", "evidence"]
    return tuple(lead + [n for n in names if n not in common] + tail)


#: Class -> names of its fields in column order, the function that gets them all, and those that hold records or tuples.
_FORMS: dict[type, tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]], tuple[str, ...]]] = {}


def as_dict(record: Any) -> dict[str, Any]:
    """A record as a JSON-ready dict, in column order."""
    kind = type(record)
    if kind not in _FORMS:
        table = next((name for name, row in TABLES.items() if row is kind), None)
        names = columns(table) if table else tuple(f.name for f in dataclasses.fields(kind))
        types = {f.name: str(f.type) for f in dataclasses.fields(kind)}
        nested = tuple(name for name, type_ in types.items() if "tuple" in type_ or Concept.__name__ in type_)
        _FORMS[kind] = names, attrgetter(*names), nested
    names, values, nested = _FORMS[kind]
    out = dict(zip(names, values(record), strict=True))
    for name in nested:
        value = out[name]
        if isinstance(value, tuple):
            out[name] = [as_dict(item) if dataclasses.is_dataclass(item) else item for item in value]
        elif value is not None:
            out[name] = as_dict(value)
    return out


def tables(extractions: list[Extraction]) -> dict[str, pd.DataFrame]:
    """The six tables of several documents as DataFrames; nullable dtypes, evidence as a list of dicts."""
    import pandas as pd

    dtypes = {"str": "string", "int": "Int64", "float": "Float64", "bool": "boolean"}
    frames = {}
    for table in TABLES:
        kinds = dict(column_types(table))
        records = [as_dict(row) for extraction in extractions for row in extraction.rows(table)]
        frame = pd.DataFrame(records, columns=list(columns(table)))
        frames[table] = frame.astype({c: dtypes[k] for c, k in kinds.items() if k in dtypes})
    return frames


def column_types(table: str) -> Iterator[tuple[str, str]]:
    """(column, "str" | "int" | "float" | "bool" | "list") for each column of a table."""
    hints = get_type_hints(TABLES[table])
    for name in columns(table):
        hint = hints[name]
        options = [a for a in get_args(hint) if a is not type(None)] if type(None) in get_args(hint) else [hint]
        kind = options[0]
        yield name, kind.__name__ if kind in (str, int, float, bool) else "list"


def describe_columns(table: str) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """(column, type, documentation, closed values) for each column of a table."""
    metadata = {f.name: f.metadata for f in dataclasses.fields(TABLES[table])}
    for name, kind in column_types(table):
        yield name, kind, metadata[name]["doc"], tuple(metadata[name].get("choices", ()))


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one output line."""
    json_type = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "list": "array"}

    def properties(table: str) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for name, kind, doc, choices in describe_columns(table):
            nullable = type(None) in get_args(get_type_hints(TABLES[table])[name])
            schema: dict[str, Any] = {"type": [json_type[kind], "null"] if nullable else json_type[kind]}
            if choices:
                schema["enum"] = [*choices, None] if nullable else list(choices)
            out[name] = {**schema, "description": doc}
        return out

    mention: dict[str, Any] = {
        "id": {"type": "string"},
        "label": {"enum": list(LABELS)},
        "start": {"type": "integer", "minimum": 0},
        "end": {"type": "integer", "minimum": 0},
        "text": {"type": "string"},
        "negated": {"type": "boolean"},
        "uncertain": {"type": "boolean"},
        "temporality": {"enum": list(TEMPORALITIES)},
        "subject": {"enum": list(SUBJECTS)},
        "section": {"type": ["string", "null"]},
        "concept": {"type": ["object", "null"]},
        "rule": {"type": "string"},
        "ended": {"type": "boolean"},
    }

    def array(props: dict[str, Any]) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "object", "properties": props, "required": list(props)}}

    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "casenlp extraction",
        "type": "object",
        "properties": {
            "doc_id": {"type": "string"},
            "mentions": array(mention),
            **{table: array(properties(table)) for table in TABLES},
        },
        "required": ["doc_id", "mentions", *TABLES],
    }
