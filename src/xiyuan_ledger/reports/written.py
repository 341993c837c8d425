"""成文: a document as HTML, PDF, Markdown or a workbook: the same bytes for the same document, on any machine."""

from __future__ import annotations

from hashlib import sha256
from importlib import resources
from io import BytesIO
from typing import Any, Literal

from xiyuan_ledger.errors import EvaluationError, FileError
from xiyuan_ledger.projections.workbook import close_workbook, new_workbook
from xiyuan_ledger.reports.document import Block, Document, Picture, Points, Section, Table

Form = Literal["html", "pdf", "xlsx", "md"]
CHINESE_FONTS = ("Noto Sans CJK", "Noto Sans SC", "Source Han Sans", "Microsoft YaHei", "PingFang")
"""What is drawn without one of them leaves Chinese out, and says nothing."""
DIGITS: tuple[str, ...] = ("", *"一二三四五六七八九")
ID_LENGTH = 36
SHORT_MAX = 24
WORD_MAX = 24
NARROW_MAX = 48
WIDE_COLUMNS = 9
ROW_MAX = 109
ROW_MAX_SMALL = 130
BETWEEN = 2
LAST_NARROW = 0x2000
SHEET_NAME_MAX = 31
COLUMN_WIDTH_MAX = 60


def written(document: Document, form: Form) -> bytes:
    """The document in a form. Raises FileError where an extra is not installed, EvaluationError where no font is."""
    if form == "html":
        return html(document).encode()
    if form == "md":
        return markdown(document).encode()
    return pdf(document) if form == "pdf" else workbook(document)


def html(document: Document) -> str:
    """One page that needs nothing else: no file, no script, no address."""
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError as error:
        raise FileError("extra-missing", found="reports") from error
    folder = resources.files(f"{__package__}.templates")
    surroundings = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = surroundings.from_string((folder / "document.html").read_text("utf-8"))
    pinned = " · ".join(f"{label} {value}" for label, value in document.footer[:3])
    css = (folder / "document.css").read_text("utf-8") + f'\nh1 {{ string-set: pin "{_css_text(pinned)}"; }}\n'
    from markupsafe import Markup

    page: str = template.render(
        document=document,
        css=Markup(css),  # noqa: S704  # our own file, and a text without quotation marks or tags
        kind=_kind,
        shapes_of=_shapes,
        width=_width,
        numbered=lambda place: f"{_chinese(place)}、" if document.lang == "zh" else f"{place}. ",
        office="西苑街道社会工作台账" if document.lang == "zh" else "Xiyuan Street · social work ledger",
        nothing="无" if document.lang == "zh" else "none",
    )
    return page


def _chinese(number: int) -> str:
    """A small number as Chinese documents count: 十一."""
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else DIGITS[tens] + "十") + DIGITS[ones]


def _wide(text: str) -> int:
    """About how wide a text is drawn: a Chinese character takes two places."""
    return sum(2 if ord(letter) > LAST_NARROW else 1 for letter in text)


def _shapes(table: Table) -> list[str]:
    """How each column is drawn: numbers to the right, short texts on one line, ids small, others between words."""
    shapes = []
    for place, title in enumerate(table.titles):
        cells = [row[place] for row in table.rows if row[place] not in ("", "-")]
        words = [word.strip(",…") for cell in cells for word in cell.split()]
        if place in table.numbers:
            shapes.append("number")
        elif words and all(len(word) >= ID_LENGTH or not word for word in words):
            shapes.append("ids")
        elif max(map(_wide, [title, *cells])) <= SHORT_MAX:
            shapes.append("short")
        else:
            shapes.append("words" if max(map(len, words), default=0) <= WORD_MAX else "")
    return shapes if _fits(table, shapes) else ["words" if shape == "short" else shape for shape in shapes]


def _fits(table: Table, shapes: list[str]) -> bool:
    """Whether a row has room on a page where nothing that stays on one line is broken; about, for letters differ."""
    widths = []
    for place, shape in enumerate(shapes):
        cells = [table.titles[place], *(row[place] for row in table.rows)]
        whole = shape in ("short", "number")
        parts = cells[1:] if whole else [word for cell in cells for word in cell.split()]
        widths.append(max(map(_wide, parts), default=0))
    room = ROW_MAX if len(table.titles) <= WIDE_COLUMNS else ROW_MAX_SMALL
    return sum(widths) + BETWEEN * len(widths) <= room


def _width(table: Table) -> str:
    """`narrow` for a table that would be lost over the whole page, `wide` for one that has many columns."""
    if len(table.titles) > WIDE_COLUMNS:
        return "wide"
    widths = [max(_wide(row[place]) for row in (table.titles, *table.rows)) for place in range(len(table.titles))]
    return "narrow" if sum(widths) <= NARROW_MAX else "usual"


def _css_text(text: str) -> str:
    return "".join(letter for letter in text if letter not in '"\\<>{}')


def _kind(block: Block) -> str:
    if isinstance(block, str):
        return "text"
    return {Points: "points", Picture: "picture", Table: "table"}[type(block)]


def pdf(document: Document) -> bytes:
    """The page as PDF; its dates and its identifier come from the document, not from the clock."""
    try:
        from weasyprint import HTML
    except ImportError as error:
        raise FileError("extra-missing", found="reports") from error
    except OSError as error:  # the library is there, and what it draws with is not
        raise EvaluationError("pdf-pango", found=str(error).splitlines()[0]) from error
    page = html(document)
    identifier = sha256(page.encode()).hexdigest()[:32].encode()
    pages = HTML(string=page, url_fetcher=_no_fetching).render()
    made: bytes = pages.write_pdf(pdf_identifier=identifier)
    if not any(font.family.startswith(CHINESE_FONTS) for font in pages.fonts.values()):
        raise EvaluationError("pdf-font", font=CHINESE_FONTS[0])
    return made


def _no_fetching(url: str, *_: Any, **__: Any) -> Any:
    raise ValueError(f"nothing is loaded from {url}")


def markdown(document: Document) -> str:
    """Markdown with tables; a chart stands there as what it says."""
    lines = [f"# {document.title}", "", document.subtitle, ""]
    lines += [f"**{document.banner}**", ""] if document.banner else []
    lines += [f"- {label}: {_line(value)}" for label, value in document.cover]
    for section in document.sections:
        lines += ["", f"## {section.title}", *_blocks(section)]
    lines += ["", "---", "", *(f"{label}: {_line(value)}  " for label, value in document.footer)]
    return "\n".join(lines) + "\n"


def _blocks(section: Section) -> list[str]:
    lines: list[str] = []
    for block in section.blocks:
        if isinstance(block, str):
            lines += ["", _line(block)]
        elif isinstance(block, Points):
            lines += ["", *(f"- {_line(line)}" for line in block.lines)]
        elif isinstance(block, Table):
            lines += ["", f"**{_line(block.caption)}**", "", *_table(block)]
    return lines


def _table(table: Table) -> list[str]:
    if not table.rows:
        return [table.empty or "-"]
    rule = ["---:" if place in table.numbers else "---" for place in range(len(table.titles))]
    rows = [table.titles, rule, *table.rows]
    return ["| " + " | ".join(_line(cell) for cell in row) + " |" for row in rows]


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def workbook(document: Document) -> bytes:
    """A workbook: the cover, then a sheet for every table, numbers as they are written."""
    made = BytesIO()
    book = new_workbook(made)
    bold, wrapped = book.add_format({"bold": True, "bg_color": "#EAF0F6"}), book.add_format({"text_wrap": True})
    sheet = book.add_worksheet("封面" if document.lang == "zh" else "Cover")
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 80, wrapped)
    rows = [(document.title, document.subtitle), *([(document.banner, "")] if document.banner else [])]
    for place, (label, value) in enumerate([*rows, *document.cover, ("", ""), *document.footer]):
        sheet.write_string(place, 0, label, bold if place == 0 else None)
        sheet.write_string(place, 1, value)
    for number, table in enumerate(document.tables(), start=1):
        _write_table(book, table, _sheet_name(number, table.caption), bold, document)
    close_workbook(book)
    return made.getvalue()


def _sheet_name(number: int, caption: str) -> str:
    plain = "".join(letter for letter in caption if letter not in "[]:*?/\\'")
    return f"{number} {plain}"[:SHEET_NAME_MAX]


def _write_table(book: Any, table: Table, name: str, bold: Any, document: Document) -> None:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(2, 0)
    sheet.write_string(0, 0, table.caption, bold)
    for place, title in enumerate(table.titles):
        sheet.write_string(1, place, title, bold)
        widest = max((len(row[place]) for row in table.rows), default=0)
        sheet.set_column(place, place, min(max(10, 2 * len(title), widest + 2), COLUMN_WIDTH_MAX))
    for down, row in enumerate(table.rows, start=2):
        for place, cell in enumerate(row):
            number = _number(cell) if place in table.numbers else None
            if number is None:
                sheet.write_string(down, place, cell)
            else:
                sheet.write_number(down, place, number)
    pinned = " · ".join(f"{label} {value}" for label, value in document.footer[:4])
    sheet.write_string(len(table.rows) + 3, 0, pinned)
    if table.view:
        asked = "视图" if document.lang == "zh" else "view"
        sheet.write_string(len(table.rows) + 4, 0, f"{asked} {table.view}")


def _number(cell: str) -> Any:
    from decimal import Decimal, InvalidOperation

    try:
        return Decimal(cell.replace(",", ""))
    except InvalidOperation:
        return None
