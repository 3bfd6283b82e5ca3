"""The JSON of native/json_text.pyx is what json.dumps says of the same records, letter for letter."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from casenlp import record_json
from casenlp.documents import SourceDocument
from casenlp.extractor import load
from casenlp.record_json import evidence_json, extraction_json
from casenlp.records import TABLES, Concept, Evidence, Extraction, LabRow, Mention, as_dict

native = record_json.compiled_json
pytestmark = pytest.mark.skipif(native is None, reason="casenlp is not compiled here")

ROOT = Path(__file__).parents[1]

words = st.text(st.characters(), max_size=12) | st.text(
    '"\\\n\t\r\f\b\0\x1f\x7f\x80é\u2028\ud800\U0001d400 a', max_size=8
)
whole = st.integers() | st.sampled_from([0, -1, 2**31, 2**63 - 1, 2**63, -(2**63), 10**30])
parts = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0, 1e16, 1e-7, 0.1, 5e-324, 1e308])
boxes = st.none() | st.tuples(parts, parts, parts, parts)
proof = st.builds(
    Evidence, words, whole, whole, words, words, st.none() | words, whole, whole, st.none() | whole, boxes, words
)
concepts = st.none() | st.builds(Concept, words, words, words)
mentions = st.builds(
    Mention, words, words, whole, whole, words, st.booleans(), st.booleans(), words, words, st.none() | words, concepts
)


def rows(table: str) -> st.SearchStrategy[Any]:
    kinds = {str: words, int: whole, float: parts, bool: st.booleans()}
    given: dict[str, st.SearchStrategy[Any]] = {"evidence": st.lists(proof, max_size=3).map(tuple)}
    for name, hint in get_type_hints(TABLES[table]).items():
        if name != "evidence":
            several = [kinds[h] for h in kinds if h is hint or h in getattr(hint, "__args__", ())]
            given[name] = st.none() | st.one_of(several) | whole
    return st.builds(TABLES[table], **given)


extractions = st.builds(
    Extraction,
    words,
    st.lists(mentions, max_size=4).map(tuple),
    **{table: st.lists(rows(table), max_size=2).map(tuple) for table in TABLES},
)


def by_json(extraction: Extraction) -> str:
    return json.dumps(extraction.to_dict(), ensure_ascii=False, allow_nan=False)


@settings(max_examples=250, deadline=None)
@given(extraction=extractions)
def test_any_extraction(extraction: Extraction) -> None:
    assert extraction_json(extraction) == by_json(extraction)


@settings(max_examples=250, deadline=None)
@given(evidence=st.lists(proof, max_size=4))
@example(evidence=[])
@example(evidence=[Evidence("a", 0, 1, "b", "c", box=(math.nan, math.inf, -math.inf, 0.0))])
def test_any_evidence(evidence: list[Evidence]) -> None:
    without_nulls = [{name: value for name, value in as_dict(e).items() if value is not None} for e in evidence]
    assert evidence_json(evidence) == json.dumps(without_nulls, ensure_ascii=False, separators=(",", ":"))


def test_reports() -> None:
    extractor = load()
    for path in sorted((ROOT / "corpus" / "reports").glob("*.txt")):
        extraction = extractor.extract(SourceDocument(path.stem, path.read_text(encoding="utf-8")))
        line = extraction_json(extraction)
        assert line == by_json(extraction)
        assert json.loads(line) == extraction.to_dict()


class _Number(float):
    """As libraries have them (numpy.float64)."""


class _Words(str):
    """As libraries have them (numpy.str_)."""

    __slots__ = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _OwnRow(LabRow):
    ward: str = "north"


@dataclasses.dataclass(frozen=True, slots=True)
class _OwnExtraction(Extraction):
    pass


def nested(depth: int) -> Any:
    return () if depth == 0 else (nested(depth - 1), depth)


@pytest.mark.parametrize(
    "extraction",
    [
        Extraction("a", labs=(LabRow(value=_Number(2.5)),)),
        Extraction(_Words("a\n"), labs=(LabRow(unit=_Words("é")),)),
        Extraction("a", labs=(LabRow(value=[1, {"b": None}]),)),  # type: ignore[arg-type]  # what a rule of one's own may say
        Extraction("a", labs=(LabRow(value=nested(40)),)),  # type: ignore[arg-type]
        Extraction("a", labs=(_OwnRow(value=2.0),)),
        _OwnExtraction("a", labs=(LabRow(value=2.0),)),
    ],
    ids=["float", "str", "list", "deep", "row", "extraction"],
)
def test_what_others_derive_is_written_too(extraction: Extraction) -> None:
    assert extraction_json(extraction) == by_json(extraction)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_no_number_is_an_error(number: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        extraction_json(Extraction("a", labs=(LabRow(value=number),)))


@pytest.mark.parametrize("value", [{1, 2}, object(), b"bytes", 1j, Path()])
def test_what_json_does_not_know_is_an_error(value: Any) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        extraction_json(Extraction("a", labs=(LabRow(value=value),)))


def test_a_class_made_otherwise_is_left_to_python() -> None:
    with pytest.raises(TypeError):
        native.JsonText({Extraction: ("doc_id", "decisions")}, True, True, json.dumps)
