"""The diff of a view between two pins: what changed, and which facts caused it."""

from __future__ import annotations

from typing import Any

import orjson

from tests.views.harness import ask, event_id, events, position_of
from tests.views.harness import fact_id as fact
from tests.views.sunset import contracted, session
from xiyuan_ledger.projections.catalogue import definition
from xiyuan_ledger.projections.diff import DIFF, Between, changes

KEY = ("worker",)
FEBRUARY = Between(10, 20, {})


def row(worker: str | None, status: str, *positions: int) -> dict[str, Any]:
    return {"worker": worker, "status": status, "evidence": [event_id(position) for position in positions]}


def diff(
    before: list[dict[str, Any]], after: list[dict[str, Any]], between: Between = FEBRUARY
) -> list[tuple[Any, ...]]:
    """Change, worker, columns changed and positions of the causes."""
    return [
        (
            each["change"],
            orjson.loads(each["key"])["worker"],
            each["columns_changed"],
            [int(cause.replace("-", "")[:12], 16) for cause in each["caused_by"]],
        )
        for each in changes(KEY, before, after, between)
    ]


def test_rows_are_added_removed_and_changed_in_the_order_of_their_key_and_equal_ones_are_left_out() -> None:
    before = [row("W-1", "running", 1), row("W-2", "running", 2), row("W-3", "met", 3)]
    after = [row("W-2", "met", 2, 12), row("W-3", "met", 3), row("W-4", "running", 14), row(None, "running", 15)]
    assert diff(before, after) == [
        ("removed", "W-1", [], []),
        ("changed", "W-2", ["status"], [12]),
        ("added", "W-4", [], [14]),
        ("added", None, [], [15]),
    ]


def test_a_row_stands_there_as_it_was_and_as_it_is_without_its_evidence() -> None:
    [change] = changes(KEY, [row("W-1", "running", 1)], [row("W-1", "met", 1, 11)], FEBRUARY)
    assert change == {
        "change": "changed",
        "key": '{"worker":"W-1"}',
        "before": '{"status":"running","worker":"W-1"}',
        "after": '{"status":"met","worker":"W-1"}',
        "columns_changed": ["status"],
        "caused_by": [event_id(11)],
        "evidence": [event_id(11)],
    }


def test_a_row_whose_evidence_alone_differs_is_unchanged() -> None:
    assert diff([row("W-1", "met", 1)], [row("W-1", "met", 11)]) == []


def test_only_what_was_recorded_after_the_earlier_pin_and_up_to_the_later_is_a_cause() -> None:
    before, after = [row("W-1", "running", 9)], [row("W-1", "met", 10, 11, 20, 21)]
    assert diff(before, after) == [("changed", "W-1", ["status"], [11, 20])]


def test_what_the_passing_of_days_changed_has_no_cause() -> None:
    assert diff([row("W-1", "running", 1)], [row("W-1", "missed", 1)]) == [("changed", "W-1", ["status"], [])]


def test_a_voiding_is_the_cause_where_it_took_away_what_a_row_rested_on() -> None:
    voided = Between(10, 20, {event_id(2): event_id(15), event_id(3): event_id(16), event_id(1): event_id(7)})
    before, after = [row("W-1", "met", 1, 2)], [row("W-1", "running", 1)]
    assert diff(before, after, voided) == [("changed", "W-1", ["status"], [15])]
    assert diff(after, before, voided) == [("changed", "W-1", ["status"], [15])]


def test_rows_that_share_a_key_are_matched_with_their_equals_first() -> None:
    before = [row("W-1", "a", 1), row("W-1", "b", 2)]
    after = [row("W-1", "b", 2), row("W-1", "c", 11), row("W-1", "d", 12)]
    assert diff(before, after) == [("changed", "W-1", ["status"], [11]), ("added", "W-1", [], [12])]


def test_a_late_session_and_a_correction_are_found_as_causes_in_a_view() -> None:
    first = session("S-1", "2013-03-01", headcount=50)
    better = session("S-1", "2013-03-01", headcount=5, corrects=fact(2), reason="a slip")
    late = session("S-2", "2013-03-02", headcount=4)
    ledger = events(contracted(sessions=2), first, better, late)
    sides = [ask("project_outputs", ledger, "2013-12-31", position_of(number)) for number in (2, 4)]
    between = Between(position_of(2), position_of(4), {fact(2): fact(3)})
    found = list(changes(definition("project_outputs").sort, sides[0], sides[1], between))
    assert [(each["key"], each["caused_by"]) for each in found] == [
        ('{"indicator":"person_times","project":"P3"}', [fact(3), fact(4)]),
        ('{"indicator":"service_minutes","project":"P3"}', [fact(3), fact(4)]),
        ('{"indicator":"sessions","project":"P3"}', [fact(3), fact(4)]),
    ]
    assert list(found[0]) == [column.name for column in DIFF.columns]
