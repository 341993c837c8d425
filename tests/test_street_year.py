"""A year of 60,000 facts without a fault has no conflicts; each that is planted in it is found, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from tests.street_year import CLIENTS, LEFT, LEFT_ON, MINORS, PROJECT_OF, SPARE, fact, street_year
from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.ledger import Ledger

AS_OF = date(2014, 3, 31)
PLANTED_AT = datetime(2014, 2, 3, 1, tzinfo=UTC)
ADULT, OTHER = CLIENTS[MINORS], CLIENTS[MINORS + 6]
DAWN = "06:00:00"
"""When nobody is at work."""

Found = tuple[str, str, tuple[str, ...]]


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    with Ledger.open("memory:", simulated=True) as found:
        found.record_all(street_year())
        yield found


def first(ledger: Ledger, kind: str, on: str) -> Any:
    """The first fact of a kind on a day."""
    return next(event.fact for event in ledger.events(types=[kind]) if str(event.occurred_on) == on)


def served(on: str, worker: str, client: str = ADULT, **more: Any) -> dict[str, Any]:
    entry = {"type": "ClientServed", "client": client, "project": PROJECT_OF[client], "worker": worker}
    return entry | {"method": "visit", "minutes": 10, "occurred_on": on} | more


def held(code: str, on: str, at: str, worker: str, project: str = "P-1", **more: Any) -> dict[str, Any]:
    entry = {"type": "SessionHeld", "session": code, "project": project, "kind": "activity", "workers": [worker]}
    return entry | {"starts_at": f"{on}T{at}", "minutes": 15, "occurred_on": on} | more


def expense(voucher: str, on: str, amount_fen: int, **more: Any) -> dict[str, Any]:
    entry = {"type": "ExpenseRecorded", "org": "CSO-07", "channel": "social", "category": "activity"}
    return entry | {"payee": "印刷店", "voucher": voucher, "amount_fen": amount_fen, "occurred_on": on} | more


def in_two_places(ledger: Ledger) -> Iterator[tuple[Found, list[dict[str, Any]]]]:
    """A worker, and a client, who is elsewhere already; a list handed in again."""
    busy = first(ledger, "ClientServed", "2013-03-04")
    doubled = held("X-1", "2013-03-04", str(busy.starts_at.time()), busy.worker)
    yield ("worker_in_two_places", "2013-03-04", (busy.client, busy.worker, "X-1")), [doubled]
    visited = first(ledger, "ClientServed", "2013-04-08")
    again = served("2013-04-08", SPARE[0], visited.client, starts_at=visited.starts_at)
    yield ("client_in_two_places", "2013-04-08", (visited.client, visited.worker, SPARE[0])), [again]
    listed = first(ledger, "SessionHeld", "2013-05-06")
    people = {"participants": list(reversed(listed.participants))}
    copied = held("X-2", "2013-05-07", DAWN, SPARE[0], listed.project, **people)
    yield ("same_list", "2013-05-07", (listed.session, "X-2")), [copied]


def out_of_order(ledger: Ledger) -> Iterator[tuple[Found, list[dict[str, Any]]]]:
    """Work of who has left, for a project that is over, without a guardian's consent, and out of season."""
    yield ("not_employed", str(LEFT_ON), (ADULT, LEFT)), [served(str(LEFT_ON), LEFT)]
    yield ("outside_run", "2014-01-02", (ADULT, PROJECT_OF[ADULT])), [served("2014-01-02", SPARE[0])]
    child = {"client": "C-9000", "occurred_on": "2013-09-02"}
    registered = {"type": "ClientRegistered", "sensitivity": "normal", "birth_year": 2005} | child
    enrolled = {"type": "ClientEnrolled", "project": "P-1", "category": "youth"} | child
    yield ("minor_without_consent", "2013-09-02", ("C-9000",)), [registered, enrolled]
    training: dict[str, Any] = {
        "type": "TrainingSessionHeld",
        "session": "X-3",
        "programme": "pre_exam",
        "org": "COLLEGE",
    }
    training |= {"starts_at": "2013-10-05T14:00:00", "minutes": 60, "occurred_on": "2013-10-05"}
    yield ("pre_exam_season", "2013-10-05", ("X-3",)), [training]
    other = {"worker": SPARE[1], "level": "junior", "year": 2013}
    registered = {"type": "ExamRegistered", "exam_on": "2013-06-16", "occurred_on": "2013-05-01"} | other
    result = {"type": "ExamFailed", "exam_on": "2013-06-15", "results_on": "2013-08-20", "occurred_on": "2013-08-20"}
    yield ("exam_other_day", "2013-08-20", (SPARE[1],)), [registered, result | other]
    post = {"post": "POST-X", "occurred_on": "2013-08-01"}
    seat = {"type": "PostEstablished", "org": "C1-STATION", "title": "社工", "professional": True, "capacity": 1}
    yield (
        ("post_without_level", "2013-08-01", ("POST-X", SPARE[1])),
        [seat | post, {"type": "PostFilled", "worker": SPARE[1]} | post],
    )


def of_money(ledger: Ledger) -> Iterator[tuple[Found, list[dict[str, Any]]]]:
    """An invoice paid twice, and an account that is emptied."""
    paid = first(ledger, "ExpenseRecorded", "2013-06-03")
    again = expense("X-4", "2013-06-03", paid.amount_fen, org=paid.org, channel=paid.channel, payee=paid.payee)
    yield ("paid_twice", "2013-06-03", (paid.org, paid.voucher, "X-4")), [again]
    yield ("overdrawn", "2013-12-30", ("CSO-07",)), [expense("X-5", "2013-12-30", 90_000_000)]


def in_bulk(ledger: Ledger) -> Iterator[tuple[Found, list[dict[str, Any]]]]:
    """A day's visits, made up in half a minute."""
    yield (
        ("bulk_entry", "2013-07-02", ("clerk-X",)),
        [served("2013-07-02", SPARE[2], each) for each in CLIENTS[100:131]],
    )


def entered(entries: list[dict[str, Any]], number: int, actor: str) -> list[Fact]:
    """What is planted together, each a second after the other."""
    at = PLANTED_AT + timedelta(hours=number)
    return [fact(entry, at + timedelta(seconds=n), actor) for n, entry in enumerate(entries)]


def conflicts(ledger: Ledger, **pinned: Any) -> list[Found]:
    rows = ledger.view("conflicts", valid_on=AS_OF, **pinned).rows
    return sorted((row["rule"], str(row["occurred_on"]), tuple(row["subjects"])) for row in rows)


def test_a_year_in_good_order_has_no_conflicts_and_each_that_is_planted_is_found(ledger: Ledger) -> None:
    clean = ledger.head
    assert clean > 60_000
    planted = [pair for plant in (in_two_places, out_of_order, of_money, in_bulk) for pair in plant(ledger)]
    for number, (found, entries) in enumerate(planted):
        ledger.record_all(entered(entries, number, "clerk-X" if found[0] == "bulk_entry" else "clerk-1"))
    expected = sorted((rule, on, tuple(sorted(subjects))) for (rule, on, subjects), _ in planted)
    assert conflicts(ledger, known_at=clean) == []
    assert conflicts(ledger) == expected
    assert len({rule for rule, _, _ in expected}) == 12


def test_the_same_seed_tells_the_same_year() -> None:
    pairs = list(islice(zip(street_year(), street_year(), strict=True), 2_000))
    assert all(one == other for one, other in pairs)
    assert len({one.stream() for one, _ in pairs}) > 1_000
