"""The files of rules/patterns as read: TOML is slow to read, so what they say is kept until one of them changes."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from casenlp.errors import RuleError
from casenlp.made_once import made_once

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class PatternFiles(Mapping[str, Mapping[str, Any]]):
    """What each .toml file of a folder says, by its name, in the order of names.

    RuleError for a file that is not TOML in UTF-8, and for a name that is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._texts = {path.name: _text_of(path) for path in sorted(folder.glob("*.toml"))}
        stamp = "\0".join(part for pair in self._texts.items() for part in pair)
        self._stated: Mapping[str, Mapping[str, Any]] = made_once("patterns", stamp, self._read)

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        try:
            return self._stated[name]
        except KeyError:
            raise RuleError(str(self.folder / name), "no such file", "a rules folder that has it") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._stated)

    def __len__(self) -> int:
        return len(self._stated)

    def place(self, name: str, needle: str) -> str:
        """file:line of the first place of a file that holds `needle`; its first line when there is none."""
        before = self._texts[name].partition(needle)[0]
        number = before.count("\n") + 1 if len(before) < len(self._texts[name]) else 1
        return f"{self.folder / name}:{number}"

    def _read(self) -> dict[str, Any]:
        return {name: self._parsed(name, text) for name, text in self._texts.items()}

    def _parsed(self, name: str, text: str) -> dict[str, Any]:
        try:
            stated: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise _unreadable(self.folder / name, error) from None
        return stated


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: ValueError) -> RuleError:
    found = re.search(r"line (\d+)", str(error))
    return RuleError(f"{path}:{found.group(1) if found else 1}", str(error), "TOML in UTF-8")
