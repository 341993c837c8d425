"""在职/上岗: when a worker was employed, and when she filled which post, for the plain definitions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from tests.views.harness import History
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.post import PostFilled, PostVacated
from xiyuan_ledger.aggregates.worker import WorkerDismissed, WorkerHired, WorkerLeft, WorkerReinstated


@dataclass(frozen=True)
class Stretch:
    """Days from `start` up to, but not including, `end`, at an employer or on a post."""

    place: str
    kind: str
    start: date
    end: date | None
    opened_by: str
    closed_by: str | None = None

    def holds(self, day: date) -> bool:
        """Whether the day is among them."""
        return self.start <= day and (self.end is None or day < self.end)


class Course:
    """Stretches at several places: what runs, what a dismissal interrupted, what is over."""

    def __init__(self) -> None:
        self.running: dict[str, Stretch] = {}
        self.interrupted: dict[str, Stretch] = {}
        self.over: list[Stretch] = []

    def open(self, place: str, kind: str, event: Event) -> None:
        self.interrupted.pop(place, None)
        self.running.setdefault(place, Stretch(place, kind, event.occurred_on, None, event.event_id))

    def close(self, place: str, event: Event) -> None:
        self.interrupted.pop(place, None)
        if place in self.running:
            self.over.append(replace(self.running.pop(place), end=event.occurred_on, closed_by=event.event_id))

    def interrupt(self, event: Event) -> None:
        interrupted = dict(self.running)
        for place in interrupted:
            self.close(place, event)
        self.interrupted = interrupted

    def take_up(self, event: Event) -> None:
        for place, stretch in list(self.interrupted.items()):
            self.open(place, stretch.kind, event)

    def stretches(self) -> list[Stretch]:
        """All of them, but for those of no day."""
        return [
            stretch
            for stretch in [*self.over, *self.running.values()]
            if stretch.end is None or stretch.start < stretch.end
        ]


def employments(history: History, worker: str) -> list[Stretch]:
    """When the worker was employed by whom; `kind` is the kind of employment."""
    course = Course()
    for event in history.effective:
        match event.fact:
            case WorkerHired() as fact if fact.worker == worker:
                course.open(fact.employer, fact.employment, event)
            case WorkerLeft() as fact if fact.worker == worker:
                course.close(fact.employer, event)
            case WorkerDismissed() as fact if fact.worker == worker:
                course.interrupt(event)
            case WorkerReinstated() as fact if fact.worker == worker:
                course.take_up(event)
    return course.stretches()


def employed_on(stretches: list[Stretch], day: date) -> bool:
    """Whether any of the stretches holds the day."""
    return any(stretch.holds(day) for stretch in stretches)


def fillings(history: History, worker: str) -> list[Stretch]:
    """When the worker filled which post."""
    jobs = employments(history, worker)
    leavings = {job.closed_by for job in jobs}
    course = Course()
    for event in history.effective:
        employed = employed_on(jobs, event.occurred_on)
        match event.fact:
            case PostFilled() as fact if fact.worker == worker and employed:
                course.open(fact.post, "", event)
            case PostVacated() as fact if fact.worker == worker:
                course.close(fact.post, event)
            case WorkerLeft() as fact if fact.worker == worker and event.event_id in leavings and not employed:
                for post in [*course.running, *course.interrupted]:
                    course.close(post, event)
            case WorkerDismissed() as fact if fact.worker == worker:
                course.interrupt(event)
            case WorkerReinstated() as fact if fact.worker == worker and employed:
                course.take_up(event)
    return course.stretches()


def workers(history: History) -> list[str]:
    """Everyone who was ever hired, sorted."""
    return sorted({fact.worker for _, fact in history.of(WorkerHired)})
