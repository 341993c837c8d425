"""A journal too long to be held: it is asked for in parts, and each page of it is the page of the whole."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.pages_served import Served, links_of, running
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.web import comparing, long
from xiyuan_ledger.web.desk import Desk
from xiyuan_ledger.web.serving import server

PIN = "valid_on=2013-06-30&known_at=19000"
ASKED = (
    f"/views/journal?{PIN}",
    f"/views/journal?{PIN}&page=7&rows=100&lang=en",
    f"/views/journal?{PIN}&has.stream=XY-P3&sort=-occurred_on",
    f"/views/journal?{PIN}&has.fields=W-005&min.lag_days=3",
    f"/views/journal?{PIN}&type=SessionHeld&is.actor=-",
    f"/views/journal?{PIN}&subject=W-005",
    f"/views/journal?{PIN}&from=2013-02-01&to=2013-02-28&page=3",
    f"/views/journal?{PIN}&has.stream=nowhere",
    f"/views/journal/rows/17000?{PIN}",
    f"/views/journal/evidence?{PIN}&page=200",
    f"/views/journal.csv?{PIN}&subject=W-005",
    f"/views/journal.json?{PIN}&has.type=Exam&sort=-position",
    f"/views/journal.jsonl?{PIN}",
    f"/evaluations?{PIN}",
    f"/projects?{PIN}",
)


@pytest.fixture(scope="module")
def in_parts(served: Served) -> Iterator[Served]:
    """The same pages with nothing kept from before, for whom every journal is a long one."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(long, "LONG_FROM", 100)
        with Ledger.open(served.url) as ledger, running(lambda: server(ledger, host="127.0.0.1", port=0)) as where:
            yield Served(ledger, where, served.url)


@pytest.fixture(scope="module")
def whole(served: Served) -> dict[str, httpx.Response]:
    """What is answered from the whole journal."""
    found = {}
    for path in ASKED:
        with served.reader() as reader:
            found[path] = reader.get(path)
    return found


@pytest.mark.parametrize("path", ASKED)
def test_a_page_of_a_long_journal_is_the_page_of_the_whole(
    path: str, whole: dict[str, httpx.Response], in_parts: Served
) -> None:
    with in_parts.reader() as reader:
        page = reader.get(path)
    assert (page.status_code, page.content) == (200, whole[path].content)


def test_a_long_journal_is_held_as_positions(in_parts: Served) -> None:
    desk = Desk(in_parts.ledger)
    pin = in_parts.ledger.settle(valid_on="2013-06-30", known_at=19_000)
    view = desk.view("journal", pin, {})
    assert isinstance(view, long.LongView)
    assert 8 * len(view) <= view.nbytes < 9 * len(view)
    assert desk.view("journal", pin, {}) is view


def test_two_sides_too_long_to_compare_are_refused(in_parts: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "ROWS_COMPARED_MAX", 10)
    with in_parts.reader() as reader:
        page = reader.get(f"/diff?{PIN}&view=journal&since=15000")
    assert (page.status_code, "<code>diff-too-long</code>" in page.text) == (400, True)


def test_an_event_is_reached_from_a_long_journal(in_parts: Served) -> None:
    with in_parts.reader() as reader:
        row = reader.get(f"/views/journal/rows/300?{PIN}")
        (event, *_) = [link for link in links_of(row) if link.startswith("/events/")]
        assert reader.get(event).status_code == 200
