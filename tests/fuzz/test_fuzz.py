"""A short fuzz run over all readers, and round trips: what is written into a file is what is read from it."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casenlp.documents import SourceDocument
from casenlp.readers.formats import read_stream
from casenlp.readers.origin import Origin, ReadOptions
from fuzz.checks import check
from fuzz.mutation import case
from fuzz.seeds import seeds


@pytest.mark.parametrize("name", seeds())
def test_seeds_are_read(name: str) -> None:
    assert check(name, seeds()[name]) >= 1


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9))
def test_no_bytes_break_a_reader(number: int) -> None:
    check(*case(seeds(), number, seed=1))


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(sorted(seeds())))
def test_no_bytes_under_any_name_break_a_reader(data: bytes, name: str) -> None:
    check(name, data)


#: Texts that a document may have: something to see, few control characters, none that markup cannot hold.
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co"), include_characters="\n\t"),
    min_size=1,
    max_size=60,
).map(lambda text: f"Rash {text}.")


def texts_of(data: bytes, suffix: str) -> list[str]:
    items = read_stream(io.BytesIO(data), Origin(f"f{suffix}", "f", None, suffix), ReadOptions())
    return [item.text for item in items if isinstance(item, SourceDocument)]


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_json_lines_and_csv_give_back_what_they_hold(texts: list[str]) -> None:
    lines = "".join(json.dumps({"doc_id": str(i), "text": t}) + "\n" for i, t in enumerate(texts))
    assert texts_of(lines.encode(), ".jsonl") == texts
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["name", "text"], *([f"n{i}", t] for i, t in enumerate(texts))])
    assert texts_of(out.getvalue().encode(), ".csv") == texts


@settings(max_examples=20, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_workbooks_give_back_what_they_hold(texts: list[str]) -> None:
    book = openpyxl.Workbook()
    for row in [["name", "text"], *([f"n{i}", t] for i, t in enumerate(texts))]:
        book.active.append(row)
        book.active.cell(book.active.max_row, 2).data_type = "s"
    out = io.BytesIO()
    book.save(out)
    assert texts_of(out.getvalue(), ".xlsx") == texts


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_bioc_passages_stand_where_they_say(texts: list[str]) -> None:
    offsets = [sum(len(t) + 1 for t in texts[:i]) for i in range(len(texts))]
    passages = [{"offset": o, "text": t} for o, t in zip(offsets, texts, strict=True)]
    data = json.dumps({"documents": [{"id": "1", "passages": passages}]}).encode()
    (text,) = texts_of(data, ".json")
    assert [text[o : o + len(t)] for o, t in zip(offsets, texts, strict=True)] == texts
