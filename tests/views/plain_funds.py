"""资金: accounts and budgets, written out plainly: what the SQL has to equal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from tests.views.harness import History, Rows
from tests.views.payments import INSTALMENTS, Key, answers
from xiyuan_ledger.aggregates.account import ExpenseRecorded, ExpenseReversed, FundsReceived, FundsTransferred
from xiyuan_ledger.aggregates.entitlement import ClawbackRecovered
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.project import BudgetApproved
from xiyuan_ledger.aggregates.run import PaymentInstructed, PayoutRunOpened
from xiyuan_ledger.projections.pin import Settled

Account = tuple[str, str, str | None]
FLOWS = ("received_fen", "spent_fen", "reversed_fen", "transferred_in_fen", "transferred_out_fen")
SIGNS = {"spent_fen": -1, "transferred_out_fen": -1}


def _expense_of(history: History, reversal: ExpenseReversed) -> ExpenseRecorded | None:
    """The expense that a reversal takes back, by organisation, channel and voucher."""
    wanted = (reversal.org, reversal.channel, reversal.voucher)
    return next(
        (fact for _, fact in history.of(ExpenseRecorded) if (fact.org, fact.channel, fact.voucher) == wanted), None
    )


def _movements(history: History) -> Iterator[tuple[Account, str, Event, int]]:
    """Every movement of money: whose, which flow, by which fact, how much."""
    for event in history.effective:
        fact = event.fact
        match fact:
            case FundsReceived():
                yield (fact.org, fact.channel, fact.project), "received_fen", event, fact.amount_fen
            case ExpenseRecorded():
                yield (fact.org, fact.channel, fact.project), "spent_fen", event, fact.amount_fen
            case ExpenseReversed():
                expense = _expense_of(history, fact)
                project = expense.project if expense else None
                yield (fact.org, fact.channel, project), "reversed_fen", event, fact.amount_fen
            case FundsTransferred():
                yield (fact.org, fact.channel, fact.project), "transferred_out_fen", event, fact.amount_fen
                yield (fact.to_org, fact.channel, fact.project), "transferred_in_fen", event, fact.amount_fen
    yield from _payouts(history)


def _payouts(history: History) -> Iterator[tuple[Account, str, Event, int]]:
    """Subsidies and reimbursements spend the account that the run's file debits; without a run, that of the day."""
    told = [answer for answer in answers(history) if answer.key[1] != INSTALMENTS]
    paid_on: dict[tuple[Key, str | None], date] = {}
    for answer in told:
        if not answer.back:
            at = (answer.key, answer.run)
            paid_on[at] = min(answer.event.occurred_on, paid_on.get(at, date.max))
    for answer in told:
        day = answer.event.occurred_on if not answer.back else paid_on.get((answer.key, answer.run))
        account = day and _account_of_run(history, answer.key[1], answer.run, day)
        if account and answer.net_fen and (not answer.back or answer.run is not None):
            yield account, "reversed_fen" if answer.back else "spent_fen", answer.event, answer.net_fen
    for event, fact in history.of(ClawbackRecovered):
        account = _paying_account(history, fact.scheme, event.occurred_on)
        if fact.run is None and account:
            yield account, "reversed_fen", event, fact.amount_fen


def _account_of_run(history: History, scheme: str, run: str | None, day: date) -> Account | None:
    """What its file says; where it says nothing, what the policy said on the day of the pin, as known at it."""
    for _, told in sorted(history.of(PaymentInstructed), key=lambda each: each[0].position):
        if told.run == run and told.org is not None and told.channel is not None:
            return (told.org, told.channel, None)
    for _, opened in history.of(PayoutRunOpened):
        if opened.run == run:
            return _paying_account(history, scheme, opened.pin.valid_on, opened.pin.position)
    return _paying_account(history, scheme, day)


def _paying_account(history: History, scheme: str, on: date, known_at: int | None = None) -> Account | None:
    version = history.in_force(scheme, on, known_at)
    return None if version is None else (version.parameters.account.org, version.parameters.account.channel, None)


def _period_name(first: date | None, last: date) -> str:
    """`2013-03`, `2013-Q1`, `2013` where the days are just those, else the days themselves."""
    if first is None:
        return f"..{last}"
    after = last + timedelta(days=1)
    months = (after.year - first.year) * 12 + after.month - first.month
    if first.day == 1 and after.day == 1:
        if months == 1:
            return f"{first.year}-{first.month:02}"
        if months == 3 and first.month in (1, 4, 7, 10):
            return f"{first.year}-Q{(first.month + 2) // 3}"
        if months == 12 and first.month == 1:
            return f"{first.year}"
    return f"{first}..{last}"


def fund_statement(history: History, pin: Settled) -> Rows:
    found: dict[Account, dict[str, int]] = {}
    proof: dict[Account, set[str]] = defaultdict(set)
    for account, flow, event, amount_fen in _movements(history):
        if event.occurred_on > pin.until():
            continue
        row = found.setdefault(account, dict.fromkeys(("opening_fen", *FLOWS, "closing_fen"), 0))
        change_fen = SIGNS.get(flow, 1) * amount_fen
        row["closing_fen"] += change_fen
        if pin.from_on is not None and event.occurred_on < pin.from_on:
            row["opening_fen"] += change_fen
        else:
            row[flow] += amount_fen
        proof[account].add(event.event_id)
    return [
        {"org": org, "channel": channel, "project": project, "period": _period_name(pin.from_on, pin.until())}
        | found[org, channel, project]
        | {"evidence": sorted(proof[org, channel, project])}
        for org, channel, project in found
    ]


def budget_execution(history: History, pin: Settled) -> Rows:
    budgets = {fact.project: (event, fact) for event, fact in history.of(BudgetApproved)}
    approved: dict[tuple[str, str, str], int] = defaultdict(int)
    spent: dict[tuple[str, str, str], int] = defaultdict(int)
    proof: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for event, budget in budgets.values():
        for line in budget.lines:
            approved[budget.project, line.category, line.channel] += line.amount_fen
            proof[budget.project, line.category, line.channel].add(event.event_id)
    for event in history.effective:
        fact = event.fact
        expense = _expense_of(history, fact) if isinstance(fact, ExpenseReversed) else fact
        if (
            isinstance(expense, ExpenseRecorded)
            and isinstance(fact, ExpenseRecorded | ExpenseReversed)
            and expense.project
        ):
            key = (expense.project, expense.category, expense.channel)
            spent[key] += -fact.amount_fen if isinstance(fact, ExpenseReversed) else fact.amount_fen
            proof[key].add(event.event_id)
    return [_budget_row(key, approved.get(key), spent[key]) | {"evidence": sorted(proof[key])} for key in proof]


def _budget_row(key: tuple[str, str, str], approved_fen: int | None, spent_fen: int) -> dict[str, object]:
    project, category, channel = key
    row: dict[str, object] = {"project": project, "category": category, "channel": channel}
    row |= {"approved_fen": approved_fen, "spent_fen": spent_fen, "left_fen": None, "executed_centi": None}
    if approved_fen is not None:
        row["left_fen"] = approved_fen - spent_fen
        row["executed_centi"] = (spent_fen * 20_000 + approved_fen) // (2 * approved_fen)
    row["overrun"] = spent_fen > (approved_fen or 0)
    return row


PLAIN = {"fund_statement": fund_statement, "budget_execution": budget_execution}
