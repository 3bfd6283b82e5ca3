"""Hold extraction against reports and gold texts that live outside the project.

    python tests/shared_report_check.py FOLDER

FOLDER/reports/*.txt each have a *.expected.json beside them: per table, rows under "present" must be produced (the
fields given are compared, text without regard to case), rows under "absent" must not, and "rows" is how many there
must be. FOLDER/data holds brat folders of .txt and .jsonl files with an id and the text under "context" or "text":
each is extracted, and each mention must satisfy source[start:end] == text. Exit status 1 when anything does not hold.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from casenlp.batch import extract_all
from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor, load
from casenlp.readers import read
from casenlp.records import TABLES, Extraction, Failure, as_dict


def matches(row: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    """Whether a row has the fields given, text folded; "why" is a remark."""

    def fold(value: Any) -> Any:
        return " ".join(value.casefold().split()) if isinstance(value, str) else value

    return all(name in row and fold(row[name]) == fold(value) for name, value in expected.items() if name != "why")


def check_tables(extraction: Extraction, expected: Mapping[str, Any]) -> Iterator[str]:
    """What an extraction lacks, or has too much of, one line each."""
    for table in TABLES:
        wanted = expected.get(table, {})
        rows = [as_dict(row) for row in extraction.rows(table)]
        for row in wanted.get("present", ()):
            if not any(matches(found, row) for found in rows):
                yield f"{table}: missing {json.dumps(row, ensure_ascii=False)}"
        for row in wanted.get("absent", ()):
            if any(matches(found, row) for found in rows):
                yield f"{table}: must not be there: {json.dumps(row, ensure_ascii=False)}"
        if "rows" in wanted and wanted["rows"] != len(rows):
            yield f"{table}: {len(rows)} rows, {wanted['rows']} expected"


def check_mentions(document: SourceDocument, extraction: Extraction) -> Iterator[str]:
    """Mentions and evidence whose text is not what stands at their offsets."""
    quotes = [*extraction.mentions, *(e for table in TABLES for row in extraction.rows(table) for e in row.evidence)]
    for quote in quotes:
        found = document.text[quote.start : quote.end]
        if not 0 <= quote.start < quote.end or found != quote.text:
            yield f"{quote.start}..{quote.end} is {found!r}, not {quote.text!r}"


def data_documents(folder: Path) -> Iterator[SourceDocument | Failure]:
    """The texts of a data folder: .txt files anywhere in it, and the lines of .jsonl files."""
    for path in sorted(folder.rglob("*.txt")):
        yield from read(path)
    for path in sorted(folder.rglob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                record = json.loads(line)
                text = record.get("context", record.get("text"))
                yield SourceDocument(f"{path.stem}:{record.get('id', number)}", text, str(path))


def check(extractor: Extractor, documents: Iterator[SourceDocument | Failure], expected_in: Path | None) -> int:
    """Extract documents, print what does not hold, and return how many had something."""
    wrong = done = characters = 0
    began = time.perf_counter()
    for document in documents:
        (result,) = extract_all(extractor, [document])
        if isinstance(result, Failure) or isinstance(document, Failure):
            problems = [getattr(result, "message", "no result")]
        else:
            problems = list(check_mentions(document, result))
            characters += len(document.text)
            if expected_in is not None:
                expected = json.loads((expected_in / f"{document.doc_id}.expected.json").read_text(encoding="utf-8"))
                problems += check_tables(result, expected)
        done += 1
        wrong += bool(problems)
        for problem in problems:
            print(f"{document.doc_id}: {problem}")
    print(f"{done} documents, {characters:,} characters, {time.perf_counter() - began:.1f} s: {wrong} with problems")
    return wrong


def main(folder: Path) -> int:
    """Check reports, then data; 1 when anything does not hold."""
    extractor = load()
    reports = (item for path in sorted((folder / "reports").glob("*.txt")) for item in read(path))
    wrong = check(extractor, reports, folder / "reports")
    wrong += check(extractor, data_documents(folder / "data"), None)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
