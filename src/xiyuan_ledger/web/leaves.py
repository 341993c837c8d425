"""Parameters as fields of a form: every value that stands in them alone, under its path, with what may be put there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from xiyuan_ledger.errors import Language, ViewError
from xiyuan_ledger.projections.vocabulary import word

LISTED = "; "


@dataclass(frozen=True)
class Leaf:
    """One value of a policy: its path, what it is now, and the values to choose from where there are few."""

    path: tuple[str | int, ...]
    kind: str
    value: Any
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its path as one word: `rates.junior`, `programmes.0.min_count`."""
        return ".".join(map(str, self.path))

    def called(self, lang: Language) -> str:
        """Its path in words; what is counted is counted from 1."""
        return " · ".join(
            str(each + 1 if isinstance(each, int) else word("parameter", each, lang)) for each in self.path
        )

    def choice(self, code: str, lang: Language) -> str:
        """One of its choices in words: those of its own name first."""
        return str(word("parameter_value", word(str(self.path[-1]), code, lang), lang))

    @property
    def text(self) -> str:
        """Its value as a form holds it."""
        if isinstance(self.value, list):
            return LISTED.join(map(str, self.value))
        return "" if self.value is None else str(self.value).lower() if self.kind == "boolean" else str(self.value)

    def typed(self, text: str) -> Any:
        """What was typed as a value. Raises ViewError `policy-value`."""
        try:
            if self.kind == "array":
                return [each.strip() for each in text.split(";") if each.strip()]
            if self.kind == "integers":
                return [int(each) for each in text.split(";") if each.strip()]
            if self.kind == "boolean":
                return {"true": True, "false": False}[text]
            return int(text) if self.kind == "integer" else text
        except (ValueError, KeyError):
            raise ViewError("policy-value", field=self.name, found=text[:64], kind=self.kind) from None


def leaves_of(schema: type[BaseModel], whole: Mapping[str, Any]) -> list[Leaf]:
    """Every leaf of parameters, in the schema's order."""
    told = schema.model_json_schema(by_alias=True)
    return list(_leaves(whole, told, told.get("$defs", {}), ()))


def _leaves(value: Any, said: Mapping[str, Any], known: Mapping[str, Any], path: tuple[Any, ...]) -> Iterator[Leaf]:
    said = _resolved(said, known)
    if isinstance(value, dict):
        for name, each in value.items():
            inner = said.get("properties", {}).get(name) or said.get("additionalProperties") or {}
            yield from _leaves(each, inner, known, (*path, name))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for place, each in enumerate(value):
            yield from _leaves(each, said.get("items", {}), known, (*path, place))
    else:
        yield Leaf(path, _kind(value, said), value, tuple(map(str, said.get("enum", ()))))


def _resolved(said: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a schema says of a value that is there: references followed, null left out."""
    for each in said.get("anyOf", ()):
        if each.get("type") != "null":
            return _resolved(each, known)
    if "$ref" in said:
        return _resolved(known[said["$ref"].rpartition("/")[2]], known)
    return said


def _kind(value: Any, said: Mapping[str, Any]) -> str:
    kind = str(said.get("type", "string"))
    return "integers" if kind == "array" and said.get("items", {}).get("type") == "integer" else kind


def changed(whole: Mapping[str, Any], leaves: Sequence[Leaf], given: Mapping[str, str]) -> dict[str, Any]:
    """The parameters with what was typed in its place. Raises ViewError `policy-value`, `policy-field`."""
    known = {leaf.name: leaf for leaf in leaves}
    found: dict[str, Any] = deepcopy(dict(whole))
    for name, text in given.items():
        leaf = known.get(name)
        if leaf is None:
            raise ViewError("policy-field", field=name[:64], known=", ".join(known)[:400])
        place: Any = found
        for step in leaf.path[:-1]:
            place = place[step]
        place[leaf.path[-1]] = leaf.typed(text)
    return found
