"""The schema: what the contract promises of mentions and rows holds for every table."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from casenlp.documents import SourceDocument
from casenlp.records import (
    LABELS,
    TABLES,
    Concept,
    Extraction,
    Mention,
    Row,
    as_dict,
    column_types,
    columns,
    describe_columns,
    json_schema,
    tables,
)
from stub_extractor import StubExtractor

#: The columns that RECORDS.md promises, by table, beyond the common ones.
PROMISED = {
    "cases": "age_value age_unit age_years sex",
    "drugs": (
        "drug_text drug_name drug_code drug_vocabulary dose_text dose_value dose_value_high dose_unit "
        "dose_per route frequency_text frequency_per_day duration_text duration_days indication action role "
        "drug_mention dose_mention route_mention frequency_mention duration_mention"
    ),
    "labs": (
        "test_text test_name loinc category value_text comparator value value_high unit_text unit flag "
        "reference_low reference_high date_text warning test_mention value_mention"
    ),
    "latencies": (
        "drug_text drug_name event_text latency_text comparator value value_high unit days days_high anchor "
        "statistic drug_mention event_mention latency_mention"
    ),
    "diagnoses": (
        "diagnosis_text diagnosis_name mesh icd10cm hpo status temporality severity final duration_text "
        "relative negated diagnosis_mention"
    ),
    "reactions": (
        "drug_text drug_name event_text event_name dechallenge rechallenge outcome causality_text "
        "drug_mention event_mention"
    ),
}
COMMON = "doc_id case_id row_id subject section sentence_start sentence_end rule"
MENTION = "id label start end text negated uncertain temporality subject section concept rule ended"


def extraction() -> Extraction:
    return StubExtractor().extract(SourceDocument("a", "DRUG µ TEST"))


@pytest.mark.parametrize("table", TABLES)
def test_promised_columns_are_there(table: str) -> None:
    assert set(f"{COMMON} {PROMISED[table]}".split()) <= set(columns(table))
    assert len(columns(table)) == len(set(columns(table)))


@pytest.mark.parametrize("table", TABLES)
def test_columns_are_every_field_once(table: str) -> None:
    assert sorted(columns(table)) == sorted(f.name for f in dataclasses.fields(TABLES[table]))
    assert columns(table)[:3] == ("doc_id", "case_id", "row_id")
    assert columns(table)[-1] == "evidence"


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_documented_and_typed(table: str) -> None:
    described = list(describe_columns(table))
    assert [(name, kind) for name, kind, _, _ in described] == list(column_types(table))
    assert {kind for _, kind, _, _ in described} <= {"str", "int", "float", "bool", "list"}
    assert all(doc and not doc.endswith(".") for _, _, doc, _ in described)


@pytest.mark.parametrize("table", TABLES)
def test_rows_are_frozen_and_have_defaults(table: str) -> None:
    row = TABLES[table]()
    assert tuple(as_dict(row)) == columns(table)
    with pytest.raises(dataclasses.FrozenInstanceError):
        row.doc_id = "b"


def test_a_document_is_the_contracts_object() -> None:
    document = extraction().to_dict()
    assert list(document) == ["doc_id", "mentions", *TABLES]
    assert [list(m) for m in document["mentions"]] == [MENTION.split()] * 2
    assert document["mentions"][0]["concept"] == {"name": "drug", "vocabulary": "", "code": ""}
    assert json.loads(json.dumps(document, ensure_ascii=False)) == document


def conforms(value: Any, schema: dict[str, Any]) -> bool:
    """A check of the parts of JSON Schema that ours uses."""
    if "enum" in schema and value not in schema["enum"]:
        return False
    kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}
    kinds |= {"array": list, "object": dict}
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    if names and not any(isinstance(value, kinds[name]) for name in names):
        return False
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        return set(schema["required"]) <= set(value) and all(conforms(v, known[k]) for k, v in value.items())
    return not isinstance(value, list) or "items" not in schema or all(conforms(v, schema["items"]) for v in value)


def test_output_conforms_to_the_schema() -> None:
    document = extraction().to_dict()
    assert conforms(document, json_schema())
    document["drugs"][0]["action"] = "eaten"
    assert not conforms(document, json_schema())


def test_mentions_are_labelled_from_the_list() -> None:
    assert json_schema()["properties"]["mentions"]["items"]["properties"]["label"] == {"enum": list(LABELS)}
    assert as_dict(Mention("m1", "DRUG", 0, 4, "DRUG", concept=Concept("x")))["concept"]["name"] == "x"


def test_frames_are_typed_even_when_empty() -> None:
    for frames in (Extraction("a").tables(), extraction().tables(), tables([])):
        assert {name: tuple(frame.columns) for name, frame in frames.items()} == {t: columns(t) for t in TABLES}
        assert str(frames["drugs"].dtypes["dose_value"]) == "Float64"
        assert str(frames["drugs"].dtypes["sentence_start"]) == "Int64"
        assert str(frames["diagnoses"].dtypes["final"]) == "boolean"
    assert extraction().tables()["drugs"]["dose_value"].tolist() == [400.0]


def test_rows_of_a_table_that_is_none() -> None:
    with pytest.raises(KeyError):
        extraction().rows("lab")


def test_rows_share_the_common_columns() -> None:
    common = {f.name for f in dataclasses.fields(Row)}
    assert all(common <= set(columns(table)) for table in TABLES)


def test_rows_of_a_class_of_ones_own_are_dicts_too() -> None:
    fields: list[Any] = [("ward", str, ""), ("seen", tuple[Concept, ...], ())]  # types, where our own fields have texts
    kind: Any = dataclasses.make_dataclass("WardRow", fields, bases=(TABLES["labs"],), frozen=True, slots=True)
    row = kind(doc_id="d", ward="5b", seen=(Concept("fever"),))
    told = as_dict(row)
    assert (told["doc_id"], told["ward"], told["seen"][0]["name"]) == ("d", "5b", "fever")
