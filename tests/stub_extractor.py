"""An extractor that needs no rules, for tests of what stands around the core: it knows the words DRUG and TEST."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import time
from pathlib import Path

from casenlp.documents import SourceDocument
from casenlp.errors import DocumentError, RuleError, UsageError
from casenlp.records import CaseRow, Concept, DrugRow, Evidence, Extraction, LabRow, Mention


class StubExtractor:
    """Each "DRUG" becomes a mention and a drug row; the word REFUSE is refused, the word CRASH is an error of ours.

    For tests of a batch: SEGFAULT and KILLED end the process, ENDLESS never ends, HUNGRY takes all memory there is,
    SLOW takes 0.1 s, `ONCE path` kills the process unless the file is there, and makes it.
    """

    def extract(self, document: SourceDocument) -> Extraction:
        if "REFUSE" in document.text:
            raise DocumentError(document.doc_id, "was refused by the stub", "take the word REFUSE out")
        if "CRASH" in document.text:
            raise ZeroDivisionError("division\nby zero")
        _misbehave(document.text)
        mentions: list[Mention] = []
        drugs: list[DrugRow] = []
        labs: list[LabRow] = []
        for m in re.finditer("DRUG|TEST", document.text):
            mention = Mention(
                id=f"m{len(mentions) + 1}",
                label="DRUG" if m.group() == "DRUG" else "LAB_TEST",
                start=m.start(),
                end=m.end(),
                text=m.group(),
                concept=Concept(m.group().lower()),
                rule="stub",
            )
            mentions.append(mention)
            evidence = (Evidence("drug", m.start(), m.end(), m.group(), "stub"),)
            if mention.label == "DRUG":
                row = DrugRow(
                    row_id=f"drugs.{len(drugs) + 1}",
                    drug_text="DRUG",
                    drug_name="drug",
                    dose_text="400 mg",
                    dose_value=400.0,
                    dose_unit="mg",
                    drug_mention=mention.id,
                    doc_id=document.doc_id,
                    rule="stub",
                    evidence=evidence,
                )
                drugs.append(row)
            else:
                lab = LabRow(
                    row_id=f"labs.{len(labs) + 1}",
                    test_text="TEST",
                    value=-2.5,
                    doc_id=document.doc_id,
                    rule="stub",
                    evidence=evidence,
                )
                labs.append(lab)
        case = CaseRow(doc_id=document.doc_id, row_id="cases.1", age_value=13.0, age_unit="year", sex="male")
        return Extraction(document.doc_id, tuple(mentions), (case,), tuple(drugs), tuple(labs), text=document.text)

    def explain(self, document: SourceDocument, row_id: str) -> str:
        rows = {row.row_id: row for row in self.extract(document).drugs}
        if row_id not in rows:
            raise UsageError(f"{document.doc_id}: has no row {row_id!r}; rows are {', '.join(rows)}")
        return f"{row_id}: {rows[row_id].drug_text}"


def _misbehave(text: str) -> None:
    if "SEGFAULT" in text:
        ctypes.string_at(0)
    if "KILLED" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    while "ENDLESS" in text:
        pass
    if "HUNGRY" in text:
        held = []
        while True:
            held.append(bytearray(50_000_000))
    if "SLOW" in text:
        time.sleep(0.1)
    if "ONCE" in text:
        once = Path(text.split("ONCE ")[1].split()[0])
        if not once.exists():
            once.touch()
            os.kill(os.getpid(), signal.SIGKILL)


def load(rules: object = None, lexicons: object = ()) -> StubExtractor:
    """As casenlp.extractor.load."""
    return StubExtractor()


def no_rules(rules: object = None, lexicons: object = ()) -> StubExtractor:
    """A loader that meets a rule that is wrong."""
    raise RuleError("own.toml:1", "wrong", "right")


def leave(rules: object = None, lexicons: object = ()) -> StubExtractor:
    """A loader that ends its process."""
    os._exit(3)
