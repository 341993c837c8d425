"""资金账户: what comes in, what may go out, and what it was given for."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from given import Given, event_id, given

from xiyuan_ledger.aggregates.account import ExpenseRecorded, ExpenseReversed, FundsReceived, FundsTransferred
from xiyuan_ledger.aggregates.fact import Fact
from xiyuan_ledger.aggregates.organization import OrganizationRegistered, OrganizationStatusChanged
from xiyuan_ledger.aggregates.policy import PolicyAdopted

ACCOUNT = {"org": "choir", "channel": "government"}


def received(on: str, fen: int, voucher: str = "R-1", **more: Any) -> FundsReceived:
    return FundsReceived(
        **{**ACCOUNT, "amount_fen": fen, "voucher": voucher, "payer": "city", "occurred_on": on} | more
    )


def spent(on: str, fen: int, voucher: str = "E-1", **more: Any) -> ExpenseRecorded:
    fields = {"category": "activity", "payee": "shop", "amount_fen": fen, "voucher": voucher, "occurred_on": on}
    return ExpenseRecorded(**{**ACCOUNT, **fields} | more)


def reversed_(on: str, fen: int, voucher: str = "E-1", **more: Any) -> ExpenseReversed:
    return ExpenseReversed(
        **{**ACCOUNT, "amount_fen": fen, "voucher": voucher, "reason": "returned", "occurred_on": on} | more
    )


def sent(on: str, fen: int, to_org: str = "choir", voucher: str = "T-1", **more: Any) -> FundsTransferred:
    fields = {"org": "xiyuan", "channel": "government", "to_org": to_org, "amount_fen": fen, "voucher": voucher}
    return FundsTransferred(**fields | {"occurred_on": on} | more)


def adopted(policy: str, on: str, **more: Any) -> PolicyAdopted:
    fields: dict[str, Any] = {"version": 1, "effective_from": on, "authority": "notice 7", "parameters": {}}
    return PolicyAdopted(**fields | {"policy": policy, "occurred_on": on} | more)


BLOCK = adopted("fund-channels", "2012-06-01")


def test_an_account_never_goes_below_zero() -> None:
    ledger = given(BLOCK, received("2012-07-01", 100))
    ledger.when(spent("2012-07-01", 101)).refused("account-below-zero")
    assert ledger.when(spent("2012-07-01", 100)).recorded
    ledger.when(spent("2012-07-02", 1, "E-2")).refused("account-below-zero")


def test_money_is_spent_from_the_day_it_came_in() -> None:
    ledger = given(BLOCK, received("2012-07-02", 100))
    ledger.when(spent("2012-07-01", 100)).refused("account-below-zero")
    assert ledger.when(spent("2012-07-02", 100)).recorded


def test_a_late_expense_leaves_enough_for_those_that_follow() -> None:
    ledger = given(BLOCK, received("2012-07-01", 100), spent("2012-07-10", 60), received("2012-07-11", 500, "R-2"))
    ledger.when(spent("2012-07-05", 41, "E-2")).refused("account-below-zero")
    assert ledger.when(spent("2012-07-05", 40, "E-2")).recorded
    ledger.when(spent("2012-07-11", 501, "E-3")).refused("account-below-zero")
    assert ledger.when(spent("2012-07-11", 500, "E-3")).recorded


@pytest.mark.parametrize("parameters", [{}, {"mode": "block"}])
def test_the_mode_is_that_of_the_day_of_the_expense(parameters: dict[str, Any]) -> None:
    ledger = given(adopted("fund-channels", "2012-07-02", effective_to="2012-07-04", parameters=parameters))
    assert ledger.when(spent("2012-07-01", 1)).recorded
    ledger.when(spent("2012-07-02", 1, "E-2")).refused("account-below-zero")
    ledger.when(spent("2012-07-03", 1, "E-3")).refused("account-below-zero")
    assert ledger.when(spent("2012-07-04", 1, "E-4")).recorded


def test_where_the_mode_is_to_warn_an_account_may_go_below_zero() -> None:
    warn = adopted("fund-channels", "2012-06-01", parameters={"mode": "warn"})
    ledger = given(warn, received("2012-07-01", 100, project="sunset"), spent("2012-07-01", 50))
    assert ledger.when(spent("2012-07-02", 500, "E-2")).recorded


def test_before_the_first_day_of_the_rule_an_account_may_be_short_and_from_then_on_spends_nothing_more() -> None:
    assert given(BLOCK).when(spent("2012-05-31", 100)).recorded
    ledger = given(BLOCK, spent("2012-05-31", 100))
    ledger.when(spent("2012-06-01", 1, "E-2")).refused("account-below-zero")
    ledger = given(BLOCK, spent("2012-05-31", 100), received("2012-06-01", 100))
    ledger.when(spent("2012-06-01", 1, "E-2")).refused("account-below-zero")
    back = adopted("fund-channels", "2012-01-01", version=2, occurred_on="2012-07-01", reason="reaches back")
    given(BLOCK, back).when(spent("2012-05-31", 100)).refused("account-below-zero")


def test_a_debt_from_before_does_not_keep_other_money_from_its_purpose() -> None:
    ledger = given(spent("2012-05-01", 1000), BLOCK, received("2012-07-01", 100, project="sunset"))
    assert ledger.when(spent("2012-07-01", 100, "E-2", project="sunset")).recorded
    ledger.when(spent("2012-07-01", 1, "E-3", project="sunset")).refused("account-below-zero")


def test_money_for_a_project_is_spent_only_there() -> None:
    ledger = given(BLOCK, received("2012-07-01", 100, project="sunset"), received("2012-07-01", 30, "R-2"))
    ledger.when(spent("2012-07-02", 31)).refused("restricted-money")
    ledger.when(spent("2012-07-02", 31, project="seedling")).refused("restricted-money")
    ledger.when(spent("2012-07-02", 131, project="sunset")).refused("account-below-zero")
    assert ledger.when(spent("2012-07-02", 130, project="sunset")).recorded


def test_money_for_a_category_is_spent_only_there() -> None:
    ledger = given(BLOCK, received("2012-07-01", 100, restricted_to="venue"))
    ledger.when(spent("2012-07-02", 1)).refused("restricted-money")
    assert ledger.when(spent("2012-07-02", 100, category="venue", project="sunset")).recorded


def test_money_for_a_category_of_a_project_is_spent_only_there() -> None:
    ledger = given(BLOCK, received("2012-07-01", 100, project="sunset", restricted_to="venue"))
    ledger.when(spent("2012-07-02", 1, project="sunset")).refused("restricted-money")
    ledger.when(spent("2012-07-02", 1, category="venue")).refused("restricted-money")
    assert ledger.when(spent("2012-07-02", 100, category="venue", project="sunset")).recorded


def test_free_money_is_kept_as_long_as_bound_money_serves() -> None:
    ledger = given(BLOCK, received("2012-07-01", 50), received("2012-07-01", 50, "R-2", project="sunset"))
    assert ledger.when(spent("2012-07-02", 50, project="sunset")).recorded
    assert ledger.when(spent("2012-07-03", 50, "E-2")).recorded


def test_which_bound_money_served_is_settled_so_that_most_is_covered() -> None:
    ledger = given(
        BLOCK,
        received("2012-07-01", 50, "R-1", project="sunset"),
        received("2012-07-01", 50, "R-2", restricted_to="venue"),
        spent("2012-07-02", 50, project="sunset", category="venue"),
    )
    assert ledger.when(spent("2012-07-03", 50, "E-2", project="sunset", category="staff")).recorded
    ledger.when(spent("2012-07-03", 1, "E-3", category="venue")).refused("account-below-zero")


def test_money_that_comes_later_for_a_project_frees_what_was_advanced() -> None:
    ledger = given(BLOCK, received("2012-07-01", 50), spent("2012-07-02", 50, project="sunset"))
    assert ledger.when(received("2012-07-03", 50, "R-2", project="sunset")).recorded
    ledger.when(spent("2012-07-02", 50, "E-2")).refused("account-below-zero")
    assert ledger.when(spent("2012-07-03", 50, "E-2")).recorded


def test_a_late_expense_does_not_take_bound_money() -> None:
    ledger = given(
        BLOCK,
        received("2012-07-01", 100, project="sunset"),
        received("2012-07-01", 20, "R-2"),
        spent("2012-07-10", 10, project="sunset"),
    )
    ledger.when(spent("2012-07-05", 21, "E-2")).refused("restricted-money")
    assert ledger.when(spent("2012-07-05", 20, "E-2")).recorded


def test_a_receipt_cannot_be_taken_out_under_an_expense() -> None:
    ledger = given(BLOCK, received("2012-07-01", 100), spent("2012-07-02", 60))
    ledger.when_voided(2).refused("account-below-zero", naming=(3,))
    smaller = {"corrects": event_id(2), "reason": "misread"}
    ledger.when(received("2012-07-01", 59, **smaller)).refused("account-below-zero", naming=(3,))
    assert ledger.when(received("2012-07-01", 60, **smaller)).recorded


def test_a_voucher_is_used_once_in_an_organisation() -> None:
    ledger = given(received("2012-07-01", 100, "V-1"))
    ledger.when(received("2012-07-02", 100, "V-1")).refused("voucher-used", naming=(1,))
    ledger.when(received("2012-06-30", 100, "V-1", channel="social")).refused("voucher-used", naming=(1,))
    ledger.when(spent("2012-07-02", 1, "V-1", channel="member")).refused("voucher-used", naming=(1,))
    ledger.when(sent("2012-07-02", 1, "station", "V-1", org="choir")).refused("voucher-used", naming=(1,))
    assert ledger.when(received("2012-07-02", 100, "V-1", org="station")).recorded


def test_a_voucher_is_free_again_once_its_fact_was_taken_out() -> None:
    ledger = given(received("2012-07-01", 100, "V-1"))
    assert ledger.when_voided(1).recorded
    assert ledger.when(received("2012-07-02", 100, "V-1")).recorded


def test_reversals_never_exceed_the_expense() -> None:
    ledger = given(BLOCK, received("2012-07-01", 100), spent("2012-07-02", 100))
    ledger.when(reversed_("2012-07-03", 101)).refused("reversed-too-much", naming=(3,))
    assert ledger.when(reversed_("2012-07-03", 60)).recorded
    ledger.when(reversed_("2012-07-03", 41)).refused("reversed-too-much", naming=(3,))
    assert ledger.when(reversed_("2012-07-04", 40)).recorded


def test_a_reversal_names_an_expense_of_the_account_and_follows_it() -> None:
    ledger = given(BLOCK, received("2012-07-01", 100), spent("2012-07-02", 100))
    ledger.when(reversed_("2012-07-03", 1, "R-1")).refused("expense-unknown")
    ledger.when(reversed_("2012-07-03", 1, channel="social")).refused("expense-unknown")
    ledger.when(reversed_("2012-07-01", 1)).refused("reversed-before", naming=(3,))
    assert ledger.when(reversed_("2012-07-02", 1)).recorded


def test_what_came_back_can_be_spent_from_that_day_on() -> None:
    ledger = given(BLOCK, received("2012-07-01", 100), spent("2012-07-02", 100), reversed_("2012-07-05", 30))
    ledger.when(spent("2012-07-04", 30, "E-2")).refused("account-below-zero")
    ledger.when(spent("2012-07-05", 31, "E-2")).refused("account-below-zero")
    assert ledger.when(spent("2012-07-05", 30, "E-2")).recorded
    ledger.when_voided(4).refused("account-below-zero", naming=(5,))


def test_what_came_back_is_bound_as_it_was() -> None:
    ledger = given(BLOCK, received("2012-07-01", 100, project="sunset"), spent("2012-07-02", 100, project="sunset"))
    assert ledger.when(reversed_("2012-07-03", 50)).recorded
    ledger.when(spent("2012-07-04", 50, "E-2")).refused("restricted-money")
    assert ledger.when(spent("2012-07-04", 50, "E-2", project="sunset")).recorded


STREET = (BLOCK, received("2012-07-01", 1000, "R-1", org="xiyuan"))


def test_a_transfer_leaves_one_account_and_enters_another() -> None:
    ledger = given(*STREET)
    ledger.when(sent("2012-07-02", 1001)).refused("account-below-zero")
    assert ledger.when(sent("2012-07-02", 600)).recorded
    ledger.when(spent("2012-07-01", 1)).refused("account-below-zero")
    ledger.when(spent("2012-07-02", 601)).refused("account-below-zero")
    ledger.when(spent("2012-07-02", 1, channel="social")).refused("account-below-zero")
    assert ledger.when(spent("2012-07-02", 600)).recorded
    ledger.when(sent("2012-07-02", 1, "station", "T-2", org="choir")).refused("account-below-zero")
    ledger.when(spent("2012-07-02", 401, org="xiyuan")).refused("account-below-zero")


def test_money_transferred_for_a_project_is_spent_only_there() -> None:
    ledger = given(*STREET, sent("2012-07-02", 100, project="sunset"))
    ledger.when(spent("2012-07-03", 100)).refused("restricted-money")
    assert ledger.when(spent("2012-07-03", 100, project="sunset")).recorded


def test_bound_money_is_transferred_only_for_its_project() -> None:
    ledger = given(BLOCK, received("2012-07-01", 100, org="xiyuan", project="sunset"))
    ledger.when(sent("2012-07-02", 100)).refused("restricted-money")
    assert ledger.when(sent("2012-07-02", 100, project="sunset")).recorded


def test_a_late_transfer_covers_from_its_day_on() -> None:
    ledger = given(*STREET, sent("2012-07-20", 50), sent("2012-07-10", 30, voucher="T-2"))
    ledger.when(spent("2012-07-15", 31)).refused("account-below-zero")
    assert ledger.when(spent("2012-07-15", 30)).recorded
    ledger.when(spent("2012-07-12", 1, "E-2")).refused("account-below-zero")


def test_a_transfer_cannot_be_taken_out_once_it_was_spent() -> None:
    ledger = given(*STREET, sent("2012-07-02", 100), spent("2012-07-03", 60))
    ledger.when_voided(3).refused("transfer-spent")
    smaller = {"corrects": event_id(3), "reason": "misread"}
    ledger.when(sent("2012-07-02", 59, **smaller)).refused("transfer-spent")
    ledger.when(sent("2012-07-04", 100, **smaller)).refused("transfer-spent")
    assert ledger.when(sent("2012-07-03", 60, **smaller)).recorded


def test_nothing_is_transferred_to_oneself() -> None:
    given(*STREET).when(sent("2012-07-02", 1, "xiyuan")).refused("transfer-to-itself")


def organisation(kind: str) -> OrganizationRegistered:
    return OrganizationRegistered(org="choir", kind=kind, name="choir", occurred_on="2012-01-01")


def test_nothing_comes_in_from_the_day_of_the_dissolution_on() -> None:
    dissolved = OrganizationStatusChanged(org="choir", status="dissolved", occurred_on="2012-09-01")
    ledger = given(*STREET, organisation("cso"), dissolved)
    assert ledger.when(received("2012-08-31", 100)).recorded
    ledger.when(received("2012-09-01", 100, "R-2")).refused("account-org-dissolved", naming=(4,))
    ledger.when(received("2012-09-02", 100, "R-2")).refused("account-org-dissolved", naming=(4,))
    ledger.when(sent("2012-09-01", 100)).refused("account-org-dissolved", naming=(4,))
    assert ledger.when(spent("2012-09-02", 40)).recorded
    assert ledger.when(sent("2012-09-02", 60, "xiyuan", org="choir")).recorded


@pytest.mark.parametrize(("kind", "admitted"), [("street", True), ("department", True), ("cso", False)])
def test_training_is_paid_by_a_street_or_a_department(kind: str, admitted: bool) -> None:
    ledger = given(organisation(kind), adopted("training-cost", "2012-06-01"))
    outcome = ledger.when(spent("2012-06-01", 100, category="training"))
    assert outcome.recorded if admitted else outcome.refused("training-payer")
    assert ledger.when(spent("2012-06-01", 100, "E-2", category="staff")).recorded


def test_others_may_pay_for_training_outside_the_days_of_the_policy() -> None:
    ledger = given(organisation("cso"), adopted("training-cost", "2012-06-01", effective_to="2012-08-01"))
    assert ledger.when(spent("2012-05-31", 100, "E-1", category="training")).recorded
    ledger.when(spent("2012-06-01", 100, "E-2", category="training")).refused("training-payer")
    ledger.when(spent("2012-07-31", 100, "E-2", category="training")).refused("training-payer")
    assert ledger.when(spent("2012-08-01", 100, "E-2", category="training")).recorded


def shortfalls(ledger: Given) -> list[dict[date, int]]:
    state = ledger.world.account("choir", "government")
    return [state.book.shortfalls([]), ledger.folded_afresh("account/choir/government").book.shortfalls([])]


def test_days_are_the_same_in_whatever_order_they_were_entered() -> None:
    facts: list[Fact] = [
        received("2012-07-05", 100, "R-1"),
        spent("2012-07-06", 70, "E-1", project="sunset"),
        received("2012-07-01", 50, "R-2", project="sunset"),
        spent("2012-07-03", 20, "E-2", project="sunset"),
        reversed_("2012-07-08", 30, "E-1"),
        spent("2012-07-08", 90, "E-3"),
    ]
    ledger = given(BLOCK, *facts)
    kept, afresh = shortfalls(ledger)
    assert kept == afresh
    assert set(kept.values()) == {0}
    ledger.when(spent("2012-07-08", 1, "E-4")).refused("account-below-zero")
