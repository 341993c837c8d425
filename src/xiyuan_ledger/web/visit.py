"""A visit: one reader, in one language, at one pin. Every page computes its views through it, so that scopes hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from xiyuan_ledger.aggregates.policy import PolicyAdopted
from xiyuan_ledger.errors import Language
from xiyuan_ledger.projections.catalogue import Definition, definition, definitions
from xiyuan_ledger.projections.pin import Settled
from xiyuan_ledger.projections.view import View
from xiyuan_ledger.web.asked import Asked, address
from xiyuan_ledger.web.cells import Cells
from xiyuan_ledger.web.desk import Desk
from xiyuan_ledger.web.failing import PageError
from xiyuan_ledger.web.words import words


@dataclass(frozen=True)
class Reader:
    """Who looks: under which name and role, and at which views; None: at all of them."""

    name: str = ""
    role: str = ""
    views: frozenset[str] | None = None
    by_token: bool = False

    def may_see(self, view: str) -> bool:
        """Whether a view is in the reader's scope."""
        return self.views is None or view in self.views


class Visit:
    """What one request asks for."""

    def __init__(self, desk: Desk, reader: Reader, lang: Language, asked: Asked):
        self.desk = desk
        self.reader = reader
        self.lang = lang
        self.asked = asked

    @cached_property
    def pin(self) -> Settled:
        """The pin with everything filled in. Raises ViewError where it is none."""
        given = self.asked.pin()
        return self.desk.ledger.settle(
            known_at=instant_text(given.get("known_at")),
            valid_on=given.get("valid_on"),
            from_=given.get("from"),
            to=given.get("to"),
        )

    @cached_property
    def settled(self) -> dict[str, str]:
        """The pin as parameters with nothing left open: what is computed at it stays the same."""
        pin = self.pin
        words = {"known_at": pin.known_at, "valid_on": pin.valid_on, "from": pin.from_on, "to": pin.to_on}
        return {name: str(value) for name, value in words.items() if value is not None}

    @cached_property
    def recorded_at(self) -> datetime | None:
        """When the last event of the pin was written down."""
        return self.desk.recorded_at(self.pin.known_at)

    @cached_property
    def cells(self) -> Cells:
        """How values are shown."""
        return Cells(self.lang, self.settled, linked=self.may_see("history"))

    @cached_property
    def names(self) -> dict[str, str]:
        """The names of organisations and projects by their codes, as far as the reader may see them."""
        found: dict[str, str] = {}
        if self.may_see("org_register"):
            register = self.view("org_register")
            codes, names = register.column("org").to_pylist(), register.column("name").to_pylist()
            found |= {code: name for code, name in zip(codes, names, strict=True) if name}
        if self.may_see("journal"):
            approved = self.view(
                "journal", {"type": "ProjectApproved"}, pin=replace(self.pin, from_on=None, to_on=None)
            )
            found |= {row["fields"]["project"]: row["fields"]["name"] for row in approved.rows}
        return found

    def may_see(self, view: str) -> bool:
        """Whether a view is in the reader's scope."""
        return self.reader.may_see(view)

    def in_scope(self) -> list[Definition]:
        """The views that the reader may see."""
        return [each for each in definitions().values() if self.may_see(each.name)]

    def definition(self, name: str) -> Definition:
        """A view's definition. Raises ViewError `view-unknown`, PageError `access-denied`."""
        found = definition(name)
        if not self.may_see(name):
            raise PageError("access-denied", field="view", view=name, role=self.reader.role or "-")
        return found

    def view(self, name: str, arguments: Mapping[str, str] | None = None, *, pin: Settled | None = None) -> View:
        """A view at the visit's pin, if the reader may see it."""
        self.definition(name)
        return self.desk.view(name, pin or self.pin, arguments or {})

    def diff(self, name: str, before: Settled, after: Settled, arguments: Mapping[str, str]) -> View:
        """What changed in a view, if the reader may see it."""
        self.definition(name)
        return self.desk.diff(name, before, after, arguments)

    def suppose(self, adoption: PolicyAdopted) -> View:
        """What a version of a policy would change, in all views that read it: the page shows those in scope."""
        return self.desk.suppose(adoption, self.pin)

    def words(self, key: str, **values: Any) -> str:
        """What is said under a key, in the reader's language."""
        return words(self.lang, key, **values)

    def link(self, path: str, /, **parameters: Any) -> str:
        """Another page at the pin as the reader gave it."""
        return address(path, {**self.asked.pin(), **_plain_names(parameters)})

    def fixed(self, path: str, /, **parameters: Any) -> str:
        """Another page at exactly the pin of this one: for figures that were computed at it."""
        return address(path, {**self.settled, **_plain_names(parameters)})


def _plain_names(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """`from_` and `is__status` as `from` and `is.status`: names that Python does not take."""
    return {name.removesuffix("_").replace("__", "."): value for name, value in parameters.items()}


def instant_text(text: str | None) -> str | None:
    """An instant as the address has it: a `+` that became a blank is one again."""
    return text.replace(" ", "+") if text is not None and "T" in text else text
