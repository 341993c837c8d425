"""Who verifies holds accounts and organisations in a few bytes an entry, and judges by them as who records does."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.episodes_of_service import ABOUT_MONEY, ABOUT_ORGANISATIONS
from tests.strategies import ACTOR, History, examples, histories
from xiyuan_ledger import Ledger
from xiyuan_ledger.aggregates import AGGREGATES, Aggregate
from xiyuan_ledger.verification import packed as packing
from xiyuan_ledger.verification.packed import FRESH_MAX, LEAN, Packed

CODES = st.sampled_from([f"V-{n:03d}" for n in range(3 * FRESH_MAX)])


@given(st.lists(st.tuples(CODES, st.integers(0, 9)), max_size=8 * FRESH_MAX))
def test_what_is_packed_is_found_as_in_a_dict(put: list[tuple[str, int]]) -> None:
    packed, plain = Packed[list[int]](), dict[str, list[int]]()
    for code, value in put:
        for kept in (packed, plain):
            kept[code] = [*(kept.get(code) or ()), value]
    assert list(packed.items()) == list(plain.items())
    for code in [f"V-{n:03d}" for n in range(3 * FRESH_MAX)]:
        assert packed.get(code) == plain.get(code)
        assert (code in packed) == (code in plain)


def test_a_thousand_vouchers_take_a_few_bytes_each() -> None:
    packed = Packed[str]()
    for n in range(FRESH_MAX * 16):
        packed[f"R2013-{n:05d}"] = f"00000000-{n:04x}-8a2e-8506-b59dde8d79f1"
    assert sum(map(len, packed._pages)) < FRESH_MAX * 16 * 20
    assert not packed._fresh


def test_accounts_and_organisations_are_packed_and_their_rules_are_the_same() -> None:
    account, organization = LEAN["account"].new_state(), LEAN["org"].new_state()
    assert {type(each) for each in (account.vouchers, account.expenses, organization.members)} == {Packed}
    assert LEAN["account"].decide.__module__ == "xiyuan_ledger.aggregates.account"
    assert LEAN["case"].new_state().__class__.__name__ == "CaseState"


def answers(history: History, aggregates: Mapping[str, Aggregate]) -> list[tuple[str, str | None, tuple[str, ...]]]:
    """What a ledger answers to everything that was tried, one after another."""
    with Ledger.open("memory:", create=True, actor=ACTOR, simulated=True) as ledger:
        ledger._writer()._states.aggregates = aggregates
        receipts = [ledger.record_all([fact], atomic=False)[0] for fact in history.attempts]
    return [(each.status, each.error and each.error.code, each.error.events if each.error else ()) for each in receipts]


def test_whatever_is_tried_packed_states_answer_as_plain_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "FRESH_MAX", 2)
    refused = 0

    @examples(6)
    @given(histories(size=(40, 80), altering=0.3, adopting=0.0, about=(*ABOUT_MONEY, *ABOUT_ORGANISATIONS)))
    def agree(history: History) -> None:
        nonlocal refused
        plain = answers(history, AGGREGATES)
        assert answers(history, LEAN) == plain
        refused += sum(status == "refused" for status, *_ in plain)

    agree()
    assert refused, "something was refused"
