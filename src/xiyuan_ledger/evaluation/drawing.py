"""抽样: which units a seed draws. Whoever has the seed and the list of units draws the same, in whatever order.

A unit's lot is the SHA-256 of the seed and its code; lots decide everything that is left to chance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from xiyuan_ledger.aggregates.evaluation import Method
from xiyuan_ledger.canonical import dumps
from xiyuan_ledger.errors import EvaluationError


@dataclass(frozen=True, slots=True, order=True)
class Unit:
    """抽样单位: something that may be drawn: its code, and its stratum or its amount in fen where it has one."""

    code: str
    stratum: str = ""
    amount_fen: int = 0


def lot(seed: str, code: str) -> bytes:
    """The lot of a unit: as good as random to who does not know the seed, and the same for all who do."""
    return sha256(f"{seed}\n{code}".encode()).digest()


def start(seed: str, below: int) -> int:
    """A number from 0 on, below a limit, that the seed decides."""
    return int.from_bytes(lot(seed, ""), "big") % below


def population_digest(units: Iterable[Unit]) -> str:
    """总体摘要: SHA-256 over the list of units in the order of their codes, one canonical JSON line each."""
    lines = [
        dumps({"amount_fen": unit.amount_fen, "stratum": unit.stratum, "unit": unit.code}) for unit in sorted(units)
    ]
    return sha256(b"".join(line + b"\n" for line in lines)).hexdigest()


def draw(units: Iterable[Unit], method: Method, size: int, seed: str) -> list[Unit]:
    """The sample, in the order of the draw. Raises EvaluationError where the population does not carry the method."""
    listed = sorted(units)
    if len({unit.code for unit in listed}) < len(listed):
        raise EvaluationError("sample-unit-twice", field="unit")
    if not 1 <= size <= len(listed):
        raise EvaluationError("sample-size", field="size", found=size, least=1, most=len(listed))
    return _DRAWN[method](listed, size, seed)


def reserve(units: Iterable[Unit], drawn: Sequence[str], replaced: str, method: Method, seed: str) -> Unit:
    """替换单位: who takes the place of a unit that cannot be examined: the next lot that was not drawn.

    From the same stratum; with proportional draws, among those that could have been drawn.
    """
    listed = {unit.code: unit for unit in units}
    if replaced not in listed:
        raise EvaluationError("sample-unit-unknown", field="replaces", unit=replaced)
    left = [unit for code, unit in listed.items() if code not in set(drawn)]
    if method == "stratified":
        left = [unit for unit in left if unit.stratum == listed[replaced].stratum]
    if method == "proportional":
        left = [unit for unit in left if unit.amount_fen > 0]
    if not left:
        raise EvaluationError("sample-exhausted", field="replaces", unit=replaced)
    return _by_lot(left, seed)[0]


def _by_lot(units: Iterable[Unit], seed: str) -> list[Unit]:
    return sorted(units, key=lambda unit: (lot(seed, unit.code), unit.code))


def _simple(units: list[Unit], size: int, seed: str) -> list[Unit]:
    """简单随机: the lowest lots."""
    return _by_lot(units, seed)[:size]


def _stratified(units: list[Unit], size: int, seed: str) -> list[Unit]:
    """分层: from every stratum by its share of the units, and at least one while there are enough to go round."""
    strata: dict[str, list[Unit]] = {}
    for unit in units:
        strata.setdefault(unit.stratum, []).append(unit)
    shares = allocation({name: len(of) for name, of in strata.items()}, size)
    return [unit for name in sorted(strata) for unit in _by_lot(strata[name], seed)[: shares[name]]]


def allocation(sizes: dict[str, int], size: int) -> dict[str, int]:
    """How many come from each stratum: one each where the size allows, the rest by the largest remainders.

    Never more than a stratum has. Ties go to the larger stratum, then to the lower name.
    """
    floor = 1 if size >= len(sizes) else 0
    shares = dict.fromkeys(sizes, floor)
    whole = sum(sizes.values())
    while sum(shares.values()) < size:
        open_ = [name for name in sizes if shares[name] < sizes[name]]
        best = min(open_, key=lambda name: (shares[name] * whole - size * sizes[name], -sizes[name], name))
        shares[best] += 1
    return shares


def _systematic(units: list[Unit], size: int, seed: str) -> list[Unit]:
    """系统: every so-many-th of the list in the order of strata and codes, from a start that the seed decides."""
    listed = sorted(units, key=lambda unit: (unit.stratum, unit.code))
    first = start(seed, len(listed))
    return [listed[(first + nth * len(listed)) // size] for nth in range(size)]


def _proportional(units: list[Unit], size: int, seed: str) -> list[Unit]:
    """按金额概率比例: the chance of a unit is its amount; those so large that they cannot be missed are taken first."""
    listed = [unit for unit in units if unit.amount_fen > 0]
    if len(listed) < size:
        raise EvaluationError("sample-no-amount", field="by", size=size, found=len(listed))
    certain: list[Unit] = []
    rest = sorted(listed, key=lambda unit: (-unit.amount_fen, unit.code))
    while len(certain) < size:
        left = size - len(certain)
        if rest[0].amount_fen * left < sum(unit.amount_fen for unit in rest):
            break
        certain.append(rest.pop(0))
    return certain + _by_money(_by_lot(rest, seed), size - len(certain), seed)


def _by_money(units: list[Unit], size: int, seed: str) -> list[Unit]:
    """Every so-many-th fen of a list, and the unit in which it lies."""
    if size == 0:
        return []
    whole = sum(unit.amount_fen for unit in units)
    first, passed = start(seed, whole), 0
    found: list[Unit] = []
    for unit in units:
        passed += unit.amount_fen
        if first + len(found) * whole < passed * size and len(found) < size:
            found.append(unit)
    return found


_DRAWN: dict[Method, Callable[[list[Unit], int, str], list[Unit]]] = {
    "simple": _simple,
    "stratified": _stratified,
    "systematic": _systematic,
    "proportional": _proportional,
}
