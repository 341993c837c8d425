"""What a reviewer would say of the source: each check gives its complaints, with what to write instead."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "xiyuan_ledger"
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50

FLOORS: tuple[frozenset[str], ...] = tuple(
    frozenset(names.split())
    for names in (
        "errors money calendar codes canonical merkle note commitments messages",
        "aggregates",
        "policies",
        "store",
        "vault",
        "journal",
        "projections",
        "recording",
        "verification",
        "ledger",
        "intake",
        "payouts evaluation",
        "reports",
        "web workers",
        "cli",
    )
)
ROOF = FLOORS[-2] | FLOORS[-1]
"""Floors that may use the public names of the package itself."""

BANNED_NAMES = {
    "process": "say what is done: record, settle, read",
    "handle": "say what is done: decide, answer, follow",
    "manage": "say what is done",
    "perform": "say what is done",
    "execute": "say what is done: ask, record, write",
    "data": "name the noun: entry, rows, content",
    "info": "name the noun: words, meta, field",
    "result": "name the noun: receipt, view, found",
    "item": "name the noun: entry, row, line",
    "obj": "name the noun",
    "utils": "name the noun of the office, or the floor",
    "helpers": "name the noun of the office, or the floor",
    "enhanced": "say in what it differs",
    "final": "say in what it differs",
    "v2": "a new version of a fact is a new topic; of code, the old one goes",
}
CONTRACT_NAMES = frozenset({"item"})
"""Banned words that are fields of a fact by contract, allowed as such."""
NAMES_LEFT = frozenset(
    {
        ("aggregates/fact.py", "info"),
        ("canonical.py", "data"),
        ("journal/columns.py", "info"),
        ("projections/policy_tables.py", "info"),
        ("store/mapper.py", "info"),
    }
)
"""Banned names that stood before the rule did. The list only gets shorter."""
BANNED_CLASSES = {
    "Abstract": "write a function; a base class waits for its second use",
    "Base": "say what its kinds have in common",
    "Manager": "name the noun",
    "Handler": "name the noun",
    "Factory": "call the constructor",
    "Helper": "name the noun",
    "Impl": "name the noun",
}
BANNED_SYNONYMS = {
    "beneficiary": "client",
    "beneficiaries": "clients",
    "service user": "client",
    "service-user": "client",
    "customer": "client",
    "employee": "worker",
    "sub-district": "street",
    "read model": "view",
}
BANNED_PHRASES = {
    "responsible for": "say what it answers",
    "invalid input": "say what was found and what is expected",
    "something went wrong": "say what went wrong",
    "an error occurred": "say which",
    "step 1": "code in order needs no numbers",
}
PATTERN_FOLDERS = frozenset(
    {"services", "managers", "handlers", "helpers", "utils", "core", "common", "interfaces", "factories", "models"}
)
NO_FLOATS = ("money.py", "aggregates", "policies", "payouts")
CLOCKS = frozenset(
    {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
)
BANNER = re.compile(r"^\s*#\s*(?:[=\-#*~_]{4,}|.*[=\-#*~_]{6,}\s*$)")
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
OWNERLESS = re.compile("TO" + r"DO(?!\([a-z])|FIX" + "ME|XX" + "X")
MACHINE_WORDS = tuple(
    "".join(parts)
    for parts in (
        ("pypi", ".org"),
        ("python", "hosted"),
        ("npm", "js.org"),
        ("debian", ".org"),
        ("/wo", "rk/"),
        ("/tmp", "/w/"),
        ("/ro", "ot/"),
        ("/opt", "/pypi"),
        ("/opt", "/wheels"),
    )
)


def python_files(*folders: str) -> list[Path]:
    """The project's own Python files."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "__pycache__" not in path.parts]


def tracked_files() -> list[Path]:
    """What git keeps, or would keep with the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = [name for name in listed.stdout.decode().split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def floor_of(package: str) -> int | None:
    """How high a part of the package stands; None where the floors do not have it."""
    return next((height for height, names in enumerate(FLOORS) if package in names), None)


def imports_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every import of the package's own parts, with its line: `aggregates`, `ledger` …, and `` for its public names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "xiyuan_ledger":
            named = [f"xiyuan_ledger.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            named = [node.module or ""]
        else:
            continue
        for name in named:
            first, _, rest = name.partition(".")
            if first == "xiyuan_ledger":
                part = rest.partition(".")[0]
                yield node.lineno, part if floor_of(part) is not None else ""


def private_imports(tree: ast.Module) -> Iterator[str]:
    """Imports of workers that reach behind the public names of the package."""
    for node in ast.walk(tree):
        module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        if module.startswith("xiyuan_ledger."):
            yield f"line {node.lineno}: {module}: workers use the public names of xiyuan_ledger"


def climbing_imports(part: str, tree: ast.Module) -> Iterator[str]:
    """Imports of a file that reach for its own height or above."""
    own = floor_of(part)
    if own is None:
        yield f"`{part}` stands on no floor: give it one in FLOORS, or move it to one"
        return
    for line, imported in imports_of(tree):
        if imported == part:
            continue
        if imported == "":
            if part not in ROOF:
                yield f"line {line}: {part} uses the public names of the package: import from the floor itself"
        elif own and (floor_of(imported) or 0) >= own:
            yield f"line {line}: {part} imports {imported}, which does not stand below it"


def long_functions(tree: ast.Module) -> Iterator[str]:
    """Functions that do not fit on a screen."""
    for node in functions(tree):
        length = function_length(node)
        if length > FUNCTION_LINES_MAX:
            yield f"line {node.lineno}: {node.name} has {length} lines: split it by what its parts answer"


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def function_length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Its lines, from `def` to the last."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every name that the file itself gives: functions, arguments, variables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, node.name
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            yield from ((each.lineno, each.arg) for each in arguments)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id


def banned_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names that say nothing, each with what to do."""
    for line, name in _names(tree):
        words = name.lower().strip("_").split("_")
        banned = words[0] if words[0] in BANNED_NAMES else words[-1]
        if banned in BANNED_NAMES and not (name in CONTRACT_NAMES or name.isupper()):
            yield name, f"line {line}: `{name}`: {BANNED_NAMES[banned]}"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for word, instead in BANNED_CLASSES.items():
                if re.search(rf"(^|[a-z_]){word}($|[A-Z])", node.name):
                    yield node.name, f"line {node.lineno}: class `{node.name}`: {instead}"


def banned_forms(tree: ast.Module) -> Iterator[str]:
    """Code that hides what happened, or asks a clock of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type is not None else "everything"
            if caught in ("everything", "Exception"):
                yield f"line {node.lineno}: except {caught}: name the errors that are expected here"
        elif isinstance(node, ast.Attribute) and tuple(ast.unparse(node).split(".")) in CLOCKS:
            yield f"line {node.lineno}: {ast.unparse(node)}: ask calendar.now() or calendar.today()"


def floats(tree: ast.Module) -> Iterator[str]:
    """Floats where money is counted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield f"line {node.lineno}: {node.value}: count in fen, minutes or hundredths of a percent"
        elif isinstance(node, ast.Name) and node.id == "float":
            yield f"line {node.lineno}: float: count in fen, minutes or hundredths of a percent"


def banned_words(text: str) -> Iterator[str]:
    """Comments and texts that no office would write."""
    for number, line in enumerate(text.splitlines(), start=1):
        lowered = line.lower()
        for word, instead in BANNED_SYNONYMS.items():
            if re.search(rf"\b{re.escape(word)}\b", lowered):
                yield f"line {number}: `{word}`: the glossary says {instead}"
        for phrase, instead in BANNED_PHRASES.items():
            if re.search(rf"\b{re.escape(phrase)}\b", lowered):
                yield f"line {number}: `{phrase}`: {instead}"
        if BANNER.match(line):
            yield f"line {number}: banner comment: a file that needs sections is two files"
        if EMOJI.search(line):
            yield f"line {number}: emoji: write the word"
        if OWNERLESS.search(line):
            yield f"line {number}: what is left to do goes to an issue, or names its author: TO" + "DO(name)"


def machine_words(text: str) -> Iterator[str]:
    """Hosts of package registries and paths of one machine."""
    for number, line in enumerate(text.splitlines(), start=1):
        for word in MACHINE_WORDS:
            if word in line:
                yield f"line {number}: `{word}`: name no registry and no path of one machine"


def complaints(paths: Iterable[Path], check: object, *, on_text: bool = False) -> list[str]:
    """What a check says of files, each complaint with the file's name."""
    assert callable(check)
    found: list[str] = []
    for path in paths:
        text = path.read_text("utf-8")
        found += [f"{path.relative_to(ROOT)}: {said}" for said in check(text if on_text else ast.parse(text))]
    return found
