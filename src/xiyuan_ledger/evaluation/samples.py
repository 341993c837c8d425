"""抽样登记: samples as facts: drawn from a view at a pin, recorded with all that drawing them again takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from xiyuan_ledger.aggregates.evaluation import Asked, Method, SampleDrawn, TreeHead
from xiyuan_ledger.aggregates.fact import Pinned
from xiyuan_ledger.errors import EvaluationError
from xiyuan_ledger.evaluation.drawing import Unit, draw, population_digest, reserve
from xiyuan_ledger.evaluation.engagement import Engagement
from xiyuan_ledger.evaluation.seeds import confirmed, head_at, seed_of
from xiyuan_ledger.evaluation.sizes import size_of
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.pin import Pin

PERIOD = frozenset({"from", "to", "month", "quarter", "year"})
WHERE = "where."


@dataclass(frozen=True, slots=True)
class Population:
    """总体: the units of a column of a view, as asked at a pin; `by` names the column of their strata or amounts."""

    view: str
    unit: str
    by: str | None = None
    asked: tuple[tuple[str, str], ...] = ()

    def units(self, ledger: Ledger, pin: Pin, method: Method) -> list[Unit]:
        """Every unit once. Raises EvaluationError, ViewError."""
        rows = ledger.view(self.view, pin=pin, **_question(self.asked)).rows
        amounts = method == "proportional"
        found: dict[str, Unit] = {}
        for row in rows:
            for code in _codes(row, self.unit, self.view):
                unit = _unit(row, code, self.by, amounts=amounts)
                known = found.setdefault(code, unit)
                if known is not unit:
                    found[code] = _joined(known, unit)
        return sorted(found.values())


def _question(asked: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """What is asked of a view, as `Ledger.view` takes it."""
    question: dict[str, Any] = {"where": {}}
    for name, value in asked:
        if name.startswith(WHERE):
            question["where"][name.removeprefix(WHERE)] = value
        else:
            question["from_" if name == "from" else name] = value
    return question


def _codes(row: Mapping[str, Any], column: str, view: str) -> list[str]:
    if column not in row:
        raise EvaluationError("sample-column", field="unit", column=column, view=view, known=", ".join(row))
    value = row[column]
    return [str(each) for each in (value if isinstance(value, list) else [value]) if each is not None]


def _unit(row: Mapping[str, Any], code: str, by: str | None, *, amounts: bool) -> Unit:
    if by is None:
        if amounts:
            raise EvaluationError("sample-by-missing", field="by")
        return Unit(code)
    value = row.get(by)
    if not amounts:
        return Unit(code, stratum="" if value is None else str(value))
    if type(value) is not int:
        raise EvaluationError("sample-by-amount", field="by", column=by)
    return Unit(code, amount_fen=value)


def _joined(one: Unit, other: Unit) -> Unit:
    """A unit that stands in several rows: its amounts together; a stratum it has only one of."""
    if one.stratum != other.stratum:
        raise EvaluationError("sample-strata", field="by", unit=one.code, found=one.stratum, other=other.stratum)
    return Unit(one.code, one.stratum, one.amount_fen + other.amount_fen)


@dataclass(frozen=True, slots=True)
class Draft:
    """A sample as it would be recorded, and the list that it was drawn from."""

    fact: SampleDrawn
    units: tuple[Unit, ...]


def draw_sample(
    ledger: Ledger,
    evaluation: str,
    population: Population,
    *,
    method: Method = "simple",
    nonce: str,
    on: date | str,
    head: TreeHead | None = None,
    share_centi: int | None = None,
    size: int | None = None,
) -> Draft:
    """The sample that seed, population and policy make, as a fact to be recorded.

    The seed is that of `head` - a checkpoint that witnesses saw, else the ledger as it stands - and of the nonce that
    the commission committed to. Raises EvaluationError, ViewError.
    """
    known = confirmed(ledger, head) if head is not None else head_at(ledger, ledger.head)
    engagement = Engagement.read(ledger, evaluation)
    day = date.fromisoformat(on) if isinstance(on, str) else on
    pin = Pin(known_at=known.size, valid_on=day)
    units = population.units(ledger, pin, method)
    wanted = size_of(len(units), engagement.policy("sampling", day), share_centi=share_centi, size=size)
    seed = seed_of(known, evaluation, nonce)
    drawn = tuple(unit.code for unit in draw(units, method, wanted, seed))
    fact = SampleDrawn(
        evaluation=evaluation,
        population=population.view,
        population_digest=population_digest(units),
        method=method,
        size=wanted,
        seed=seed,
        drawn=drawn,
        unit=population.unit,
        by=population.by,
        asked=tuple(Asked(name=name, value=value) for name, value in population.asked) or None,
        pin=Pinned(position=known.size, valid_on=day),
        checkpoint=known,
        nonce=nonce,
        occurred_on=day,
    )
    return Draft(fact, tuple(units))


def replacement(ledger: Ledger, draws: Sequence[SampleDrawn], replaced: str, *, on: date, reason: str) -> SampleDrawn:
    """替换: the next unit in the place of one that cannot be examined. `draws`: the draw and its replacements."""
    first = draws[0]
    units = _population(first).units(ledger, _pin(first), first.method)
    taken = [code for fact in draws for code in fact.drawn]
    unit = reserve(units, taken, replaced, first.method, first.seed)
    update = {"size": 1, "drawn": (unit.code,), "replaces": (replaced,), "occurred_on": on, "reason": reason}
    return first.model_copy(update=update | {"actor": None, "key": None, "source": None, "recorded_at": None})


def examined(draws: Sequence[SampleDrawn]) -> list[str]:
    """The units that are examined in the end, in the order of the draw, each replacement in its unit's place."""
    found = list(draws[0].drawn)
    for fact in draws[1:]:
        for new, old in zip(fact.drawn, fact.replaces or (), strict=True):
            found[found.index(old)] = new
    return found


def differences(ledger: Ledger, draws: Sequence[SampleDrawn]) -> list[str]:
    """What a draw from the ledger or bundle gives otherwise than recorded; nothing where the sample is what it says."""
    first = draws[0]
    if first.pin is None or first.unit is None or first.checkpoint is None or first.nonce is None:
        return ["pin"]
    units = _population(first).units(ledger, _pin(first), first.method)
    head = head_at(ledger, first.checkpoint.size)
    found = {
        "checkpoint": head == first.checkpoint,
        "seed": seed_of(head, first.evaluation, first.nonce) == first.seed,
        "population_digest": population_digest(units) == first.population_digest,
        "drawn": [unit.code for unit in draw(units, first.method, first.size, first.seed)] == list(first.drawn),
    }
    taken = list(first.drawn)
    for fact in draws[1:]:
        for new, old in zip(fact.drawn, fact.replaces or (), strict=True):
            found[f"replaces {old}"] = reserve(units, taken, old, first.method, first.seed).code == new
            taken.append(new)
    return [name for name, same in found.items() if not same]


def _population(fact: SampleDrawn) -> Population:
    asked = tuple((each.name, each.value) for each in fact.asked or ())
    return Population(fact.population, fact.unit or "", fact.by, asked)


def _pin(fact: SampleDrawn) -> Pin:
    assert fact.pin is not None
    return Pin(known_at=fact.pin.position, valid_on=fact.pin.valid_on)
