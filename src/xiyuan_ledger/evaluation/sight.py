"""所见: what an evaluation looks at: one project over one period at one pin, through the views and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from xiyuan_ledger.evaluation.engagement import Engagement, parties_of
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.money import share_centi
from xiyuan_ledger.projections.pin import Pin

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Measure:
    """量度: a share in 1/100 % (of a deduction, a number of findings), what it is made of, and the facts behind it.

    `centi` is None where nothing is known: such an indicator scores 0 and is listed.
    """

    centi: int | None
    part: int = 0
    whole: int = 0
    evidence: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    """What falls short: items of a combination that are not met, rules of findings."""


def ratio(part: int, whole: int, rows: Iterable[Row]) -> Measure:
    """A part of a whole, at most all of it; nothing known where the whole is nothing."""
    return Measure(share_centi(min(part, whole), whole), part, whole, evidence_of(rows))


def findings(rows: Iterable[Row], rules: Iterable[str]) -> Measure:
    """A number of findings, by their rules."""
    named = tuple(rules)
    return Measure(len(named), len(named), 0, evidence_of(rows), named)


def evidence_of(rows: Iterable[Row]) -> tuple[str, ...]:
    """The events behind rows, each once, in position order."""
    return tuple(sorted({event_id for row in rows for event_id in row["evidence"]}))


@dataclass
class Sight:
    """One project over one period at one pin; what was asked once is kept."""

    ledger: Ledger
    pin: Pin
    project: str
    first: date
    last: date
    engagement: Engagement
    _kept: dict[tuple[Any, ...], list[Row]] = field(default_factory=dict)

    @classmethod
    def of(cls, ledger: Ledger, evaluation: str, pin: Pin) -> Sight:
        """What an evaluation looks at, at a pin."""
        engagement = Engagement.read(ledger, evaluation, pin)
        agreed = engagement.commission
        return cls(ledger, pin, agreed.project, agreed.from_, agreed.to, engagement)

    def rows(self, view: str, *, period: bool = False, **asked: Any) -> list[Row]:
        """The rows of a view at the pin; with `period`, over the period that is evaluated."""
        known = (view, period, *sorted(asked.items()))
        if known not in self._kept:
            bounds: dict[str, Any] = {"from_": self.first, "to": self.last} if period else {}
            self._kept[known] = self.ledger.view(view, pin=self.pin, **bounds, **asked).rows
        return self._kept[known]

    def of_project(self, view: str, *, period: bool = False) -> list[Row]:
        """The project's rows of a view."""
        return [row for row in self.rows(view, period=period) if row["project"] == self.project]

    def facts(self, kind: str, **matching: Any) -> list[Row]:
        """The project's facts of a kind, from the journal; `matching` fields equal these values."""
        asked = {"project": self.project} | matching
        return [row for row in self.rows("journal", type=kind) if asked.items() <= row["fields"].items()]

    def workers(self) -> list[str]:
        """Who worked for the project in the period."""
        return sorted({row["worker"] for row in self.of_project("timeliness", period=True) if row["worker"]})

    def clients(self) -> list[str]:
        """Who was ever enrolled in the project."""
        return sorted({row["fields"]["client"] for row in self.facts("ClientEnrolled")})

    def parties(self) -> dict[str, str]:
        """Purchaser, implementer and name of the project."""
        return parties_of(self.ledger, self.project, self.pin)

    def policy(self, policy: str) -> Any:
        """The parameters of a policy in force on the pin's day."""
        assert self.pin.valid_on is not None
        return self.engagement.policy(policy, self.pin.valid_on)
