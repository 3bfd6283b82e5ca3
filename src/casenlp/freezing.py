"""Frozen records that are cheap to make, and fields of them that are worked out only when somebody asks.

A frozen dataclass fills its fields around its own `__setattr__`, at three to four times the cost of assigning them;
a report has some 150 records.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache, partial
from typing import Any, Generic, TypeVar

Record = TypeVar("Record")
Value = TypeVar("Value")


_THAWED: dict[type, Any] = {}


def thawed(kind: type[Record]) -> type[Record]:
    """A class like a frozen dataclass with slots, whose fields are assigned: make one, then set its `__class__` to
    `kind`, and it is a record of that kind as any other.

    Its arguments are the fields of `kind` in order. Python allows the change of class because both add the same slots
    to the same base.
    """
    if kind not in _THAWED:
        _THAWED[kind] = _assigned(kind)
    thawed_kind: type[Record] = _THAWED[kind]
    return thawed_kind


def made(kind: type[Record], values: Iterable[Any]) -> Record:
    """A record of the values of its fields, in order; with fewer, the others hold their defaults."""
    record = thawed(kind)(*values)
    record.__class__ = kind
    return record


@cache
def maker(kind: type) -> Callable[[Iterable[Any]], Any]:
    """The function that makes a record of the values of all its fields, in order, which `__post_init__` never sees."""
    from casenlp.native import records as compiled_records  # whoever makes no records does without it

    if compiled_records is not None:
        with suppress(TypeError):  # a Python whose classes with slots are made otherwise
            made_at_once = compiled_records.Maker(kind, tuple(field.name for field in dataclasses.fields(kind)))
            make: Callable[[Iterable[Any]], Any] = made_at_once.made
            return make
    return partial(made, kind)


def _assigned(kind: type[Any]) -> type[Any]:
    fields = [(f.name, f.type, dataclasses.field(default=f.default)) for f in dataclasses.fields(kind)]
    assigning = dataclasses.make_dataclass(kind.__name__, fields, repr=False, eq=False)
    own: dict[str, Any] = {
        "__slots__": kind.__slots__,
        "__init__": assigning.__init__,  # type: ignore[misc]  # taken from a class, not from an instance
        "__setattr__": object.__setattr__,
        "__delattr__": object.__delattr__,  # else assigning stays slow: Python looks at the pair
    }
    return type(kind.__name__, kind.__bases__, own)


class Later(Generic[Value]):
    """What a late field is given in place of its value: the function that works it out."""

    __slots__ = ("work_out",)

    def __init__(self, work_out: Callable[[], Value]) -> None:
        self.work_out = work_out


def late(*names: str) -> Callable[[type[Record]], type[Record]]:
    """Class decorator: these fields of a dataclass with slots may be given `Later`; whoever reads them, pickling and
    comparing too, gets the value."""

    def with_late_fields(kind: type[Record]) -> type[Record]:
        for name in names:
            setattr(kind, name, _LateField(getattr(kind, name)))
        return kind

    return with_late_fields


class _LateField:
    """Stands in a class in place of the slot of a late field, and works the value out when first asked."""

    def __init__(self, slot: Any) -> None:
        self._slot = slot

    def __get__(self, record: Any, kind: type | None = None) -> Any:
        if record is None:
            return self
        value = self._slot.__get__(record, kind)
        if isinstance(value, Later):
            value = value.work_out()
            self._slot.__set__(record, value)
        return value

    def __set__(self, record: Any, value: Any) -> None:
        self._slot.__set__(record, value)
