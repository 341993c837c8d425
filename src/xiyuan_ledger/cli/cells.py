"""Text in columns: how wide it is, how it is shortened and padded, what in it must not reach a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

ELLIPSIS = "…"
GAP = "  "


def width(text: str) -> int:
    """How many places text takes on a terminal: Chinese characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_places(character) for character in text)


def _places(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shortened(text: str, places: int) -> str:
    """Text cut to so many places, with a sign where it was cut."""
    if width(text) <= places:
        return text
    kept, left = [], places - 1
    for character in text:
        left -= _places(character)
        if left < 0:
            break
        kept.append(character)
    return "".join(kept) + ELLIPSIS


def padded(text: str, places: int, *, right: bool) -> str:
    """Text filled with blanks to so many places; numbers stand to the right."""
    blanks = " " * (places - width(text))
    return blanks + text if right else text + blanks


def aligned(headings: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> list[str]:
    """Headings, a rule and rows as lines whose columns stand under each other."""
    places = [max([width(heading), *(width(row[i]) for row in rows)]) for i, heading in enumerate(headings)]

    def line(cells: Sequence[str]) -> str:
        return GAP.join(padded(cell, places[i], right=right[i]) for i, cell in enumerate(cells)).rstrip()

    return [line(headings), GAP.join("─" * each for each in places), *(line(row) for row in rows)]
