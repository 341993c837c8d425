"""制度: the versions of the office's rules."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ValidationError

from xiyuan_ledger.aggregates.aggregate import Aggregate
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.aggregates.invalid import misfit
from xiyuan_ledger.codes import Code, Day, Parameters, Positive, Text
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.world import World


class PolicyFact(Fact):
    """What is recorded of one policy."""

    STREAM_KIND: ClassVar[Kind] = "policy"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("policy",)

    policy: Code


class PolicyAdopted(PolicyFact):
    """制度: a version of a policy is adopted, with its paper. Reaching back needs a `reason`."""

    TOPIC: ClassVar[str] = "policy.policy-adopted.v1"
    MAY_LIE_AHEAD: ClassVar[bool] = True

    version: Positive
    effective_from: Day
    effective_to: Day | None = None
    authority: Text
    parameters: Parameters


class PolicyVersion:
    """One version as adopted, its parameters read by its schema once."""

    __slots__ = ("_model", "event_id", "fact", "position")

    def __init__(self, fact: PolicyAdopted, position: int, event_id: str):
        self.fact = fact
        self.position = position
        self.event_id = event_id
        self._model: Any = None

    def holds(self, day: date) -> bool:
        """Whether a day lies in `effective_from <= day < effective_to`."""
        fact = self.fact
        return fact.effective_from <= day and (fact.effective_to is None or day < fact.effective_to)

    def parameters_as(self, schema: type[BaseModel]) -> Any:
        """The parameters with their defaults, as the schema's model."""
        if self._model is None:
            self._model = schema.model_validate(self.fact.parameters)
        return self._model


class PolicyState:
    """The versions of one policy, in the order in which they were recorded."""

    __slots__ = ("versions",)

    def __init__(self) -> None:
        self.versions: list[PolicyVersion] = []

    def in_force(self, day: date) -> PolicyVersion | None:
        """The version in force on a day: of those that hold it, the one recorded last."""
        return next((version for version in reversed(self.versions) if version.holds(day)), None)


def decide(state: PolicyState, fact: PolicyAdopted, world: World) -> None:
    schema = world.policy_schema(fact.policy)
    if schema is None:
        raise RuleBroken("policy-unknown", field="policy", policy=fact.policy)
    _check_version(state, fact, world)
    if fact.effective_to is not None and fact.effective_to <= fact.effective_from:
        raise RuleBroken("policy-interval", field="effective_to", policy=fact.policy)
    if fact.effective_from < fact.occurred_on and fact.reason is None:
        raise RuleBroken("policy-reaches-back", field="reason", policy=fact.policy, effective_from=fact.effective_from)
    try:
        schema.model_validate(fact.parameters)
    except ValidationError as error:
        where, found, found_zh = misfit(schema, error)
        field = f"parameters.{where}" if where else "parameters"
        raise RuleBroken("policy-parameters", field=field, policy=fact.policy, found=found, found_zh=found_zh) from None


def _check_version(state: PolicyState, fact: PolicyAdopted, world: World) -> None:
    """A version is the next one; a correction keeps the number of what it corrects."""
    if fact.corrects is None:
        expected = max((version.fact.version for version in state.versions), default=0) + 1
        if fact.version != expected:
            raise RuleBroken(
                "policy-version", field="version", policy=fact.policy, found=fact.version, expected=expected
            )
        return
    known = world.policy(fact.policy).versions
    corrected = next((each.fact.version for each in known if each.event_id == fact.corrects), fact.version)
    if fact.version != corrected:
        raise RuleBroken(
            "policy-version-corrected", field="version", policy=fact.policy, found=fact.version, expected=corrected
        )


def evolve(state: PolicyState, event: Event) -> None:
    fact = event.fact
    assert isinstance(fact, PolicyAdopted)
    state.versions.append(PolicyVersion(fact, event.position, event.event_id))
    state.versions.sort(key=lambda version: version.position)


AGGREGATE = Aggregate(
    kind="policy",
    new_state=PolicyState,
    decide=decide,
    evolve=evolve,
    facts=(PolicyAdopted,),
    order_free=frozenset({PolicyAdopted}),
)
