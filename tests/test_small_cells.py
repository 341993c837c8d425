"""小数抑制: small counts are withheld in public tables, and cannot be worked out from the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiyuan_ledger.projections.small_cells import published


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([], []),
        ([0, 5, 12], [0, 5, 12]),
        ([1, 5, 12], [None, None, 12]),
        ([1, 2, 12, 9], [None, None, 12, None]),
        ([4, 4, 12], [None, None, 12]),
        ([3, 0], [None, 0]),
        ([2, 30, 20], [None, 30, None]),
    ],
)
def test_small_counts_are_withheld_and_one_more_where_the_total_would_tell(
    counts: list[int], shown: list[int | None]
) -> None:
    assert published(counts, 5) == shown


@given(st.lists(st.integers(0, 40), max_size=12), st.integers(1, 10))
def test_what_is_withheld_cannot_be_worked_out(counts: list[int], threshold: int) -> None:
    shown = published(counts, threshold)
    withheld = [count for count, said in zip(counts, shown, strict=True) if said is None]
    assert all(said is None or said == 0 or said >= threshold for said in shown)
    assert all(said in (None, count) for count, said in zip(counts, shown, strict=True))
    if withheld and any(said for said in shown):
        assert len(withheld) > 1
        assert sum(withheld) >= threshold
