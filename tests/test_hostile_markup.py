"""Hostile XML and HTML: each a bounded time and memory, and one clear line."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

_DEEP = 1_000_000
_CELL = 100 * 2**20
_MEMORY = 3 * 2**30  # bytes of address space, libraries included
_SECONDS = 60

_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


def _files(folder: Path) -> dict[str, str]:
    """File name -> what its line says."""
    secret = folder / "secret.key"
    secret.write_text("the secret word", encoding="utf-8")
    head = "<article><body><table-wrap><table><tr><td>"
    tail = "</td></tr></table></table-wrap></body></article>"
    texts = {
        "laughs.xml": (
            f'<!DOCTYPE article [<!ENTITY l0 "ha">{_LAUGHS}]><article><body><p>&l11;</p></body></article>',
            "entities that grow without bound",
        ),
        "laughs-in-attribute.xml": (
            f'<!DOCTYPE article [<!ENTITY l0 "ha">{_LAUGHS}]><article><body><p id="&l11;">x</p></body></article>',
            "entities that grow without bound",
        ),
        "external.xml": (
            f'<!DOCTYPE article [<!ENTITY x SYSTEM "{secret.as_uri()}">]><article><body><p>&x;</p></body></article>',
            "is empty",
        ),
        "deep.xml": (
            "<article>" + "<sec>" * _DEEP + "x" + "</sec>" * _DEEP + "</article>",
            "Excessive depth",
        ),
        "deep.html": ("<html><body>" + "<div>" * _DEEP + "x" + "</div>" * _DEEP, "256 levels deep"),
        "cell.xml": (head + "x" * _CELL + tail, "not well-formed"),
        "cell.html": ("<html><body><table><tr><td>" + "x" * _CELL, "holds more than"),
    }
    for name, (text, _) in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {name: said for name, (_, said) in texts.items()}


def test_hostile_markup_ends_in_a_line_each(tmp_path: Path) -> None:
    wanted = _files(tmp_path)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))

    done = subprocess.run(
        [sys.executable, "-m", "casenlp", "extract", "--format", "jsonl", *(str(tmp_path / n) for n in wanted)],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
        preexec_fn=limit,
    )
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for name, said in wanted.items():
        (line,) = [line for line in lines if f"{name}:" in line]
        assert said in line
        assert len(line) < 500
    assert "secret word" not in done.stderr
