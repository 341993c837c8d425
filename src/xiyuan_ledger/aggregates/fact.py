"""事实: what the office writes down, declared once.

A fact's class is the intake schema, the argument of `record`, the stored payload, the columns of its journal table
and its page in the reference. Its docstring begins with the Chinese term.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from xiyuan_ledger.aggregates.invalid import invalid_entry
from xiyuan_ledger.codes import Code, Day, Digest, EventId, Instant, Positive, Text

Kind = Literal[
    "org",
    "worker",
    "post",
    "contract",
    "class",
    "session",
    "project",
    "client",
    "case",
    "account",
    "policy",
    "ledger",
    "volunteer",
    "request",
    "venue",
    "review",
    "evaluation",
    "run",
    "entitlement",
    "claim",
]

Key = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=200)]


class Part(BaseModel):
    """A structure inside a fact: an instalment, a target, a paper."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Paper(Part):
    """凭据: the paper or file that proves a fact, by its digest."""

    kind: Code
    digest: Digest
    note: Text | None = None


class Pinned(Part):
    """固定版本点: up to which position facts were known, and the day that was spoken of."""

    position: Positive
    valid_on: Day


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)


class FactClass(ModelMetaclass):
    """Has a malformed fact refused in the ledger's own words, also where a program makes it."""

    def __call__(cls, *args: Any, **fields: Any) -> Any:
        try:
            return super().__call__(*args, **fields)
        except ValidationError as error:
            raise invalid_entry(cls.__name__, error) from None


class Fact(BaseModel, metaclass=FactClass):
    """One thing that happened or was decided, as entered: its own fields and what an entry may carry beside them."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)

    TOPIC: ClassVar[str]
    """The literal, versioned name under which it is stored, e.g. `worker.exam-passed.v1`."""
    STREAM_KIND: ClassVar[Kind]
    """The kind of its stream."""
    STREAM_FIELDS: ClassVar[tuple[str, ...]]
    """The attributes that name its stream within the kind."""
    MAY_LIE_AHEAD: ClassVar[bool] = False
    """Whether it starts something, and may be dated after the day it is recorded."""
    ENTRY_FIELDS: ClassVar[tuple[tuple[str, str], ...]] = ()
    """(attribute, public name) of what the canonical entry may hold, sorted by name."""

    COMPARES_ACTOR: ClassVar[bool] = False
    """Whether a rule compares who enters it with who approved it."""
    ALIKE_IN: ClassVar[frozenset[str]] = frozenset()
    """Attributes in which facts that are recorded in columns may differ (`AlikeFacts`): no tag depends on them."""
    COMMITS: ClassVar[bool] = False
    """Whether it may come with personal data, in whose place `commitments` are stored."""

    occurred_on: Day
    evidence: Annotated[tuple[Paper, ...], BeforeValidator(_as_tuple), Field(min_length=1, max_length=50)] | None = None
    corrects: EventId | None = None
    reason: Text | None = None
    actor: Code | None = None
    source: Text | None = None
    key: Key | None = None
    recorded_at: Instant | None = None

    OUTSIDE_ENTRY: ClassVar[frozenset[str]] = frozenset({"actor", "source", "key", "recorded_at", "personal"})

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        named = [(n, info.alias or n) for n, info in cls.model_fields.items() if n not in cls.OUTSIDE_ENTRY]
        cls.COMPARES_ACTOR = cls.COMPARES_ACTOR or "approved_by" in cls.model_fields
        cls.COMMITS = "personal" in cls.model_fields
        cls.ENTRY_FIELDS = tuple(sorted(named, key=lambda pair: pair[1]))

    @classmethod
    def own_fields(cls) -> tuple[tuple[str, str], ...]:
        """(attribute, public name) of the fields that this fact declares itself, in declared order."""
        return tuple(
            (name, info.alias or name)
            for name, info in cls.model_fields.items()
            if name not in Fact.model_fields or name in cls.__annotations__
        )

    def stream(self) -> str:
        """The stream that it belongs to, e.g. `worker/W-001`."""
        values, fields = self.__dict__, self.STREAM_FIELDS
        if len(fields) == 1:
            return f"{self.STREAM_KIND}/{values[fields[0]]}"
        return "/".join((self.STREAM_KIND, *(values[name] for name in fields)))

    def tags(self) -> tuple[str, ...]:
        """Secondary streams that it is found by, for rules that look across streams."""
        return ()

    def reads(self) -> tuple[str, ...]:
        """Other streams that deciding on it looks at: a hint, so that a batch reads them at once."""
        return ()

    def entry(self) -> dict[str, Any]:
        """What the office wrote down, by name in order: fields, date, papers, what it corrects. Absent is left out."""
        values = self.__dict__
        return {name: value for attribute, name in self.ENTRY_FIELDS if (value := values[attribute]) is not None}

    @classmethod
    def from_entry(cls, entry: dict[str, Any], **outside: Any) -> Self:
        """The fact that an entry of `entry()`'s form describes; pydantic's ValidationError where it does not fit."""
        return cls.__pydantic_validator__.validate_python(entry | outside)  # type: ignore[no-any-return]


class Event:
    """A fact as recorded: with its place in the ledger and in its stream, and when it was written down."""

    __slots__ = ("actor", "event_id", "fact", "position", "recorded_at", "source", "stream", "version")

    def __init__(
        self,
        fact: Fact,
        position: int,
        event_id: str,
        stream: str,
        version: int,
        recorded_at: datetime,
        actor: str,
        source: str | None = None,
    ):
        self.fact = fact
        self.position = position
        self.event_id = event_id
        self.stream = stream
        self.version = version
        self.recorded_at = recorded_at
        self.actor = actor
        self.source = source

    @property
    def type(self) -> str:
        """The fact's name, e.g. `ExamPassed`."""
        return type(self.fact).__name__

    @property
    def occurred_on(self) -> date:
        """The date on which it happened."""
        return self.fact.occurred_on

    def __repr__(self) -> str:
        return f"Event({self.position}, {self.type}, {self.stream} v{self.version}, {self.event_id})"
