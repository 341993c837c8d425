"""疑点: what is wrong in entries, on posts, in training and with money, written out plainly for the conflicts view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tests.views.careers import fillings, workers
from tests.views.harness import History
from tests.views.passes import passes
from xiyuan_ledger.aggregates.account import ExpenseRecorded, ExpenseReversed, FundsReceived, FundsTransferred
from xiyuan_ledger.aggregates.client import ClientServed, OutcomeMeasured
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.post import PostEstablished
from xiyuan_ledger.aggregates.session import SessionHeld, TrainingSessionHeld
from xiyuan_ledger.aggregates.volunteer import VolunteerHoursLogged
from xiyuan_ledger.aggregates.worker import ExamFailed, ExamPassed, ExamRegistered

MINUTE = timedelta(minutes=1)
BULK = 30
"""So many in a minute are still somebody's work."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: by which rule, about whom, on which day, by which facts."""

    rule: str
    subjects: frozenset[str]
    occurred_on: date
    detail: str
    evidence: frozenset[str]


def finding(rule: str, subjects: set[str], on: date, detail: str, evidence: set[str]) -> Finding:
    """A finding; a supposed policy has no event to name."""
    return Finding(rule, frozenset(subjects), on, detail, frozenset(evidence - {""}))


def bulk_entries(history: History) -> Iterator[Finding]:
    """More than thirty happenings of one actor recorded in one minute, but for imports."""
    by_actor: dict[str, list[Event]] = {}
    for event in sorted(history.effective, key=lambda event: event.position):
        kinds = ClientServed | SessionHeld | TrainingSessionHeld | OutcomeMeasured | VolunteerHoursLogged
        if isinstance(event.fact, kinds) and event.source is None:
            by_actor.setdefault(event.actor, []).append(event)
    for actor, entries in by_actor.items():
        for burst in _bursts(entries):
            first = burst[0].recorded_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
            last_day = max(event.occurred_on for event in burst)
            yield finding("bulk_entry", {actor}, last_day, f"{first}Z {len(burst)}", {e.event_id for e in burst})


def _bursts(entries: list[Event]) -> list[list[Event]]:
    in_bulk = set()
    for nth in range(BULK, len(entries)):
        if entries[nth].recorded_at - entries[nth - BULK].recorded_at < MINUTE:
            in_bulk |= set(range(nth - BULK, nth + 1))
    found: list[list[Event]] = []
    for nth in sorted(in_bulk):
        goes_on = nth - 1 in in_bulk and entries[nth].recorded_at - entries[nth - 1].recorded_at < MINUTE
        if not goes_on:
            found.append([])
        found[-1].append(entries[nth])
    return found


def posts_without_level(history: History) -> Iterator[Finding]:
    """Who filled a professional post and held no level on some day of it."""
    posts: dict[str, PostEstablished] = {}
    for _, established in history.of(PostEstablished):
        posts.setdefault(established.post, established)
    for worker in workers(history):
        own = [each for each in passes(history) if each.fact.worker == worker]
        losses = [each.annulled[0] for each in own if each.annulled]
        for stretch in fillings(history, worker):
            days = [stretch.start, *(event.occurred_on for event in losses if stretch.holds(event.occurred_on))]
            bare = [d for d in days if not any(p.stands_on(d) and p.fact.results_on <= d for p in own)]
            post = posts.get(stretch.place)
            if bare and post and post.professional:
                evidence = {stretch.opened_by, *(event.event_id for event in losses)}
                detail = f"{post.post} {post.org}"
                yield finding("post_without_level", {worker, post.post}, min(bare), detail, evidence)


def results_of_another_day(history: History) -> Iterator[Finding]:
    """Passes and fails that name another day of examination than their registration."""
    registered = {(f.worker, f.level, f.year): (e.event_id, f.exam_on) for e, f in history.of(ExamRegistered)}
    for event in history.effective:
        if isinstance(event.fact, ExamPassed | ExamFailed):
            fact = event.fact
            by, exam_on = registered.get((fact.worker, fact.level, fact.year), ("", fact.exam_on))
            if exam_on != fact.exam_on:
                detail = f"{fact.level} {fact.exam_on} {exam_on}"
                yield finding("exam_other_day", {fact.worker}, fact.occurred_on, detail, {event.event_id, by})


def pre_exam_out_of_season(history: History) -> Iterator[Finding]:
    """Pre-exam sessions in months, or on days of the week, that the policy of their day leaves out."""
    for event, fact in history.of(TrainingSessionHeld):
        version = history.in_force("training-cadence", fact.occurred_on)
        if fact.programme != "pre_exam" or version is None:
            continue
        season = version.parameters.pre_exam
        weekday = season.weekends_only and fact.occurred_on.isoweekday() < 6
        if weekday or fact.occurred_on.month not in season.months:
            evidence = {event.event_id, version.event.event_id}
            detail = f"{fact.session} {fact.starts_at}"
            yield finding("pre_exam_season", {fact.session}, fact.occurred_on, detail, evidence)


def paid_twice(history: History) -> Iterator[Finding]:
    """The same amount to the same payee on the same day, under two vouchers of one organisation."""
    first: dict[tuple[str, int, str, date], tuple[Event, ExpenseRecorded]] = {}
    for event, fact in history.of(ExpenseRecorded):
        before, paid = first.setdefault((fact.org, fact.amount_fen, fact.payee, fact.occurred_on), (event, fact))
        if before is not event:
            subjects = {fact.org, fact.voucher, paid.voucher}
            detail = f"{fact.org}/{fact.channel} {fact.amount_fen}"
            yield finding("paid_twice", subjects, fact.occurred_on, detail, {event.event_id, before.event_id})


def _movements(history: History) -> Iterator[tuple[tuple[str, str], Event, int]]:
    for event in history.effective:
        match event.fact:
            case FundsReceived() as fact:
                yield (fact.org, fact.channel), event, fact.amount_fen
            case ExpenseRecorded() as fact:
                yield (fact.org, fact.channel), event, -fact.amount_fen
            case ExpenseReversed() as fact:
                yield (fact.org, fact.channel), event, fact.amount_fen
            case FundsTransferred() as fact:
                yield (fact.org, fact.channel), event, -fact.amount_fen
                yield (fact.to_org, fact.channel), event, fact.amount_fen


def overdrawn(history: History) -> Iterator[Finding]:
    """Accounts that fell below zero on a day on which that was accepted with a warning."""
    movements = list(_movements(history))
    for account in {account for account, _, _ in movements}:
        own = [(event, change_fen) for whose, event, change_fen in movements if whose == account]
        before_fen = 0
        for on in sorted({event.occurred_on for event, _ in own}):
            balance_fen = sum(change_fen for event, change_fen in own if event.occurred_on <= on)
            version = history.in_force("fund-channels", on)
            if balance_fen < 0 <= before_fen and version and version.parameters.mode == "warn":
                evidence = {event.event_id for event, _ in own if event.occurred_on <= on}
                detail = f"{account[0]}/{account[1]} {balance_fen}"
                yield finding("overdrawn", {account[0]}, on, detail, evidence | {version.event.event_id})
            before_fen = balance_fen


def stands_at(starts_at: datetime, minutes: int) -> str:
    """From when to when, as a finding says it."""
    return f"{starts_at}..{starts_at + timedelta(minutes=minutes)}"
