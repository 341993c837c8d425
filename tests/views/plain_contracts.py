"""合同执行: instalments, what releases them and what covers them, told plainly."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.views.harness import History, Rows
from xiyuan_ledger.aggregates.account import FundsTransferred
from xiyuan_ledger.aggregates.evaluation import EvaluationCommissioned, EvaluationConcluded
from xiyuan_ledger.aggregates.project import ProjectApproved, ProjectContracted
from xiyuan_ledger.calendar import month_of
from xiyuan_ledger.projections.pin import Settled


@dataclass
class Part:
    """An instalment of a project's contract."""

    project: str
    purchaser: str
    implementer: str
    channel: str
    due_on: date
    amount_fen: int
    condition: str
    is_due: bool
    grade: str | None = None
    paid_fen: int = 0
    proof: set[str] = field(default_factory=set)

    @property
    def is_released(self) -> bool:
        return self.condition == "none" or self.grade not in (None, "fail")

    @property
    def month(self) -> str:
        return month_of(self.due_on)


def _conclusion(history: History, project: str, phase: str) -> tuple[Any, EvaluationConcluded] | None:
    """The last conclusion of an evaluation of the project in the phase."""
    asked = {f.evaluation for _, f in history.of(EvaluationCommissioned) if (f.project, f.phase) == (project, phase)}
    found = [(event, fact) for event, fact in history.of(EvaluationConcluded) if fact.evaluation in asked]
    return found[-1] if found else None


def instalments(history: History, pin: Settled) -> list[Part]:
    """Every instalment, with what covers it: those that may be paid and have fallen due first."""
    purchasers = {fact.project: fact.purchaser for _, fact in history.of(ProjectApproved)}
    contracts = {fact.project: (event, fact) for event, fact in history.of(ProjectContracted)}
    return [
        part
        for project, (event, fact) in contracts.items()
        if project in purchasers
        for part in _parts(history, pin, event.event_id, fact, purchasers[project])
    ]


def _parts(history: History, pin: Settled, contracted: str, fact: ProjectContracted, purchaser: str) -> list[Part]:
    found = []
    sent = _sent(history, fact.project, purchaser, fact.implementer)
    for each in fact.instalments:
        part = Part(
            fact.project,
            purchaser,
            fact.implementer,
            fact.channel,
            each.due_on,
            each.amount_fen,
            each.condition,
            each.due_on <= pin.valid_on,
        )
        part.proof = {contracted, *(event_id for _, event_id in sent)}
        concluded = None if each.condition == "none" else _conclusion(history, fact.project, each.condition)
        if concluded is not None:
            part.grade = concluded[1].grade
            part.proof.add(concluded[0].event_id)
        found.append(part)
    left = sum(fen for fen, _ in sent)
    for part in sorted(found, key=_turn):
        part.paid_fen = max(0, min(part.amount_fen, left))
        left -= part.amount_fen
    return found


def _turn(part: Part) -> tuple[int, date, str, int]:
    rank = 2 if not part.is_released else 0 if part.is_due else 1
    return (rank, part.due_on, part.condition, part.amount_fen)


def _sent(history: History, project: str, purchaser: str, implementer: str) -> list[tuple[int, str]]:
    """Transfers for the project from the purchaser to the implementer, those sent back below zero."""
    signs = {(purchaser, implementer): 1, (implementer, purchaser): -1}
    return [
        (signs[fact.org, fact.to_org] * fact.amount_fen, event.event_id)
        for event, fact in history.of(FundsTransferred)
        if fact.project == project and (fact.org, fact.to_org) in signs
    ]


def contract_execution(history: History, pin: Settled) -> Rows:
    found: dict[str, list[Part]] = {}
    for part in instalments(history, pin):
        found.setdefault(part.project, []).append(part)
    return [_row(history, parts) for parts in found.values()]


def _row(history: History, parts: list[Part]) -> dict[str, Any]:
    first = parts[0]
    held = [part for part in parts if part.is_due and not part.is_released]
    return {
        "project": first.project,
        "purchaser": first.purchaser,
        "implementer": first.implementer,
        "channel": first.channel,
        "contract_fen": sum(part.amount_fen for part in parts),
        "due_fen": sum(part.amount_fen for part in parts if part.is_due),
        "paid_fen": sum(fen for fen, _ in _sent(history, first.project, first.purchaser, first.implementer)),
        "held_back_fen": sum(part.amount_fen for part in held),
        "held_back_for": sorted({part.condition + (f":{part.grade}" if part.grade else "") for part in held}),
        "open_fen": sum(part.amount_fen - part.paid_fen for part in parts if part.is_due and part.is_released),
        "evidence": sorted(set().union(*(part.proof for part in parts))),
    }


PLAIN = {"contract_execution": contract_execution}
