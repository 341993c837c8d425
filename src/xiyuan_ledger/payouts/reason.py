"""缘由: a tree of reasons: what each is about, its value, its day, its facts, and what lies beneath."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from xiyuan_ledger.aggregates import Event
from xiyuan_ledger.errors import Language

WORDS: Mapping[str, tuple[str, str]] = {
    "line": ("差额 = 应发 - 已结", "delta = due - settled"),
    "due": ("应发", "due"),
    "settled": ("已结", "settled"),
    "rate": ("标准", "rate"),
    "authority": ("依据", "authority"),
    "level": ("级别", "level"),
    "fact": ("事实", "fact"),
    "post": ("岗位", "post"),
    "before": ("此前月份", "months before"),
    "month": ("月份", "month"),
    "payments": ("已付、退回、追回与核销", "paid, returned, recovered and written off"),
    "since": ("自上一批次以来登记的相关事实", "recorded since the last run, and changing it"),
    "claim": ("报销单", "claim"),
    "instalment": ("分期款", "instalment"),
    "held_back": ("暂缓支付", "held back"),
    "condition": ("待评估", "until the evaluation"),
    "nothing": ("没有级别或岗位, 或标准为 0", "no level, no post, or a rate of nothing"),
}


@dataclass(frozen=True)
class Reason:
    """缘由: one step of the explanation: what it is about, its value, its day, its facts, and what lies beneath."""

    what: str
    value: str | int | None = None
    on: date | None = None
    event_ids: tuple[str, ...] = ()
    because: tuple[Reason, ...] = ()

    def words(self, lang: Language) -> str:
        """What it is about, for people."""
        zh, en = WORDS[self.what]
        return zh if lang == "zh" else en

    def as_json(self) -> dict[str, Any]:
        """The tree for machines: what is absent is left out."""
        found: dict[str, Any] = {"what": self.what, "value": self.value, "on": self.on and self.on.isoformat()}
        found |= {"events": list(self.event_ids), "because": [each.as_json() for each in self.because]}
        return {name: value for name, value in found.items() if value not in (None, [])}

    def steps(self, depth: int = 0) -> Iterator[tuple[int, Reason]]:
        """Every step with its depth, from the top."""
        yield depth, self
        for each in self.because:
            yield from each.steps(depth + 1)


def fact_reason(event: Event) -> Reason:
    """A fact with what it says, its day and its id."""
    told = ", ".join(f"{name}={value}" for name, value in event.fact.entry().items() if name in SHOWN)
    return Reason("fact", f"{event.type} {told}".rstrip(), event.occurred_on, (event.event_id,))


SHOWN = frozenset(
    {"level", "certificate", "valid_from", "valid_to", "exam_on", "post", "run", "kind", "amount_fen", "offset_fen"}
    | {"effect", "policy", "version", "authority", "effective_from", "reason", "bank_ref", "claim"}
    | {"project", "to_org", "voucher", "evaluation", "grade"}
)
"""The fields of a fact that an explanation repeats."""
