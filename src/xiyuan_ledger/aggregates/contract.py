"""购买岗位: seats that the government buys from an agency."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from xiyuan_ledger.aggregates.aggregate import Aggregate
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.codes import Code, Day, Fen, Positive
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.worker_employment import Career
    from xiyuan_ledger.aggregates.world import World

PURCHASE_CONTRACTS = "purchase-contracts"
PURCHASED_WORKERS = "purchased-workers"


class ContractFact(Fact):
    """What is recorded of one contract for posts."""

    STREAM_KIND: ClassVar[Kind] = "contract"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("contract",)

    contract: Code


class PositionsPurchased(ContractFact):
    """购买岗位: so many professional seats are bought from an agency for a term."""

    TOPIC: ClassVar[str] = "contract.positions-purchased.v1"
    MAY_LIE_AHEAD: ClassVar[bool] = True

    org: Code
    agency: Code
    quantity: Positive
    price_fen: Fen
    from_: Day = Field(alias="from")
    to: Day

    def tags(self) -> tuple[str, ...]:
        return (PURCHASE_CONTRACTS,)


class ContractState:
    """One contract: the seats that it buys. Recorded several times, it buys them together."""

    __slots__ = ("before", "purchases")

    def __init__(self) -> None:
        self.purchases: list[PositionsPurchased] = []
        self.before: ContractState | None = None
        """What stood before a correction or a voiding; set while those who rely on it are asked."""

    def seats_on(self, day: date) -> int:
        """How many seats it buys for a day; the last day of the term is included."""
        return sum(fact.quantity for fact in self.purchases if fact.from_ <= day <= fact.to)


def decide(state: ContractState, fact: PositionsPurchased, world: World) -> None:
    if fact.to < fact.from_:
        raise RuleBroken("contract-term", field="to", contract=fact.contract, start=fact.from_, end=fact.to)


def evolve(state: ContractState, event: Event) -> None:
    assert isinstance(event.fact, PositionsPurchased)
    state.purchases.append(event.fact)


def refuse_overbooking(world: World, since: date, worker: str, career: Career) -> None:
    """Purchased seats never exceed the quantity purchased, with one worker's career as given.

    Asked of every day on which the worker or, while she is there, another takes a purchased seat. A term that runs out
    while its workers stay on is nobody's entry, so it is refused to nobody; the next one to be hired is.
    """
    others = [world.worker(code).career for code in world.tagged(PURCHASED_WORKERS) if code != worker]
    careers = [career, *others]
    days = {day for day in _seats_taken_on(careers) if day >= since and career.purchased_on(day) is not None}
    _refuse_overbooked_days(world, careers, days)


def _seats_taken_on(careers: Iterable[Career]) -> set[date]:
    """The days on which someone takes a purchased seat, newly or again."""
    return {span.start for career in careers for span in career.employments if span.employment == "purchased"}


def _refuse_overbooked_days(world: World, careers: list[Career], days: set[date]) -> None:
    contracts = [world.contract(code) for code in world.tagged(PURCHASE_CONTRACTS)]
    for day in sorted(days):
        taken = [span for career in careers if (span := career.purchased_on(day)) is not None]
        purchased = sum(contract.seats_on(day) for contract in contracts)
        if len(taken) > purchased:
            events = tuple(sorted(span.opened_by for span in taken if span.opened_by))
            raise RuleBroken("purchased-seats-exceeded", events=events, on=day, taken=len(taken), purchased=purchased)


def check_dependents(state: ContractState, world: World) -> None:
    """The workers hired into purchased seats still have them."""
    careers = [world.worker(code).career for code in world.tagged(PURCHASED_WORKERS)]
    _refuse_overbooked_days(world, careers, _seats_taken_on(careers))


AGGREGATE = Aggregate(
    kind="contract",
    new_state=ContractState,
    decide=decide,
    evolve=evolve,
    facts=(PositionsPurchased,),
    order_free=frozenset({PositionsPurchased}),
    check_dependents=check_dependents,
)
