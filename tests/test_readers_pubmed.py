"""PubMed's XML and MEDLINE: title and labelled abstract, article data, bad input."""

from __future__ import annotations

from pathlib import Path

import pytest

from casenlp.documents import Article, SourceDocument
from casenlp.readers import count, holds_many, read
from casenlp.records import Failure

XML = """<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2024//EN" "https://none.invalid/p.dtd">
<PubmedArticleSet>
<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="1">111</PMID>
<Article PubModel="Print"><Journal><ISSN>0000-0000</ISSN>
<JournalIssue><PubDate><Year>2020</Year><Month>Jan</Month></PubDate></JournalIssue>
<Title>Journal of Invented Cases</Title><ISOAbbreviation>J Inv Cas</ISOAbbreviation></Journal>
<ArticleTitle>Rash after <i>imaginumab</i>: a
  case report.</ArticleTitle>
<ELocationID EIdType="doi">10.1000/abc</ELocationID>
<Abstract><AbstractText Label="BACKGROUND" NlmCategory="BACKGROUND">Rashes are common.</AbstractText>
<AbstractText Label="CASE PRESENTATION">Platelets were 45 × 10<sup>9</sup>/L &lt;48 h later.</AbstractText>
<AbstractText>No label here.</AbstractText><CopyrightInformation>ours</CopyrightInformation></Abstract>
<AuthorList><Author><LastName>Doe</LastName><ForeName>Ann B</ForeName></Author>
<Author><CollectiveName>Rash Group</CollectiveName></Author></AuthorList>
</Article></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pubmed">111</ArticleId><ArticleId IdType="pmc">PMC99</ArticleId>
</ArticleIdList></PubmedData></PubmedArticle>
<PubmedArticle><MedlineCitation><PMID>222</PMID><Article><Journal><JournalIssue><PubDate>
<MedlineDate>1998 Dec-1999 Jan</MedlineDate></PubDate></JournalIssue></Journal><ArticleTitle></ArticleTitle></Article>
</MedlineCitation></PubmedArticle>
<PubmedArticle><MedlineCitation><PMID>333</PMID><Article><ArticleTitle>Fever.</ArticleTitle></Article></MedlineCitation>
</PubmedArticle>
</PubmedArticleSet>
"""
NBIB = """PMID- 111
OWN - NLM
TI  - Rash after imaginumab: a
      case report.
LID - 10.1000/abc [doi]
AB  - BACKGROUND: Rashes are common. CASE PRESENTATION: Platelets were 45 x 10(9)/L
      within 48 h. He had HIV: no.
FAU - Doe, Ann B
AU  - Doe AB
FAU - Roe, Bo
JT  - Journal of Invented Cases
DP  - 2020 Jan
PMC - PMC99

PMID- 222
DP  - 1998 Dec

PMID- 333
TI  - Fever.
"""
TITLE = "Rash after imaginumab: a case report."


def test_pubmed_xml(tmp_path: Path) -> None:
    path = tmp_path / "set.xml"
    path.write_text(XML, encoding="utf-8")
    first, second, third = read(path)
    assert isinstance(first, SourceDocument)
    shown = [(first.text[b.start : b.end], b.kind, b.section) for b in first.blocks]
    assert shown == [
        (TITLE, "title", None),
        ("BACKGROUND", "heading", "Abstract > BACKGROUND"),
        ("Rashes are common.", "paragraph", "Abstract > BACKGROUND"),
        ("CASE PRESENTATION", "heading", "Abstract > CASE PRESENTATION"),
        ("Platelets were 45 × 10⁹/L <48 h later.", "paragraph", "Abstract > CASE PRESENTATION"),
        ("No label here.", "paragraph", "Abstract"),
    ]
    assert first.article == Article(
        TITLE, "Journal of Invented Cases", 2020, "10.1000/abc", "111", "PMC99", ("Ann B Doe", "Rash Group")
    )
    place = first.blocks[-1].place
    assert place is not None
    assert place.xpath == ("/PubmedArticleSet/PubmedArticle[1]/MedlineCitation/Article/Abstract/AbstractText[3]")
    assert isinstance(second, Failure)
    assert "(article 222): has neither a title nor an abstract" in second.message
    assert isinstance(third, SourceDocument)
    assert (third.doc_id, third.text) == ("333", "Fever.")
    assert third.blocks[0].place is not None
    assert third.blocks[0].place.xpath == "/PubmedArticleSet/PubmedArticle[3]/MedlineCitation/Article/ArticleTitle"
    assert count([path]) == 3
    assert holds_many(path)
    article = tmp_path / "article.xml"
    article.write_text("<article><body><p>Rash.</p></body></article>", encoding="utf-8")
    assert not holds_many(article)
    assert not holds_many(tmp_path / "none.xml")


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_medline(tmp_path: Path, ends: str) -> None:
    path = tmp_path / "set.nbib"
    path.write_bytes(b"\xef\xbb\xbf" + NBIB.replace("\n", ends).encode())
    first, second, third = read(path)
    assert isinstance(first, SourceDocument)
    shown = [(first.text[b.start : b.end], b.kind, b.section) for b in first.blocks]
    assert shown == [
        (TITLE, "title", None),
        ("BACKGROUND", "heading", "Abstract > BACKGROUND"),
        ("Rashes are common.", "paragraph", "Abstract > BACKGROUND"),
        ("CASE PRESENTATION", "heading", "Abstract > CASE PRESENTATION"),
        ("Platelets were 45 x 10(9)/L within 48 h. He had HIV: no.", "paragraph", "Abstract > CASE PRESENTATION"),
    ]
    assert first.article == Article(
        TITLE, "Journal of Invented Cases", 2020, "10.1000/abc", "111", "PMC99", ("Ann B Doe", "Bo Roe")
    )
    assert isinstance(second, Failure)
    assert isinstance(third, SourceDocument)
    assert count([path]) == 3


BAD = [
    ("cut off", "set.xml", XML[:900].encode(), "is not well-formed XML"),
    ("no article", "set.xml", b"<PubmedArticleSet/>", "without an article"),
    ("much markup", "set.xml", b"<PubmedArticleSet><PubmedArticle>" + b"<a/>" * 5_000_000, "bytes of markup"),
    ("long line", "set.nbib", b"PMID- 1\nAB  - " + b"x" * 2**21, "has an article of more than"),
    ("long record", "set.nbib", b"PMID- 1\n" + b"AB  - Rash.\n" * 2_000_000, "has an article of more than"),
    ("no record", "set.nbib", b"\n\n", "holds no MEDLINE article"),
    ("binary", "set.nbib", b"PMID- 1\nTI  - \x00\x01\xff\xfe\n", "looks binary"),
]


@pytest.mark.parametrize(("name", "data", "found"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_pubmed_is_one_line(tmp_path: Path, name: str, data: bytes, found: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    *_, last = read(path)
    assert isinstance(last, Failure)
    assert found in last.message
    assert "\n" not in last.message
