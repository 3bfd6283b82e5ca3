"""BioC in XML and JSON: passages at their offsets, sections and kinds from infons, article data, bad input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from casenlp.documents import Article, SourceDocument
from casenlp.readers import count, read
from casenlp.records import Failure

TITLE = "Rash after β-blockade: a case report"
ABSTRACT = "A 54-year-old woman had a rash."
CASE = "She was given bisoprolol 5 mg daily."
REFERENCE = "Rash and pills"

#: (offset, type, section_type, text, further infons)
PASSAGES: list[tuple[int, str, str, str, dict[str, str]]] = [
    (
        0,
        "front",
        "TITLE",
        TITLE,
        {
            "article-id_pmc": "1234567",
            "article-id_pmid": "7654321",
            "article-id_doi": "10.1000/x",
            "year": "2021",
            "name_0": "surname:Doe;given-names:Ann",
            "name_1": "surname:Roe;given-names:Bo",
        },
    ),
    (37, "abstract_title_1", "ABSTRACT", "Background", {}),
    (48, "abstract", "ABSTRACT", ABSTRACT, {}),
    (80, "title_1", "CASE", "Case presentation", {}),
    (98, "paragraph", "CASE", CASE, {}),
    (135, "ref", "REF", REFERENCE, {}),
]
KINDS = [
    ("title", "TITLE"),
    ("heading", "ABSTRACT > Background"),
    ("paragraph", "ABSTRACT > Background"),
    ("heading", "CASE > Case presentation"),
    ("paragraph", "CASE > Case presentation"),
    ("reference", "REF"),
]
ARTICLE = Article(
    title=TITLE, year=2021, doi="10.1000/x", pmid="7654321", pmcid="PMC1234567", authors=("Ann Doe", "Bo Roe")
)


def as_json(passages: list[tuple[int, str, str, str, dict[str, str]]] = PASSAGES, name: str = "PMC1") -> dict[str, Any]:
    """A BioC collection of one document, in JSON."""
    listed = [
        {
            "offset": offset,
            "infons": {"type": kind, "section_type": section, **more},
            "text": text,
            "sentences": [],
            "annotations": [],
            "relations": [],
        }
        for offset, kind, section, text, more in passages
    ]
    document = {"id": name, "infons": {}, "passages": listed, "annotations": [], "relations": []}
    return {"source": "us", "date": "20260101", "key": "us.key", "infons": {}, "documents": [document]}


def as_xml(passages: list[tuple[int, str, str, str, dict[str, str]]] = PASSAGES, name: str = "PMC1") -> str:
    """The same in XML."""
    listed = ""
    for offset, kind, section, text, more in passages:
        infons = {"type": kind, "section_type": section, **more}
        listed += "<passage>" + "".join(f'<infon key="{k}">{v}</infon>' for k, v in infons.items())
        listed += f"<offset>{offset}</offset><text>{text}</text></passage>\n"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE collection SYSTEM "BioC.dtd">\n'
        f"<collection><source>us</source><document><id>{name}</id>{listed}</document></collection>"
    )


FORMS = {
    "c.xml": as_xml(),
    "c.json": json.dumps(as_json(), indent=1),
    "list.json": json.dumps([as_json()]),
    "document.json": json.dumps(as_json()["documents"][0]),
    "export.json": json.dumps({"Export": as_json()["documents"]}),
    "wrong.txt": as_xml(),
    "none": json.dumps(as_json()),
}


@pytest.mark.parametrize("name", FORMS)
def test_passages_stand_at_their_offsets(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(FORMS[name], encoding="utf-8")
    (document,) = read(path)
    assert isinstance(document, SourceDocument)
    assert document.doc_id == "PMC1"
    for offset, _, _, text, _ in PASSAGES:
        assert document.text[offset : offset + len(text)] == text
    assert [(b.kind, b.section) for b in document.blocks] == KINDS
    assert [document.text[b.start : b.end] for b in document.blocks] == [p[3] for p in PASSAGES]
    assert document.article == ARTICLE
    if name.endswith(".xml"):
        places = [b.place.xpath for b in document.blocks if b.place]
        assert places == [f"/collection/document[1]/passage[{i}]" for i in range(1, 7)]


@pytest.mark.parametrize(
    "offsets",
    [[0, 5, 48, 80, 98, 135], [0, 37, 48, 80, 98, 999_999], [0, 0, 0, 0, 0, 0], [135, 98, 80, 48, 37, 0]],
    ids=["overlap", "wide gap", "none", "backwards"],
)
def test_offsets_that_cannot_be_kept_do_not_matter(tmp_path: Path, offsets: list[int]) -> None:
    passages = [(o, *p[1:]) for o, p in zip(offsets, PASSAGES, strict=True)]
    (tmp_path / "c.json").write_text(json.dumps(as_json(passages)), encoding="utf-8")
    (document,) = read(tmp_path / "c.json")
    assert isinstance(document, SourceDocument)
    assert document.text == "\n\n".join(p[3] for p in PASSAGES)
    assert [document.text[b.start : b.end] for b in document.blocks] == [p[3] for p in PASSAGES]


def test_passages_that_are_given_by_sentences(tmp_path: Path) -> None:
    xml = (
        "<collection><document><id>1</id><passage><offset>10</offset>"
        "<sentence><offset>10</offset><text>Rash.</text></sentence>"
        "<sentence><offset>17</offset><text>Fever.</text></sentence></passage></document></collection>"
    )
    (tmp_path / "c.xml").write_text(xml, encoding="utf-8")
    (document,) = read(tmp_path / "c.xml")
    assert isinstance(document, SourceDocument)
    assert (document.text[10:15], document.text[17:23]) == ("Rash.", "Fever.")


def test_several_documents_and_bad_ones_among_them(tmp_path: Path) -> None:
    collection = as_json()
    good = collection["documents"][0]
    collection["documents"] = [
        good,
        {"id": "empty", "passages": []},
        {"id": None, "passages": good["passages"]},
        {"id": "odd", "passages": [7, {"text": None}, {"text": ["x"], "offset": {}}, {"infons": [], "text": "Rash."}]},
    ]
    path = tmp_path / "many.json"
    path.write_text(json.dumps(collection), encoding="utf-8")
    items = list(read(path))
    assert [(i.doc_id, isinstance(i, Failure)) for i in items] == [
        ("PMC1", False),
        ("empty", True),
        ("many:3", False),
        ("odd", False),
    ]
    assert count([path]) == 4
    assert isinstance(items[1], Failure)
    assert items[1].message.startswith(f"{path} (document empty): is empty")


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE collection [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]><collection><document><id>1</id><passage><text>Rash. &j;</text></passage></document></collection>"
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE collection [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    "<collection><document><id>1</id><passage><text>Rash. &f;</text></passage></document></collection>"
)


def test_an_entity_from_outside_is_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "c.xml").write_text(OUTSIDE, encoding="utf-8")
    (document,) = read(tmp_path / "c.xml")
    assert isinstance(document, SourceDocument)
    assert document.text.strip() == "Rash."


BAD = [
    ("billion laughs", LAUGHS, "declares entities that grow without bound"),
    ("cut off", as_xml()[:-40], "is not well-formed XML"),
    ("deep", "<collection>" + "<a>" * 100_000, "is not well-formed XML (Excessive depth"),
    ("no document", "<collection></collection>", "without a document"),
    ("much markup", "<collection><document>" + "<a/>" * 5_000_000, "bytes of markup in one <document>"),
    ("JSON cut off", json.dumps(as_json())[:-3], "is not valid JSON"),
    ("JSON nested", '{"documents": [' + "[" * 100_000, "is JSON nested too deeply"),
    ("other JSON", '[{"a": 1}]', "is JSON without a BioC document"),
]


@pytest.mark.parametrize(("text", "found"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_bioc_is_one_line(tmp_path: Path, text: str, found: str) -> None:
    path = tmp_path / ("c.xml" if text.startswith("<") else "c.json")
    path.write_text(text, encoding="utf-8")
    *_, last = read(path)
    assert isinstance(last, Failure)
    assert found in last.message
    assert "\n" not in last.message


def test_what_stands_before_the_break_is_given(tmp_path: Path) -> None:
    (tmp_path / "c.xml").write_text(as_xml()[:-13] + "<document><id>", encoding="utf-8")
    document, failure = read(tmp_path / "c.xml")
    assert isinstance(document, SourceDocument)
    assert isinstance(failure, Failure)
