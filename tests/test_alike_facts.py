"""Payments in columns: each is the fact that one by one would have been made, and its bytes are those."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.payouts import FILE, paid
from xiyuan_ledger.aggregates import Paper
from xiyuan_ledger.aggregates.alike import AlikeFacts
from xiyuan_ledger.aggregates.entitlement import SubsidyPaid
from xiyuan_ledger.canonical import is_canonical
from xiyuan_ledger.store.mapper import alike_entries, content_digest, content_digests, entry_bytes

codes = st.from_regex(r"[A-Za-z0-9_.\-一-龥]{1,12}", fullmatch=True)
months = st.from_regex(r"20[0-9]{2}-(0[1-9]|1[0-2])", fullmatch=True)
lines = st.lists(
    st.tuples(codes, months, st.sampled_from(["regular", "arrears"]), st.integers(1, 10**9), codes),
    min_size=1,
    max_size=5,
)
text = st.text(max_size=12).filter(lambda each: each.strip() == each and each.isprintable() and each)
shared = st.fixed_dictionaries(
    {},
    optional={
        "reason": text,
        "evidence": st.just((Paper(kind="bank-answer", digest=FILE, note='100% "whole" \\ 说明 𠮷'),)),
        "run": codes,
        "scheme": codes,
    },
)
NAMES = ("worker", "month", "kind", "amount_fen", "bank_ref")


@given(lines, shared)
def test_what_stands_in_columns_is_written_as_one_by_one(told: list[tuple[Any, ...]], same: dict[str, Any]) -> None:
    facts = [paid(**dict(zip(NAMES, each, strict=True)), **same) for each in told]
    like = facts[0]
    columns = dict(zip(NAMES, ([getattr(fact, name) for fact in facts] for name in NAMES), strict=True))
    alike = AlikeFacts(like, columns)
    assert list(alike) == facts
    assert alike[:2] == facts[:2]
    assert alike.streams() == [fact.stream() for fact in facts]
    entries = alike_entries(alike)
    assert entries == [entry_bytes(fact) for fact in facts]
    assert all(map(is_canonical, entries))
    assert content_digests(SubsidyPaid, entries) == [content_digest(fact, entry_bytes(fact)) for fact in facts]
