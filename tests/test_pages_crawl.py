"""Every page, link, form and choice, found by following them: each answers, and the browser sees each kind."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.crawling import FILE, Found, crawled, kind_of, submissions
from tests.pages_served import Served
from tests.test_pages_browser import EVALUATED, PLACES
from xiyuan_ledger.web.app import PAGES
from xiyuan_ledger.web.asked import PIN

START = "/?valid_on=2013-12-31&lang=en"
CONTROLS = {
    "/search": {"q"},
    "/views/{name}": {"filters by column", "sort", "rows", "subject"},
    "/compliance/months": {"view"},
    "/diff": {"view", "since", "since_on", "subject"},
    "/what-if": {"policy", "values", "effective_from"},
    "/explain": {"worker", "scheme", "month"},
}
"""The forms beside that of the pin, which stands on every page, with their controls: each is used by a browser test."""

Kinds = dict[tuple[str, frozenset[str]], Found]


@pytest.fixture(scope="module")
def reader(served: Served) -> Iterator[httpx.Client]:
    with served.reader() as client:
        yield client


@pytest.fixture(scope="module")
def kinds(reader: httpx.Client) -> Kinds:
    return crawled(reader, START)


def test_every_page_is_reached_by_following_links_and_seen_by_the_browser(kinds: Kinds) -> None:
    pages = {path for path, _ in PAGES if not FILE.search(path)}
    by_form, of_an_evaluation = {"/search"}, {"/evaluations/{code}"}
    assert {route for route, _ in kinds} == pages - by_form - of_an_evaluation
    seen = {kind_of(path.format(event="nothing"))[0] for path in (*PLACES, EVALUATED)}
    assert seen >= pages


def test_every_link_of_every_kind_of_page_answers(kinds: Kinds, reader: httpx.Client) -> None:
    links = {}
    for page in kinds.values():
        for link in page.links:
            assert link.startswith(("/", "#")), link
            path = urlsplit(link).path
            links[(*kind_of(link), path if path.startswith("/views/") and "/rows/" not in path else "")] = link
    answered = {link: reader.get(link).status_code for link in links.values() if link.startswith("/")}
    assert {link: status for link, status in answered.items() if status not in (200, 303)} == {}
    assert len(answered) > 60


def test_every_form_answers_as_it_stands_and_with_each_choice(kinds: Kinds, reader: httpx.Client) -> None:
    forms = {}
    for (route, parameters), page in kinds.items():
        for form in page.forms:
            assert form.method == "get"
            forms[route, parameters, tuple(form.fields)] = form
    asked = {(form.action, tuple(sorted(given.items()))) for form in forms.values() for given in submissions(form)}
    failed = {}
    for action, given in asked:
        page = reader.get(action, params=dict(given))
        wanting = "code>argument-missing<" in page.text or "code>line-form<" in page.text
        if page.status_code not in (200, 303) and not wanting:
            failed[action, given] = page.status_code
    assert failed == {}
    assert len(asked) > 100


def test_every_control_is_known_to_the_browser_tests(kinds: Kinds) -> None:
    found: dict[str, set[str]] = {}
    for page in kinds.values():
        for form in page.forms:
            names = {_control(name) for name in form.fields} - set(PIN)
            if form.action != urlsplit(page.address).path or names - set(dict(_given(page.address))):
                found.setdefault(kind_of(form.action)[0], set()).update(names)
    assert {route: names for route, names in found.items() if route in CONTROLS} == CONTROLS


def _control(name: str) -> str:
    head, dot, _ = name.partition(".")
    return name if not dot else "values" if head == "set" else "filters by column"


def _given(address: str) -> list[tuple[str, str]]:
    return [tuple(each.split("=", 1)) for each in urlsplit(address).query.split("&") if each]  # type: ignore[misc]
