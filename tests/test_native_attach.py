"""The compiled passes over items find what those in Python find."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casenlp import native
from casenlp.pipeline import components, roles
from casenlp.pipeline.annotations import Annotations, Component
from casenlp.pipeline.exposures import ExposureAttachment
from casenlp.pipeline.shadow import make_shadow
from casenlp.pipeline.values import ValueAttachment
from casenlp.repair import normalize
from casenlp.rules import RuleSet, load_rules

pytestmark = pytest.mark.skipif(native.attach is None, reason="casenlp is installed without compiled parts")
CORPUS = Path(__file__).parents[1] / "corpus"
PIECES = [
    "creatinine", "raised ESR", "potassium", "Hb", "WBC", "hyponatremia", "serum sodium", "aspirin", "rash", "APTT",
    "was", "of", "to", "and", "for", "in", "(", ")", ",", ".", ";", ":", "normal", "normal range", "reference", "ref",
    "elevated", "negative", "positive", "mg/dL", "mmol/L", "%", "mg", "days", "minutes", "weeks", "orally", "daily",
    "2.1", "140", "0.7-1.2", "< 5", "5", "4+", "120/80", "Figure", "Table", "case", "day", "patients", "times", "fold",
    "incidence of", "× 3", "mild", "NYHA class III", "CT", "\n", "é", "\u0130", "\U0001f600", "x" * 90,
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES).flatmap(lambda p: st.sampled_from([p + " ", p])), min_size=1, max_size=24)


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules()


@pytest.fixture(scope="module")
def before_values(rules: RuleSet) -> list[Component]:
    """What runs before tests and results are paired."""
    found: list[Component] = []
    for name, component in components(rules):
        if name == "casenlp_values":
            break
        assert isinstance(component, Component)
        found.append(component)
    return found


@pytest.fixture(scope="module")
def values(rules: RuleSet) -> ValueAttachment:
    return ValueAttachment(rules)


@pytest.fixture(scope="module")
def exposures(rules: RuleSet) -> ExposureAttachment:
    return ExposureAttachment(rules)


def compare(rules: RuleSet, before_values: list[Component], values: ValueAttachment, text: str) -> int:
    """Compare both forms of each pass over a text; the number of its items."""
    known = Annotations(normalize(text, rules.layout).text)
    for component in before_values:
        component.annotate(known)
    assert roles.compiled.measured(known.items) == roles._measured(known.items)
    assert roles.compiled.with_drugs(known.items) == roles._with_drugs(known.items)
    for number, (start, end) in enumerate(known.sentences):
        shadow = make_shadow(known.text, start, end, [i for i in known.items if i.sentence == number])
        assert roles.compiled.heads(shadow.items) == roles._heads(shadow.items)
        apart = []
        kinds = [(item, item.kind, item.rule) for item in shadow.items.values()]
        for look in (values._ranges._see_compiled, values._ranges._see):
            known.choices = []
            for item, kind, rule in kinds:  # times may have become dates
                item.kind, item.rule = kind, rule
            values._ranges._look = look
            apart.append((values._ranges.set_apart(known, shadow), [(c.start, c.end, c.reason) for c in known.choices]))
        assert apart[0] == apart[1]
        asked = shadow.items, shadow.text, apart[0][0], values._heads(shadow)
        assert values._join_all(*asked) == values._chains(*asked)
    return len(known.items)


@pytest.mark.parametrize("path", sorted(CORPUS.rglob("*.txt")), ids=lambda path: path.stem)
def test_a_report(rules: RuleSet, before_values: list[Component], values: ValueAttachment, path: Path) -> None:
    assert compare(rules, before_values, values, path.read_text(encoding="utf-8")) > 0


@given(pieces=TEXTS)
def test_any_text(rules: RuleSet, before_values: list[Component], values: ValueAttachment, pieces: list[str]) -> None:
    compare(rules, before_values, values, "".join(pieces))


@given(pieces=TEXTS, head=st.integers(0, 99), part=st.integers(0, 99))
def test_the_cost_of_words(exposures: ExposureAttachment, pieces: list[str], head: int, part: int) -> None:
    text = "".join(pieces).lower() + exposures._drug
    assert exposures.cost(text, head, part) == exposures._cost(text, head, part)


def test_what_is_no_item() -> None:
    for call in (roles.compiled.measured, roles.compiled.with_drugs, lambda items: roles.compiled.heads({0: items[0]})):
        with pytest.raises(TypeError, match="str is no item"):
            call(["creatinine"])
