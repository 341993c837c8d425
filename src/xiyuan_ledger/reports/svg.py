"""SVG by hand: the few shapes that charts are made of. Whole pixels only: the same rows give the same bytes.

No scripts and no style attributes: the pages forbid both. What a colour says, a pattern or a text says as well.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from hashlib import sha256
from xml.sax.saxutils import escape, quoteattr

FONT = "'Noto Sans CJK SC', 'Noto Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"
INK = "#1f2933"
FAINT = "#5b6770"
RULE = "#d5dae0"
PALETTE = ("#1b4b7a", "#b4490f", "#2f7d4f", "#7a4fa3")
"""Told apart by those who see no red or green too, and dark enough for white text."""
TEXT_SIZE = 12


def width_of(words: str, size: int = TEXT_SIZE) -> int:
    """About how wide a text is, in pixels: Chinese characters are as wide as high, others somewhat over half."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in words)
    return (wide * 100 + (len(words) - wide) * 58) * size // 100


def shortened(words: str, room: int, size: int = TEXT_SIZE) -> str:
    """A text that fits into so many pixels."""
    if width_of(words, size) <= room:
        return words
    while words and width_of(words + "…", size) > room:
        words = words[:-1]
    return words + "…"


def text(
    x: int, y: int, words: str, *, anchor: str = "start", size: int = TEXT_SIZE, fill: str = INK, bold: bool = False
) -> str:
    """A text whose base line begins, is centred or ends at a point."""
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{fill}"{weight}>{escape(words)}</text>'
    )


def box(x: int, y: int, width: int, height: int, fill: str, *, stroke: str = "none", said: str = "") -> str:
    """A rectangle; `said` is read out, and shown where the pointer rests."""
    shape = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill={quoteattr(fill)} stroke="{stroke}"'
    return f"{shape}><title>{escape(said)}</title></rect>" if said else f"{shape}/>"


def rule(x1: int, y1: int, x2: int, y2: int, stroke: str = RULE) -> str:
    """A thin line."""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{stroke}"/>'


def path(points: Iterable[tuple[int, int]], stroke: str, dashes: str) -> str:
    """A line through points, dashed as its series is."""
    joined = " ".join(f"{x},{y}" for x, y in points)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline points="{joined}" fill="none" stroke="{stroke}" stroke-width="2"{dashed}/>'


def mark(nth: int, x: int, y: int, said: str = "") -> str:
    """The mark of the nth series: a circle, a square, a triangle, a diamond."""
    fill = PALETTE[nth % len(PALETTE)]
    title = f"<title>{escape(said)}</title>" if said else ""
    if nth % 4 == 0:
        return f'<circle cx="{x}" cy="{y}" r="4" fill="{fill}">{title}</circle>'
    corners = {
        1: ((-4, -4), (4, -4), (4, 4), (-4, 4)),
        2: ((0, -5), (5, 4), (-5, 4)),
        3: ((0, -5), (5, 0), (0, 5), (-5, 0)),
    }[nth % 4]
    joined = " ".join(f"{x + dx},{y + dy}" for dx, dy in corners)
    return f'<polygon points="{joined}" fill="{fill}">{title}</polygon>'


def hatched(nth: int, name: str) -> str:
    """The pattern with which the nth series fills its bars: plain by itself, else one of three kinds of hatching."""
    colour = PALETTE[nth % len(PALETTE)]
    lines = ("", "M0 8 8 0", "M0 4H8", "M4 0V8")[nth % 4]
    stroke = f'<path d="{lines}" stroke="#ffffff" stroke-width="2"/>' if lines else ""
    ground = f'<rect width="8" height="8" fill="{colour}"/>'
    return f'<pattern id="{name}" width="8" height="8" patternUnits="userSpaceOnUse">{ground}{stroke}</pattern>'


def drawing(title: str, about: str, width: int, height: int, shapes: Iterable[str]) -> str:
    """A whole picture, with its title on top; `about` says in words what it shows, for those who do not see it."""
    name = name_of(title, about)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{name}-t {name}-d" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="{FONT}">'
    )
    words = f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(about)}</desc>'
    ground = box(0, 0, width, height, "#ffffff")
    return "".join((head, words, ground, text(16, 26, title, size=15, bold=True), *shapes, "</svg>"))


def name_of(*words: str) -> str:
    """A name for the parts of a picture that no other picture on the page has."""
    return "c" + sha256("\n".join(words).encode()).hexdigest()[:10]
