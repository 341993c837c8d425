"""群众评议: residents judge the stations, departments and projects of the street, each once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from xiyuan_ledger.aggregates.aggregate import Aggregate
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.codes import Code, Digest
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.world import World

SUBJECT_KINDS = frozenset({"service_station", "admin_workstation", "volunteer_station", "department"})
"""The organisations that residents judge; projects stand beside them."""

Score = Annotated[int, Field(strict=True, ge=1, le=5)]


class ReviewFact(Fact):
    """What is recorded of one review."""

    STREAM_KIND: ClassVar[Kind] = "review"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("review",)

    review: Code


class ResidentReviewOpened(ReviewFact):
    """评议开始: residents may cast ballots on these subjects from this day on."""

    TOPIC: ClassVar[str] = "review.resident-review-opened.v1"

    subjects: tuple[Code, ...]

    def tags(self) -> tuple[str, ...]:
        return tuple(f"reviewed/{subject}" for subject in sorted(set(self.subjects)))

    def reads(self) -> tuple[str, ...]:
        return tuple(f"{kind}/{subject}" for subject in self.subjects for kind in ("org", "project"))


class ResidentReviewSubmitted(ReviewFact):
    """群众评议: a resident's ballot on one subject."""

    TOPIC: ClassVar[str] = "review.resident-review-submitted.v1"

    resident: Code
    subject: Code
    score: Score
    comment_digest: Digest | None = None


class ResidentReviewClosed(ReviewFact):
    """评议结束: the day before was the last for ballots."""

    TOPIC: ClassVar[str] = "review.resident-review-closed.v1"


class ReviewState:
    """One review: its open days, its subjects, and who cast a ballot on which."""

    __slots__ = ("ballots", "closed", "last_ballot", "opened", "opened_by")

    def __init__(self) -> None:
        self.opened: ResidentReviewOpened | None = None
        self.opened_by = ""
        self.closed: tuple[date, str] | None = None
        self.ballots: dict[tuple[str, str], str] = {}
        self.last_ballot: tuple[date, str] = (date.min, "")


def decide(state: ReviewState, fact: Fact, world: World) -> None:
    assert isinstance(fact, ReviewFact)
    if isinstance(fact, ResidentReviewOpened):
        if state.opened is not None:
            raise RuleBroken("review-opened-twice", field="review", events=(state.opened_by,), review=fact.review)
        _check_subjects(fact, world)
        return
    if state.opened is None or fact.occurred_on < state.opened.occurred_on:
        raise RuleBroken("review-not-open", field="review", review=fact.review, on=fact.occurred_on)
    if state.closed is not None and (isinstance(fact, ResidentReviewClosed) or state.closed[0] <= fact.occurred_on):
        on, closed_by = state.closed
        raise RuleBroken("review-closed", field="review", events=(closed_by,), review=fact.review, on=on)
    match fact:
        case ResidentReviewSubmitted():
            _check_ballot(state, state.opened, fact)
        case ResidentReviewClosed() if state.last_ballot[0] >= fact.occurred_on:
            on, cast_by = state.last_ballot
            raise RuleBroken("review-ballot-after", field="occurred_on", events=(cast_by,), review=fact.review, on=on)


def _check_subjects(fact: ResidentReviewOpened, world: World) -> None:
    """Every subject is a station, a department or a project, known by that day."""
    for subject in fact.subjects:
        if not _may_be_judged(subject, fact.occurred_on, world):
            raise RuleBroken("review-subject", field="subjects", review=fact.review, subject=subject)


def _may_be_judged(subject: str, day: date, world: World) -> bool:
    org = world.org(subject)
    if org.registered is not None and org.registered.kind in SUBJECT_KINDS and org.registered_on(day):
        return True
    approved = world.project(subject).approved
    return approved is not None and approved.occurred_on <= day


def check_reviews_of(subject: str, world: World) -> None:
    """After a correction or a voiding of an organisation or a project: the reviews that name it may still do so."""
    for code in world.tagged(f"reviewed/{subject}"):
        review = world.review(code)
        opened = review.opened
        if opened is None or subject not in opened.subjects or _may_be_judged(subject, opened.occurred_on, world):
            continue
        raise RuleBroken("review-subject", field="subjects", events=(review.opened_by,), review=code, subject=subject)


def _check_ballot(state: ReviewState, opened: ResidentReviewOpened, fact: ResidentReviewSubmitted) -> None:
    if fact.subject not in opened.subjects:
        events = (state.opened_by,)
        raise RuleBroken(
            "review-other-subject", field="subject", events=events, review=fact.review, subject=fact.subject
        )
    if (event_id := state.ballots.get((fact.resident, fact.subject))) is not None:
        raise RuleBroken(
            "review-ballot-twice",
            field="resident",
            events=(event_id,),
            review=fact.review,
            resident=fact.resident,
            subject=fact.subject,
        )


def evolve(state: ReviewState, event: Event) -> None:
    match event.fact:
        case ResidentReviewSubmitted(resident=resident, subject=subject, occurred_on=day):
            state.ballots[resident, subject] = event.event_id
            if day >= state.last_ballot[0]:
                state.last_ballot = (day, event.event_id)
        case ResidentReviewOpened() as fact:
            state.opened, state.opened_by = fact, event.event_id
        case ResidentReviewClosed(occurred_on=day):
            state.closed = (day, event.event_id)


AGGREGATE = Aggregate(
    kind="review",
    new_state=ReviewState,
    decide=decide,
    evolve=evolve,
    facts=(ResidentReviewOpened, ResidentReviewSubmitted, ResidentReviewClosed),
    order_free=frozenset({ResidentReviewSubmitted}),
)
