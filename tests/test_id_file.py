"""The ids of a bundle's events in a file: found by their positions, stretch by stretch."""

from __future__ import annotations

from contextlib import closing

import pyarrow as pa
import pytest

from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.verification.id_file import STRETCH, IdFile


def ids(first: int, last: int) -> pa.Table:
    positions = list(range(first, last + 1))
    return pa.table({"position": positions, "event_id": [f"{position:036d}" for position in positions]})


def test_ids_are_found_across_stretches_in_the_order_in_which_they_are_asked_for() -> None:
    """Tables of a stretch come fact by fact, not in the order of positions."""
    last = 2 * STRETCH + 5
    with closing(IdFile([[ids(4, STRETCH + 1), ids(1, 3)], [ids(STRETCH + 2, last)]])) as file:
        asked = [last, 1, STRETCH, STRETCH + 1, 1, 2 * STRETCH + 1]
        found, none = file.of([pa.array(asked), pa.array([None], pa.int64())])
    assert found.to_pylist() == [f"{position:036d}" for position in asked]
    assert none.to_pylist() == [None]


def test_an_id_of_another_length_is_refused_and_its_stretch_named() -> None:
    with pytest.raises(ProofError) as refused:
        IdFile([[ids(1, 3)], [pa.table({"position": [4], "event_id": ["short"]})]])
    assert (refused.value.code, refused.value.values["position"]) == ("event-form", 4)
