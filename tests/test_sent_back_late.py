"""退票在追回之后: what the bank sends back is recorded, whatever became of it meanwhile, with right figures."""

from __future__ import annotations

import pytest

from tests.paying_office import CHIEF, Office
from tests.payouts import determined, recovered, written_off
from tests.views.staff import annulled
from xiyuan_ledger.aggregates.control import RecordVoided
from xiyuan_ledger.errors import RuleBroken


@pytest.fixture
def office() -> Office:
    """September is paid, and the pass annulled from the start on 5 October: 10,000 fen were paid too much."""
    found = Office()
    found.holder("W-1")
    found.run = found.sent("2013-09", "2013-09-25")  # type: ignore[attr-defined]
    found.answered(found.run, "2013-09-26")  # type: ignore[attr-defined]
    found.enter("2013-10-05", annulled("W-1", "2013-10-05", year=2013))
    found.enter("2013-10-06", determined(10_000, on="2013-10-06", month="2013-09"))
    return found


def account(office: Office, on: str) -> tuple[int, int, int]:
    (row,) = office.ledger.view("fund_statement", valid_on=on).rows
    return row["spent_fen"], row["reversed_fen"], row["closing_fen"]


def due(office: Office, on: str) -> dict[str, tuple[int, int, int]]:
    rows = office.ledger.view("subsidy_due", valid_on=on).rows
    return {row["month"]: (row["due_fen"], row["settled_fen"], row["delta_fen"]) for row in rows}


def test_what_she_handed_back_and_the_bank_sent_back_as_well_is_paid_to_her_again(office: Office) -> None:
    office.enter("2013-10-10", recovered(10_000, on="2013-10-10", month="2013-09"))
    assert due(office, "2013-10-10") == {}
    told = office.answered(office.run, "2013-10-12", state="returned")  # type: ignore[attr-defined]
    assert (told.paid, told.returned, told.again) == (0, 1, 0)
    assert due(office, "2013-10-12") == {"2013-09": (0, -10_000, 10_000)}
    assert account(office, "2013-10-12") == (10_000, 20_000, 10_000)
    office.closed(office.run, "2013-10-13")  # type: ignore[attr-defined]
    again = office.paid("2013-10", "2013-10-25")
    assert office.amounts(again) == {("W-1", "2013-09"): ("arrears", 10_000, 0)}
    assert due(office, "2013-10-31") == {}
    assert account(office, "2013-10-31") == (20_000, 20_000, 0)
    assert office.register("2013-10-31") == {"2013-09": (10_000, 10_000, 0, 0)}


def test_of_what_was_handed_back_in_part_just_that_is_paid_again(office: Office) -> None:
    office.enter("2013-10-10", recovered(4_000, on="2013-10-10", month="2013-09"))
    office.answered(office.run, "2013-10-12", state="returned")  # type: ignore[attr-defined]
    office.closed(office.run, "2013-10-13")  # type: ignore[attr-defined]
    assert office.register("2013-10-13") == {"2013-09": (4_000, 4_000, 0, 0)}
    assert office.amounts(office.paid("2013-10", "2013-10-25")) == {("W-1", "2013-09"): ("arrears", 4_000, 0)}
    assert account(office, "2013-10-31") == (14_000, 14_000, 0)


def test_what_was_written_off_is_first_voided_as_the_refusal_says_and_then_sent_back(office: Office) -> None:
    office.enter("2013-10-10", written_off(10_000, on="2013-10-10", month="2013-09"))
    (waived,) = office.events("OverpaymentWrittenOff")
    with pytest.raises(RuleBroken) as refused:
        office.answered(office.run, "2013-10-12", state="returned")  # type: ignore[attr-defined]
    assert (refused.value.code, refused.value.events) == ("line-written-off", (waived.event_id,))
    assert "RecordVoided" in refused.value.hint("en")
    void = RecordVoided(event=waived.event_id, approved_by=CHIEF, reason="came back", occurred_on="2013-10-12")
    office.enter("2013-10-12", void)
    office.answered(office.run, "2013-10-12", state="returned")  # type: ignore[attr-defined]
    office.closed(office.run, "2013-10-13")  # type: ignore[attr-defined]
    assert due(office, "2013-10-13") == {}
    assert account(office, "2013-10-13") == (10_000, 10_000, 0)
    with pytest.raises(RuleBroken) as nothing:
        office.enter("2013-10-14", written_off(10_000, on="2013-10-14", month="2013-09"))
    assert nothing.value.code == "recovered-too-much"


def test_what_a_later_run_kept_back_for_it_is_paid_again_too() -> None:
    office = Office()
    office.holder("W-1")
    first = office.sent("2013-09", "2013-09-25")
    office.answered(first, "2013-09-26")
    office.closed(first, "2013-09-27")
    office.enter("2013-10-06", determined(5_000, on="2013-10-06", month="2013-09"))
    office.enter("2013-10-07", recovered(5_000, on="2013-10-07", month="2013-09"))
    assert due(office, "2013-10-31")["2013-09"] == (10_000, 5_000, 5_000)
    office.answered(first, "2013-10-08", state="returned")
    assert due(office, "2013-10-31")["2013-09"] == (10_000, -5_000, 15_000)
    again = office.paid("2013-10", "2013-10-25")
    assert office.amounts(again) == {
        ("W-1", "2013-09"): ("arrears", 15_000, 0),
        ("W-1", "2013-10"): ("regular", 10_000, 0),
    }
