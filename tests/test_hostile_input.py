"""Archives, folders and streams that mean harm or are broken: one clear line each, soon, and the rest is read."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from casenlp.documents import SourceDocument
from casenlp.readers import count, read, read_all
from casenlp.records import Failure

#: Seconds of this process that any of these may take: far more than they do, far less than they ask for.
SECONDS = 20.0


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """Time is bounded in every test here; memory is in tests/fuzz."""
    begun = time.process_time()
    yield
    assert time.process_time() - begun < SECONDS


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    """A ZIP archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def shown(*inputs: Path) -> list[tuple[str, str]]:
    """(doc_id, text or what the one line says) of everything that is read."""
    items = list(read_all(inputs))
    assert all("\n" not in item.message for item in items if isinstance(item, Failure))
    return [(i.doc_id, i.text if isinstance(i, SourceDocument) else i.message) for i in items]


def says(found: list[tuple[str, str]], *expected: tuple[str, str]) -> None:
    """Each item has its doc_id and, somewhere in its text or message, the words."""
    assert [doc_id for doc_id, _ in found] == [doc_id for doc_id, _ in expected]
    assert [text for (_, text), (_, words) in zip(found, expected, strict=True) if words not in text] == []


def test_a_zip_of_reports(tmp_path: Path) -> None:
    members = {
        "b/case.txt": b"Fever.",
        "a/case.TXT": b"Rash.",
        "lines.jsonl": b'{"doc_id": "x", "text": "Cough."}\n{"doc_id": "y"}\n',
        "notes.md": b"no report",
        "figure.png": b"\x89PNG",
        "LICENSE": b"no report",
        "article": b"<collection><document><id>9</id><passage><text>Pain.</text></passage></document></collection>",
        ".hidden.txt": b"no",
        "__MACOSX/._case.txt": b"no",
        "packed.txt.gz": gzip.compress(b"Itch."),
        "empty.txt": b"",
    }
    path = zipped(tmp_path / "reports.zip", members)
    says(
        shown(path),
        ("a/case", "Rash."),
        ("9", "Pain."),
        ("b/case", "Fever."),
        ("empty", f"{path}:empty.txt: is empty"),
        ("x", "Cough."),
        ("lines:2", f'{path}:lines.jsonl:2: has no "text"'),
        ("packed", "Itch."),
    )
    assert count([path]) == len(members)


def test_zip_with_names_that_lead_out(tmp_path: Path) -> None:
    names = ["../out.txt", "/etc/out.txt", "a/../../out.txt", "..\\out.txt", "C:/out.txt", "in.txt"]
    path = zipped(tmp_path / "r.zip", dict.fromkeys(names, b"Rash."))
    found = shown(path)
    assert [text for _, text in found if text == "Rash."] == ["Rash."]
    assert sum("has a name that leads out of its archive" in text for _, text in found) == 5
    assert sorted(p.name for p in tmp_path.parent.rglob("*out.txt")) == []


def patched(path: Path, changes: Callable[[bytearray, int, int], None]) -> Path:
    """Change the local and the central header of the first member; `changes` gets the bytes and both places."""
    data = bytearray(path.read_bytes())
    changes(data, data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02"))
    path.write_bytes(data)
    return path


def test_a_zip_that_claims_10_gigabytes(tmp_path: Path) -> None:
    def claim(data: bytearray, local: int, central: int) -> None:
        struct.pack_into("<L", data, local + 22, 4_000_000_000)
        struct.pack_into("<L", data, central + 24, 4_000_000_000)

    path = patched(zipped(tmp_path / "r.zip", {"case.txt": b"Rash."}), claim)
    says(shown(path), ("r", "unpacks to 4,000,000,000 bytes, more than 250 times its size"))


def test_a_zip_that_is_a_bomb(tmp_path: Path) -> None:
    path = zipped(tmp_path / "r.zip", {"case.txt": b"0" * 200_000_000})
    says(shown(path), ("r", "unpacks to 200,000,000 bytes"))


def test_a_zip_that_hides_its_size(tmp_path: Path) -> None:
    def claim(data: bytearray, local: int, central: int) -> None:
        struct.pack_into("<L", data, local + 22, 10)
        struct.pack_into("<L", data, central + 24, 10)

    path = patched(zipped(tmp_path / "r.zip", {"case.txt": b"0" * 200_000_000}), claim)
    says(shown(path), ("case", "is a member of a ZIP archive that is broken"))


def test_an_encrypted_zip(tmp_path: Path) -> None:
    def encrypt(data: bytearray, local: int, central: int) -> None:
        data[local + 6] |= 1
        data[central + 8] |= 1

    path = patched(zipped(tmp_path / "r.zip", {"a.txt": b"Rash.", "b.txt": b"Fever."}), encrypt)
    says(shown(path), ("a", f"{path}:a.txt: is encrypted; unpack it with its password"), ("b", "Fever."))


def test_a_zip_within_a_zip_within_a_zip(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"case.txt": b"Rash."}).read_bytes()
    middle = zipped(tmp_path / "middle.zip", {"inner.zip": inner}).read_bytes()
    (tmp_path / "inner.zip").unlink()
    says(shown(tmp_path / "middle.zip"), ("case", "Rash."))
    path = zipped(tmp_path / "outer.zip", {"middle.zip": middle})
    says(shown(path), ("inner", "is an archive within 2 archives; unpack the outer ones"))


def test_a_zip_with_a_damaged_member(tmp_path: Path) -> None:
    def damage(data: bytearray, local: int, central: int) -> None:
        data[central - 2] ^= 0xFF

    path = patched(zipped(tmp_path / "r.zip", {"a.txt": b"Rash and fever and cough."}), damage)
    says(shown(path), ("a", "is a member of a ZIP archive that is broken"))


def test_broken_zips(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "whole.zip", {"a.txt": b"Rash." * 1000}).read_bytes()
    (tmp_path / "whole.zip").unlink()
    for name, data in {"cut": whole[:-30], "head": whole[:40], "none": b"PK\x05\x06" + b"\0" * 18}.items():
        (tmp_path / f"{name}.zip").write_bytes(data)
    says(
        shown(tmp_path),
        ("cut", "is a ZIP archive that is broken or cut off"),
        ("head", "is a ZIP archive that is broken or cut off"),
        ("none", "is a ZIP archive without a report"),
    )


def bomb(size: int) -> bytes:
    """A gzip file of so many zeros, made piece by piece."""
    packer = zlib.compressobj(9, wbits=31)
    piece = b"0" * 2**20
    return b"".join([*(packer.compress(piece) for _ in range(size // len(piece))), packer.flush()])


@pytest.mark.parametrize("name", ["case.txt.gz", "lines.jsonl.gz", "table.csv.gz", "set.nbib.gz", "none.gz"])
def test_a_gzip_bomb(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(bomb(300_000_000))
    (tmp_path / "z.txt").write_bytes(b"Rash.")
    *found, last = shown(tmp_path / name, tmp_path / "z.txt")
    assert found
    assert last == ("z", "Rash.")


def test_a_gzip_bomb_of_zips(tmp_path: Path) -> None:
    path = tmp_path / "r.zip.gz"
    packer = zlib.compressobj(9, wbits=31)
    piece = b"PK\x03\x04" + b"0" * 2**20
    path.write_bytes(b"".join([*(packer.compress(piece) for _ in range(300)), packer.flush()]))
    says(shown(path), ("r", "more than 250 times its size"))


def test_a_gzip_file_that_is_cut_off(tmp_path: Path) -> None:
    lines = b"".join(json.dumps({"doc_id": str(i), "text": os.urandom(300).hex()}).encode() + b"\n" for i in range(99))
    (tmp_path / "lines.jsonl.gz").write_bytes(gzip.compress(lines)[:-3_000])
    *documents, last = read(tmp_path / "lines.jsonl.gz")
    assert len(documents) > 50
    assert all(isinstance(d, SourceDocument) for d in documents)
    assert isinstance(last, Failure)
    assert "is a gzip file that is cut off; fetch or make it again" in last.message
    (tmp_path / "case.txt.gz").write_bytes(gzip.compress(b"Rash." * 99)[:-4])
    (tmp_path / "bad.txt.gz").write_bytes(b"\x1f\x8b\x08\x00" + b"\xff" * 60)
    says(shown(tmp_path / "case.txt.gz", tmp_path / "bad.txt.gz"), ("case", "cut off"), ("bad", "is broken"))


def test_a_file_that_changes_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    lines = [json.dumps({"doc_id": name, "text": "Rash."}) + "\n" for name in ("a", "b", "c")]
    path.write_text("".join(lines))
    items = read(path)
    assert next(items).doc_id == "a"
    path.write_text("".join(lines) + lines[0])
    rest = list(items)
    assert [i.doc_id for i in rest][:2] == ["b", "c"]
    assert isinstance(rest[-1], Failure)
    assert rest[-1].message == f"{path}: changed while it was read; read it again when it is finished"


def test_one_document_that_changes_is_not_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "case.txt"
    path.write_text("Rash.")
    fstat = os.fstat
    calls: list[int] = []

    def grown(descriptor: int) -> os.stat_result:
        calls.append(descriptor)
        if len(calls) == 2:
            path.write_text("Rash and more.")
        return fstat(descriptor)

    monkeypatch.setattr("casenlp.readers.os.fstat", grown)
    says(shown(path), ("case", "changed while it was read"))


def test_links_in_a_circle(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (folder / "case.txt").write_text("Rash.")
    (folder / "up").symlink_to(tmp_path / "a")
    (folder / "here").symlink_to(folder)
    (tmp_path / "a" / "again").symlink_to(folder)
    (tmp_path / "a" / "loop.txt").symlink_to(tmp_path / "a" / "loop.txt")
    (tmp_path / "a" / "nowhere.txt").symlink_to(tmp_path / "nothing")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "far.txt").write_text("Fever.")
    (tmp_path / "a" / "linked").symlink_to(tmp_path / "elsewhere")
    found = dict(shown(tmp_path / "a"))
    assert found["case"] == "Rash."
    assert found["far"] == "Fever."
    assert "cannot be read (Too many levels of symbolic links)" in found["loop"]
    assert "no such file" in found["nowhere"]
    assert len(found) == 4


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "case.txt").write_text("Rash.")
    says(shown(tmp_path), ("case", "Rash."), ("pipe", "is a pipe or a device, not a file"))
    assert count([tmp_path]) == 2


def through_a_pipe(data: bytes, monkeypatch: pytest.MonkeyPatch) -> list[SourceDocument | Failure]:
    """What standard input gives when it is a pipe, which cannot go back."""
    out, into = os.pipe()

    def fill() -> None:
        with os.fdopen(into, "wb") as stream:
            stream.write(data)

    writer = threading.Thread(target=fill)
    writer.start()
    with os.fdopen(out, "rb") as stream:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(stream))
        items = list(read("-"))
        writer.join()
    return items


PIPED: dict[str, tuple[bytes, list[str]]] = {
    "text": (b"Rash.", ["stdin"]),
    "lines": (b'{"doc_id": "a", "text": "Rash."}\n{"doc_id": "b", "text": "Rash."}\n', ["a", "b"]),
    "gzip of lines": (gzip.compress(b'{"doc_id": "a", "text": "Rash."}\n'), ["a"]),
    "BioC": (b'{"documents": [{"id": "7", "passages": [{"text": "Rash."}]}]}', ["7"]),
    "PubMed": (b"PMID- 5\nTI  - Rash.\n", ["5"]),
    "long text": (b"Rash and fever. " * 20_000, ["stdin"]),
}


@pytest.mark.parametrize("name", PIPED)
def test_standard_input_through_a_pipe(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    data, doc_ids = PIPED[name]
    assert [item.doc_id for item in through_a_pipe(data, monkeypatch)] == doc_ids


def test_a_zip_through_a_pipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = zipped(tmp_path / "r.zip", {"case.txt": b"Rash.", "other.txt": b"x" * 300_000}).read_bytes()
    assert [item.doc_id for item in through_a_pipe(data, monkeypatch)] == ["case", "other"]


def test_a_first_line_is_not_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    out, into = os.pipe()
    with os.fdopen(out, "rb") as stream, os.fdopen(into, "wb", buffering=0) as writer:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(stream))
        writer.write(b'{"doc_id": "a", "text": "Rash."}\n')
        items = read("-")
        assert next(items).doc_id == "a"
        writer.write(b'{"doc_id": "b", "text": "Rash."}\n')
        assert next(items).doc_id == "b"


KINDS: list[tuple[str, bytes, str]] = [
    ("case.xml", b'<?xml version="1.0"?><svg xmlns="s"><text>x</text></svg>', "root element <svg>"),
    ("case.txt", b'<?xml version="1.0"?><!-- x --><!DOCTYPE y [<!ENTITY z ">">]><y/>', "root element <y>"),
    ("case.docx", b"\xd0\xcf\x11\xe0" + b"\0" * 100, "is an old Office document"),
    ("case.txt", b"\x89PNG\r\n", "is a PNG picture"),
    ("case.dat", b"\x00\x01\x02\x03", "a suffix without a reader (.dat), and its content is of no known kind"),
    ("case.xlsx", b"\x00\x01\x02\x03", "has the suffix of Excel, and its content is of no known kind"),
    ("case.parquet", b"Rash.", "Rash."),
    ("case", b"Rash.", "Rash."),
    ("case.md", b"Rash.", "Rash."),
    ("case.pdf", b"Rash.", "Rash."),
    ("case.xml", b"Rash.", "Rash."),
    ("case.csv", b'{"doc_id": "case", "text": "Rash."}', "Rash."),
]


@pytest.mark.parametrize(("name", "data", "found"), KINDS)
def test_content_goes_before_suffix(tmp_path: Path, name: str, data: bytes, found: str) -> None:
    (tmp_path / name).write_bytes(data)
    says(shown(tmp_path / name), ("case", found))


def test_a_folder_takes_files_without_a_suffix_only_when_they_are_sure(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("words")
    (tmp_path / "Makefile").write_text("all:")
    (tmp_path / "lines").write_text('{"doc_id": "a", "text": "Rash."}\n')
    (tmp_path / "~$case.docx").write_bytes(b"\x05User")
    says(shown(tmp_path), ("a", "Rash."))


def test_an_error_of_a_library_is_one_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> Iterator[SourceDocument]:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr("casenlp.readers.read_stream", fails)
    (tmp_path / "case.txt").write_text("Rash.")
    says(shown(tmp_path / "case.txt"), ("case", "ZeroDivisionError inside its reader (division by zero)"))
