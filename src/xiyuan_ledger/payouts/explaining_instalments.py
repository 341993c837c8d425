"""说明分期款: why an instalment of a project is due, held back or paid: its contract, its evaluation, its transfers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from xiyuan_ledger.aggregates import Event
from xiyuan_ledger.aggregates.evaluation import EvaluationCommissioned, EvaluationConcluded
from xiyuan_ledger.aggregates.project import ProjectContracted
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.reason import Reason, fact_reason
from xiyuan_ledger.projections.pin import Pin


class _Part(NamedTuple):
    """One instalment of a contract: whether its day has come, what releases it, and what of the transfers covers it."""

    due_on: date
    fen: int
    condition: str
    is_due: bool
    concluded: Event | None
    grade: str | None

    @property
    def is_released(self) -> bool:
        """Nothing has to be waited for, or the evaluation that it waits for was passed."""
        return self.condition == "none" or self.grade not in (None, "fail")

    @property
    def turn(self) -> tuple[Any, ...]:
        """In which order transfers cover them: due and released first."""
        rank = 2 if not self.is_released else 0 if self.is_due else 1
        return rank, self.due_on, self.condition, self.fen


def explain_instalments(ledger: Ledger, project: str, month: str, pin: Pin) -> Reason:
    """Why what a project gets for a month is what it is: instalments that fell due in it, and what was paid of them."""
    rows = ledger.view("contract_execution", pin=pin, where={"project": project}).rows
    if not rows:
        return Reason("line", 0, because=(Reason("due", 0), Reason("settled", 0)))
    events = [ledger.event(each) for each in rows[0]["evidence"]]
    contract = max((each for each in events if each.type == "ProjectContracted"), key=_in_time)
    parts = list(_parts(ledger, contract, events, pin))
    covered = _covered(parts, rows[0]["paid_fen"])
    mine = [part for part in parts if f"{part.due_on:%Y-%m}" == month]
    due = sum(part.fen for part in mine if part.is_due and part.is_released)
    settled = sum(covered[part] for part in set(mine) if part.is_due and part.is_released)
    told = tuple(_told(part) for part in mine)
    sent = tuple(fact_reason(each) for each in events if each.type == "FundsTransferred")
    beneath = (Reason("due", due, because=(fact_reason(contract), *told)), Reason("settled", settled, because=sent))
    return Reason("line", due - settled, event_ids=tuple(rows[0]["evidence"]), because=beneath)


def _in_time(event: Event) -> tuple[date, int]:
    return event.occurred_on, event.position


def _parts(ledger: Ledger, contract: Event, events: Sequence[Event], pin: Pin) -> Iterator[_Part]:
    assert isinstance(contract.fact, ProjectContracted)
    valid_on = ledger.settle(known_at=pin.known_at, valid_on=pin.valid_on).valid_on
    concluded: dict[str, Event] = {}
    for event in sorted((each for each in events if each.type == "EvaluationConcluded"), key=_in_time):
        concluded[_phase(ledger, event)] = event
    for part in contract.fact.instalments:
        by = concluded.get(part.condition)
        grade = by.fact.grade if by is not None and isinstance(by.fact, EvaluationConcluded) else None
        yield _Part(part.due_on, part.amount_fen, part.condition, part.due_on <= valid_on, by, grade)


def _phase(ledger: Ledger, concluded: Event) -> str:
    """Of which phase the evaluation is that was concluded."""
    facts = ledger.events_of([concluded.stream])
    return next(each.fact.phase for each in facts if isinstance(each.fact, EvaluationCommissioned))


def _covered(parts: Sequence[_Part], sent_fen: int) -> dict[_Part, int]:
    """By instalment, how much of it the transfers cover."""
    found: dict[_Part, int] = {}
    for part in sorted(parts, key=lambda each: each.turn):
        share = max(0, min(part.fen, sent_fen))
        found[part] = found.get(part, 0) + share
        sent_fen -= share
    return found


def _told(part: _Part) -> Reason:
    because = () if part.concluded is None else (fact_reason(part.concluded),)
    if not part.is_due or part.is_released:
        return Reason("instalment", part.fen, part.due_on, because=because)
    return Reason("held_back", part.fen, part.due_on, because=(Reason("condition", part.condition), *because))
