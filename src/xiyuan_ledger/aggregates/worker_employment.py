"""在职: when a worker was employed and by whom, dismissals and reinstatements, and the rules for them.

Part of the worker's stream; its facts are declared in `worker.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

from xiyuan_ledger.aggregates.aggregate import Span
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.worker import (
        DismissalProposed,
        Employment,
        WorkerDismissed,
        WorkerHired,
        WorkerLeft,
        WorkerReinstated,
    )

How = Literal["running", "left", "dismissed"]


@dataclass(frozen=True, slots=True)
class EmploymentSpan:
    """Days employed by one employer, from `start` up to, but not including, `end`. Names the facts that set them."""

    employer: str
    employment: Employment
    start: date
    end: date | None
    opened_by: str
    closed_by: str | None = None

    def holds(self, day: date) -> bool:
        """Whether the day lies inside."""
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class Dismissal:
    """A dismissal, the employments that it ended, and the day from which they go on again, if they do."""

    on: date
    event_id: str
    ended: tuple[EmploymentSpan, ...]
    until: date | None = None

    def stands_on(self, day: date) -> bool:
        """Whether it was made, and not taken back by a day."""
        return self.on <= day and (self.until is None or day < self.until)


class Career:
    """A worker's employments in the order in which they began, her dismissals, and a proposal still to be decided."""

    __slots__ = ("dismissals", "employments", "proposed_by")

    def __init__(self) -> None:
        self.employments: list[EmploymentSpan] = []
        self.dismissals: list[Dismissal] = []
        self.proposed_by: str | None = None

    def copy(self) -> Career:
        """The same career, to see what a fact would make of it."""
        found = Career()
        found.employments, found.dismissals = self.employments[:], self.dismissals[:]
        found.proposed_by = self.proposed_by
        return found

    def hired_on(self) -> date | None:
        """The first day of the first employment."""
        return self.employments[0].start if self.employments else None

    def employed_on(self, day: date) -> EmploymentSpan | None:
        """The employment of a day; of several the one that began first."""
        return next((span for span in self.employments if span.holds(day)), None)

    def employed_at(self, employer: str, day: date) -> EmploymentSpan | None:
        """The employment of a day at one employer."""
        return next((span for span in self.employments if span.employer == employer and span.holds(day)), None)

    def purchased_on(self, day: date) -> EmploymentSpan | None:
        """The employment in a purchased seat on a day."""
        return next((span for span in self.employments if span.employment == "purchased" and span.holds(day)), None)

    def dismissed_on(self, day: date) -> Dismissal | None:
        """The dismissal that stands on a day: made, and not taken back by then."""
        return next((found for found in self.dismissals if found.stands_on(day)), None)

    def _unbroken_until(self, day: date) -> date | None:
        """The first day without any employment from an employed day on; None while one runs."""
        while ends := [span.end for span in self.employments if span.holds(day)]:
            last = max((end for end in ends if end is not None), default=None)
            if last is None or None in ends:
                return None
            day = last
        return day

    def stays(self, start: date) -> Iterator[tuple[date, date | None, How]]:
        """The stretches for which a post filled on an employed day lasts, if nobody vacates it, and how each ends.

        Leaving the last employment ends the post for good; a dismissal ends it until the worker is reinstated.
        """
        for dismissal in [found for found in self.dismissals if found.on > start]:
            left = self._unbroken_until(start)
            if left is not None and left < dismissal.on:
                yield start, left, "left"
                return
            yield start, dismissal.on, "dismissed"
            if dismissal.until is None:
                return
            start = dismissal.until
        left = self._unbroken_until(start)
        yield start, left, "running" if left is None else "left"

    def post_times(self, filled: Span) -> list[Span]:
        """The days on which a post filled and perhaps vacated was in fact filled, employments being what they were."""
        found: list[Span] = []
        for first, last, _ in self.stays(filled.start):
            if filled.end is not None and first >= filled.end:
                break
            if last is None or (filled.end is not None and filled.end < last):
                last = filled.end
            found.append(Span(first, last, filled.opened_by, filled.closed_by))
        return found

    def post_left_on(self, start: date) -> date | None:
        """The day on which leaving the last employment ended a post filled on `start`."""
        _, last, how = list(self.stays(start))[-1]
        return last if how == "left" else None

    def hire(self, fact: WorkerHired, event_id: str) -> None:
        self.employments.append(EmploymentSpan(fact.employer, fact.employment, fact.occurred_on, None, event_id))

    def leave(self, fact: WorkerLeft, event_id: str) -> None:
        for i, span in enumerate(self.employments):
            if span.end is None and span.employer == fact.employer:
                self.employments[i] = replace(span, end=fact.occurred_on, closed_by=event_id)

    def propose(self, fact: DismissalProposed, event_id: str) -> None:
        self.proposed_by = event_id

    def dismiss(self, fact: WorkerDismissed, event_id: str) -> None:
        ended = tuple(span for span in self.employments if span.end is None)
        self.employments = [
            replace(span, end=fact.occurred_on, closed_by=event_id) if span.end is None else span
            for span in self.employments
        ]
        self.dismissals.append(Dismissal(fact.occurred_on, event_id, ended))
        self.proposed_by = None

    def reinstate(self, fact: WorkerReinstated, event_id: str) -> None:
        if not self.dismissals or self.dismissals[-1].until is not None:
            return
        self.dismissals[-1] = replace(self.dismissals[-1], until=fact.occurred_on)
        for span in self.dismissals[-1].ended:
            again = EmploymentSpan(span.employer, span.employment, fact.occurred_on, None, event_id)
            self.employments.append(again)


def decide_hired(career: Career, fact: WorkerHired) -> None:
    _refuse_overlap(career, fact.worker, fact.employer, fact.occurred_on)


def _refuse_overlap(career: Career, worker: str, employer: str, day: date) -> None:
    if (span := career.employed_at(employer, day)) is not None:
        events = (span.opened_by,)
        raise RuleBroken("worker-employed-already", field="employer", events=events, worker=worker, employer=employer)


def decide_left(career: Career, fact: WorkerLeft) -> None:
    worker, employer, day = fact.worker, fact.employer, fact.occurred_on
    if career.employed_at(employer, day) is None:
        raise RuleBroken("worker-not-employed-there", field="employer", worker=worker, employer=employer, on=day)


def decide_dismissed(career: Career, fact: WorkerDismissed) -> None:
    if career.employed_on(fact.occurred_on) is None:
        raise RuleBroken("worker-not-employed", field="worker", worker=fact.worker, on=fact.occurred_on)
    if career.proposed_by is None:
        raise RuleBroken("dismissal-not-proposed", field="worker", worker=fact.worker, on=fact.occurred_on)
    if fact.approved_by == fact.actor:
        raise RuleBroken("dismissal-approved-by-actor", field="approved_by", approved_by=fact.approved_by)


def decide_reinstated(career: Career, fact: WorkerReinstated) -> None:
    dismissal = career.dismissed_on(fact.occurred_on)
    if dismissal is None or dismissal.until is not None:
        raise RuleBroken("worker-not-dismissed", field="worker", worker=fact.worker, on=fact.occurred_on)
    for span in dismissal.ended:
        _refuse_overlap(career, fact.worker, span.employer, fact.occurred_on)
