"""What is wrong with a file from the bank: each finding names its place, and none shows what stands there."""

from __future__ import annotations

from typing import Any, NamedTuple

from xiyuan_ledger.errors import FileError, Language
from xiyuan_ledger.intake.lines import letters

SHOWN_MAX = 20


class Place(NamedTuple):
    """Where something stands: the sheet of a workbook, the row counted from 1, the column counted from 0."""

    sheet: str | None
    row: int | None
    column: int | None = None

    def words(self, lang: Language) -> str:
        """The place as it is said."""
        zh = lang == "zh"
        parts = []
        if self.sheet is not None:
            parts.append(f"工作表“{self.sheet}”" if zh else f"sheet `{self.sheet}`")
        if self.row is not None:
            parts.append(f"第 {self.row} 行" if zh else f"row {self.row}")
        if self.column is not None:
            parts.append(f"{letters(self.column)} 列" if zh else f"column {letters(self.column)}")
        return (" " if zh else ", ").join(parts) or ("文件" if zh else "the file")


class Findings:
    """Everything that is wrong with one file; it is refused whole, and all of it is said at once."""

    def __init__(self, name: str):
        self._name = name
        self._found: list[FileError] = []

    def add(self, code: str, place: Place, **values: Any) -> None:
        """One more thing that is wrong."""
        said = place.words("en"), place.words("zh")
        self._found.append(FileError(code, path=self._name, place=said[0], place_zh=said[1], **values))

    def refuse(self) -> None:
        """Raise FileError if anything was found."""
        if not self._found:
            return

        def told(lang: Language) -> str:
            return "; ".join(each.message(lang) for each in self._found[:SHOWN_MAX])

        raise FileError(
            "answer-refused",
            path=self._name,
            count=len(self._found),
            found=told("en"),
            found_zh=told("zh"),
            codes=tuple(each.code for each in self._found),
        )
