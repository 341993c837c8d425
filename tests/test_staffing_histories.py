"""Random entries in any order, against a second definition that lives through the days one by one."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from given import Given, given

from xiyuan_ledger.aggregates.aggregate import in_order
from xiyuan_ledger.aggregates.contract import PositionsPurchased
from xiyuan_ledger.aggregates.fact import Event, Fact
from xiyuan_ledger.aggregates.post import PostEstablished, PostFilled, PostVacated
from xiyuan_ledger.aggregates.worker import (
    DismissalProposed,
    WorkerDismissed,
    WorkerHired,
    WorkerLeft,
    WorkerReinstated,
)

FIRST = date(2012, 1, 1)
DAYS = [FIRST + timedelta(days=i) for i in range(14)]
CAPACITY = 2
ENTRIES = 60
START: tuple[Fact, ...] = (
    PostEstablished(post="P", org="O", title="social worker", professional=True, capacity=CAPACITY, occurred_on=FIRST),
    PositionsPurchased(
        **{"contract": "K", "org": "O", "agency": "A", "quantity": 1, "price_fen": 1, "from": FIRST, "to": DAYS[9]},
        occurred_on=FIRST,
    ),
)


class Street:
    """The workers of a street at the end of a day."""

    def __init__(self) -> None:
        self.employed: dict[str, set[tuple[str, str]]] = {}
        self.filling: set[str] = set()
        self.awaiting: dict[str, tuple[set[tuple[str, str]], bool]] = {}
        self.seats_taken_today: set[str] = set()

    def live_through(self, facts: list[Fact]) -> None:
        self.seats_taken_today = set()
        for fact in facts:
            self._follow(fact)
        self.filling -= {worker for worker in self.filling if not self.employed[worker]}

    def _follow(self, fact: Any) -> None:
        worker = getattr(fact, "worker", "")
        employed = self.employed.setdefault(worker, set())
        match fact:
            case WorkerHired():
                employed.add((fact.employer, fact.employment))
                self.seats_taken_today |= {worker} if fact.employment == "purchased" else set()
            case WorkerLeft():
                self.employed[worker] = {each for each in employed if each[0] != fact.employer}
            case WorkerDismissed():
                self.awaiting[worker] = (set(employed), worker in self.filling)
                self.employed[worker] = set()
                self.filling.discard(worker)
            case WorkerReinstated():
                again, on_post = self.awaiting.pop(worker)
                self.employed[worker] = employed | again
                self.filling |= {worker} if on_post else set()
                self.seats_taken_today |= {worker} if "purchased" in {kind for _, kind in again} else set()
            case PostFilled():
                self.filling.add(worker)
                if worker in self.awaiting:
                    self.awaiting[worker] = (self.awaiting[worker][0], False)
            case PostVacated():
                self.filling.discard(worker)
                if worker in self.awaiting:
                    self.awaiting[worker] = (self.awaiting[worker][0], False)

    def purchased(self) -> set[str]:
        return {worker for worker, jobs in self.employed.items() if any(kind == "purchased" for _, kind in jobs)}


def entry(random: Random) -> Fact:
    worker = {"worker": random.choice(["W-1", "W-2", "W-3"]), "occurred_on": random.choice(DAYS)}
    decision = {"reason": "deadline", "approved_by": "director"}
    match random.randrange(9):
        case 0 | 1:
            employment = random.choice(["street", "purchased"])
            return WorkerHired(**worker, employer=random.choice(["E", "A"]), employment=employment)
        case 2:
            return WorkerLeft(**worker, employer=random.choice(["E", "A"]))
        case 3 | 4:
            return PostFilled(**worker, post="P")
        case 5:
            return PostVacated(**worker, post="P")
        case 6:
            return DismissalProposed(**worker, reason="deadline")
        case 7:
            return WorkerDismissed(**worker, **decision)
        case _:
            return WorkerReinstated(**worker, **decision)


def check(office: Given) -> None:
    street, post = Street(), office.world.post("P")
    events: list[Event] = in_order(event for stream in office.streams.values() for event in stream)
    for day in DAYS:
        street.live_through([event.fact for event in events if event.fact.occurred_on == day])
        filling = {worker for worker in post.fills if post.filled_by(worker, day, office.world) is not None}
        assert filling == street.filling, day
        assert len(filling) <= CAPACITY, day
        if street.seats_taken_today & street.purchased():
            assert len(street.purchased()) <= office.world.contract("K").seats_on(day), day
        for worker, jobs in street.employed.items():
            held = office.world.worker(worker).employments
            assert {(span.employer, span.employment) for span in held if span.holds(day)} == jobs, (worker, day)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_admitted_in_whatever_order_leaves_everyone_where_the_days_put_her(seed: int) -> None:
    random = Random(seed)
    office = given(*START)
    recorded: list[Event] = []
    for _ in range(ENTRIES):
        target = random.choice(recorded) if recorded and random.randrange(3) == 0 else None
        if target is not None and random.randrange(2) == 0:
            outcome = office.when_voided(target.position)
        elif target is not None:
            moved = {"occurred_on": random.choice(DAYS), "corrects": target.event_id, "reason": "wrong day"}
            outcome = office.when(target.fact.model_copy(update=moved))
        else:
            outcome = office.when(entry(random))
        if not outcome.is_refused:
            recorded = [event for event in (*recorded, outcome.recorded) if event is not target]
        check(office)
