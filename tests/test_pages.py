"""The evaluators' pages as a browser without script gets them: every view, the same numbers as the command line."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path
from string import Formatter

import httpx
import openpyxl
import orjson
import pyarrow.parquet as pq
import pytest

from tests.pages_served import Served, links_of, text_of
from tests.street_office import Office
from xiyuan_ledger.projections.catalogue import definitions
from xiyuan_ledger.projections.pin import Pin
from xiyuan_ledger.projections.wording import cell_text
from xiyuan_ledger.web.cells import is_number
from xiyuan_ledger.web.words import known_words, template

AS_OF = "2013-06-30"
PIN = {"valid_on": AS_OF, "known_at": "19000"}
NAMED = {"subject": "W-001", "scheme": "post-subsidy", "run_month": "2013-05"}
SUBJECT = {name: {each: NAMED[each] for each in view.required} for name, view in definitions().items()}
"""What has to be said to each view."""
LANGUAGES = ("zh", "en")
FILTERED = ("csv", "json", "jsonl", "md", "xlsx", "parquet")
PLACES = (
    "/?valid_on=2013-06-30",
    "/compliance?valid_on=2013-06-30",
    "/compliance/months?valid_on=2013-06-30",
    "/compliance/months?valid_on=2013-06-30&view=four_plus_one",
    "/evaluations?valid_on=2013-06-30",
    "/money?valid_on=2013-06-30",
    "/projects?valid_on=2013-06-30",
    "/projects/XY-P3?valid_on=2013-06-30",
    "/audit?valid_on=2013-12-31",
    "/diff?valid_on=2013-06-30&view=project_outputs&since=15000",
    "/verification",
    "/views",
)


@pytest.fixture(scope="module")
def reader(served: Served) -> Iterator[httpx.Client]:
    with served.reader() as client:
        yield client


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", definitions())
def test_every_view_is_a_page_in_both_languages(name: str, lang: str, reader: httpx.Client) -> None:
    view = definitions()[name]
    page = reader.get(f"/views/{name}", params={**PIN, **SUBJECT.get(name, {}), "lang": lang})
    assert page.status_code == 200
    said = text_of(page)
    assert view.title[lang] in said
    assert (
        all(column.words[lang] in said for column in view.columns if column.name != "evidence")
        or "nothing" in page.text
    )
    assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}">' in page.text


@pytest.mark.parametrize("name", definitions())
def test_every_number_of_a_page_is_the_views(name: str, served: Served, reader: httpx.Client) -> None:
    view = served.ledger.view(name, valid_on=AS_OF, known_at=19_000, **SUBJECT.get(name, {}))
    page = reader.get(f"/views/{name}", params={**PIN, **SUBJECT.get(name, {}), "rows": "25", "lang": "en"})
    rows = re.findall(r"<tr>\s*<td (.*?)</tr>", page.text.partition("<tbody>")[2].partition("</tbody>")[0], re.DOTALL)
    shown = [[_bare(each) for each in re.findall(r'class="number">(.*?)</td>', row, re.DOTALL)] for row in rows]
    numbers = [column for column in view.definition.columns if is_number(column)]
    first = [view.rows[place] for place in range(min(25, len(view)))]
    assert shown == [
        [
            *(cell_text(column, row[column.name], "en").replace(",", "") for column in numbers),
            str(len(row["evidence"] or ())),
        ]
        for row in first
    ]
    assert f"{len(view):,} rows" in text_of(page) or not first


def _bare(cell: str) -> str:
    """A cell's text without marks and separators; empty for a dash."""
    return unescape(re.sub(r"<[^>]+>", "", cell)).strip().replace(",", "").replace("–", "")


@pytest.mark.parametrize("name", definitions())
def test_a_page_hands_out_the_bytes_of_the_command_line_at_the_same_pin(
    name: str, served: Served, reader: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path, monkeypatch)
    asked = SUBJECT.get(name, {})
    options = [part for key, value in {**PIN, **asked}.items() for part in (f"--{key.replace('_', '-')}", value)]
    office.done("view", name, *options, "--ledger", served.url, "--format", "csv", "--out", "cli.csv")
    page = reader.get(f"/views/{name}.csv", params={**PIN, **asked})
    assert page.content == (tmp_path / "cli.csv").read_bytes()


@pytest.mark.parametrize("form", ["json", "jsonl", "md", "xlsx", "parquet"])
def test_every_form_is_what_the_command_line_writes(
    form: str, served: Served, reader: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path, monkeypatch)
    pin = ("--valid-on", AS_OF, "--known-at", "19000", "--lang", "zh")
    office.done("view", "exam_deadlines", *pin, "--ledger", served.url, "--format", form, "--out", f"cli.{form}")
    page = reader.get(f"/views/exam_deadlines.{form}", params={**PIN, "lang": "zh"})
    assert page.content == (tmp_path / f"cli.{form}").read_bytes()
    assert page.headers["content-disposition"] == f'attachment; filename="exam_deadlines-19000-2013-06-30.{form}"'


ASKED = {**PIN, "is.status": "running", "max.deadline": "2015-06-01", "sort": "-deadline", "lang": "zh"}
SAID = ["is.status=running", "max.deadline=2015-06-01", "sort=-deadline"]
IN_WORDS = ("状态 = 期限内", "截止日 ≤ 2015-06-01", "截止日 ↓")


def test_what_is_filtered_says_so_wherever_it_is_taken(reader: httpx.Client, tmp_path: Path) -> None:
    taken = {form: reader.get(f"/views/exam_deadlines.{form}", params=ASKED).content for form in FILTERED}
    told = json.loads(taken["json"])
    assert told["pin"]["filters"] == SAID
    assert 0 < len(told["rows"]) < 117
    assert {row["status"] for row in told["rows"]} == {"running"}
    marks = {"simulated": "SIMULATED", "pin": "19000@2013-06-30", "filters": ";".join(SAID)}
    assert [json.loads(line) for line in taken["jsonl"].splitlines()] == [row | marks for row in told["rows"]]
    lines = list(csv.DictReader(io.StringIO(taken["csv"].decode("utf-8-sig"))))
    assert [{name: line[name] for name in marks} for line in lines] == [marks] * len(told["rows"])
    assert all(each in taken["md"].decode() for each in IN_WORDS)
    notes = orjson.loads(pq.read_schema(io.BytesIO(taken["parquet"])).metadata[b"xiyuan"])
    assert notes["pin"]["filters"] == SAID
    sheet = openpyxl.load_workbook(io.BytesIO(taken["xlsx"]))["版本与口径"]
    (cell,) = [row[1].value for row in sheet.iter_rows() if row[0].value == "筛选与排序"]
    assert all(each in cell for each in IN_WORDS)


def test_a_page_about_one_day_says_that_the_period_carried_along_does_not_count(reader: httpx.Client) -> None:
    period = {**PIN, "from": "2013-01-01", "lang": "en"}
    said = "the period above does not count here"
    assert said in reader.get("/views/exam_deadlines", params=period).text
    assert said not in reader.get("/views/fund_statement", params=period).text
    assert said not in reader.get("/views/exam_deadlines", params={**PIN, "lang": "en"}).text
    changes = {"view": "exam_deadlines", "since": "15000", "from": "2013-01-01", **PIN}
    assert reader.get("/diff", params=changes).status_code == 200


def test_the_sql_of_a_view_is_the_file_that_an_auditor_runs(reader: httpx.Client) -> None:
    page = reader.get("/views/fund_statement.sql")
    assert page.text == definitions()["fund_statement"].sql
    assert page.headers["content-type"] == "text/plain; charset=utf-8"


def test_the_first_page_of_a_table_shows_its_rows_its_total_and_where_the_rest_is(reader: httpx.Client) -> None:
    pin = {"valid_on": "2013-06-30", "known_at": "19000"}
    page = reader.get("/views/exam_funnel", params={**pin, "is.year": "2012", "lang": "en"})
    assert [each for each in ("16", "88", "85", "17") if f">{each}</td>" not in page.text] == ["16"]
    journal = reader.get("/views/journal", params={**pin, "rows": "25", "page": "2", "lang": "en"})
    assert "Page 2 of" in text_of(journal)
    assert journal.text.count('class="number"><a href="/views/journal/rows/') == 25


def test_filters_keep_what_they_say_and_the_rest_is_counted(served: Served, reader: httpx.Client) -> None:
    rows = served.ledger.view("fund_statement", valid_on=AS_OF, known_at=19000).rows
    wanted = [row for row in rows if row["channel"] == "member" and row["closing_fen"] >= 100_000]
    asked = {**PIN, "is.channel": "member", "min.closing_fen": "1,000.00", "sort": "-closing_fen", "lang": "en"}
    page = reader.get("/views/fund_statement", params=asked)
    assert f"{len(wanted)} of {len(rows)} rows" in text_of(page)
    total = sum(row["closing_fen"] for row in wanted)
    assert f"{total // 100:,}.{total % 100:02d}" in page.text
    csv = reader.get("/views/fund_statement.csv", params=asked).text.splitlines()
    closings = [int(line.split(",")[10]) for line in csv[1:]]
    assert closings == sorted((row["closing_fen"] for row in wanted), reverse=True)


def test_a_figure_opens_its_events_and_an_event_its_bytes(served: Served, reader: httpx.Client) -> None:
    page = reader.get("/views/exam_deadlines", params={**PIN, "has.worker": "W-001"})
    (row,) = [link for link in links_of(page) if "/rows/" in link]
    evidence = served.ledger.view("exam_deadlines", where={"worker": "W-001"}, valid_on=AS_OF, known_at=19000).rows[0]
    opened = reader.get(row)
    events = [link for link in links_of(opened) if link.startswith("/events/")]
    named = [link.split("/")[2].split("?")[0] for link in events]
    shown = len(evidence["evidence"])
    assert named[:shown] == evidence["evidence"]
    assert {served.ledger.event(rule).type for rule in named[shown:]} == {"PolicyAdopted"}
    event = reader.get(events[0])
    (download,) = [link for link in links_of(event) if "/bytes" in link]
    found = served.ledger.event(evidence["evidence"][0])
    assert reader.get(download).content == served.ledger.stored_bytes(found.position)


def test_a_row_keeps_its_pin_while_the_ledger_grows(reader: httpx.Client) -> None:
    page = reader.get("/views/exam_deadlines", params={"valid_on": AS_OF})
    rows = [link for link in links_of(page) if "/rows/" in link]
    assert all("known_at=" in link and f"valid_on={AS_OF}" in link for link in rows)


POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Written out, so that a wider one in the product fails here."""
KEPT_TO_US = {
    "content-security-policy": POLICY,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""The headers that keep a browser to this page, in the same way."""


def test_no_page_leads_elsewhere_or_runs_anything_of_its_own(reader: httpx.Client) -> None:
    for path in (*PLACES, "/views/exam_deadlines", "/subjects/W-001", "/search?q=W", "/nowhere", "/enter"):
        page = reader.get(path)
        assert [link for link in links_of(page) if not link.startswith(("/", "#"))] == []
        assert re.findall(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|javascript:", page.text) == []
        assert {name: page.headers[name] for name in KEPT_TO_US} == KEPT_TO_US


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nowhere", 404, "page-unknown"),
        ("/views/nothing", 404, "view-unknown"),
        ("/views/exam_funnel.exe", 400, "form-unknown"),
        ("/views/exam_funnel?is.nothing=1", 400, "column-unknown"),
        ("/views/exam_funnel?min.sat=many", 400, "column-value"),
        ("/views/exam_funnel?known_at=99999999", 400, "known-at-ahead"),
        ("/views/exam_funnel?known_at=yesterday", 400, "known-at-form"),
        ("/views/exam_funnel?valid_on=2013-02-30", 400, "day-form"),
        ("/views/exam_funnel?from=2013-02-01&to=2013-01-01", 400, "period-reversed"),
        ("/views/exam_funnel?page=0", 400, "parameter-form"),
        ("/views/exam_funnel?sort=nothing", 400, "column-unknown"),
        ("/views/exam_funnel/rows/99999", 404, "row-unknown"),
        ("/events/00000000-0001-8000-8000-000000000000", 404, "target-unknown"),
        ("/events/nothing", 404, "target-unknown"),
        ("/views?" + "a" * 9000, 414, "address-too-long"),
    ],
)
def test_what_cannot_be_shown_is_said_in_both_languages_under_its_code(
    path: str, status: int, code: str, reader: httpx.Client
) -> None:
    page = reader.get(path, headers={"Accept-Language": "zh"})
    assert page.status_code == status
    assert f"<code>{code}</code>" in page.text
    assert page.text.count('<section class="error"') == 2


def test_an_event_recorded_after_the_pin_does_not_exist_at_it(served: Served, reader: httpx.Client) -> None:
    later = next(served.ledger.events(after=19_500)).event_id
    assert reader.get(f"/events/{later}").status_code == 200
    page = reader.get(f"/events/{later}", params=PIN)
    assert (page.status_code, "<code>event-later</code>" in page.text) == (400, True)


def test_the_language_is_the_browsers_until_another_is_chosen(served: Served) -> None:
    with served.reader(headers={"Accept-Language": "en-GB,en;q=0.9,zh;q=0.1"}) as client:
        assert "Every view is computed" in client.get("/views").text
        assert "每个视图都由" in client.get("/views?lang=zh").text
        assert "每个视图都由" in client.get("/views").text
    with served.reader(headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}) as client:
        assert "每个视图都由" in client.get("/views").text


def test_nothing_is_written_through_the_pages(served: Served, reader: httpx.Client) -> None:
    head = served.ledger.head
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        page = reader.request(method, "/views/exam_funnel")
        assert (page.status_code, "<code>method-unknown</code>" in page.text) == (405, True)
    assert served.ledger.head == head


def test_another_name_that_leads_to_this_machine_is_not_answered(reader: httpx.Client) -> None:
    page = reader.get("/views", headers={"Host": "evil.example:8613"})
    assert (page.status_code, "xiyuan" in page.text) == (421, False)


def test_an_exact_code_leads_to_its_history_and_a_part_to_a_list(reader: httpx.Client) -> None:
    exact = reader.get("/search", params={"q": "XY-CSO-01", **PIN})
    assert (exact.status_code, exact.headers["location"]) == (
        303,
        "/subjects/XY-CSO-01?known_at=19000&valid_on=2013-06-30",
    )
    several = reader.get("/search", params={"q": "XY-CSO-0", **PIN})
    assert several.text.count('href="/subjects/XY-CSO-0') == 9
    assert reader.get("/search", params={"q": "nobody", "lang": "en"}).text.count("Nothing found for") == 1


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", PLACES)
def test_every_place_is_a_page_in_both_languages(path: str, lang: str, reader: httpx.Client) -> None:
    page = reader.get(path + ("&" if "?" in path else "?") + f"lang={lang}")
    assert page.status_code == 200
    assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}">' in page.text
    assert page.text.count("<h1>") == 1


def test_the_overview_gives_the_numbers_of_the_report_and_each_leads_to_its_rows(reader: httpx.Client) -> None:
    page = reader.get("/", params={"valid_on": AS_OF, "lang": "en"})
    found = re.findall(
        r'<li class="\w+"><a href="([^"]+)"><span class="title">([^<]+)</span><span class="value">([^<]+)<', page.text
    )
    values = {title: value for _, title, value in found}
    assert values["Workers who passed in time"] == "25 / 117"
    assert values["4+1 places filled"] == "24 / 24"
    assert values["Community organisations"] == "54"
    assert {reader.get(unescape(href)).status_code for href, _, _ in found} == {200}


def test_a_simulated_ledger_is_looked_at_from_its_own_last_day(reader: httpx.Client) -> None:
    page = reader.get("/")
    assert (page.status_code, page.headers["location"]) == (303, "/?valid_on=2014-01-10")


def test_the_months_say_what_the_view_said_on_each_day(served: Served, reader: httpx.Client) -> None:
    page = reader.get("/compliance/months", params={"valid_on": AS_OF, "view": "exam_deadlines", "lang": "en"})
    shown = re.findall(
        r'">(\d{4}-\d\d-\d\d)</a></th><td class="number">(\d+)</td><td class="number">(\d+)</td>', page.text
    )
    assert [day for day, *_ in shown[-3:]] == ["2013-04-30", "2013-05-31", "2013-06-30"]
    rows = served.ledger.view("exam_deadlines", valid_on="2013-04-30").rows
    counted = sorted(sum(row["status"] == status for row in rows) for status in ("running", "met"))
    assert sorted(int(each) for each in shown[-3][1:]) == counted
    refused = reader.get("/compliance/months?view=org_register")
    assert (refused.status_code, "standing-view" in refused.text) == (400, True)


def test_money_adds_up_to_the_fen_on_its_board(served: Served, reader: httpx.Client) -> None:
    rows = served.ledger.view("fund_statement", valid_on=AS_OF).rows
    page = reader.get("/money", params={"valid_on": AS_OF, "lang": "en"})
    for column in ("received_fen", "spent_fen", "closing_fen"):
        total = sum(row[column] for row in rows)
        assert page.text.count(f">{total // 100:,}.{total % 100:02d}<") >= 2


def test_what_changed_is_what_the_library_says_changed(served: Served, reader: httpx.Client) -> None:
    day = date.fromisoformat(AS_OF)
    found = served.ledger.diff("project_outputs", Pin(15_000, day), Pin(19_000, day)).rows
    asked = {**PIN, "view": "project_outputs", "since": "15000", "lang": "en"}
    page = reader.get("/diff", params=asked)
    changes = re.findall(r"<strong>([\d,]+)</strong></li>", page.text)
    assert sum(int(each.replace(",", "")) for each in changes) == len(found)
    caused = found[0]["caused_by"][0]
    assert f'href="/events/{caused}?' in page.text


def test_a_project_has_what_every_view_says_of_it(served: Served, reader: httpx.Client) -> None:
    said = text_of(reader.get("/projects/XY-P3", params={"valid_on": AS_OF, "lang": "en"}))
    row = served.ledger.view(
        "project_outputs", valid_on=AS_OF, where={"project": "XY-P3", "indicator": "clients"}
    ).rows[0]
    assert f"clients {row['quantity']:,} {row['target']:,}" in said
    assert "“情暖夕阳”居家养老服务" in said
    assert all(title in said for title in ("Budget execution", "Fund statement", "Attendance", "Timeliness"))


def test_every_word_of_the_pages_is_said_in_both_languages_with_the_same_parts() -> None:
    for key in known_words():
        parts = [{name for _, name, _, _ in Formatter().parse(template(lang, key)) if name} for lang in LANGUAGES]
        assert parts[0] == parts[1], key
