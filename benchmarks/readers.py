"""How fast the readers read, without the pipeline: megabytes of input a second of processor time, on one core.

    python benchmarks/readers.py [--form JATS] [--megabytes 20] [--repeats 5]

The inputs are made of the project's own reports by the builders of tests/report_forms.py, each with the metadata,
affiliations and references that articles have, and read from memory. The figure is the median of the repeats; beside
it stands the parser's alone where there is one, as the limit of what a reader on it can reach.
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from casenlp.documents import SourceDocument
from casenlp.readers.formats import read_stream
from casenlp.readers.origin import Origin, ReadOptions

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from report_forms import FORMS, article_like, corpus_reports


def parse_alone(data: bytes) -> None:
    """Parse XML or HTML into a tree and do nothing with it."""
    from lxml import etree

    if data.lstrip()[:9].lower() == b"<!doctype" and b"<html" in data[:200]:
        etree.fromstring(data, etree.HTMLParser(encoding="utf-8"))
    else:
        etree.fromstring(data, etree.XMLParser(resolve_entities=False, huge_tree=True))


def seconds(work: Callable[[bytes], object], inputs: list[bytes]) -> float:
    """Processor seconds for all inputs."""
    start = time.process_time()
    for data in inputs:
        work(data)
    return time.process_time() - start


def main() -> None:
    """Print a line a form."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--form", choices=sorted(FORMS), action="append", help="only this form; may be repeated")
    options.add_argument("--megabytes", type=float, default=20.0)
    options.add_argument("--repeats", type=int, default=5)
    chosen = options.parse_args()
    reports = [article_like(report) for report in corpus_reports()]
    for name in chosen.form or FORMS:
        form = FORMS[name]
        one = [form.build(report) for report in reports]
        size = sum(map(len, one)) / 1e6
        inputs = one * max(1, round(chosen.megabytes / size))

        def read(data: bytes, suffix: str = form.suffix) -> None:
            found = list(read_stream(io.BytesIO(data), Origin("x", "x", None, suffix), ReadOptions()))
            assert all(isinstance(document, SourceDocument) for document in found)

        total = sum(map(len, inputs)) / 1e6
        took, parsed = [], []
        for _ in range(chosen.repeats):  # in turns, so that a slow minute of the machine is slow for both
            took.append(seconds(read, inputs))
            if form.is_markup:
                parsed.append(seconds(parse_alone, inputs))
        line = f"{name:28} {len(inputs):6} documents {total:7.1f} MB {total / statistics.median(took):7.1f} MB/s"
        print(line + (f"   (parser alone {total / statistics.median(parsed):.1f})" if parsed else ""))


if __name__ == "__main__":
    main()
