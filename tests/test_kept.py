"""What is kept of words stays bounded, and is worked out again only when it was not met for a while."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from casenlp.kept import Kept, wholly


@given(st.lists(st.integers(0, 40)))
def test_it_gives_what_is_worked_out_and_stays_small(keys: list[int]) -> None:
    kept = Kept(lambda key: -key, most=5)
    assert [kept[key] for key in keys] == [-key for key in keys]
    assert len(kept) <= 5
    assert len(kept) + len(kept._old) <= 10


@settings(max_examples=300)
@given(st.lists(st.integers(0, 12)))
def test_what_was_among_the_last_is_not_worked_out_again(keys: list[int]) -> None:
    worked_out: list[int] = []

    def work_out(key: int) -> int:
        worked_out.append(key)
        return key

    kept = Kept(work_out, most=5)
    lately: list[int] = []
    for key in keys:
        before = len(worked_out)
        assert kept[key] == key
        if key in lately[-5:]:
            assert len(worked_out) == before
        lately = [k for k in lately if k != key] + [key]


def test_long_texts_are_not_kept() -> None:
    kept = Kept(len, most=5)
    assert (kept["a" * 80], kept["b" * 81]) == (80, 81)
    assert list(kept) == ["a" * 80]


@given(st.lists(st.sampled_from(["", " ", ", ", " was ", " and ", "or", " of the ", " which was found to be "])))
def test_what_is_wholly_matched(texts: list[str]) -> None:
    joint = re.compile(r"\s*(?:,|and|or|was found to be|which )*\s*")
    is_joint = wholly(joint)
    assert [is_joint(text) for text in texts] == [joint.fullmatch(text) is not None for text in texts]
