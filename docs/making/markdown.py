"""Markdown as the pages need it: tables, code, the first words of a docstring."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence

NOTE = "<!-- Made by `make docs` from the code; change the code, not this page. -->"


def page(title: str, *parts: str) -> str:
    """A page under a title, its parts parted by empty lines."""
    return "\n\n".join((f"# {title}", NOTE, *(part.strip("\n") for part in parts if part))) + "\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows under headings; what would end a cell is escaped."""
    lines = [_line(headings), "|" + "---|" * len(headings)]
    return "\n".join([*lines, *(_line(row) for row in rows)])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def code(text: str) -> str:
    """Text as code; nothing stays nothing."""
    return f"`{text}`" if text else ""


def term_and_meaning(documented: object) -> tuple[str, str]:
    """The Chinese term that a docstring begins with, and the rest of its first paragraph; no term: an empty one."""
    first = (inspect.getdoc(documented) or "").partition("\n\n")[0].replace("\n", " ")
    term, colon, meaning = first.partition(": ")
    if colon and any("\u4e00" <= sign <= "\u9fff" for sign in term):
        return term.strip(), meaning[:1].upper() + meaning[1:]
    return "", first


def paragraphs_after_first(documented: object) -> str:
    """What a docstring says after its first paragraph."""
    return (inspect.getdoc(documented) or "").partition("\n\n")[2]
