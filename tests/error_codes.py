"""Which error codes the source uses, and whether their words have what they need."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator, Sequence
from typing import NamedTuple

ERRORS = frozenset(
    {"LedgerError", "Refused", "InvalidEntry", "RuleBroken", "KeyReused", "StoreError", "ViewError", "FileError"}
) | {"ProofError", "CommandError", "VaultError"}
ALWAYS_GIVEN = frozenset({"field", "events"})


class Use(NamedTuple):
    """A code given to an error, and the values given with it; None where they cannot be read off the source."""

    code: str
    line: int
    values: frozenset[str] | None


def takers_of_codes(trees: Sequence[ast.Module]) -> frozenset[str]:
    """Error classes, and what gives its first argument, a `code`, to one of them."""
    found = set(ERRORS)
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and _first_argument(node) == "code" and _passes_on(node):
                found.add(node.name)
            elif isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("Error") for base in node.bases):
                made = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
                if made and _first_argument(made[0]) == "code":
                    found.add(node.name)
    return frozenset(found)


def _passes_on(node: ast.FunctionDef) -> bool:
    calls = (each for each in ast.walk(node) if isinstance(each, ast.Call) and each.args)
    return any(
        isinstance(each.func, ast.Name) and each.func.id in ERRORS and ast.unparse(each.args[0]) == "code"
        for each in calls
    )


def _first_argument(node: ast.FunctionDef) -> str | None:
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args) if each.arg != "self"]
    return names[0] if names else None


def uses(tree: ast.Module, takers: frozenset[str]) -> Iterator[Use]:
    """Every code that stands as a literal where a code is taken."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = node.args[0]
        if called in takers and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield Use(first.value, node.lineno, _values(node) if called in ERRORS else None)


def _values(node: ast.Call) -> frozenset[str] | None:
    names = [each.arg for each in node.keywords]
    return None if None in names else frozenset(str(name) for name in names)


def texts(tree: ast.Module) -> set[str]:
    """Every text that stands in a file, to tell which codes are used in any way."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def missing_values(use: Use, words: dict[str, str]) -> frozenset[str]:
    """What the words of a code speak of and this use does not give."""
    if use.values is None:
        return frozenset()
    spoken = {name for text in words.values() for _, name, _, _ in string.Formatter().parse(text) if name}
    return frozenset(spoken) - use.values - ALWAYS_GIVEN
