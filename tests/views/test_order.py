"""The order of a view's rows: by its sort columns; where these leave rows alike, by all the others."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from tests.views import harness
from tests.views.street import org
from xiyuan_ledger.projections.catalogue import definition
from xiyuan_ledger.projections.ordering import told_apart


def test_rows_that_the_sort_columns_leave_alike_stand_in_the_order_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    by_kind = replace(definition("org_register"), sort=("kind",))
    monkeypatch.setattr(harness, "definition", lambda _: by_kind)
    listed = [org(code, "cso") for code in ("CSO-3", "CSO-1", "CSO-2")]
    rows = harness.both("org_register", harness.events(org("XY", "street"), *listed), "2013-01-01")
    assert [row["org"] for row in rows] == ["CSO-1", "CSO-2", "CSO-3", "XY"]


@pytest.mark.parametrize(
    ("months", "people", "apart"),
    [
        ([], [], True),
        (["2013-01"], [1], True),
        (["2013-01", "2013-01"], [1, 2], True),
        (["2013-01", "2013-01", "2013-02"], [1, 1, 1], False),
        (["2013-01", None], [1, 1], True),
        (["2013-01", None, None], [1, 2, 2], False),
        (["2013-01", "2013-01"], [1, None], True),
    ],
)
def test_rows_are_told_apart_by_any_of_the_columns(
    months: list[str | None], people: list[int | None], apart: bool
) -> None:
    rows = pa.table({"month": pa.array(months, pa.string()), "people": pa.array(people, pa.int64())})
    assert told_apart(rows, ("month", "people")) is apart


def test_rows_that_differ_in_a_list_only_are_sorted_again() -> None:
    rows = pa.table({"month": ["2013-01", "2013-01"], "people": [[1], [2]]})
    assert not told_apart(rows, ("month", "people"))
