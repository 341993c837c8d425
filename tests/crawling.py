"""The pages as a reader finds them: from link to link, one page of each kind, with the forms that stand on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import httpx
from starlette.routing import compile_path

from xiyuan_ledger.web.app import PAGES
from xiyuan_ledger.web.asked import PIN

ROUTES = [(path, compile_path(path)[0]) for path, _ in PAGES]
NARROWING = re.compile(r"(is|has|min|max|set)\.")
PASSING = frozenset({*PIN, "lang", "page", "rows", "sort", "filters", "of", "effective_from", "form"})
FILE = re.compile(r"\.(csv|xlsx|json|jsonl|md|parquet|sql)$|/(bytes|proof)$")


class Form(NamedTuple):
    """A form: where it leads, and its controls with the values that they have or offer."""

    method: str
    action: str
    fields: dict[str, list[str]]


class _Marks(HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(given["href"])
        elif tag == "form":
            self.forms.append(Form(given.get("method", "get"), given["action"], {}))
        elif tag in ("input", "select") and self.forms and "name" in given:
            self.forms[-1].fields[given["name"]] = [given.get("value", "")] if tag == "input" else []
        elif tag == "option" and self.forms:
            offered = list(self.forms[-1].fields.values())[-1]
            value = given.get("value", "")
            offered.insert(0 if "selected" in given else len(offered), value)


class Found(NamedTuple):
    """A page: its address, and what stands on it."""

    address: str
    links: list[str]
    forms: list[Form]


def kind_of(address: str) -> tuple[str, frozenset[str]]:
    """What kind of page an address is: its route, and the parameters that make it another page."""
    parts = urlsplit(address)
    route = next((path for path, pattern in ROUTES if pattern.match(parts.path)), parts.path)
    names = {name for name, _ in parse_qsl(parts.query)}
    return route, frozenset(name for name in names if name not in PASSING and not NARROWING.match(name))


def crawled(client: httpx.Client, start: str) -> dict[tuple[str, frozenset[str]], Found]:
    """One page of every kind that links lead to."""
    found: dict[tuple[str, frozenset[str]], Found] = {}
    unread = [start]
    while unread:
        address = unread.pop(0)
        kind = kind_of(address)
        if kind in found or FILE.search(urlsplit(address).path):
            continue
        page = client.get(address)
        assert page.status_code == 200, (address, page.status_code)
        marks = _Marks(page.text)
        found[kind] = Found(address, marks.links, marks.forms)
        unread += [link for link in marks.links if link.startswith("/")]
    return found


def submissions(form: Form) -> Iterator[dict[str, str]]:
    """The form as it stands, and with each choice that it offers."""
    first = {name: values[0] if values else "" for name, values in form.fields.items()}
    yield first
    for name, values in form.fields.items():
        yield from ({**first, name: value} for value in values[1:])
