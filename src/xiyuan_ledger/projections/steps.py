"""An SQL text in steps: what it defines and reads more than once, each made before the rest that reads it.

A database holds such a relation anyway while it answers; made one after another, they are not all in the making at
once, and each has the whole limit of memory.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import NamedTuple

LISTS = "array_agg("
_BEGIN = re.compile(r"(?:WITH|,)\s+([a-z_][a-z0-9_]*)\s+AS\s+\(")
_READ = re.compile(r"\b(?:FROM|JOIN)\s+([a-z_][a-z0-9_]*)")
_TOKEN = re.compile(r"'[^']*'|[()]")


class Steps(NamedTuple):
    """What is made first, in order, each with its SQL; what the rest defines; and the rest."""

    first: tuple[tuple[str, str], ...]
    defined: str
    rest: str


@cache
def in_steps(sql: str) -> Steps:
    """An SQL text without comments as steps; a recursive one is left whole.

    What holds lists is left to the rest, which may need none of them.
    """
    defined, rest = _defined(sql)
    used = Counter(_READ.findall(" ".join([rest, *(body for _, body in defined)])))
    first, kept, lists = list[tuple[str, str]](), list[tuple[str, str]](), set[str]()
    for name, body in defined:
        if LISTS in body or not lists.isdisjoint(_READ.findall(body)):
            lists.add(name)
        if used[name] > 1 and name not in lists:
            first.append((name, f"{_with(kept)} {body}"))
        else:
            kept.append((name, body))
    return Steps(tuple(first), _with(kept), rest)


def _with(defined: list[tuple[str, str]]) -> str:
    return "WITH " + ", ".join(f"{name} AS ({body})" for name, body in defined) if defined else ""


def _defined(sql: str) -> tuple[list[tuple[str, str]], str]:
    """The relations that a text defines before its last part, and that part."""
    found, at = list[tuple[str, str]](), 0
    while begin := _BEGIN.match(sql, at):
        end = _closing(sql, begin.end())
        found.append((begin[1], sql[begin.end() : end]))
        at = end + 1
    return found, sql[at:]


def _closing(sql: str, begin: int) -> int:
    """Where the bracket closes behind which this begins."""
    depth = 1
    for token in _TOKEN.finditer(sql, begin):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if not depth:
            return token.start()
    raise ValueError(sql)
