"""The evaluators' pages in a real browser: every page and control, both languages, a phone, no script, no error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, sync_playwright

from tests.browsing import ARGUMENTS
from tests.pages_served import Served, running
from tests.test_evaluation import STREET, commissioned, drawn, found
from tests.tools import program
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.web.serving import server

AS_OF = "valid_on=2013-06-30"
LATE = "valid_on=2013-12-31"
EVALUATED = "/evaluations/E-1"
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
PLACES = (
    f"/?{AS_OF}&pin=1",
    f"/compliance?{AS_OF}",
    "/compliance?valid_on=2013-09-30",
    f"/compliance/months?{AS_OF}",
    f"/evaluations?{AS_OF}",
    f"/money?{AS_OF}",
    f"/projects?{AS_OF}",
    f"/projects/XY-P3?{AS_OF}",
    "/audit?valid_on=2013-12-31",
    f"/diff?{AS_OF}&view=project_outputs&since=15000",
    f"/verification?{AS_OF}",
    f"/views?{AS_OF}",
    f"/views/fund_statement?{AS_OF}&filters=1&is.channel=member",
    f"/views/journal?{AS_OF}&rows=25",
    f"/views/history?{AS_OF}",
    f"/views/exam_deadlines/rows/3?{AS_OF}",
    f"/subjects/W-005?{AS_OF}",
    f"/search?q=XY-CSO&{AS_OF}",
    f"/views/fund_statement/evidence?{AS_OF}&is.channel=member",
    "/events/{event}?valid_on=2013-06-30",
    f"/explain?{LATE}&worker=W-003&scheme=post-subsidy&month=2013-12",
    f"/what-if?{LATE}&policy=post-subsidy&set.rates.junior=20000",
    f"/what-if?{AS_OF}&policy=training-cadence",
    "/nowhere",
    "/enter",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = program("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture
def window(browser: Browser, served: Served) -> Iterator[Page]:
    """A window of a desk, in English, without script, that goes nowhere else and has nothing to complain of."""
    context = browser.new_context(
        viewport=DESK, locale="en-GB", java_script_enabled=False, base_url=served.where, accept_downloads=True
    )
    page = context.new_page()
    said: list[str] = []
    asked: list[Request] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request))
    yield page
    context.close()
    assert {urlsplit(each.url).netloc for each in asked} <= {urlsplit(served.where).netloc}
    assert [each for each in said if "404" not in each] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", PLACES)
def test_a_page_is_sound_at_a_desk_and_on_a_phone(path: str, lang: str, browser: Browser, served: Served) -> None:
    _check_sound(browser, served, path.format(event=next(served.ledger.events(after=18_000)).event_id), lang)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_evaluation_is_sound_at_a_desk_and_on_a_phone(lang: str, browser: Browser) -> None:
    with Ledger.open("memory:", actor="clerk-7") as ledger:
        ledger.record_all([*STREET[1:], commissioned(), drawn("C-1", "C-3"), found()])
        with running(lambda: server(ledger, host="127.0.0.1", port=0)) as where:
            _check_sound(browser, Served(ledger, where, "memory:"), EVALUATED, lang)


def _check_sound(browser: Browser, served: Served, path: str, lang: str) -> None:
    """Its language, no overflow on a desk or a phone, nothing for axe, no other host, nothing said on the console."""
    context = browser.new_context(viewport=DESK, locale="zh-CN" if lang == "zh" else "en-GB", base_url=served.where)
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(urlsplit(request.url).netloc))
    page.goto(path)
    assert page.evaluate("document.documentElement.lang").startswith(lang)
    assert page.evaluate("document.documentElement.scrollWidth") <= DESK["width"]
    violations = Axe().run(page).response["violations"]
    grave = [
        f"{each['id']}: {each['nodes'][0]['html']}" for each in violations if each["impact"] in ("serious", "critical")
    ]
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()
    assert grave == []
    assert set(asked) == {urlsplit(served.where).netloc}
    assert [each for each in said if "404" not in each] == []


def test_the_pin_is_changed_on_any_page_and_stays_on_the_next(window: Page) -> None:
    window.goto(f"/views/exam_funnel?{AS_OF}")
    window.locator("details.pin summary").click()
    window.get_by_label("Known at").fill("15000")
    window.get_by_label("Valid on").fill("2013-03-31")
    window.get_by_label("From").fill("2012-01-01")
    window.get_by_role("button", name="Apply").first.click()
    assert "As known at #15,000" in window.locator("details.pin summary").inner_text()
    assert "about 2013-03-31" in window.locator("details.pin summary").inner_text()
    window.get_by_role("link", name="Money", exact=True).click()
    assert "known_at=15000" in window.url
    assert "As known at #15,000" in window.locator("details.pin summary").inner_text()
    window.locator("details.pin summary").click()
    window.get_by_role("link", name="Back to newest").click()
    assert "(newest)" in window.locator("details.pin summary").inner_text()


def test_a_table_is_filtered_sorted_and_paged(window: Page) -> None:
    window.goto(f"/views/exam_deadlines?{AS_OF}")
    window.locator("details.filters summary").click()
    window.locator('select[name="is.status"]').select_option("running")
    window.locator('select[name="rows"]').select_option("25")
    window.get_by_role("button", name="Apply").last.click()
    assert window.get_by_role("status").inner_text() == "92 of 117 rows"
    window.get_by_role("link", name="Worker").first.click()
    window.get_by_role("link", name="Worker").first.click()
    assert window.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
    first = window.locator("table.rows tbody tr td").first.inner_text()
    window.get_by_role("link", name="Next").click()
    assert "Page 2 of 4" in window.locator("nav.pager").inner_text()
    assert window.locator("table.rows tbody tr td").first.inner_text() < first
    window.locator("a.chip").click()
    assert window.get_by_role("status").inner_text() == "117 rows"


def test_a_figure_is_followed_down_to_its_bytes(window: Page, tmp_path: Path, served: Served) -> None:
    window.goto(f"/?{AS_OF}")
    window.get_by_role("link", name="Workers who passed in time").click()
    window.locator("table.rows tbody tr td.number a").first.click()
    window.locator("table.rows tbody tr td a").first.click()
    position = int(window.locator("h1").inner_text().rpartition("#")[2])
    with window.expect_download() as download:
        window.get_by_role("link", name="Download the bytes").click()
    download.value.save_as(tmp_path / "event.json")
    assert (tmp_path / "event.json").read_bytes() == served.ledger.stored_bytes(position)


def test_a_view_is_taken_away_in_every_form(window: Page) -> None:
    window.goto(f"/views/four_plus_one?{AS_OF}")
    for form in ("csv", "xlsx", "json", "jsonl", "md", "parquet"):
        with window.expect_download() as download:
            window.get_by_role("link", name=form, exact=True).click()
        assert download.value.suggested_filename.endswith(f"-2013-06-30.{form}")
    window.get_by_role("link", name="The SQL").click()
    assert "SELECT" in window.locator("body").inner_text()


def test_the_language_is_switched_and_kept(window: Page) -> None:
    window.goto(f"/money?{AS_OF}")
    window.get_by_role("link", name="中文").click()
    assert window.locator("h1").inner_text() == "资金"
    window.get_by_role("link", name="项目", exact=True).first.click()
    assert window.locator("h1").inner_text() == "项目"
    window.get_by_role("link", name="English").click()
    assert window.locator("h1").inner_text() == "Projects"


def test_a_subject_is_found_and_its_history_read(window: Page) -> None:
    window.goto(f"/?{AS_OF}")
    window.get_by_label("Find a code or name").fill("W-005")
    window.get_by_role("button", name="Search").click()
    assert window.locator("h1").inner_text() == "History of W-005"
    assert window.locator("ol.line li").count() >= 4


def test_what_changed_is_asked_with_the_form(window: Page) -> None:
    window.goto(f"/diff?{AS_OF}")
    window.locator("select[name=view]").select_option("project_outputs")
    window.get_by_label("Since: known at").fill("15000")
    window.get_by_role("button", name="Compare").click()
    assert window.locator("table.diff tbody tr").count() > 5
    window.locator("table.diff tbody a.code").first.click()
    assert "#" in window.locator("h1").inner_text()


def test_a_line_is_explained_from_its_row_and_by_the_form(window: Page) -> None:
    window.goto(f"/views/subsidy_due?{LATE}&is.worker=W-003&sort=-month")
    window.locator("table.rows tbody td.number a").first.click()
    window.get_by_role("link", name="Why it is this much").click()
    assert window.locator("h1").inner_text() == "Why it is so: W-003 · 2013-12"
    assert window.locator("ul.why > li > p strong").inner_text() == "120.00"
    window.locator("ul.why summary").click()
    assert window.locator("table.months tbody tr").count() == 18
    window.get_by_label("Month").fill("2012-06")
    window.get_by_label("Scheme").select_option("post-subsidy")
    window.get_by_role("button", name="Show").click()
    assert window.locator("ul.why > li > p strong").inner_text() == "100.00"
    window.locator("ul.why li p a.code").first.click()
    assert "#" in window.locator("h1").inner_text()


def test_a_rule_is_supposed_and_taken_back(window: Page) -> None:
    window.goto(f"/what-if?{LATE}")
    window.get_by_label("Policy").select_option("post-subsidy")
    window.get_by_role("button", name="Choose").click()
    window.get_by_label("rate a month (fen) · junior").fill("20000")
    window.get_by_label("From this day on").fill("2013-12-01")
    window.get_by_role("button", name="Show what changes").click()
    assert window.locator("label.altered").count() == 1
    assert "29" in window.locator("ul.figures li").first.inner_text()
    with window.expect_download() as download:
        window.get_by_role("link", name="csv", exact=True).click()
    assert download.value.suggested_filename == "impact-post-subsidy-19761-2013-12-31.csv"
    window.get_by_role("link", name="Next").click()
    assert "Page 2 of 2" in window.locator("nav.pager").inner_text()
    window.get_by_role("link", name="Back to what is in force").click()
    assert window.locator("ul.figures").count() == 0


def test_the_months_are_those_of_the_view_that_is_chosen(window: Page) -> None:
    window.goto(f"/compliance?{AS_OF}")
    window.get_by_role("link", name="Month by month").click()
    window.locator("select[name=view]").select_option("four_plus_one")
    window.get_by_role("button", name="Show").click()
    assert window.locator("h1").inner_text().endswith("4+1 standard")
    assert window.locator("table.rows tbody tr").count() == 12


def test_the_keyboard_leads_to_the_content_and_through_it(window: Page) -> None:
    window.goto(f"/views/exam_deadlines?{AS_OF}")
    window.keyboard.press("Tab")
    assert window.locator("a.skip:focus").count() == 1
    window.keyboard.press("Enter")
    window.keyboard.press("Tab")
    assert window.locator("details.filters summary:focus").count() == 1
    window.keyboard.press("Enter")
    assert window.locator("details.filters[open]").count() == 1
