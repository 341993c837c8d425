"""岗位: the posts of the street and who fills them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from xiyuan_ledger.aggregates.aggregate import Aggregate, Span
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.codes import Code, Flag, Positive, Text
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.worker_employment import Career
    from xiyuan_ledger.aggregates.world import World


class PostFact(Fact):
    """What is recorded of one post."""

    STREAM_KIND: ClassVar[Kind] = "post"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("post",)

    post: Code


class PostEstablished(PostFact):
    """设岗: an organisation gets a post with so many seats."""

    TOPIC: ClassVar[str] = "post.post-established.v1"

    org: Code
    title: Text
    professional: Flag
    capacity: Positive


class PostFilled(PostFact):
    """上岗: a worker fills a seat from this day on."""

    TOPIC: ClassVar[str] = "post.post-filled.v1"

    worker: Code

    def tags(self) -> tuple[str, ...]:
        return (f"posts-of/{self.worker}",)

    def reads(self) -> tuple[str, ...]:
        return (f"worker/{self.worker}",)


class PostVacated(PostFact):
    """离岗: a worker leaves the seat; the day before was the last."""

    TOPIC: ClassVar[str] = "post.post-vacated.v1"

    worker: Code

    def reads(self) -> tuple[str, ...]:
        return (f"worker/{self.worker}",)


class PostState:
    """One post: its seats, and who filled it from when to when."""

    __slots__ = ("before", "established", "facts", "fills", "unvacated")

    def __init__(self) -> None:
        self.established: PostEstablished | None = None
        self.facts: int = 0
        self.fills: dict[str, list[Span]] = {}
        self.unvacated: int = 0
        self.before: PostState | None = None
        """What stood before a correction or a voiding; set while those who rely on it are asked."""

    def filled_by(self, worker: str, day: date, world: World) -> Span | None:
        """The worker's time on the post that holds a day: up to the vacating, or to the end of her employment."""
        if worker not in self.fills:
            return None
        times = _times(world.worker(worker).career, self.fills[worker])
        return next((time for time in times if time.holds(day)), None)

    def filled_on(self, day: date, world: World) -> list[Span]:
        """The times on the post that hold a day."""
        return [time for worker in self.fills if (time := self.filled_by(worker, day, world)) is not None]

    def refuse_broken_stays(self, worker: str, career: Career, world: World) -> None:
        """The worker's times on the post agree with her employments as given, and leave everyone a seat."""
        spans = self.fills.get(worker, [])
        for i, span in enumerate(spans):
            if career.employed_on(span.start) is None:
                refuse_contradicted("post-filled-unemployed", (span.opened_by,), worker, span.start)
            left_on = career.post_left_on(span.start)
            if span.end is None:
                continue
            if span.closed_by is not None and left_on is not None and left_on < span.end:
                refuse_contradicted("post-left-before-vacated", (span.closed_by,), worker, left_on)
            unvacated = Span(span.start, None, span.opened_by)
            if span.closed_by is None and any(time.holds(span.end) for time in career.post_times(unvacated)):
                events = (span.opened_by, spans[i + 1].opened_by)
                refuse_contradicted("post-filled-meanwhile", events, worker, span.end)
        self.refuse_overfilling(_times(career, spans) + self.times(world, date.min, but=worker), date.min)

    def times(self, world: World, since: date, *, but: str = "") -> list[Span]:
        """The times on the post that may reach beyond a day, perhaps without those of one worker."""
        found: list[Span] = []
        for worker, spans in self.fills.items():
            running = [span for span in spans if span.end is None or span.end > since]
            if running and worker != but:
                found += _times(world.worker(worker).career, running)
        return found

    def refuse_overfilling(self, times: list[Span], since: date) -> None:
        """With these times on the post, the seats filled stay within its capacity on every day from one on."""
        if self.established is not None:
            day = _overfilled_on(times, since, self.established.capacity)
            if day is not None:
                refuse_full(self.established, day, [time for time in times if time.holds(day)])


def refuse_full(post: PostEstablished, day: date, times: Iterable[Span]) -> None:
    events = tuple(sorted(time.opened_by for time in times if time.opened_by))
    raise RuleBroken("post-full", field="post", events=events, post=post.post, capacity=post.capacity, on=day)


def _times(career: Career, spans: Iterable[Span]) -> list[Span]:
    return [time for span in spans for time in career.post_times(span)]


def _overfilled_on(times: Iterable[Span], since: date, capacity: int) -> date | None:
    """The first day from `since` on with more seats filled than there are."""
    changes: Counter[date] = Counter()
    for time in times:
        first = max(time.start, since)
        if time.end is None or time.end > first:
            changes[first] += 1
            if time.end is not None:
                changes[time.end] -= 1
    filled = 0
    for day in sorted(changes):
        filled += changes[day]
        if filled > capacity:
            return day
    return None


def refuse_contradicted(code: str, events: tuple[str, ...], worker: str, day: date) -> None:
    raise RuleBroken(code, field="occurred_on", events=events, worker=worker, on=day)


def decide(state: PostState, fact: Fact, world: World) -> None:
    match fact:
        case PostFilled():
            _decide_filled(state, fact, world)
        case PostVacated():
            _decide_vacated(state, fact, world)
        case PostEstablished():
            if state.established is not None:
                raise RuleBroken("post-established-twice", field="post", post=fact.post)


def _decide_filled(state: PostState, fact: PostFilled, world: World) -> None:
    day, post, worker = fact.occurred_on, fact.post, fact.worker
    if state.established is None:
        raise RuleBroken("post-unknown", field="post", post=post, on=day)
    career = world.worker(worker).career
    if career.employed_on(day) is None:
        raise RuleBroken("post-worker-not-employed", field="worker", post=post, worker=worker, on=day)
    if (span := state.filled_by(worker, day, world)) is not None:
        raise RuleBroken("post-filled-twice", field="worker", events=(span.opened_by,), post=post, worker=worker)
    if state.unvacated < state.established.capacity:
        return
    if world.post(post).facts > state.facts:
        # Later facts of the post are known, but not folded yet: `check_dependents` asks for the days after this one.
        filled = state.filled_on(day, world)
        if len(filled) >= state.established.capacity:
            refuse_full(state.established, day, filled)
        return
    times = _times(career, [Span(day, None, "")])
    state.refuse_overfilling(times + state.times(world, day, but=worker), day)


def _decide_vacated(state: PostState, fact: PostVacated, world: World) -> None:
    """A worker on the post may vacate it, and one who left or was dismissed on that very day.

    One dismissed may vacate it later as well: she would else take it up again when reinstated.
    """
    spans = state.fills.get(fact.worker)
    if spans and spans[-1].end is None:
        left_on = world.worker(fact.worker).career.post_left_on(spans[-1].start)
        if left_on is None or fact.occurred_on <= left_on:
            return
    raise RuleBroken("post-not-filled", field="worker", post=fact.post, worker=fact.worker, on=fact.occurred_on)


def evolve(state: PostState, event: Event) -> None:
    state.facts += 1
    match event.fact:
        case PostFilled(worker=worker, occurred_on=day):
            spans = state.fills.setdefault(worker, [])
            if spans and spans[-1].end is None:
                # The employment ended in between, and with it the earlier time on the post.
                spans[-1] = Span(spans[-1].start, day, spans[-1].opened_by)
                state.unvacated -= 1
            spans.append(Span(day, None, event.event_id))
            state.unvacated += 1
        case PostVacated(worker=worker, occurred_on=day):
            spans = state.fills.get(worker, [])
            if spans and spans[-1].end is None:
                spans[-1] = Span(spans[-1].start, day, spans[-1].opened_by, event.event_id)
                state.unvacated -= 1
        case PostEstablished() as fact:
            state.established = fact


def check_dependents(state: PostState, world: World) -> None:
    """Seats stay within the capacity on every day, those taken up again after a dismissal included."""
    state.refuse_overfilling(state.times(world, date.min), date.min)


AGGREGATE = Aggregate(
    kind="post",
    new_state=PostState,
    decide=decide,
    evolve=evolve,
    facts=(PostEstablished, PostFilled, PostVacated),
    check_dependents=check_dependents,
)
