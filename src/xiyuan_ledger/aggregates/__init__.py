"""What may happen: a noun each - its facts, its state, its hard rules."""

from __future__ import annotations

from importlib import import_module

from xiyuan_ledger.aggregates.aggregate import Aggregate
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind, Paper

_MODULES = (
    "organization",
    "worker",
    "post",
    "contract",
    "training",
    "session",
    "project",
    "client",
    "case",
    "account",
    "run",
    "entitlement",
    "claim",
    "policy",
    "control",
    "volunteer",
    "request",
    "venue",
    "review",
    "evaluation",
)

_LOADED = [import_module(f"{__package__}.{module}") for module in _MODULES]
AGGREGATES: dict[str, Aggregate] = {m.AGGREGATE.kind: m.AGGREGATE for m in _LOADED if hasattr(m, "AGGREGATE")}
FACTS: dict[str, type[Fact]] = {
    n: c
    for m in _LOADED
    for n, c in vars(m).items()
    if isinstance(c, type) and issubclass(c, Fact) and "TOPIC" in vars(c)
}
TOPICS: dict[str, type[Fact]] = {fact.TOPIC: fact for fact in FACTS.values()}
"""Every fact by the literal name under which it is stored."""

__all__ = ["AGGREGATES", "FACTS", "TOPICS", "Aggregate", "Event", "Fact", "Kind", "Paper"]
