"""The process that takes PDFs apart for another (see `isolation`): questions come in, answers go out."""

from __future__ import annotations

import json
import os
import sys
from typing import IO

from casenlp.errors import DocumentError
from casenlp.readers.origin import Origin
from casenlp.readers.pdf.isolation import packed, receive, send
from casenlp.readers.pdf.layout import document_of

_MOST_MEMORY = 4 * 2**30  # bytes of addresses


def main() -> None:
    """Answer until the questions end."""
    _limit_memory()
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    while True:
        try:
            question, data = json.loads(receive(questions)), receive(questions)
        except EOFError:
            return
        _answer(answers, question, data)


def _answer(answers: IO[bytes], question: dict[str, str], data: bytes) -> None:
    origin = Origin(question["name"], "", None)
    try:
        document = document_of(data, origin, int(question["max_chars"]), lambda: send(answers, b"{}"))
        answer = packed(document)
    except DocumentError as error:
        answer = {"found": error.found, "remedy": error.remedy}
    except Exception as error:  # the process ends here: what is not told is lost
        said = " ".join(f"{type(error).__name__}: {error}".split())
        answer = {"found": f"is a PDF that could not be laid out ({said})", "remedy": "please report it"}
    send(answers, json.dumps(answer).encode())


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not a Unix
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = _MOST_MEMORY if hard == resource.RLIM_INFINITY else min(hard, _MOST_MEMORY)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


if __name__ == "__main__":
    main()
