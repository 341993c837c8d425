"""岗位津贴: the plain definition of subsidy_due, asked of each worker, month and day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from tests.views.careers import Stretch, employed_on, employments, fillings, workers
from tests.views.harness import History, Rows, Version
from tests.views.passes import RANK, Pass, Term, passes, terms_of
from tests.views.payments import settled
from xiyuan_ledger.calendar import month_of
from xiyuan_ledger.projections.engine import CALENDAR_BEGINS
from xiyuan_ledger.projections.pin import Settled, first_of_next_month

SCHEME = "post-subsidy"
ONE_DAY = timedelta(days=1)


def subsidy_due(history: History, pin: Settled) -> Rows:
    """应发: every worker and month of the period for which anything is due or was settled."""
    found = []
    done = settled(history)
    for first in _months(history, pin):
        version, month = history.in_force(SCHEME, first), month_of(first)
        for worker in sorted({*workers(history), *(line[0] for line in done)}):
            due = None if version is None else _due(history, version, worker, first)
            fen, proof = done.get((worker, SCHEME, month), (0, set()))
            if due is not None or fen:
                row = due or _nothing_due(worker, month, version)
                row |= {"settled_fen": fen, "delta_fen": row["due_fen"] - fen}
                row["evidence"] = sorted({*row["evidence"], *(proof if fen else ())})
                found.append(row)
    return found


def _nothing_due(worker: str, month: str, version: Version | None) -> dict[str, Any]:
    row: dict[str, Any] = {"worker": worker, "scheme": SCHEME, "month": month, "level": None, "post": None}
    return row | {"rate_policy_version": version and version.fact.version, "due_fen": 0, "evidence": []}


def _months(history: History, pin: Settled) -> Iterator[date]:
    """The first days of the months that touch the period and have begun; before any post was filled nothing is due."""
    first = max(
        CALENDAR_BEGINS, min((event.occurred_on for event in history.effective), default=pin.valid_on).replace(day=1)
    )
    while first <= pin.until():
        if pin.from_on is None or pin.from_on < first_of_next_month(first):
            yield first
        first = first_of_next_month(first)


def _due(history: History, version: Version, worker: str, first: date) -> dict[str, Any] | None:
    rule, last = version.parameters, first_of_next_month(first) - ONE_DAY
    post = _post(history, rule, worker, first, last)
    mine = (passed for passed in passes(history) if passed.fact.worker == worker)
    counting = [(passed, term) for passed in mine for term in _counts(history, rule, passed, first, last)]
    if post is None or not counting:
        return None
    highest = max(RANK[passed.fact.level] for passed, _ in counting)
    passed, term = min(
        ((passed, term) for passed, term in counting if RANK[passed.fact.level] == highest),
        key=lambda each: (each[0].event.occurred_on, each[0].event.position, *_lasting(each[1])),
    )
    due_fen: int = getattr(rule.rates, passed.fact.level)
    if due_fen == 0:
        return None
    proof = {version.event.event_id, passed.event.event_id, post.opened_by}
    proof |= {term.event.event_id, terms_of(history, passed)[0].event.event_id} if term else set()
    return {
        "worker": worker,
        "scheme": SCHEME,
        "month": month_of(first),
        "level": passed.fact.level,
        "post": post.place,
        "rate_policy_version": version.fact.version,
        "due_fen": due_fen,
        "settled_fen": 0,
        "delta_fen": due_fen,
        "evidence": sorted(each for each in proof if each),
    }


def _counts(history: History, rule: Any, passed: Pass, first: date, last: date) -> list[Term | None]:
    """The terms by which a pass counts in a month; [None] where it counts without any, [] where it does not."""
    terms = terms_of(history, passed)
    match rule.start_rule:
        case "pass_month":
            started = passed.fact.exam_on <= last
        case "results_month":
            started = passed.fact.results_on <= last
        case "registration_month":
            started = bool(terms) and terms[0].event.occurred_on <= last
        case _:
            started = bool(terms) and terms[0].event.occurred_on < first
    if not started or not passed.stands_on(last):
        return []
    if not terms:
        return [] if rule.requires_registration else [None]
    begun = [term for term in terms if term.fact.valid_from <= last] or terms
    standing = [term for term in begun if not term.revoked_by(last)]
    return [term for term in standing if term.fact.valid_to >= last or not rule.requires_registration]


def _lasting(term: Term | None) -> tuple[int, date, int]:
    """For the order of terms: the one that ends last comes first, then the one registered first."""
    if term is None:
        return (0, date.min, 0)
    return (-term.fact.valid_to.toordinal(), term.event.occurred_on, term.event.position)


def _post(history: History, rule: Any, worker: str, first: date, last: date) -> Stretch | None:
    """The post that counts in the month, the one filled first: judged by the days on it."""
    month = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    jobs = [job for job in employments(history, worker) if rule.counts_purchased or job.kind != "purchased"]
    found = []
    for stretch in _joined(fillings(history, worker)):
        days = [day for day in month if stretch.holds(day) and (rule.counts_purchased or employed_on(jobs, day))]
        wanted = {"any_day": days[:1], "first_day": [first], "last_day": [last], "full_month": month}[rule.on_post]
        if days and all(day in days for day in wanted):
            found.append(stretch)
    return min(found, key=lambda stretch: (stretch.start, stretch.place), default=None)


def _joined(stretches: list[Stretch]) -> list[Stretch]:
    """Fillings of one post without a day between, as one."""
    found: list[Stretch] = []
    for stretch in sorted(stretches, key=lambda each: (each.place, each.start)):
        before = found[-1] if found else None
        if before is not None and before.place == stretch.place and before.end == stretch.start:
            found[-1] = Stretch(before.place, "", before.start, stretch.end, before.opened_by)
        else:
            found.append(stretch)
    return found


PLAIN = {"subsidy_due": subsidy_due}
