"""Whatever is entered in whatever order: no hard rule is broken by the facts that stand, asked of a naive model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given

from tests.episodes import ABOUT_STAFF, ABOUT_TRAINING, Episode
from tests.episodes_of_service import ABOUT_MONEY, ABOUT_ORGANISATIONS, ABOUT_SERVICE
from tests.episodes_of_volunteers import ABOUT_PLACES, ABOUT_VOLUNTEERS
from tests.naive_rules import RULES, effective
from tests.strategies import EVERYTHING, History, examples, histories
from tests.views.harness import adopted, events
from xiyuan_ledger.aggregates import FACTS, Fact

EXAMPLES = 4
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
}


@pytest.mark.parametrize("rule", RULES)
def test_no_history_breaks_a_hard_rule(rule: str) -> None:
    adopting = 0.0 if rule == "accounts" else 0.1

    @examples(EXAMPLES)
    @given(histories(size=(40, 80), altering=0.3, adopting=adopting, about=ABOUT[rule]))
    def hold(history: History) -> None:
        assert list(RULES[rule](effective(history.events))) == []

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
}


@pytest.mark.parametrize("rule", RULES)
def test_the_naive_model_sees_what_breaks_its_rule(rule: str) -> None:
    facts, said = BROKEN[rule]
    assert any(said in each for each in RULES[rule](effective(events(*facts))))
