"""说明: a line leads to the rate and its paper, the level, the post, what was paid, and what changed it since."""

from __future__ import annotations

import pytest

from tests.paying_office import Office
from tests.test_payout_other_schemes import INSTALMENTS, evaluated
from tests.test_payout_other_schemes import street as street  # a fixture
from tests.views.staff import annulled
from xiyuan_ledger.errors import ViewError
from xiyuan_ledger.payouts.explaining import explain
from xiyuan_ledger.payouts.reason import Reason


@pytest.fixture(scope="module")
def office() -> Office:
    """One title holder, paid for September and October; then her pass is annulled from the start."""
    found = Office()
    found.holder("W-1")
    for month in ("2013-09", "2013-10"):
        found.paid(month, f"{month}-25")
    return found


def facts(reason: Reason) -> list[str]:
    """The facts beneath a step, by name."""
    return [str(each.value).partition(" ")[0] for _, each in reason.steps() if each.what == "fact"]


def test_a_month_leads_to_its_rate_with_the_paper_its_level_its_post_and_its_payment(office: Office) -> None:
    found = explain(office.ledger, "W-1/post-subsidy/2013-10", valid_on="2013-10-31")
    due, settled, before = found.because
    assert (found.value, due.value, settled.value) == (0, 10_000, 10_000)
    rate, level, post = due.because
    assert (rate.value, level.value, post.value) == (10_000, "junior", "P-W-1")
    (paper,) = rate.because
    assert paper.what == "authority"
    assert paper.value
    assert len(paper.event_ids) == 1
    assert facts(level) == ["ExamPassed", "CertificateRegistered"]
    assert facts(post) == ["PostFilled"]
    assert facts(settled) == ["SubsidyPaid"]
    assert [each.value for each in before.because] == ["2013-09"]


def test_a_difference_leads_to_the_fact_that_caused_it(office: Office) -> None:
    office.enter("2013-12-05", annulled("W-1", "2013-12-05", year=2013))
    found = explain(office.ledger, "W-1/post-subsidy/2013-10", valid_on="2013-12-31")
    assert found.value == -10_000
    since = found.because[-1]
    assert (since.value, facts(since)) == ("post-subsidy-2013-10-1", ["ExamResultAnnulled"])
    ids = {event_id for _, each in since.steps() for event_id in each.event_ids}
    assert {event.event_id for event in office.events("ExamResultAnnulled")} <= ids


def test_the_tree_for_machines_leaves_out_what_is_absent(office: Office) -> None:
    whole = explain(office.ledger, "W-1/post-subsidy/2013-10", valid_on="2013-10-31").as_json()
    assert whole["value"] == 0
    assert whole["because"][0]["because"][0]["because"][0]["what"] == "authority"
    assert "on" not in whole


def test_a_month_in_which_nothing_is_due_says_so(office: Office) -> None:
    found = explain(office.ledger, "W-1/post-subsidy/2013-05", valid_on="2013-10-31")
    assert (found.value, found.because[0].because[0].what) == (0, "nothing")


def test_where_nothing_is_due_the_facts_say_why(office: Office) -> None:
    found = explain(office.ledger, "W-1/post-subsidy/2013-10", valid_on="2013-12-31")
    (nothing,) = found.because[0].because
    level, post = nothing.because
    assert facts(level) == ["ExamPassed", "CertificateRegistered", "ExamResultAnnulled"]
    assert facts(post) == ["PostFilled"]
    assert facts(explain(office.ledger, "W-9/post-subsidy/2013-10", valid_on="2013-12-31")) == []


def test_an_instalment_leads_to_its_contract_its_evaluation_and_its_transfers(street: Office) -> None:
    street.paid("2013-01", "2013-01-25", INSTALMENTS)
    first = explain(street.ledger, "P3/project-instalment/2013-01", valid_on="2013-08-31")
    due, settled = first.because
    assert (first.value, due.value, settled.value) == (0, 60_000, 60_000)
    assert facts(due) == ["ProjectContracted"]
    assert facts(settled) == ["FundsTransferred"]
    held = explain(street.ledger, "P3/project-instalment/2013-06", valid_on="2013-08-31").because[0]
    assert (held.value, held.because[-1].what, held.because[-1].value) == (0, "held_back", 40_000)
    evaluated(street, "midterm", 9_400, "excellent")
    found = explain(street.ledger, "P3/project-instalment/2013-06", valid_on="2013-08-31")
    assert (found.value, facts(found.because[0])) == (40_000, ["ProjectContracted", "EvaluationConcluded"])


@pytest.mark.parametrize(
    "line",
    ["W-1", "W-1/other/2013-10", "W-1/post-subsidy/2013-10/x", "W-1/post-subsidy/2013-13", "W-1/post-subsidy/May"],
)
def test_what_is_no_line_is_refused(office: Office, line: str) -> None:
    with pytest.raises(ViewError) as refused:
        explain(office.ledger, line)
    assert refused.value.code == "line-form"
