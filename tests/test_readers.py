"""Readers: bytes to text, folders to files, and one clear line for whatever cannot be read."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casenlp.documents import SourceDocument
from casenlp.readers import FORMATS, count, read, read_all
from casenlp.readers.text import decode
from casenlp.records import Failure

WESTERN = "Der Patient erhielt 25 µg täglich – Fieber 39 °C nach drei Tagen, danach war er wieder gesund."

ENCODINGS = [
    ("plain", b"Fever.\n", "Fever.\n"),
    ("utf-8", "25 μg × 10⁹/L 😀".encode(), "25 μg × 10⁹/L 😀"),
    ("utf-8 with mark", b"\xef\xbb\xbfFever.", "Fever."),
    ("utf-16-le with mark", b"\xff\xfe" + "Fever µ".encode("utf-16-le"), "Fever µ"),
    ("utf-16-be with mark", b"\xfe\xff" + "Fever µ".encode("utf-16-be"), "Fever µ"),
    ("utf-32 with mark", b"\xff\xfe\0\0" + "Fever µ".encode("utf-32-le"), "Fever µ"),
    ("latin-1", WESTERN.replace("–", "-").encode("latin-1"), WESTERN.replace("–", "-")),
    ("windows-1252", WESTERN.encode("cp1252"), WESTERN),
    ("right to left", "חום لحمى".encode(), "חום لحمى"),
    ("line ends", b"one\r\ntwo\rthree\n\x0cfour\x0b\n", "one\r\ntwo\rthree\n\x0cfour\x0b\n"),
    ("a stray control character", b"word " * 100 + b"\x07", "word " * 100 + "\x07"),
    ("a long line", b"x" * 200_000, "x" * 200_000),
]

BAD_BYTES = [
    ("empty", b"", "is empty"),
    ("mark alone", b"\xef\xbb\xbf", "is empty"),
    ("white space", b" \r\n\t\x0c \n", "only white space"),
    ("invisible characters", "\u200b\u00a0\u2003\ufeff\u202e".encode(), "only white space"),
    ("NULs", b"\0" * 1000, "looks binary"),
    ("NULs in text", b"a\0b\0" * 50, "looks binary"),
    ("utf-16 without mark", "Fieber ä".encode("utf-16-le"), "looks binary"),
    ("random bytes", bytes(range(256)) * 10, "looks binary"),
    ("control characters", b"\x01\x02\x03\x04 text", "looks binary"),
    ("broken utf-16", b"\xff\xfea", "byte order mark of utf-16"),
    ("PDF", b"%PDF-1.7\nsome text", "is a PDF that was cut off"),
    ("ZIP", b"PK\x03\x04more", "is a ZIP archive that is broken"),
    ("RTF", b"{\\rtf1 Fever}", "is a rich text"),
    ("too many characters", b"y" * 1001, "more than the limit of 1,000"),
    ("too many bytes", b"y" * 5000, "more than the limit of 1,000"),
]

BAD_LINES = [
    ("not JSON", b'{"doc_id": "a", "text"', "is not valid JSON"),
    ("not UTF-8", b'{"doc_id": "a", "text": "\xff"}', "is not UTF-8"),
    ("not an object", b'["a", "b"]', "JSON of type list"),
    ("no doc_id", b'{"text": "Fever."}', 'has no "doc_id"'),
    ("no text", b'{"doc_id": "a"}', 'has no "text"'),
    ("number as doc_id", b'{"doc_id": 7, "text": "Fever."}', '"doc_id" is of type int'),
    ("null as text", b'{"doc_id": "a", "text": null}', '"text" is of type NoneType'),
    ("empty doc_id", b'{"doc_id": " ", "text": "Fever."}', 'empty "doc_id"'),
    ("empty text", b'{"doc_id": "a", "text": ""}', "is empty"),
    ("half a character", b'{"doc_id": "a", "text": "x \\ud83d y"}', "half a character (U+D83D) at offset 2"),
    ("deep nesting", b"[" * 50_000, "JSON"),
    ("too long", b'{"doc_id": "a", "text": "' + b"y" * 1001 + b'"}', "more than the limit of 1,000"),
    ("too long a line", b'{"doc_id": "a", "text": "' + b"y" * 90_000 + b'"}', "is a line of more than"),
]


def one_failure(items: list[SourceDocument | Failure]) -> Failure:
    assert len(items) == 1
    assert isinstance(items[0], Failure)
    assert "\n" not in items[0].message
    return items[0]


@pytest.mark.parametrize(("data", "text"), [row[1:] for row in ENCODINGS], ids=[row[0] for row in ENCODINGS])
def test_text_is_what_the_file_says(tmp_path: Path, data: bytes, text: str) -> None:
    path = tmp_path / "case.txt"
    path.write_bytes(data)
    assert list(read(path)) == [SourceDocument("case", text, str(path))]


@pytest.mark.parametrize("encoding", ["shift_jis", "gb18030"])
def test_encodings_that_are_not_western_are_detected(tmp_path: Path, encoding: str) -> None:
    words = {
        "shift_jis": "患者は十三歳の男児で、発熱と発疹を主訴に来院した。薬剤を中止したところ、症状は改善した。",
        "gb18030": "患者为十三岁男孩，因发热和皮疹就诊。停药后症状好转，实验室检查恢复正常。",
    }[encoding]
    path = tmp_path / "case.txt"
    path.write_bytes((words * 5).encode(encoding))
    assert [item.text for item in read(path) if isinstance(item, SourceDocument)] == [words * 5]


@given(
    st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"])),
    st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]),
)
def test_a_byte_order_mark_decides(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "case.txt") == text


@pytest.mark.parametrize(("data", "found"), [row[1:] for row in BAD_BYTES], ids=[row[0] for row in BAD_BYTES])
def test_bad_text_is_one_line(tmp_path: Path, data: bytes, found: str) -> None:
    path = tmp_path / "case.txt"
    path.write_bytes(data)
    failure = one_failure(list(read(path, max_chars=1000)))
    assert failure.doc_id == "case"
    assert failure.message.startswith(f"{path}: ")
    assert found in failure.message
    assert "; " in failure.message


@pytest.mark.parametrize(("line", "found"), [row[1:] for row in BAD_LINES], ids=[row[0] for row in BAD_LINES])
def test_a_bad_line_is_named_and_the_rest_is_read(tmp_path: Path, line: bytes, found: str) -> None:
    path = tmp_path / "cases.jsonl"
    good = [json.dumps({"doc_id": name, "text": "Fever.", "more": 1}).encode() for name in ("first", "last")]
    path.write_bytes(b"\n".join([good[0], b"", line, good[1]]))
    first, bad, last = read(path, max_chars=1000)
    assert (first, last) == (
        SourceDocument("first", "Fever.", str(path)),
        SourceDocument("last", "Fever.", str(path)),
    )
    assert isinstance(bad, Failure)
    assert bad.message.startswith(f"{path}:3")
    assert found in bad.message
    assert "\n" not in bad.message


def test_json_lines_end_at_newlines_only(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    text = "one\r\ntwo\u2028three\x85four"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps({"doc_id": "a", "text": text}, ensure_ascii=False).encode() + b"\r\n")
    assert list(read(path)) == [SourceDocument("a", text, str(path))]


@pytest.mark.parametrize(
    ("data", "found"),
    [(b"", "holds no document"), (b"\n \n", "holds no document"), ("{}".encode("utf-16"), "is in UTF-16")],
)
def test_json_lines_without_a_document(tmp_path: Path, data: bytes, found: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(data)
    assert found in one_failure(list(read(path))).message


def test_the_second_of_two_equal_ids_fails(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "case.txt").write_text("Fever.")
    first, second = read(tmp_path)
    assert isinstance(first, SourceDocument)
    assert isinstance(second, Failure)
    assert second.message.startswith(str(tmp_path / "b" / "case.txt"))
    assert str(tmp_path / "a" / "case.txt") in second.message


def test_a_folder_is_read_in_sorted_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a.TXT", "10.txt", "sub/c.txt", ".hidden.txt", ".git/d.txt", "notes.md", "a.ann"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"Fever in {name}.")
    (tmp_path / "lines.jsonl").write_text('{"doc_id": "x", "text": "Fever."}\n{"doc_id": "y", "text": ""}\n')
    items = list(read(tmp_path))
    assert [item.doc_id for item in items] == ["10", "a", "b", "x", "lines:2", "c"]
    assert count([tmp_path]) == len(items)


@pytest.mark.parametrize("name", ["case", "case.TXT"])
def test_a_named_file_without_a_suffix_is_text(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Fever.")
    assert [item.doc_id for item in read(tmp_path / name)] == ["case"]


def test_what_is_no_report(tmp_path: Path) -> None:
    (tmp_path / "case.dat").write_bytes(b"\x00\x01\x02")
    (tmp_path / "empty").mkdir()
    inputs = [tmp_path / "none.txt", tmp_path / "none", tmp_path / "case.dat", tmp_path / "empty"]
    messages = [item.message for item in read_all(inputs) if isinstance(item, Failure)]
    found = [
        "no such file",
        "no such file",
        "suffix without a reader (.dat), and its content is of no known kind",
        "folder without a report",
    ]
    assert [f in m for f, m in zip(found, messages, strict=True)] == [True] * 4
    assert count(inputs) == 4


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "case.txt"
    path.write_text("Fever.")

    def deny(self: Path, mode: str = "r") -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", deny)
    assert "permission to read it is denied" in one_failure(list(read(path))).message


def test_a_name_that_is_not_unicode(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9\nbar.txt")
    try:
        path.write_text("Fever.")
    except OSError:
        pytest.skip("this file system has no such names")
    assert [item.doc_id for item in read(tmp_path)] == ["caf\\xe9 bar"]


@pytest.mark.parametrize(
    ("data", "doc_ids"),
    [(b"Fever.", ["stdin"]), (b'{"doc_id": "a", "text": "Fever."}\n', ["a"]), (b"", ["stdin"]), (b"\n{}", ["stdin:2"])],
)
def test_standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes, doc_ids: list[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))
    items = list(read("-"))
    assert [item.doc_id for item in items] == doc_ids


def test_an_endless_file_is_not_read_to_its_end() -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("no /dev/zero here")
    assert "more than the limit" in one_failure(list(read("/dev/zero", max_chars=1000))).message


def test_formats_are_one_table() -> None:
    suffixes = [suffix for format in FORMATS for suffix in format.suffixes]
    assert FORMATS[-1].name == "plain text"
    assert [s for s in suffixes if not s.startswith(".") or s != s.lower() or s.count(".") > 1] == []
