"""What an address asks for: the pin, a view's arguments, filters, order and page; and addresses that ask for more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from xiyuan_ledger.web.failing import PageError

PIN = ("known_at", "valid_on", "from", "to")
QUERY_LENGTH_MAX = 8_192
PARAMETERS_MAX = 100
VALUE_LENGTH_MAX = 200
ROWS_DEFAULT = 50
ROWS_CHOICES = (25, 50, 100, 250)
PAGE_MAX = 1_000_000


@dataclass(frozen=True)
class Asked:
    """A path and its parameters, each given once."""

    path: str
    parameters: Mapping[str, str]

    @classmethod
    def read(cls, path: str, query: str) -> Asked:
        """What stands in an address; empty parameters are left out. Raises PageError `address-too-long`."""
        if len(query) > QUERY_LENGTH_MAX:
            raise PageError("address-too-long", limit=QUERY_LENGTH_MAX)
        pairs = parse_qsl(query, keep_blank_values=True)
        if len(pairs) > PARAMETERS_MAX:
            raise PageError("address-too-long", limit=PARAMETERS_MAX)
        given = {name: value.strip() for name, value in pairs}
        for name, value in given.items():
            if len(value) > VALUE_LENGTH_MAX or "\0" in value or "\0" in name:
                raise PageError("parameter-form", field=name[:VALUE_LENGTH_MAX])
        return cls(path, {name: value for name, value in given.items() if value})

    def get(self, name: str) -> str | None:
        """A parameter; None where it is not given."""
        return self.parameters.get(name)

    def named(self, prefix: str) -> dict[str, str]:
        """The parameters whose names begin so, without it."""
        begun = ((name, value) for name, value in self.parameters.items() if name.startswith(prefix))
        return {name.removeprefix(prefix): value for name, value in begun}

    def pin(self) -> dict[str, str]:
        """The pin as given."""
        return {name: self.parameters[name] for name in PIN if name in self.parameters}

    def whole(self, name: str, default: int, most: int) -> int:
        """A parameter that is a whole number from 1 on. Raises PageError `parameter-form`."""
        text = self.parameters.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
            raise PageError("parameter-form", field=name)
        return int(text)

    def here(self, **changes: Any) -> str:
        """The address of this page with some parameters changed, or dropped where they are None."""
        changed: Mapping[str, Any] = {name.removesuffix("_"): value for name, value in changes.items()}
        return address(self.path, {**self.parameters, **changed})

    def without(self, names: Iterable[str]) -> dict[str, str]:
        """The parameters but for some: what a form carries along."""
        left_out = set(names)
        return {name: value for name, value in self.parameters.items() if name not in left_out}


def address(path: str, parameters: Mapping[str, Any]) -> str:
    """A path with its parameters, those that are None left out."""
    given = {name: str(value) for name, value in parameters.items() if value is not None}
    return path + ("?" + urlencode(given, quote_via=quote) if given else "")


def part(text: str) -> str:
    """A code as a part of a path."""
    return quote(text, safe="")
