"""Whatever is entered in whatever order: no hard rule is broken by the facts that stand, asked of a naive model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given

from tests.episodes import ABOUT_STAFF, ABOUT_TRAINING, Episode
from tests.episodes_of_evaluation import ABOUT_EVALUATION
from tests.episodes_of_payouts import ABOUT_PAYOUTS
from tests.episodes_of_service import ABOUT_MONEY, ABOUT_ORGANISATIONS, ABOUT_SERVICE
from tests.episodes_of_volunteers import ABOUT_PLACES, ABOUT_VOLUNTEERS
from tests.naive_evaluations import RULES as OF_EVALUATIONS
from tests.naive_evaluations import months
from tests.naive_payouts import RULES as OF_PAYOUTS
from tests.naive_payouts import payments
from tests.naive_rules import RULES as OF_THE_REST
from tests.naive_rules import effective
from tests.payouts import approved, claimed, determined, opened, paid, recovered
from tests.strategies import EVERYTHING, History, examples, histories
from tests.views.harness import adopted, events
from xiyuan_ledger.aggregates import AGGREGATES, FACTS, Event, Fact

EXAMPLES = 4
RULES = {**OF_THE_REST, **OF_PAYOUTS, **OF_EVALUATIONS}
OF_WHAT_WAS_RECORDED: dict[str, Callable[[Sequence[Event]], Iterator[str]]] = {"payments": payments, "months": months}
"""Rules of every event, corrected and voided ones too."""
MODELS: dict[str, Sequence[str]] = {
    "org": ("organisations",),
    "worker": ("workers", "examinations"),
    "post": ("posts",),
    "contract": ("posts",),
    "class": ("trainings",),
    "session": ("trainings", "projects"),
    "project": ("projects",),
    "client": ("clients",),
    "case": ("cases",),
    "account": ("accounts",),
    "run": ("runs",),
    "entitlement": ("entitlements", "payments"),
    "claim": ("claims",),
    "policy": ("policies",),
    "ledger": ("months",),
    "volunteer": ("volunteers",),
    "request": ("volunteers",),
    "venue": ("venues",),
    "review": ("reviews",),
    "evaluation": ("evaluations",),
}
"""By which naive models an aggregate is judged."""
ABOUT: dict[str, Sequence[Episode]] = {
    "organisations": (*ABOUT_ORGANISATIONS, *ABOUT_MONEY),
    "workers": ABOUT_STAFF,
    "examinations": ABOUT_STAFF,
    "posts": ABOUT_STAFF,
    "trainings": (*ABOUT_TRAINING, *ABOUT_SERVICE),
    "projects": ABOUT_SERVICE,
    "clients": ABOUT_SERVICE,
    "cases": ABOUT_SERVICE,
    "volunteers": ABOUT_VOLUNTEERS,
    "venues": ABOUT_PLACES,
    "reviews": (*ABOUT_PLACES, *ABOUT_ORGANISATIONS),
    "accounts": ABOUT_MONEY,
    "policies": EVERYTHING,
    "runs": ABOUT_PAYOUTS,
    "entitlements": ABOUT_PAYOUTS,
    "claims": (*ABOUT_PAYOUTS, *ABOUT_PAYOUTS, *ABOUT_STAFF),
    "evaluations": (*ABOUT_EVALUATION, *ABOUT_EVALUATION, *ABOUT_SERVICE),
    "payments": ABOUT_PAYOUTS,
    "months": (*ABOUT_MONEY, *ABOUT_STAFF),
}
PAYING = ("runs", "entitlements", "claims", "payments")


def broken(rule: str, history: History) -> list[str]:
    """What breaks a rule in a history."""
    if rule in OF_WHAT_WAS_RECORDED:
        return list(OF_WHAT_WAS_RECORDED[rule](history.events))
    return list(RULES[rule](effective(history.events)))


def test_every_aggregate_has_a_naive_model() -> None:
    assert MODELS.keys() == AGGREGATES.keys()
    named = [rule for models in MODELS.values() for rule in models]
    assert set(named) == ABOUT.keys() == RULES.keys() | OF_WHAT_WAS_RECORDED.keys()


@pytest.mark.parametrize("rule", ABOUT)
def test_no_history_breaks_a_hard_rule(rule: str) -> None:
    adopting = 0.0 if rule == "accounts" else 0.1
    most, size, paying = (2, (20, 40), 0.3) if rule in PAYING else (EXAMPLES, (40, 80), 0.0)

    @examples(most)
    @given(histories(size=size, altering=0.2, adopting=adopting, paying=paying, about=ABOUT[rule]))
    def hold(history: History) -> None:
        assert broken(rule, history) == []

    hold()


def _fact(type_: str, on: str, **fields: Any) -> Fact:
    return FACTS[type_].from_entry(fields | {"occurred_on": on})


def _hired(worker: str = "W-1", **more: Any) -> Fact:
    return _fact("WorkerHired", "2013-01-01", worker=worker, employer="XY", employment="street", **more)


def _logged(starts_at: str) -> Fact:
    named = {"volunteer": "V-1", "minutes": 60, "category": "x", "starts_at": starts_at}
    return _fact("VolunteerHoursLogged", "2013-01-02", **named)


EXAM = {"worker": "W-1", "level": "junior", "year": 2012, "exam_on": "2012-06-16"}
POST = {"post": "P", "org": "XY", "title": "t", "professional": False, "capacity": 1}
SPENT = {"org": "XY", "channel": "social", "amount_fen": 1, "category": "other", "payee": "shop", "voucher": "V"}
BROKEN: dict[str, tuple[list[Fact], str]] = {
    "organisations": ([_fact("MemberJoined", "2013-01-01", org="A", person="M-1")], "before registration"),
    "workers": ([_hired(), _hired(key="again")], "hired twice: W-1"),
    "examinations": ([_fact("ExamRegistered", "2012-06-01", **EXAM)] * 2, "registered twice"),
    "posts": (
        [
            _fact("PostEstablished", "2013-01-01", **POST),
            *(_hired(worker) for worker in ("W-1", "W-2")),
            *(_fact("PostFilled", "2013-01-02", post="P", worker=worker) for worker in ("W-1", "W-2")),
        ],
        "P overfilled on 2013-01-02",
    ),
    "trainings": (
        [_fact("TrainingEnrolled", "2013-01-01", **{"class": "K"}, person="M-1")],
        "before TrainingClassOpened",
    ),
    "projects": ([_fact("ProjectStarted", "2013-01-01", project="P")], "started from : P"),
    "clients": ([_fact("ClientExited", "2013-01-01", client="C", project="P")], "before ClientRegistered"),
    "cases": (
        [
            _fact("CaseOpened", "2013-01-01", case="K", client="C", project="P"),
            _fact("CaseClosed", "2013-01-02", case="K", client="C"),
        ],
        "closed without a plan: K",
    ),
    "volunteers": (
        [
            _fact("VolunteerRegistered", "2013-01-01", volunteer="V-1", station="S"),
            _logged("2013-01-02T09:00"),
            _logged("2013-01-02T09:59"),
        ],
        "overlap of V-1",
    ),
    "venues": ([_fact("VenueBookingCancelled", "2013-01-01", venue="V", booking="B")] * 2, "cancelled twice"),
    "reviews": (
        [_fact("ResidentReviewSubmitted", "2013-01-01", review="R", resident="Z", subject="S", score=5)],
        "ballot outside: R",
    ),
    "accounts": ([_fact("ExpenseRecorded", "2013-01-01", **SPENT)], "below zero on 2013-01-01"),
    "policies": ([adopted("counting", 2, "2013-01-01"), adopted("counting", 2, "2013-02-01")], "version twice"),
    "runs": ([opened(), approved(approved_by="clerk-1")], "approved by who opened it: R-1"),
    "entitlements": ([opened(), approved(), determined(5), recovered(6)], "more taken back than was determined"),
    "payments": ([opened(), approved(), paid()], "no such line: R-1 W-1 2013-03"),
    "claims": ([claimed()], "without a pass: B-1"),
    "evaluations": ([_fact("EvaluationNoticed", "2013-01-01", evaluation="V")], "commissioned twice, or never: V"),
    "months": (
        [_fact("PeriodClosed", "2013-02-01", month="2013-01", approved_by="chief-1"), _hired()],
        "WorkerHired for the closed month 2013-01",
    ),
}


@pytest.mark.parametrize("rule", ABOUT)
def test_the_naive_model_sees_what_breaks_its_rule(rule: str) -> None:
    facts, said = BROKEN[rule]
    seen = History(facts, facts, events(*facts))
    assert any(said in each for each in broken(rule, seen))
