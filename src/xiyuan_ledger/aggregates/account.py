"""资金账户: what an organisation received and spent in one channel. Money is whole fen."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from xiyuan_ledger.aggregates.aggregate import Aggregate, Kept
from xiyuan_ledger.aggregates.cashbook import Cashbook, Inflow
from xiyuan_ledger.aggregates.earmarks import Purpose, purpose_of
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.aggregates.organization_ties import CHANNELS
from xiyuan_ledger.codes import Category, Channel, Code, Fen, Text
from xiyuan_ledger.errors import RuleBroken
from xiyuan_ledger.money import yuan

PAID_BY_RUN = re.compile(r"(project-instalment-\d{4}-\d{2}-\d+)-.+-\d{4}-\d{2}")
"""The voucher of an instalment that a run paid: run, project and month."""

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.world import World


@lru_cache(maxsize=4096)
def _neighbours(org: str) -> tuple[str, ...]:
    """The streams that every fact of an organisation's money looks at: itself, and its accounts."""
    return (f"org/{org}", *(f"account/{org}/{channel}" for channel in CHANNELS))


class AccountFact(Fact):
    """What is recorded of one account."""

    STREAM_KIND: ClassVar[Kind] = "account"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("org", "channel")

    org: Code
    channel: Channel
    amount_fen: Fen
    voucher: Code

    def reads(self) -> tuple[str, ...]:
        return _neighbours(self.org)


class FundsReceived(AccountFact):
    """入账: money comes in."""

    TOPIC: ClassVar[str] = "account.funds-received.v1"

    payer: Text
    project: Code | None = None
    restricted_to: Category | None = None


class ExpenseRecorded(AccountFact):
    """支出: money goes out."""

    TOPIC: ClassVar[str] = "account.expense-recorded.v1"

    category: Category
    payee: Text
    project: Code | None = None


class ExpenseReversed(AccountFact):
    """冲销: money of an expense comes back. `voucher` is that of the expense."""

    TOPIC: ClassVar[str] = "account.expense-reversed.v1"

    reason: Text


class FundsTransferred(AccountFact):
    """划转: money goes to another organisation, within the channel."""

    TOPIC: ClassVar[str] = "account.funds-transferred.v1"

    to_org: Code
    project: Code | None = None

    def tags(self) -> tuple[str, ...]:
        return (f"received-by/{self.to_org}/{self.channel}",)

    def reads(self) -> tuple[str, ...]:
        return (*_neighbours(self.org), f"org/{self.to_org}")


class Expense:
    """支出: an expense, and how much of it was reversed."""

    __slots__ = ("amount_fen", "event_id", "occurred_on", "outlay", "reversed_fen")

    def __init__(self, fact: ExpenseRecorded, event_id: str):
        self.occurred_on = fact.occurred_on
        self.amount_fen = fact.amount_fen
        self.outlay: Purpose = purpose_of(fact.project, fact.category)
        self.event_id = event_id
        self.reversed_fen = 0


class Sent:
    """划转: what an account sent to one organisation."""

    __slots__ = ("by_project", "last_by", "last_on", "moves")

    def __init__(self) -> None:
        self.moves: list[Inflow] = []
        self.by_project: dict[str | None, int] = {}
        self.last_on = date.min
        self.last_by = ""

    def add(self, fact: FundsTransferred, event_id: str) -> None:
        """One more transfer."""
        self.moves.append((fact.occurred_on, purpose_of(fact.project, None), fact.amount_fen))
        self.by_project[fact.project] = self.by_project.get(fact.project, 0) + fact.amount_fen
        if fact.occurred_on >= self.last_on:
            self.last_on, self.last_by = fact.occurred_on, event_id

    def until(self, day: date) -> dict[str | None, int]:
        """What was sent up to a day, by project; None for money bound to none."""
        if self.last_on <= day:
            return self.by_project
        found: dict[str | None, int] = {}
        for on, (project, _), fen in self.moves:
            if on <= day:
                found[project] = found.get(project, 0) + fen
        return found


class AccountState:
    """One account: its days, its vouchers, its expenses, and what it sent to whom."""

    __slots__ = ("before", "book", "channel", "expenses", "org", "received", "sent", "vouchers")

    def __init__(self) -> None:
        self.org = ""
        self.channel = ""
        self.book = Cashbook()
        self.vouchers: Kept[str] = {}
        self.expenses: Kept[Expense] = {}
        self.sent: dict[str, Sent] = {}
        self.received: tuple[date, str] | None = None
        """The latest day on which money came from outside, and the fact that says so."""
        self.before: AccountState | None = None
        """What stood before a correction or a voiding; set while those who rely on it are asked."""

    def last_credit(self, org: str, channel: str, world: World) -> tuple[date, str] | None:
        """The latest day on which money came in, from outside or from another account, and the fact that says so."""
        found = [] if self.received is None else [self.received]
        found += [(sent.last_on, sent.last_by) for sent in _senders(org, channel, world)]
        return max(found, default=None)


def _senders(org: str, channel: str, world: World) -> list[Sent]:
    """What other accounts of the channel sent to an organisation."""
    found = []
    for account in world.tagged(f"received-by/{org}/{channel}"):
        sent = world.account(*account.split("/")).sent.get(org)
        if sent is not None:
            found.append(sent)
    return found


def _inflow(senders: list[Sent], day: date) -> dict[str | None, int]:
    if len(senders) == 1:
        return senders[0].until(day)
    found: dict[str | None, int] = {}
    for sent in senders:
        for project, fen in sent.until(day).items():
            found[project] = found.get(project, 0) + fen
    return found


def decide(state: AccountState, fact: Fact, world: World) -> None:
    match fact:
        case FundsReceived():
            _check_voucher(state, fact, world)
            _check_exists(fact.org, fact, "org", world)
        case ExpenseRecorded():
            _check_voucher(state, fact, world)
            if fact.category == "training":
                _check_training_payer(fact, world)
            _check_covered(state, fact, (fact.project, fact.category), world)
        case ExpenseReversed():
            _decide_reversed(state, fact)
        case FundsTransferred():
            _check_voucher(state, fact, world)
            if fact.to_org == fact.org:
                raise RuleBroken("transfer-to-itself", field="to_org", org=fact.org)
            _check_exists(fact.to_org, fact, "to_org", world)
            _check_covered(state, fact, (fact.project, None), world)


def _check_voucher(state: AccountState, fact: AccountFact, world: World) -> None:
    """A voucher is used once in all accounts of an organisation."""
    used_by = state.vouchers.get(fact.voucher)
    for channel in CHANNELS:
        if used_by is None and channel != fact.channel:
            used_by = world.account(fact.org, channel).vouchers.get(fact.voucher)
    if used_by is not None:
        raise RuleBroken("voucher-used", field="voucher", events=(used_by,), org=fact.org, voucher=fact.voucher)


def _check_exists(org: str, fact: AccountFact, field: str, world: World) -> None:
    """Nothing comes in any more once an organisation is dissolved."""
    dissolved = world.org(org).dissolved
    if dissolved is not None and dissolved[0] <= fact.occurred_on:
        raise RuleBroken("account-org-dissolved", field=field, events=(dissolved[1],), org=org, on=dissolved[0])


def _check_training_payer(fact: ExpenseRecorded, world: World) -> None:
    rule = world.parameters("training-cost", on=fact.occurred_on)
    if rule is None:
        return
    registered = world.org(fact.org).registered
    kind = None if registered is None else registered.kind
    if kind not in rule.payer_kinds:
        raise RuleBroken("training-payer", field="org", org=fact.org, kinds=", ".join(rule.payer_kinds))


def _check_covered(
    state: AccountState, fact: ExpenseRecorded | FundsTransferred, outlay: Purpose, world: World
) -> None:
    """At the end of its day, and of every later one that is known, there is money for it that may serve it."""
    day, fen, book = fact.occurred_on, fact.amount_fen, state.book
    if book.affords(day, outlay, fen):
        return
    senders = _senders(fact.org, fact.channel, world)
    if senders and book.affords(day, outlay, fen, _inflow(senders, day)):
        return
    inflows = [move for sent in senders for move in sent.moves]
    for short_on in book.days_made_short(day, outlay, fen, inflows):
        rule = world.parameters("fund-channels", on=short_on)
        if rule is None or rule.mode == "warn":
            continue
        left = book.balance(short_on, inflows)
        code = "account-below-zero" if left < fen else "restricted-money"
        raise RuleBroken(
            code,
            field="amount_fen",
            org=fact.org,
            channel=fact.channel,
            on=short_on,
            amount=yuan(fen),
            left=yuan(left),
            project=outlay[0] or "-",
            category=outlay[1] or "-",
        )


def _decide_reversed(state: AccountState, fact: ExpenseReversed) -> None:
    expense = state.expenses.get(fact.voucher)
    if expense is None:
        raise RuleBroken("expense-unknown", field="voucher", org=fact.org, channel=fact.channel, voucher=fact.voucher)
    events = (expense.event_id,)
    if fact.occurred_on < expense.occurred_on:
        raise RuleBroken(
            "reversed-before", field="occurred_on", events=events, voucher=fact.voucher, on=expense.occurred_on
        )
    left = expense.amount_fen - expense.reversed_fen
    if fact.amount_fen > left:
        raise RuleBroken("reversed-too-much", field="amount_fen", events=events, voucher=fact.voucher, left=yuan(left))


def evolve(state: AccountState, event: Event) -> None:
    fact = event.fact
    match fact:
        case FundsReceived():
            day = fact.occurred_on
            state.vouchers[fact.voucher] = event.event_id
            state.book.receive(day, purpose_of(fact.project, fact.restricted_to), fact.amount_fen)
            if state.received is None or state.received[0] <= day:
                state.received = (day, event.event_id)
        case ExpenseRecorded():
            state.vouchers[fact.voucher] = event.event_id
            expense = state.expenses[fact.voucher] = Expense(fact, event.event_id)
            state.book.spend(fact.occurred_on, expense.outlay, fact.amount_fen)
        case ExpenseReversed():
            reversed_ = state.expenses.get(fact.voucher)
            if reversed_ is not None:
                reversed_.reversed_fen += fact.amount_fen
                state.expenses[fact.voucher] = reversed_
                state.book.give_back(fact.occurred_on, reversed_.outlay, fact.amount_fen)
        case FundsTransferred():
            state.org, state.channel = fact.org, fact.channel
            state.vouchers[fact.voucher] = event.event_id
            state.sent.setdefault(fact.to_org, Sent()).add(fact, event.event_id)
            state.book.spend(fact.occurred_on, purpose_of(fact.project, None), fact.amount_fen)


def check_dependents(state: AccountState, world: World) -> None:
    """Those who received money from this account still had what they spent; what a closed run paid stays paid."""
    before = state.before
    _check_closed_runs(state, before, world)
    channel = state.channel or (before.channel if before else "")
    for org in sorted(state.sent.keys() | (before.sent.keys() if before else set())):
        receiver = world.account(org, channel)
        inflows = [move for sent in _senders(org, channel, world) for move in sent.moves]
        for day, short in receiver.book.shortfalls(inflows).items():
            if not short:
                continue
            rule = world.parameters("fund-channels", on=day)
            if rule is not None and rule.mode == "block":
                raise RuleBroken("transfer-spent", field="to_org", org=org, channel=channel, on=day, short=yuan(short))


def _check_closed_runs(state: AccountState, before: AccountState | None, world: World) -> None:
    """An instalment that a run paid is a transfer whose voucher begins with the run's code."""
    for voucher, event_id in {} if before is None else before.vouchers.items():
        paid = None if voucher in state.vouchers else PAID_BY_RUN.fullmatch(voucher)
        if paid is not None and (closed := world.run(paid[1]).closed):
            raise RuleBroken("line-of-closed-run", field="voucher", events=(event_id, closed), run=paid[1])


AGGREGATE = Aggregate(
    kind="account",
    new_state=AccountState,
    decide=decide,
    evolve=evolve,
    facts=(FundsReceived, ExpenseRecorded, ExpenseReversed, FundsTransferred),
    order_free=frozenset({FundsReceived, ExpenseRecorded, ExpenseReversed, FundsTransferred}),
    check_dependents=check_dependents,
)
