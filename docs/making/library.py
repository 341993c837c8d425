"""The page of the library: every public name but the facts, which have a page of their own."""

from __future__ import annotations

import inspect
from functools import cached_property
from types import FunctionType
from typing import Any

from pydantic import BaseModel

import xiyuan_ledger
from docs.making.markdown import code, page
from xiyuan_ledger import errors
from xiyuan_ledger.aggregates import FACTS

WIDTH = 100
ABOUT = """
```python
from xiyuan_ledger import Ledger, Pin
```

The facts are on [a page of their own](facts.md), what the errors say on [another](errors.md). Amounts are integer
fen, durations integer minutes, dates civil dates in Asia/Shanghai, instants UTC.
"""


def documented_names() -> list[str]:
    """The public names that stand on this page."""
    return [name for name in xiyuan_ledger.__all__ if name not in FACTS and not name.startswith("__")]


def library_page() -> str:
    """Classes with their methods, the one that others hold first."""
    names = sorted(documented_names(), key=lambda name: (name != "Ledger", _is_error(name), name))
    return page("库 Library", ABOUT, *(_name(name) for name in names))


def _is_error(name: str) -> bool:
    found = getattr(xiyuan_ledger, name)
    return isinstance(found, type) and issubclass(found, errors.LedgerError)


def _name(name: str) -> str:
    found = getattr(xiyuan_ledger, name)
    parts = [f"## {name}"]
    if isinstance(found, FunctionType):
        parts.append(f"```text\n{_signature(name, found)}\n```")
    if isinstance(found, type) and _is_error(name) and name != "LedgerError":
        parts.append(f"A {' and a '.join(f'`{base.__name__}`' for base in found.__bases__)}.")
    parts.append(inspect.getdoc(found) or "")
    if isinstance(found, type) and not issubclass(found, BaseModel):
        parts += [each for each in [_attributes(found)] if each]
        parts += [_member(name, each, member) for each, member in vars(found).items() if _is_public(each, member)]
    return "\n\n".join(parts)


def _function(member: Any) -> Any:
    """What is called, without what binds it to the class."""
    return member.__func__ if isinstance(member, classmethod | staticmethod) else member


def _is_public(name: str, member: Any) -> bool:
    plain = _function(member)
    return not name.startswith("_") and isinstance(plain, FunctionType | property | cached_property)


def _attributes(found: type) -> str:
    """What an object of the class carries, where its class says so by its fields."""
    slots = [name for name in getattr(found, "__slots__", ()) if not name.startswith("_")]
    names = list(getattr(found, "_fields", ())) or slots
    return f"Attributes: {', '.join(code(name) for name in names)}." if names else ""


def _member(owner: str, name: str, member: Any) -> str:
    if isinstance(member, property | cached_property):
        return f"**`{name}`** {inspect.getdoc(member)}"
    plain = _function(member)
    prefix = f"{owner}." if isinstance(member, classmethod | staticmethod) else "."
    return f"```text\n{_signature(prefix + name, plain)}\n```\n\n{inspect.getdoc(plain)}"


def _signature(name: str, function: FunctionType) -> str:
    """How it is called: a line where it fits, else an argument a line."""
    found = inspect.signature(function)
    arguments = [each for each in found.parameters.values() if each.name not in ("self", "cls")]
    shown = [_argument(each) for each in arguments]
    keyword = next((i for i, each in enumerate(arguments) if each.kind is each.KEYWORD_ONLY), None)
    if keyword is not None:
        shown.insert(keyword, "*")
    line = f"{name}({', '.join(shown)}) -> {found.return_annotation}"
    if len(line) <= WIDTH:
        return line
    return f"{name}(\n" + "".join(f"    {each},\n" for each in shown) + f") -> {found.return_annotation}"


def _argument(argument: inspect.Parameter) -> str:
    stars = "*" if argument.kind is argument.VAR_POSITIONAL else "**" if argument.kind is argument.VAR_KEYWORD else ""
    default = "" if argument.default is argument.empty else f" = {argument.default!r}"
    return f"{stars}{argument.name}: {argument.annotation}{default}"
