"""Compiled parts as a whole: one that is older than its source is not used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from casenlp.native import is_stale


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({}, False),  # a wheel has no sources
        ({"words.pyx": 90}, False),
        ({"words.pyx": 110}, True),
        ({"words.pyx": 90, "letters.pxi": 110}, True),
        ({"words.pyx": 90, "letters.pxi": 90, "rows.pyx": 110}, False),
    ],
)
def test_a_module_is_stale_when_its_source_is_younger(tmp_path: Path, written: dict[str, int], expected: bool) -> None:
    for name, time in {"words.cpython-311-x86_64-linux-gnu.so": 100, **written}.items():
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time, time))
    assert is_stale(tmp_path / "words.cpython-311-x86_64-linux-gnu.so") is expected
