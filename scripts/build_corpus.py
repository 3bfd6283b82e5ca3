"""Compile the annotated case reports into plain reports and the gold file.

Source: corpus/annotated/NN-slug.md (front matter between two `+++` lines, the report with inline marks
`[surface](LABEL id flags)`, a line `=== rows`, and the rows as TOML; corpus/guidelines.md says what to mark).
Outputs: corpus/reports/NN-slug.txt and corpus/gold.jsonl, one JSON object a report in the form that
`casenlp extract --format jsonl` puts out. Offsets are half-open code points of the written report.

    python scripts/build_corpus.py                 # validate everything, write the outputs
    python scripts/build_corpus.py --check         # exit 1 when the outputs are not in step with the sources
    python scripts/build_corpus.py FILE.md ...     # validate these only, write nothing
    python scripts/build_corpus.py --audit ...     # also list marks no row uses and places that look unmarked

Nothing is written when any source has an error. Errors name file, line, what was found and what to do.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "corpus"


def load_records() -> ModuleType:
    """The schema, from its file alone: importing the package would need spaCy."""
    spec = importlib.util.spec_from_file_location("casenlp_records", ROOT / "src" / "casenlp" / "records.py")
    if spec is None or spec.loader is None:
        raise ImportError("src/casenlp/records.py not found")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module


RECORDS = load_records()
LABELS: tuple[str, ...] = RECORDS.LABELS
SUBJECTS: tuple[str, ...] = RECORDS.SUBJECTS
FLAGS = ("negated", "uncertain", "historical", "hypothetical", "family", "literature", "other")
TABLES = tuple(RECORDS.TABLES)
COMMON = ("doc_id", "case_id", "row_id", "subject", "section", "sentence_start", "sentence_end", "rule", "evidence")

# Values of columns that the schema leaves open and the guidelines close.
DAYS = {"second": 1 / 86400, "minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30.4375, "year": 365.25}
CLOSED = {
    "age_unit": tuple(DAYS),
    "unit": (*DAYS, "cycle", "dose"),
    "dose_per": ("min", "hour", "day", "week", "month", "dose", "cycle"),
    "dechallenge": ("resolved", "improved", "not improved"),
    "rechallenge": ("positive", "negative"),
    "outcome": ("recovered", "recovering", "not recovered", "fatal", "sequelae"),
    "route": tuple(
        "oral intravenous subcutaneous intramuscular topical inhaled intranasal intrathecal intravitreal ophthalmic "
        "rectal vaginal transdermal sublingual intraperitoneal intraarterial intraarticular intradermal epidural "
        "enteral".split()
    ),
}


def schema(table: str) -> dict[str, str | tuple[str, ...]]:
    """Column -> "str", "float", "bool" or its closed values, for the columns an annotator may fill."""
    columns: dict[str, str | tuple[str, ...]] = {}
    for name, kind, _, choices in RECORDS.describe_columns(table):
        if name in COMMON or name.endswith("_mention"):
            continue
        closed = () if table == "labs" and name == "unit" else CLOSED.get(name, ())
        columns[name] = choices or closed or kind
    return columns


COLUMNS = {table: schema(table) for table in TABLES}
REQUIRED: dict[str, tuple[str, ...]] = {
    "cases": (),
    "drugs": ("drug_name",),
    "labs": ("test_name", "category"),
    "latencies": ("drug_name", "latency_text"),
    "diagnoses": ("diagnosis_name", "status"),
    "reactions": ("drug_name", "event_name"),
}
# Parts: table -> part -> labels its mention may have, and whether it fills <part>_mention, <part>_text.
EVENT = ("FINDING", "DIAGNOSIS", "LAB_TEST", "LAB_VALUE")
PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "cases": {"age": ("AGE",), "sex": ("SEX",)},
    "drugs": {
        **{"drug": ("DRUG",), "dose": ("DOSE",), "route": ("ROUTE",), "frequency": ("FREQUENCY",)},
        "duration": ("DURATION", "LATENCY"),
    },
    "labs": {"test": ("LAB_TEST", "FINDING", "DIAGNOSIS"), "value": ("LAB_VALUE",), "date": ("DATE", "LATENCY")},
    "latencies": {"drug": ("DRUG",), "event": EVENT, "latency": ("LATENCY",)},
    "diagnoses": {"diagnosis": ("DIAGNOSIS",), "duration": ("DURATION",)},
    "reactions": {"drug": ("DRUG",), "event": EVENT},
}
TEXT_ONLY = {("labs", "date")}  # parts without a _mention column in the contract
# The part whose subject must be the row's.
SUBJECT_PART = {"drugs": "drug", "labs": "value", "latencies": "latency", "diagnoses": "diagnosis"}
RENAMED = {
    "labs": {"number": "value", "number_high": "value_high"},
    "latencies": {"number": "value", "number_high": "value_high"},
    "drugs": {"route_name": "route"},
    "cases": {"sex_name": "sex"},
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "latencies": {"statistic": "individual"},
    "diagnoses": {"status": "confirmed", "temporality": "current", "final": False},
}

MARK = re.compile(r"\[([^\[\]]+)\]\(([^()\n]*)\)")
NUMBER = r"\d[\d.,\u00a0\u2009\u202f]*(?<![.,])(?: \d{3}(?!\d))*"
UNIT = re.compile(rf"^\D*?{NUMBER}(?:\s*(?:–|—|-|to|/)\s*{NUMBER})?\s*(.*)$", re.S)


class CorpusError(Exception):
    """One fault of one source: place, what was found, what to do."""


@dataclass(frozen=True)
class Mark:
    """One inline mark; start and end are half-open offsets in the report without marks."""

    id: str | None
    label: str
    start: int
    end: int
    text: str
    flags: tuple[str, ...]
    line: int

    @property
    def subject(self) -> str:
        return next((flag for flag in self.flags if flag in SUBJECTS), "patient")

    @property
    def temporality(self) -> str:
        return next((flag for flag in self.flags if flag in ("hypothetical", "historical")), "current")


def parse_marks(body: str, first_line: int, place: str) -> tuple[str, list[Mark]]:
    """Take the marks out of a report: the plain text and the marks in source order."""
    plain: list[str] = []
    length = 0
    marks: list[Mark] = []
    seen: dict[str, int] = {}
    position = 0

    def line_at(offset: int) -> int:
        return first_line + body.count("\n", 0, offset)

    def take(start: int, end: int) -> None:
        nonlocal length
        piece = body[start:end]
        stray = re.search(r"[\[\]]", piece)
        if stray:
            where = start + stray.start()
            context = " ".join(body[max(0, where - 25) : where + 25].split())
            raise CorpusError(
                f"{place}:{line_at(where)}: stray '{stray.group()}' near '{context}': a bracket only opens or closes a "
                "mark [surface](LABEL id flags), and marks do not nest; write parentheses in the report instead"
            )
        plain.append(piece)
        length += len(piece)

    for match in MARK.finditer(body):
        take(position, match.start())
        surface, inside = match.groups()
        line = line_at(match.start())
        words = inside.split()
        if not words or words[0] not in LABELS:
            raise CorpusError(
                f"{place}:{line}: unknown label '{inside}' of '{surface}'; use one of {', '.join(LABELS)}"
            )
        if surface != surface.strip() or surface[-1] in ",;:":
            raise CorpusError(
                f"{place}:{line}: mention '{surface}' begins or ends with space or punctuation; shrink it"
            )
        rest = words[1:]
        name = rest.pop(0) if rest and rest[0] not in FLAGS else None
        unknown = [flag for flag in rest if flag not in FLAGS]
        if unknown:
            raise CorpusError(f"{place}:{line}: unknown flag '{unknown[0]}' of '{surface}'; use {', '.join(FLAGS)}")
        for group in (SUBJECTS, ("historical", "hypothetical")):
            if sum(flag in group for flag in rest) > 1:
                if group is not SUBJECTS:  # both hold: the hypothetical is what temporality keeps
                    continue
                raise CorpusError(f"{place}:{line}: '{surface}' has two subjects; keep one")
        if name is not None:
            if name in seen:
                raise CorpusError(f"{place}:{line}: id '{name}' is already used in line {seen[name]}; choose another")
            seen[name] = line
        marks.append(Mark(name, words[0], length, length + len(surface), surface, tuple(rest), line))
        plain.append(surface)
        length += len(surface)
        position = match.end()
    take(position, len(body))
    return "".join(plain), marks


def row_lines(rows_text: str, first_line: int) -> Iterator[tuple[str, int]]:
    for index, line in enumerate(rows_text.split("\n")):
        header = re.match(r"\s*\[\[\s*(\w+)\s*\]\]", line)
        if header:
            yield header.group(1), first_line + index


def check_type(kind: Any, value: Any) -> str | None:
    """What a value should have been, or None when it is right."""
    if kind == "str":
        return None if isinstance(value, str) and value.strip() else "a text in quotes"
    if kind == "float":
        return None if isinstance(value, (int, float)) and not isinstance(value, bool) else "a number"
    if kind == "bool":
        return None if isinstance(value, bool) else "true or false"
    return None if value in kind else "one of " + ", ".join(kind)


def in_days(value: float | None, unit: str | None) -> float | int | None:
    if value is None or unit not in DAYS:
        return None
    days = round(value * DAYS[unit], 4)
    return int(days) if days == int(days) else days


def unit_text(value_text: str) -> str | None:
    """The unit as written in a result, or None when the result holds none."""
    match = UNIT.match(value_text)
    return (match.group(1).strip() or None) if match else None


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


@dataclass
class Source:
    """One annotated report as parsed: the plain text, its marks, and the rows that refer to them."""

    doc_id: str
    text: str
    marks: list[Mark]
    record: dict[str, Any]
    linked: set[str]


def build_row(
    table: str,
    given: dict[str, Any],
    number: int,
    place: str,
    text: str,
    marks: dict[str, tuple[str, Mark]],
    doc_id: str,
) -> tuple[dict[str, Any], set[str]]:
    """One row in the contract's form, with the author ids it uses; every column stands, null where not given."""
    columns, parts, renamed = COLUMNS[table], PARTS[table], RENAMED.get(table, {})
    values: dict[str, Any] = {}
    linked: set[str] = set()

    def mention(key: str, name: Any) -> tuple[str, Mark]:
        if not isinstance(name, str) or name not in marks:
            hint = f"; the column is written as {key}_name" if f"{key}_name" in renamed else ""
            raise CorpusError(
                f"{place}: {key} = {name!r} is no mention id of this report{hint}; mark it or mend the id"
            )
        linked.add(name)
        return marks[name]

    subject = given.get("subject", "patient")
    if subject not in SUBJECTS:
        raise CorpusError(f"{place}: subject '{subject}'; use one of {', '.join(SUBJECTS)}")
    case = given.get("case", "1")
    if not isinstance(case, str):
        raise CorpusError(f'{place}: case = {case!r}; write it as a text, case = "1"')
    allowed = {*columns, *parts, *renamed, "subject", "case", "also"} - {"value", "value_high"}
    allowed |= {"value"} & set(parts)
    for key, value in given.items():
        if key not in allowed:
            raise CorpusError(f"{place}: unknown key '{key}' of {table}; known are {', '.join(sorted(allowed))}")
        if key in ("subject", "case", "also"):
            continue
        if key in parts:
            output_id, mark = mention(key, value)
            if mark.label not in parts[key]:
                raise CorpusError(f"{place}: {key} = '{value}' is a {mark.label} ('{mark.text}'); needs {parts[key]}")
            if SUBJECT_PART.get(table) == key and mark.subject != subject:
                raise CorpusError(
                    f"{place}: subject is {subject} but the mention '{value}' ('{mark.text}', line {mark.line}) is "
                    f"{mark.subject}; give the row a subject or the mark its flag"
                )
            if (table, key) not in TEXT_ONLY:
                values[f"{key}_mention"] = output_id
            if f"{key}_text" in columns and f"{key}_text" not in given:
                values[f"{key}_text"] = mark.text
            continue
        column = renamed.get(key, key)
        wrong = check_type(columns[column], value)
        if wrong:
            raise CorpusError(f"{place}: {key} = {value!r}; expected {wrong}")
        if column.endswith("_text") and flat(value) not in flat(text):
            raise CorpusError(f"{place}: {key} = '{value}' does not stand in the report; quote it as written")
        values[column] = value
    also = given.get("also", [])
    if not isinstance(also, list):
        raise CorpusError(f"{place}: also = {also!r}; expected a list of mention ids")
    also_ids = [mention("also", name)[0] for name in also]

    for column, value in DEFAULTS.get(table, {}).items():
        values.setdefault(column, value)
    if table == "diagnoses" and "diagnosis" in given:
        values.setdefault("negated", "negated" in marks[given["diagnosis"]][1].flags)
    if table == "diagnoses":
        values.setdefault("negated", False)
    if table == "cases" and values.get("age_value") is not None:
        age_days = in_days(values["age_value"], values.get("age_unit"))
        years = values["age_value"] if values.get("age_unit") == "year" else (age_days or 0) / DAYS["year"]
        values.setdefault("age_years", round(years, 4))
    if table == "latencies":
        values.setdefault("days", in_days(values.get("value"), values.get("unit")))
        values.setdefault("days_high", in_days(values.get("value_high"), values.get("unit")))
    if table == "labs" and values.get("unit") is not None and values.get("value_text"):
        values.setdefault("unit_text", unit_text(values["value_text"]))
    for column in REQUIRED[table]:
        if values.get(column) is None:
            raise CorpusError(f"{place}: {table} row without {column}; give it")

    values |= {"doc_id": doc_id, "case_id": case, "row_id": f"{table}.{number}", "subject": subject}
    values |= {"rule": "gold", "evidence": []}
    row = {column: values.get(column) for column in RECORDS.columns(table)}
    row["also_mentions"] = also_ids
    return row, linked


def parse_source(path: Path) -> Source:
    """Read one annotated report and validate all of it; raises CorpusError at the first fault."""
    content = path.read_text(encoding="utf-8")
    place = path.name
    lines = content.split("\n")
    if lines[0] != "+++" or "+++" not in lines[1:]:
        raise CorpusError(f"{place}:1: no front matter; begin with '+++', doc_id and specialty, '+++'")
    close = lines.index("+++", 1)
    if lines.count("=== rows") != 1:
        raise CorpusError(
            f"{place}:{len(lines)}: {lines.count('=== rows')} lines '=== rows'; exactly one must stand there"
        )
    split = lines.index("=== rows")
    try:
        front = tomllib.loads("\n".join(lines[1:close]))
    except tomllib.TOMLDecodeError as error:
        raise CorpusError(f"{place}:2: front matter is not TOML: {error}") from error
    if set(front) != {"doc_id", "specialty"} or front["doc_id"] != path.stem:
        raise CorpusError(
            f"{place}:2: front matter {front}; expected doc_id = '{path.stem}' and specialty, nothing else"
        )

    first = close + 1
    while first < split and not lines[first].strip():
        first += 1
    body = "\n".join(lines[first:split]).rstrip() + "\n"
    text, marks = parse_marks(body, first + 1, place)
    for mark in marks:
        if text[mark.start : mark.end] != mark.text:  # holds by construction; a guard on the parser
            raise CorpusError(f"{place}:{mark.line}: text {text[mark.start : mark.end]!r} is not mention {mark.text!r}")
    for before, after in itertools.pairwise(marks):
        if after.start < before.end:
            raise CorpusError(f"{place}:{after.line}: '{after.text}' overlaps '{before.text}'; keep one")
    by_id = {mark.id: (f"m{index}", mark) for index, mark in enumerate(marks, 1) if mark.id is not None}

    rows_text = "\n".join(lines[split + 1 :])
    try:
        tables = tomllib.loads(rows_text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = split + 1 + int(found.group(1)) if found else split + 2
        raise CorpusError(f"{place}:{line}: rows are not TOML: {error}") from error
    starts = list(row_lines(rows_text, split + 2))
    record: dict[str, Any] = {"doc_id": path.stem}
    record["mentions"] = [
        {
            **{"id": f"m{index}", "label": mark.label, "start": mark.start, "end": mark.end, "text": mark.text},
            **{"negated": "negated" in mark.flags, "uncertain": "uncertain" in mark.flags},
            **{"temporality": mark.temporality, "subject": mark.subject, "section": None, "concept": None},
            "rule": "gold",
        }
        for index, mark in enumerate(marks, 1)
    ]
    linked: set[str] = set()
    for table in tables:
        if table not in COLUMNS:
            raise CorpusError(f"{place}:{split + 2}: unknown table '{table}'; use {', '.join(COLUMNS)}")
    for table in COLUMNS:
        record[table] = []
        table_lines = [line for name, line in starts if name == table]
        for number, given in enumerate(tables.get(table, []), 1):
            where = f"{place}:{table_lines[number - 1]}"
            row, used = build_row(table, given, number, where, text, by_id, path.stem)
            record[table].append(row)
            linked |= used
    if not record["cases"]:
        raise CorpusError(f"{place}:{split + 2}: no cases row; every report has at least one patient")
    known = {row["case_id"] for row in record["cases"]}
    for table in COLUMNS:
        for row, line in zip(record[table], [line for name, line in starts if name == table], strict=True):
            if row["case_id"] not in known:
                raise CorpusError(
                    f"{place}:{line}: case '{row['case_id']}' has no cases row; known are {sorted(known)}"
                )
    return Source(path.stem, text, marks, record, linked)


def audit(source: Source) -> Iterator[str]:
    """What deserves another look: quantities no row uses, rows said twice, and marked words unmarked elsewhere."""
    for mark in source.marks:
        in_rows = mark.label in ("LAB_VALUE", "LATENCY", "DOSE", "ROUTE", "FREQUENCY", "AGE", "SEX")
        skipped = {"negated", "hypothetical"} & set(mark.flags) or (mark.label in ("AGE", "SEX") and mark.flags)
        if in_rows and not skipped and mark.id not in source.linked:
            yield f"line {mark.line}: {mark.label} '{mark.text}' stands in no row"
    covered = [False] * len(source.text)
    for mark in source.marks:
        covered[mark.start : mark.end] = [True] * (mark.end - mark.start)
    surfaces = {
        flat(m.text).lower(): m.label for m in source.marks if re.search(r"[^\W\d]", m.text) and m.label != "SEX"
    }
    for surface, label in sorted(surfaces.items()):
        pattern = r"(?<!\w)" + r"\s+".join(re.escape(word) for word in surface.split()) + r"(?!\w)"
        for match in re.finditer(pattern, source.text, re.I):
            if not any(covered[match.start() : match.end()]):
                context = flat(source.text[max(0, match.start() - 30) : match.end() + 30])
                yield f"'{surface}' is a {label} elsewhere but unmarked in '…{context}…'"
    for table in COLUMNS:
        seen: dict[str, str] = {}
        for row in source.record[table]:
            content = {k: v for k, v in row.items() if k in COLUMNS[table] or k in ("case_id", "subject")}
            content = {k: v for k, v in content.items() if not k.endswith("_text")}
            key = json.dumps(content, sort_keys=True)
            if key in seen and table != "labs":
                yield f"{row['row_id']} says the same as {seen[key]}"
            seen.setdefault(key, row["row_id"])


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 when all is well, 1 on any fault or outputs out of step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="validate these only, write nothing")
    parser.add_argument("--check", action="store_true", help="compare the outputs with the sources, write nothing")
    parser.add_argument("--audit", action="store_true", help="list marks no row uses and words that look unmarked")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="the corpus folder (default: this project's)")
    options = parser.parse_args(arguments)

    sources: list[Source] = []
    faults: list[str] = []
    for path in options.files or sorted((options.corpus / "annotated").glob("*.md")):
        try:
            sources.append(parse_source(path))
        except (CorpusError, OSError, UnicodeDecodeError) as error:
            faults.append(str(error) if isinstance(error, CorpusError) else f"{path.name}: cannot be read: {error}")
    if options.audit:
        for source in sources:
            for line in audit(source):
                print(f"{source.doc_id}: {line}")
    for fault in faults:
        print(fault, file=sys.stderr)
    outputs = {options.corpus / "reports" / f"{source.doc_id}.txt": source.text for source in sources}
    gold = "".join(json.dumps(source.record, ensure_ascii=False) + "\n" for source in sources)
    outputs[options.corpus / "gold.jsonl"] = gold
    stale = [path for path in (options.corpus / "reports").glob("*.txt") if path not in outputs]
    mentions = sum(len(source.marks) for source in sources)
    rows = sum(len(source.record[table]) for source in sources for table in COLUMNS)
    summary = f"{len(sources)} reports, {mentions} mentions, {rows} rows, {len(faults)} faulty"
    if faults:
        print(f"{summary}; nothing was written", file=sys.stderr)
        return 1
    if options.files:
        print(summary)
        return 0
    if options.check:
        differing = [path for path, text in outputs.items() if not path.exists() or path.read_bytes() != text.encode()]
        for path in sorted({*differing, *stale}):
            print(f"{path.name}: not in step with corpus/annotated; run scripts/build_corpus.py", file=sys.stderr)
        return 1 if differing or stale else 0
    (options.corpus / "reports").mkdir(parents=True, exist_ok=True)
    for path, text in outputs.items():
        path.write_bytes(text.encode())
    for path in stale:
        path.unlink()
    print(summary)
    return 0


if __name__ == "__main__":
    sys.exit(main())
