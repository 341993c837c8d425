"""What is of the wrong kind altogether, from a program or a file, is refused in words and harms nothing beside it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from tests.views.staff import hired
from xiyuan_ledger.codes import LocalTime
from xiyuan_ledger.errors import InvalidEntry, ViewError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.pin import Pin


def nested(levels: int) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = [found]
    return found


@pytest.mark.parametrize("levels", [32, 255, 900, 100_000])
def test_what_is_nested_too_deep_is_refused_and_its_neighbours_are_recorded(ledger: Ledger, levels: int) -> None:
    adopted = {
        "type": "PolicyAdopted",
        "policy": "post-subsidy",
        "version": 2,
        "effective_from": "2013-01-01",
        "authority": "notice 7",
        "occurred_on": "2013-01-01",
        "parameters": {"rates": nested(levels)},
    }
    entries = [hired("W-1", "2013-01-01"), adopted, dict(adopted, version=nested(levels)), hired("W-2", "2013-01-01")]
    receipts = ledger.record_all(entries, atomic=False)
    assert [each.status for each in receipts] == ["recorded", "refused", "refused", "recorded"]
    assert isinstance(receipts[1].error, InvalidEntry)
    assert "nested at most 32 levels" in receipts[1].error.message("en")
    assert "32 层" in receipts[1].error.message("zh")


@pytest.mark.parametrize("time", ["2013-02-02 09:00", "2013-02-02", "2013-02-02T09:00+08:00", "2013-02-02T09:00:00.5"])
def test_a_time_is_written_in_one_form(time: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(LocalTime).validate_python(time)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"known_at": True}, "known-at-form"),
        ({"known_at": 1.5}, "known-at-form"),
        ({"known_at": date(2013, 1, 1)}, "known-at-form"),
        ({"pin": Pin(known_at="junk")}, "known-at-form"),  # type: ignore[arg-type]
        ({"pin": Pin(valid_on=5)}, "day-form"),  # type: ignore[arg-type]
        ({"pin": Pin(from_on="2013-02-30")}, "day-form"),  # type: ignore[arg-type]
        ({"pin": 5}, "pin-form"),
        ({"where": 5}, "argument-form"),
        ({"policies": 5}, "argument-form"),
        ({"policies": {"exam-deadline": 5}}, "argument-form"),
        ({"policies": {5: {}}}, "policy-unknown"),
        ({"valid_on": 5}, "day-form"),
        ({"month": 5}, "period-form"),
        ({"subject": "W-1"}, "argument-unknown"),
    ],
)
def test_a_question_of_the_wrong_kind_is_refused_in_words(asked: dict[str, Any], code: str) -> None:
    with Ledger.open("memory:", actor="clerk-7") as ledger, pytest.raises(ViewError) as caught:
        ledger.view("exam_deadlines", **asked)
    assert caught.value.code == code
    assert str(caught.value)
