"""Records made the quick way are the ordinary ones, and late fields are worked out once, by whoever asks first."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from casenlp.documents import SourceDocument
from casenlp.extractor import load
from casenlp.freezing import Later, late, made, thawed
from casenlp.native import records as native
from casenlp.records import TABLES, Concept, Decision, Evidence, Extraction, Mention

VALUES: dict[type, tuple[Any, ...]] = {
    Concept: ("creatinine", "LOINC", "2160-0"),
    Evidence: ("test", 3, 13, "creatinine", "labs.value", "case", 0, 40, 2, (1.0, 2.0, 3.0, 4.0), "/p[1]"),
    Mention: ("m1", "DRUG", 0, 4, "DRUG", True, False, "historical", "family", None, Concept("drug"), "drug.a", True),
    **{kind: tuple(f"{f.name} {n}" for n, f in enumerate(dataclasses.fields(kind))) for kind in TABLES.values()},
}


def quick(kind: type, *values: Any) -> Any:
    record = thawed(kind)(*values)
    record.__class__ = kind
    return record


def compiled(kind: type, *values: Any) -> Any:
    return native.Maker(kind, tuple(f.name for f in dataclasses.fields(kind))).made(values)


WAYS = [
    quick,
    lambda kind, *values: made(kind, values),
    pytest.param(compiled, marks=pytest.mark.skipif(native is None, reason="casenlp is not compiled here")),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_a_quick_record_is_the_ordinary_one(kind: type, way: Callable[..., Any]) -> None:
    names = [f.name for f in dataclasses.fields(kind)]
    assert len(VALUES[kind]) == len(names)
    ordinary, made = kind(**dict(zip(names, VALUES[kind], strict=True))), way(kind, *VALUES[kind])
    assert type(made) is kind
    assert made == ordinary
    assert hash(made) == hash(ordinary)
    assert repr(made) == repr(ordinary)
    assert dataclasses.asdict(made) == dataclasses.asdict(ordinary)
    assert made != dataclasses.replace(made, **{names[0]: "another"})
    for copied in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert type(copied) is kind
        assert copied == ordinary
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, names[0], "another")
    with pytest.raises(dataclasses.FrozenInstanceError):
        delattr(made, names[0])


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_what_is_not_given_is_the_default(kind: type) -> None:
    needed = [f for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING]
    values = VALUES[kind][: len(needed)]
    assert quick(kind, *values) == kind(*values)


@late("late")
@dataclasses.dataclass(frozen=True, slots=True)
class Noted:
    """A record with one late field."""

    name: str
    late: tuple[int, ...] = ()


class Counter:
    """A working out that counts how often it is done."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> tuple[int, ...]:
        self.times += 1
        return (1, 2)


def noted() -> tuple[Noted, Counter]:
    counter = Counter()
    late_value: Any = Later(counter)
    return Noted("a", late_value), counter


@pytest.mark.parametrize(
    "ask",
    [
        lambda record: record.late,
        lambda record: dataclasses.replace(record, name="a").late,
        lambda record: copy.copy(record).late,
        lambda record: pickle.loads(pickle.dumps(record)).late,
        lambda record: dataclasses.astuple(record)[1],
    ],
    ids=["read", "replace", "copy", "pickle", "astuple"],
)
def test_a_late_field_is_worked_out_once_for_whoever_asks(ask: Any) -> None:
    record, counter = noted()
    assert counter.times == 0
    assert ask(record) == (1, 2)
    assert ask(record) == (1, 2)
    assert counter.times == 1


def test_records_with_late_fields_compare_and_show_their_values() -> None:
    record, _ = noted()
    assert record == Noted("a", (1, 2))
    assert hash(noted()[0]) == hash(Noted("a", (1, 2)))
    assert repr(noted()[0]) == repr(Noted("a", (1, 2)))
    assert Noted("a") != record
    assert Noted("a").late == ()
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.late = ()  # type: ignore[misc]


def test_decisions_come_with_the_extraction_wherever_it_goes() -> None:
    text = "She took 5 mg of prednisone for gout.\r\nShe did not have dia-\nbetes."
    extractor = load()
    first, second = (extractor.extract(SourceDocument("a", text)) for _ in range(2))
    carried = pickle.loads(pickle.dumps(first))
    assert isinstance(carried.decisions, tuple)
    assert {type(decision) for decision in carried.decisions} == {Decision}
    assert {decision.outcome for decision in carried.decisions} >= {"repaired"}
    assert [text[d.start : d.end] for d in carried.decisions] == [d.text for d in carried.decisions]
    assert carried == first == second
    assert dataclasses.replace(second, decisions=()) != first
    assert Extraction("a").decisions == ()


@pytest.mark.skipif(native is None, reason="casenlp is not compiled here")
def test_the_compiled_maker_wants_plain_classes_and_all_values() -> None:
    for kind, names in ((dict, ("keys",)), (Extraction, ("decisions",)), (Concept, ("name", "name"))):
        with pytest.raises(TypeError):
            native.Maker(kind, names)
    for values in ((), ("a", "b"), range(4)):
        with pytest.raises(ValueError, match="has 3 fields"):
            native.Maker(Concept, ("name", "vocabulary", "code")).made(values)
