"""评估委托: one evaluation as recorded up to a position: its facts, who is who, and the policies that hold for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from xiyuan_ledger.aggregates import FACTS, Fact
from xiyuan_ledger.aggregates.evaluation import (
    ConflictDeclared,
    EvaluationCommissioned,
    EvaluationFact,
    SampleDrawn,
)
from xiyuan_ledger.aggregates.evaluation_rules import drawn_from
from xiyuan_ledger.errors import EvaluationError, RuleBroken
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.policies import SCHEMAS
from xiyuan_ledger.projections.pin import Pin

F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact of the evaluation with its event id."""

    fact: Any
    event_id: str
    actor: str


@dataclass(frozen=True, slots=True)
class Engagement:
    """An evaluation: its effective facts at a pin, and the versions of policies known then."""

    evaluation: str
    facts: tuple[Recorded, ...]
    policies: tuple[dict[str, Any], ...]

    @classmethod
    def read(cls, ledger: Ledger, evaluation: str, pin: Pin | None = None) -> Engagement:
        """What the ledger knows of an evaluation. Raises EvaluationError where it was not commissioned."""
        at = Pin(known_at=pin.known_at, valid_on=date.max) if pin else Pin(valid_on=date.max)
        rows = ledger.view("journal", stream=f"evaluation/{evaluation}", pin=at).rows
        found = tuple(
            Recorded(_fact(row), row["event_id"], row["actor"])
            for row in sorted(rows, key=lambda row: (row["occurred_on"], row["position"]))
        )
        if not any(isinstance(each.fact, EvaluationCommissioned) for each in found):
            raise EvaluationError("evaluation-not-found", field="evaluation", evaluation=evaluation)
        adopted = ledger.view("journal", type="PolicyAdopted", pin=at).rows
        return cls(evaluation, found, tuple(adopted))

    def of(self, kind: type[F]) -> list[tuple[F, str]]:
        """The facts of a kind with their event ids, in the order in which they happened."""
        return [(each.fact, each.event_id) for each in self.facts if isinstance(each.fact, kind)]

    @property
    def commission(self) -> EvaluationCommissioned:
        """委托: what was agreed on."""
        return self.of(EvaluationCommissioned)[0][0]

    @property
    def scorecard(self) -> Any:
        """评分表: that in force on the day of the commission."""
        return self.policy("scorecard", self.commission.occurred_on)

    def policy(self, policy: str, on: date) -> Any:
        """The parameters of a policy in force on a day. Raises EvaluationError where none is."""
        return SCHEMAS[policy].model_validate_json(self.version(policy, on)["parameters"])

    def version(self, policy: str, on: date) -> dict[str, Any]:
        """The version in force on a day: its fields as adopted, with its event id."""
        holding = [row for row in self.policies if row["fields"]["policy"] == policy and _holds(row["fields"], on)]
        if not holding:
            raise EvaluationError("policy-not-in-force", field="policy", policy=policy, on=on)
        return dict(holding[-1]["fields"]) | {"event_id": holding[-1]["event_id"]}

    def draws(self) -> list[list[SampleDrawn]]:
        """Each sample: its draw, and the replacements that followed it."""
        found: dict[str, list[SampleDrawn]] = {}
        for fact, _ in self.of(SampleDrawn):
            found.setdefault(drawn_from(fact), []).append(fact)
        return list(found.values())


def _holds(fields: dict[str, Any], on: date) -> bool:
    last = fields.get("effective_to")
    return fields["effective_from"] <= on.isoformat() and (last is None or on.isoformat() < last)


def _fact(row: dict[str, Any]) -> EvaluationFact:
    outside = {"occurred_on": row["occurred_on"], "reason": row["reason"], "evidence": row["papers"]}
    fact = FACTS[row["type"]](**row["fields"], **{name: value for name, value in outside.items() if value is not None})
    assert isinstance(fact, EvaluationFact)
    return fact


def parties_of(ledger: Ledger, project: str, pin: Pin) -> dict[str, str]:
    """Who has the project done and who does it: `purchaser`, `implementer`, and its `name`."""
    rows: Sequence[dict[str, Any]] = ledger.view("journal", stream=f"project/{project}", pin=pin).rows
    found: dict[str, str] = {}
    for row in rows:
        found |= {name: row["fields"][name] for name in ("purchaser", "implementer", "name") if name in row["fields"]}
    return found


def refuse_tied(ledger: Ledger, evaluation: str) -> None:
    """回避: who declared a tie, or was ever employed by a party, draws, scores, finds and concludes nothing.

    Raises RuleBroken `evaluation-tied` with the event that says so.
    """
    engagement, person = Engagement.read(ledger, evaluation), ledger.actor
    ties = [event_id for fact, event_id in engagement.of(ConflictDeclared) if fact.person == person]
    every = Pin(valid_on=date.max)
    parties = parties_of(ledger, engagement.commission.project, every)
    bound = {parties.get("purchaser"), parties.get("implementer")}
    hired = ledger.view("journal", type="WorkerHired", pin=every).rows
    ties += [
        row["event_id"] for row in hired if row["fields"]["worker"] == person and row["fields"]["employer"] in bound
    ]
    if ties:
        raise RuleBroken("evaluation-tied", field="actor", events=tuple(ties), person=person, evaluation=evaluation)
