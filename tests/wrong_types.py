"""Calls everything that the compiled modules let Python call, with what it is not meant for.

Run in a process of its own, `python wrong_types.py [SEED [ROUNDS]]` ends with status 0 when no call ended the process;
the last line names what was called, so that a crash is known by it. What is real in a call is taken from a whole
extraction: classes are called with what they were called with there, but for one argument at a time.
"""

from __future__ import annotations

import gc
import inspect
import itertools
import random
import sys
from collections import namedtuple
from pathlib import Path
from typing import Any

from casenlp import native

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

MODULES = [module for name in native.parts() if (module := getattr(native, name)) is not None]


class _Slotted:
    __slots__ = ("end", "entry", "kind", "start", "values")


class _Odd:
    """Has whatever is asked for, and is nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None


Pair = namedtuple("Pair", ["low", "high", "comparator", "unit"])

JUNK: list[Any] = [
    None, 0, -1, 7, 2**31, 2**62, -(2**63), 2**64, 1.5, True, "", "a", "abc \U0001f600 (def)", "\ud800", b"", b"ab",
    bytearray(64), (), ("a",), (0, 1), (None, None), [], ["a"], [None], [()], {}, {"a": None}, {0: 0}, {"": {}}, set(),
    {"a"}, object(), type, int, str, tuple, Pair, _Slotted, _Slotted(), _Odd(), Pair(0, 1, None, None),
    tuple.__new__(Pair, ()), len, lambda *_: None, lambda *_: (), lambda *_: "a", lambda *_: -5,
    range(3), memoryview(b"abcd"), _Slotted.kind,
]  # fmt: skip


def called(name: str, thing: Any, *arguments: Any) -> Any:
    """What a call gives, or nothing; whatever it raises is well."""
    print(f"{name}{tuple(map(shown, arguments))}", flush=True)
    try:
        return thing(*arguments)
    except Exception:  # any error is right: what is looked for is a process that ends
        return None


def shown(thing: Any) -> str:
    try:
        return repr(thing)[:40]
    except Exception:  # half-made objects are called on purpose, and may not even be shown
        return type(thing).__name__


def record() -> dict[type, list[tuple[Any, ...]]]:
    """What classes are called with while texts are read."""
    seen: dict[type, list[tuple[Any, ...]]] = {}

    def watched(kind: type) -> Any:
        def make(*arguments: Any) -> Any:
            if len(seen.setdefault(kind, [])) < 2:
                seen[kind].append(arguments)
            return kind(*arguments)

        return make

    classes = [(m, name, kind) for m in MODULES for name, kind in vars(m).items() if is_own(m, kind)]
    for module, name, kind in classes:
        setattr(module, name, watched(kind))
    from casenlp.documents import SourceDocument
    from casenlp.extractor import load

    extractor = load()
    text = (Path(__file__).parents[1] / "corpus" / "reports" / "16-nitrofurantoin-lung.txt").read_text(encoding="utf-8")
    kept.append(extractor)
    kept.append(extractor.extract(SourceDocument("d", text)))
    reading, _ = extractor.read(SourceDocument("d", text))
    items = reading.known.items
    draft = reading.draft({}, {"drug": items[0]}, "rule")
    kept.extend([reading, kept[1].to_dict()])
    several = [items[0], items[0].entry, draft, reading.quotes, reading.known.choices[0], kept[1].mentions[0]]
    lists = [[items[0], None], [None, draft], [draft, None, draft], [draft, items[0]]]
    REAL.extend([*several, items, items[::-1], *lists])
    REAL.extend({key: value} for key in (-5, 0, 3, 2**62, "drug", "a") for value in several)
    REAL.extend([{1: items[0], 2: items[1], 3: None}, {"a": items[0], "b": None}, {"a": None}])
    for module, name, kind in classes:
        setattr(module, name, kind)
    return seen


def is_own(module: Any, kind: Any) -> bool:
    return isinstance(kind, type) and kind.__module__ == module.__name__


kept: list[Any] = []
REAL: list[Any] = []  # what compiled parts are given, and what is nearly that


def main(seed: int, rounds: int) -> None:
    """Call everything."""
    if resource is not None:  # what asks for more gets a MemoryError
        resource.setrlimit(resource.RLIMIT_AS, (2**32, 2**32))
    choose = random.Random(seed)
    made = record()
    own = {kind for m in MODULES for kind in vars(m).values() if is_own(m, kind)}
    things = [thing for thing in gc.get_objects() if type(thing) in own]
    real = [*JUNK, *REAL, *REAL, *things, *itertools.chain.from_iterable(itertools.chain.from_iterable(made.values()))]
    some: dict[type, list[Any]] = {}
    for thing in things:
        if len(some.setdefault(type(thing), [])) < 3:
            some[type(thing)].append(thing)
    for kind in sorted(own, key=lambda k: (k.__module__, k.__name__)):
        name = f"{kind.__module__}.{kind.__name__}"
        bare = called(f"{name}.__new__", kind.__new__, kind)
        some.setdefault(kind, []).extend([t for t in (bare, called(name, kind)) if t is not None])
        for arguments in made.get(kind, []):
            for place, wrong in itertools.product(range(len(arguments)), JUNK):
                other = [*arguments[:place], wrong, *arguments[place + 1 :]]
                thing = called(name, kind, *other)
                if thing is not None and len(some[kind]) < 6:
                    some[kind].append(thing)
        for _ in range(rounds):
            called(name, kind, *(choose.choice(real) for _ in range(choose.randrange(9))))
    for kind, instances in some.items():
        methods = [n for n in dir(kind) if not n.startswith("__") or n == "__len__"]
        for thing, method in itertools.product(instances, methods):
            name = f"{kind.__module__}.{kind.__name__}.{method}"
            function = called(name, getattr, thing, method)
            if inspect.isbuiltin(function) or callable(function):
                try_out(name, function, real, choose, rounds)
    for module in MODULES:
        for name, function in vars(module).items():
            if callable(function) and not isinstance(function, type) and not name.startswith("__"):
                try_out(f"{module.__name__}.{name}", function, real, choose, 10 * rounds)
    print("done", flush=True)


def try_out(name: str, function: Any, real: list[Any], choose: random.Random, rounds: int) -> None:
    """Call a function with all junk alone, and with some of everything."""
    called(name, function)
    for wrong in JUNK:
        called(name, function, wrong)
        called(name, function, "abc (def) 5 mg", wrong)
    for thing in REAL:
        called(name, function, thing)
    for _ in range(rounds):
        called(name, function, *(choose.choice(real) for _ in range(choose.randrange(2, 8))))
        called(name, function, "abc (def) 5 mg", *(choose.choice(real) for _ in range(choose.randrange(1, 7))))
        called(name, function, choose.choice(REAL), *(choose.choice(real) for _ in range(choose.randrange(1, 7))))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0, int(sys.argv[2]) if len(sys.argv) > 2 else 30)
