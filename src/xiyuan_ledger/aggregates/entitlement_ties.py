"""应得与批次: what payments, recoveries and determinations owe to the runs that made them, and runs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiyuan_ledger.aggregates.run import RunState, runs_tag
from xiyuan_ledger.errors import RuleBroken
from xiyuan_ledger.money import yuan

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.entitlement import (
        ClawbackRecovered,
        EntitlementState,
        OverpaymentWrittenOff,
        PaymentReturned,
        SubsidyPaid,
    )
    from xiyuan_ledger.aggregates.run import PayoutRunOpened
    from xiyuan_ledger.aggregates.world import ApprovedLine, World


def offset_tag(run: str, worker: str) -> str:
    """Leads to what a run kept back of a worker, and to what it recovered by that."""
    return f"offset/{run}/{worker}"


def check_told(run: RunState, line: ApprovedLine | None, fact: SubsidyPaid | PaymentReturned) -> None:
    """What is in no file that was told to the bank neither arrived nor came back: it would leave afterwards."""
    if line is not None and not run.has_told(line.place):
        raise RuleBroken("line-not-told", field="run", run=fact.run, worker=fact.worker, month=fact.month)


def check_kind(fact: SubsidyPaid, opened: PayoutRunOpened) -> None:
    """The run's own month is regular, an earlier one arrears; what is paid by hand says why."""
    if fact.kind == "manual":
        if fact.reason is None:
            raise RuleBroken("line-manual-reason", field="reason", run=fact.run, worker=fact.worker)
    elif (fact.kind == "regular") != (fact.month == opened.month):
        raise RuleBroken("line-kind", field="kind", run=fact.run, month=fact.month, run_month=opened.month)


def check_kept_back(fact: ClawbackRecovered, world: World) -> None:
    """What is recovered out of a run is what its payments to the worker kept back."""
    assert fact.run is not None
    kept = recovered = 0
    for code in world.tagged(offset_tag(fact.run, fact.worker)):
        other = world.entitlement(code)
        kept += other.offset.get(fact.run, 0)
        recovered += other.recovered.get(fact.run, 0)
    if recovered + fact.amount_fen > kept:
        raise RuleBroken(
            "recovered-above-offset",
            field="amount_fen",
            run=fact.run,
            worker=fact.worker,
            amount=yuan(fact.amount_fen),
            left=yuan(kept - recovered),
        )


def check_under_way(state: EntitlementState, line: tuple[str, str, str], taken_fen: int, world: World) -> None:
    """What an approved run keeps back of a payment is left to it: the bank pays the rest, and then it is recorded."""
    worker, scheme, month = line
    for code in world.tagged(runs_tag(scheme)):
        run = world.run(code)
        if run.opened is None or run.opened.scheme != scheme or run.approved is None or not run.is_open:
            continue
        kept = world.recovered_by(run.opened, worker, month) - state.recovered.get(code, 0)
        left = state.determined_fen - state.taken_fen - kept
        if kept > 0 and taken_fen > left:
            raise RuleBroken(
                "recovery-under-way",
                field="amount_fen",
                events=(run.approved[0],),
                run=code,
                worker=worker,
                month=month,
                kept=yuan(kept),
                left=yuan(max(0, left)),
            )


def check_write_off(fact: OverpaymentWrittenOff, world: World) -> None:
    """Who writes off has somebody else's approval, where the policy asks for it."""
    rule = world.parameters("recovery", on=fact.occurred_on)
    needed = rule is not None and rule.writeoff_needs_approval
    if needed and (fact.approved_by is None or fact.approved_by == fact.actor):
        raise RuleBroken("write-off-approval", field="approved_by", worker=fact.worker, month=fact.month)


def check_dependents(state: EntitlementState, world: World) -> None:
    """What a closed run paid stays answered, what a run kept back stays recovered, and what it will keep back open."""
    before = state.before
    if before is None:
        return
    for run, (_, event_id) in (before.paid | before.returned).items():
        if run not in state.paid and run not in state.returned and (closed := world.run(run).closed):
            raise RuleBroken("line-of-closed-run", field="run", events=(event_id, closed), run=run)
    for run in before.kept_back - state.kept_back:
        raise RuleBroken("line-in-no-file", field="run", events=(before.returned[run][1],), run=run)
    for run, (_, event_id) in before.paid.items():
        if before.offset[run] and run not in state.paid:
            raise RuleBroken("offset-taken-apart", field="run", events=(event_id,), run=run)
    for taken, fen in before.recovered.items():
        if taken is not None and state.recovered.get(taken, 0) < fen:
            approved = world.run(taken).approved
            raise RuleBroken("offset-taken-apart", field="run", events=approved[:1] if approved else (), run=taken)
    if before.determined_fen - before.taken_fen > state.determined_fen - state.taken_fen:
        check_under_way(state, before.line, 0, world)
