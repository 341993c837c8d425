"""What a decision may look at: the states of other streams, the policies in force, which months are closed.

A World is filled on demand from wherever the facts are: the store when recording, a list of facts in tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from pydantic import BaseModel

    from xiyuan_ledger.aggregates.account import AccountState
    from xiyuan_ledger.aggregates.case import CaseState
    from xiyuan_ledger.aggregates.claim import ClaimState
    from xiyuan_ledger.aggregates.client import ClientState
    from xiyuan_ledger.aggregates.contract import ContractState
    from xiyuan_ledger.aggregates.control import ControlState
    from xiyuan_ledger.aggregates.entitlement import EntitlementState
    from xiyuan_ledger.aggregates.evaluation import EvaluationState
    from xiyuan_ledger.aggregates.organization import OrganizationState
    from xiyuan_ledger.aggregates.policy import PolicyState
    from xiyuan_ledger.aggregates.post import PostState
    from xiyuan_ledger.aggregates.project import ProjectState
    from xiyuan_ledger.aggregates.review import ReviewState
    from xiyuan_ledger.aggregates.run import PayoutRunOpened, RunState
    from xiyuan_ledger.aggregates.session import SessionState
    from xiyuan_ledger.aggregates.training import ClassState
    from xiyuan_ledger.aggregates.venue import VenueState
    from xiyuan_ledger.aggregates.worker import WorkerState


class States(Protocol):
    """Where states come from: held in memory, else folded from their stream."""

    def state(self, stream: str) -> Any:
        """The state of a stream; an empty state where nothing was recorded."""

    def prefetch(self, streams: Iterable[str]) -> None:
        """Have these streams' states at hand: one reading instead of many."""

    def tagged(self, tag: str) -> tuple[str, ...]:
        """The streams in which a fact carried the tag (`Fact.tags`), sorted; it may since have been corrected."""


class ApprovedLine(NamedTuple):
    """批次行: what a run pays to a worker for a month, in fen, and what was due for it at the run's pin.

    `place` counts, from 1, the lines of which something leaves, as files have them; 0 where nothing does.
    """

    amount_fen: int
    offset_fen: int
    due_fen: int
    place: int = 0


class RunLines(Protocol):
    """The lines of payout runs, computed again from the run's pin: they are not recorded."""

    def line(self, opened: PayoutRunOpened, worker: str, month: str) -> ApprovedLine:
        """The line; RuleBroken where the run has none, or its lines are not those that were opened."""

    def are(self, opened: PayoutRunOpened, workers: Sequence[str], months: Sequence[str], fen: Sequence[int]) -> bool:
        """Whether the run pays these, one after the other, with these amounts, all due and nothing kept back."""

    def in_transit(self, opened: PayoutRunOpened) -> int:
        """How many lines are neither paid nor returned."""

    def recovering(self, opened: PayoutRunOpened, worker: str, month: str) -> int:
        """How much of what was paid too much for a month the run keeps back of what it pays."""


class World:
    """The states of other streams by name, the policies in force, and the lines of payout runs."""

    __slots__ = ("_lines", "_schemas", "_states")

    def __init__(self, states: States, schemas: Mapping[str, type[BaseModel]], lines: RunLines | None = None):
        self._states = states
        self._schemas = schemas
        self._lines = lines

    def org(self, org: str) -> OrganizationState:
        return self._states.state(f"org/{org}")  # type: ignore[no-any-return]

    def worker(self, worker: str) -> WorkerState:
        return self._states.state(f"worker/{worker}")  # type: ignore[no-any-return]

    def post(self, post: str) -> PostState:
        return self._states.state(f"post/{post}")  # type: ignore[no-any-return]

    def contract(self, contract: str) -> ContractState:
        return self._states.state(f"contract/{contract}")  # type: ignore[no-any-return]

    def training_class(self, class_: str) -> ClassState:
        return self._states.state(f"class/{class_}")  # type: ignore[no-any-return]

    def session(self, session: str) -> SessionState:
        return self._states.state(f"session/{session}")  # type: ignore[no-any-return]

    def project(self, project: str) -> ProjectState:
        return self._states.state(f"project/{project}")  # type: ignore[no-any-return]

    def client(self, client: str) -> ClientState:
        return self._states.state(f"client/{client}")  # type: ignore[no-any-return]

    def case(self, case: str) -> CaseState:
        return self._states.state(f"case/{case}")  # type: ignore[no-any-return]

    def account(self, org: str, channel: str) -> AccountState:
        return self._states.state(f"account/{org}/{channel}")  # type: ignore[no-any-return]

    def run(self, run: str) -> RunState:
        return self._states.state(f"run/{run}")  # type: ignore[no-any-return]

    def entitlement(self, line: str) -> EntitlementState:
        """What was paid for a `worker/scheme/month`."""
        return self._states.state(f"entitlement/{line}")  # type: ignore[no-any-return]

    def claim(self, claim: str) -> ClaimState:
        return self._states.state(f"claim/{claim}")  # type: ignore[no-any-return]

    def approved_line(self, opened: PayoutRunOpened, worker: str, month: str) -> ApprovedLine | None:
        """The run's line of a worker and month; None where nothing here can compute lines."""
        return None if self._lines is None else self._lines.line(opened, worker, month)

    def lines_are(
        self, opened: PayoutRunOpened, workers: Sequence[str], months: Sequence[str], fen: Sequence[int]
    ) -> bool:
        """Whether these are lines of a run, one after the other, all due in full and nothing of them kept back.

        False does not say that they are not: each is to be judged alone. True where nothing here can compute lines.
        """
        return self._lines is None or self._lines.are(opened, workers, months, fen)

    def lines_in_transit(self, opened: PayoutRunOpened) -> int:
        """How many lines of a run are neither paid nor returned; 0 where nothing here can compute lines."""
        return 0 if self._lines is None else self._lines.in_transit(opened)

    def recovered_by(self, opened: PayoutRunOpened, worker: str, month: str) -> int:
        """What a run recovers of a month that was overpaid; 0 where nothing here can compute lines."""
        return 0 if self._lines is None else self._lines.recovering(opened, worker, month)

    def review(self, review: str) -> ReviewState:
        return self._states.state(f"review/{review}")  # type: ignore[no-any-return]

    def evaluation(self, evaluation: str) -> EvaluationState:
        return self._states.state(f"evaluation/{evaluation}")  # type: ignore[no-any-return]

    def venue(self, venue: str) -> VenueState:
        return self._states.state(f"venue/{venue}")  # type: ignore[no-any-return]

    def policy(self, policy: str) -> PolicyState:
        return self._states.state(f"policy/{policy}")  # type: ignore[no-any-return]

    def control(self) -> ControlState:
        return self._states.state("ledger")  # type: ignore[no-any-return]

    def tagged(self, tag: str) -> tuple[str, ...]:
        """The codes of the streams in which a fact carried the tag, sorted."""
        streams = self._states.tagged(tag)
        self._states.prefetch(streams)
        return tuple(stream.partition("/")[2] for stream in streams)

    def begun(self) -> bool:
        """Whether anything was recorded: the first thing that a ledger is told are its policies."""
        return any(self.policy(policy).versions for policy in self._schemas)

    def policy_schema(self, policy: str) -> type[BaseModel] | None:
        """The schema of a policy's parameters; None where there is no such policy."""
        return self._schemas.get(policy)

    def parameters(self, policy: str, on: date) -> Any:
        """The parameters of the policy in force on a day, as its schema's model; None where none is in force."""
        version = self.policy(policy).in_force(on)
        return None if version is None else version.parameters_as(self._schemas[policy])


class FoldedStates:
    """States held in a dictionary, for a few facts: the tests' and the demo's world."""

    def __init__(self, new_state: Callable[[str], Any]):
        self._new_state = new_state
        self._held: dict[str, Any] = {}
        self._tags: dict[str, set[str]] = {}

    def state(self, stream: str) -> Any:
        kind = stream.partition("/")[0]
        return self._held.setdefault(stream, self._new_state(kind))

    def replace(self, stream: str, state: Any) -> None:
        self._held[stream] = state

    def prefetch(self, streams: Iterable[str]) -> None:
        """Everything is at hand already."""

    def tag(self, tag: str, stream: str) -> None:
        self._tags.setdefault(tag, set()).add(stream)

    def tagged(self, tag: str) -> tuple[str, ...]:
        return tuple(sorted(self._tags.get(tag, ())))
