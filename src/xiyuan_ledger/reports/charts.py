"""图表: the forms that charts take - lines, bars, a funnel, a board of cells - as SVG that needs no script.

Values are whole numbers in the unit of the view (fen, minutes, hundredths of a percent); `shown` writes them for
people. A value that is not there is None: a gap, never a zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xiyuan_ledger.money import share_centi, yuan
from xiyuan_ledger.reports.svg import (
    FAINT,
    INK,
    PALETTE,
    RULE,
    box,
    drawing,
    hatched,
    mark,
    name_of,
    path,
    rule,
    shortened,
    text,
    width_of,
)

WIDTH = 720
HEIGHT = 300
LEFT = 72
RIGHT = 20
TOP = 64
BOTTOM = 44
TICKS = 4
DASHES = ("", "6 3", "2 3", "8 3 2 3")
LABEL_ROOM = 58
LABEL_SIZE = 11
Shown = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Series:
    """One line, or the bars of one kind: its name and a value for each label."""

    name: str
    values: Sequence[int | None]


def line_chart(
    title: str, labels: Sequence[str], series: Sequence[Series], *, shown: Shown = str, up_to: int | None = None
) -> str:
    """Lines over labels, each with dashes and marks of its own; `up_to` is the top of the axis, where it is known."""
    most = up_to or _top(max((value for each in series for value in each.values if value is not None), default=0))
    shapes = [*_axis(most, shown), *_labels(labels), *_legend(series, marks=True)]
    for nth, each in enumerate(series):
        points = [
            (_middle(place, len(labels)), _height(value, most), value)
            for place, value in enumerate(each.values)
            if value is not None
        ]
        shapes += [path(run, PALETTE[nth % len(PALETTE)], DASHES[nth % len(DASHES)]) for run in _runs(each, most)]
        named = [label for label, value in zip(labels, each.values, strict=True) if value is not None]
        shapes += [
            mark(nth, x, y, f"{label} {each.name}: {shown(value)}")
            for label, (x, y, value) in zip(named, points, strict=True)
        ]
    return drawing(title, _about(labels, series, shown), WIDTH, HEIGHT, shapes)


def _runs(series: Series, most: int) -> list[list[tuple[int, int]]]:
    """The stretches of a line: it breaks where a value is not there."""
    runs: list[list[tuple[int, int]]] = [[]]
    for place, value in enumerate(series.values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((_middle(place, len(series.values)), _height(value, most)))
    return [run for run in runs if len(run) > 1]


def bar_chart(
    title: str, labels: Sequence[str], series: Sequence[Series], *, shown: Shown = str, up_to: int | None = None
) -> str:
    """Bars side by side over each label, each kind with a hatching of its own; `up_to` as in `line_chart`."""
    most = up_to or _top(max((value for each in series for value in each.values if value is not None), default=0))
    name = name_of(title, *labels)
    defs = "".join(hatched(nth, f"{name}-{nth}") for nth in range(1, len(series)))
    shapes = [f"<defs>{defs}</defs>", *_axis(most, shown), *_folded(labels), *_legend(series, pattern=name)]
    room = (WIDTH - LEFT - RIGHT) // max(len(labels), 1)
    thick = max(1, min(60, room * 8 // 10 // max(len(series), 1)))
    for nth, each in enumerate(series):
        for place, value in enumerate(each.values):
            if value is None:
                continue
            x = _middle(place, len(labels)) - thick * len(series) // 2 + thick * nth
            y = _height(value, most)
            said = f"{labels[place]} {each.name}: {shown(value)}"
            shapes.append(box(x, y, thick, HEIGHT - BOTTOM - y, _filled(name, nth), said=said))
            if width_of(shown(value), 10) <= thick + 4:
                shapes.append(text(x + thick // 2, y - 4, shown(value), anchor="middle", size=10, fill=FAINT))
    return drawing(title, _about(labels, series, shown), WIDTH, HEIGHT, shapes)


def funnel(title: str, stages: Sequence[tuple[str, int]], *, shown: Shown = str) -> str:
    """Stages below one another, each with its number and its share of the first."""
    first = max((count for _, count in stages[:1]), default=0)
    most, shapes = max((count for _, count in stages), default=0), []
    room = WIDTH - 190 - 150
    for place, (name, count) in enumerate(stages):
        y = 48 + 40 * place
        long = room * count // most if most else 0
        share = share_centi(count, first)
        shapes += [
            text(180, y + 20, shortened(name, 164), anchor="end"),
            box(190, y + 4, max(long, 1), 24, PALETTE[0], said=f"{name}: {shown(count)}"),
            text(198 + long, y + 20, shown(count) + ("" if share is None else f" ({yuan(share)} %)")),
        ]
    about = "; ".join(f"{name}: {shown(count)}" for name, count in stages)
    return drawing(title, about, WIDTH, 60 + 40 * len(stages), shapes)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a board: what stands in it, and whether it is as it should be (None: nothing is asked)."""

    words: str
    met: bool | None


def board(title: str, rows: Sequence[str], columns: Sequence[str], cells: Sequence[Sequence[Cell]]) -> str:
    """Rows and columns of cells; what falls short is framed, and marked with a sign as well as by its colour."""
    left, high = 150, 34
    wide = (WIDTH - left - RIGHT) // max(len(columns), 1)
    shapes = [
        text(left + wide * nth + wide // 2, 62, shortened(name, wide - 8), anchor="middle", fill=FAINT)
        for nth, name in enumerate(columns)
    ]
    for place, name in enumerate(rows):
        y = 72 + high * place
        shapes.append(text(left - 10, y + 22, shortened(name, left - 24), anchor="end"))
        for nth, cell in enumerate(cells[place]):
            shapes += _cell(cell, left + wide * nth, y, wide, high, f"{name} · {columns[nth]}: {cell.words}")
    about = "; ".join(
        f"{name}: " + ", ".join(f"{columns[nth]} {_signed(cell)}" for nth, cell in enumerate(cells[place]))
        for place, name in enumerate(rows)
    )
    return drawing(title, about, WIDTH, 84 + high * len(rows), shapes)


def _cell(cell: Cell, x: int, y: int, wide: int, high: int, said: str) -> list[str]:
    fill, stroke = {True: ("#e2efe6", "#2f7d4f"), False: ("#fbe6da", "#b4490f"), None: ("#f3f5f7", RULE)}[cell.met]
    words = shortened(_signed(cell), wide - 12)
    return [
        box(x + 3, y + 3, wide - 6, high - 6, fill, stroke=stroke, said=said),
        text(x + wide // 2, y + 22, words, anchor="middle", fill=INK, bold=cell.met is False),
    ]


def _signed(cell: Cell) -> str:
    sign = {True: "√ ", False: "× ", None: ""}[cell.met]
    return sign + cell.words


def _top(most: int) -> int:
    """The top of the axis: the next of 4, 8, 12, 20, 40 … at or above the most, so that its quarters are whole."""
    step = 4
    while True:
        for times in (1, 2, 3, 5):
            if step * times >= most:
                return step * times
        step *= 10


def _middle(place: int, count: int) -> int:
    """The middle of a label's room on the axis."""
    return LEFT + (WIDTH - LEFT - RIGHT) * (2 * place + 1) // (2 * count)


def _height(value: int, most: int) -> int:
    """Where a value lies, from above; one below nothing lies on the axis, and its number says so."""
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * max(value, 0) // most


def _axis(most: int, shown: Shown) -> list[str]:
    shapes = []
    for tick in range(TICKS + 1):
        value = most * tick // TICKS
        y = _height(value, most)
        shapes += [
            rule(LEFT, y, WIDTH - RIGHT, y, FAINT if tick == 0 else RULE),
            text(LEFT - 8, y + 4, shown(value), anchor="end", size=11, fill=FAINT),
        ]
    return shapes


def _labels(labels: Sequence[str]) -> list[str]:
    """As many labels as there is room for; always the first."""
    room = (WIDTH - LEFT - RIGHT) // max(len(labels), 1)
    wanted = max((width_of(label, 11) + 10 for label in labels), default=LABEL_ROOM)
    every = max(1, -(-wanted // max(room, 1)))
    return [
        text(_middle(place, len(labels)), HEIGHT - BOTTOM + 18, label, anchor="middle", size=11, fill=FAINT)
        for place, label in enumerate(labels)
        if place % every == 0
    ]


def _folded(labels: Sequence[str]) -> list[str]:
    """Every label, below its bars, on two lines where one has no room for it."""
    room = (WIDTH - LEFT - RIGHT) // max(len(labels), 1) - 6
    shapes = []
    for place, label in enumerate(labels):
        for nth, line in enumerate(_lines(label, room)):
            y = HEIGHT - BOTTOM + 18 + 14 * nth
            told = shortened(line, room, LABEL_SIZE)
            shapes.append(text(_middle(place, len(labels)), y, told, anchor="middle", size=LABEL_SIZE, fill=FAINT))
    return shapes


def _lines(label: str, room: int) -> list[str]:
    """A label whole, or folded at the blank with which its longer line is shortest; Chinese where the room ends."""
    if width_of(label, LABEL_SIZE) <= room:
        return [label]
    if " " not in label:
        fits = next(end for end in range(len(label), 0, -1) if end == 1 or width_of(label[:end], LABEL_SIZE) <= room)
        return [label[:fits], label[fits:]]
    blanks = [place for place, letter in enumerate(label) if letter == " "]
    at = min(blanks, key=lambda place: max(width_of(label[:place], LABEL_SIZE), width_of(label[place:], LABEL_SIZE)))
    return [label[:at], label[at + 1 :]]


def _filled(name: str, nth: int) -> str:
    """What fills the bars of the nth series: the first is plain, for a pattern shows its seams on paper."""
    return f"url(#{name}-{nth})" if nth else PALETTE[0]


def _legend(series: Sequence[Series], *, marks: bool = False, pattern: str = "") -> list[str]:
    shapes, x = [], LEFT
    for nth, each in enumerate(series):
        if marks:
            shapes += [path(((x, 44), (x + 24, 44)), PALETTE[nth % 4], DASHES[nth % 4]), mark(nth, x + 12, 44)]
        else:
            shapes.append(box(x, 37, 24, 13, _filled(pattern, nth)))
        shapes.append(text(x + 30, 48, each.name))
        x += 46 + width_of(each.name)
    return shapes


def _about(labels: Sequence[str], series: Sequence[Series], shown: Shown) -> str:
    """What the picture shows, in words."""
    lines = []
    for each in series:
        said = [
            f"{label} {shown(value)}" for label, value in zip(labels, each.values, strict=True) if value is not None
        ]
        lines.append(f"{each.name}: " + ", ".join(said))
    return "; ".join(lines)
