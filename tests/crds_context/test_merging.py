"""Classes of exposures are merged without losing or inventing any."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.crds_context.coverage import ExposureValues
from mkrefs.crds_context.merging import Piece, merge
from mkrefs.crds_context.value_set import ValueSet

VALUES = ("A", "B", "C", "another")


def has(values: ValueSet, value: str) -> bool:
    return (value in values.named) != values.others


def sets() -> st.SearchStrategy[ValueSet]:
    return st.builds(ValueSet, st.frozensets(st.sampled_from(VALUES[:3])), st.booleans())


@given(sets(), sets())
def test_a_union_has_what_either_has(one: ValueSet, two: ValueSet) -> None:
    assert [has(one | two, value) for value in VALUES] == [has(one, v) or has(two, v) for v in VALUES]


@given(st.lists(st.sampled_from("xyz"), min_size=16, max_size=16))
def test_merging_keeps_the_content_of_every_exposure(contents: list[str]) -> None:
    exposures = list(product(VALUES, VALUES))
    cells = [ValueSet(frozenset((value,))) for value in VALUES[:3]] + [ValueSet(frozenset(VALUES[:3]), True)]
    pieces = [
        Piece(pair, ((content,),)) for pair, content in zip(product(cells, cells), contents, strict=True)
    ]
    merged = merge(pieces)
    for exposure, content in zip(exposures, contents, strict=True):
        hits = [piece for piece in merged if all(map(has, piece.values, exposure))]
        assert [piece.content for piece in hits] == [((content,),)]


@pytest.mark.parametrize("content", ["", "x"])
def test_what_is_alike_becomes_one(content: str) -> None:
    some, others = ValueSet(frozenset("AB")), ValueSet(frozenset("AB"), others=True)
    pieces = [Piece((first, second), ((content,),)) for first in (some, others) for second in (some, others)]
    assert merge(pieces) == [Piece((ValueSet(frozenset(), True),) * 2, ((content,),))]
    assert merge([]) == []


def test_values_are_named_as_headers_write_them() -> None:
    assert ValueSet(frozenset(("2048.0", "1.0"))).named_values("SUBSIZE1") == ExposureValues(
        "SUBSIZE1", ("1", "2048")
    )
    assert ValueSet(frozenset(("FULL",)), True).named_values("SUBARRAY") == ExposureValues(
        "SUBARRAY", but=("FULL",)
    )
