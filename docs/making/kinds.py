"""What a field may hold, in a few signs: `code`, `date`, `fen`, `[code]`, `junior | senior`."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from xiyuan_ledger import codes
from xiyuan_ledger.aggregates.fact import Key

NAMED: tuple[tuple[Any, str], ...] = (
    (codes.Code, "code"),
    (codes.Text, "text"),
    (Key, "text"),
    (codes.Digest, "digest"),
    (codes.EventId, "event id"),
    (codes.Month, "month"),
    (codes.Day, "date"),
    (codes.LocalTime, "time"),
    (codes.Instant, "instant"),
    (codes.Whole, "integer"),
    (codes.Fen, "fen > 0"),
    (codes.FenOrNone, "fen >= 0"),
    (codes.Minutes, "minutes 1-1440"),
    (codes.Count, "integer >= 0"),
    (codes.Positive, "integer >= 1"),
    (codes.Year, "year"),
    (codes.Flag, "true | false"),
    (codes.People, "[code]"),
    (codes.Parameters, "object"),
)
WORDS = (
    ("code", "编码", "1-64 letters (Chinese ones too), digits, `.`, `_`, `-`; never a person's name"),
    ("text", "文本", "1-2,000 characters"),
    ("date", "日期", "`YYYY-MM-DD`, civil date in Asia/Shanghai"),
    ("time", "时间", "`YYYY-MM-DDTHH:MM[:SS]` without offset, local in Asia/Shanghai"),
    ("month", "月份", "`YYYY-MM`"),
    ("year", "年份", "integer, 1900-2999"),
    ("fen", "分", "integer, 1/100 yuan"),
    ("minutes", "分钟", "integer"),
    ("integer", "整数", "below 2^53 in size"),
    ("digest", "摘要", "SHA-256, 64 lower-case hex digits"),
    ("event id", "事件编号", "as the receipt gives it"),
    ("instant", "时刻", "ISO date and time with its offset"),
    ("object", "对象", "named values, without fractions"),
    ("[x]", "列表", "a list of x"),
    ("name?", "可不填", "may be left out"),
)


def hints(model: type[BaseModel]) -> dict[str, Any]:
    """The annotations of a model's fields, with what they are annotated by."""
    return get_type_hints(model, include_extras=True)


def words(annotation: Any) -> str:
    """The kind of value that an annotation admits."""
    named = next((name for kind, name in NAMED if kind == annotation), None)
    if named is not None:
        return named
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _bounded(arguments[0], arguments[1:])
    if origin in (Union, UnionType):
        return " | ".join(words(each) for each in arguments if each is not type(None))
    if origin is Literal:
        return " | ".join(str(each) for each in arguments)
    if origin is tuple:
        return f"[{words(arguments[0])}]"
    if origin is dict:
        return f"{{{words(arguments[0])}: {words(arguments[1])}}}"
    return str(annotation.__name__)


def _bounded(annotation: Any, extras: tuple[Any, ...]) -> str:
    """A plain kind with its bounds."""
    if annotation is not int:
        return words(annotation)
    marks = [each for extra in extras if isinstance(extra, FieldInfo) for each in extra.metadata]
    low = next((mark.ge if isinstance(mark, Ge) else mark.gt for mark in marks if isinstance(mark, Ge | Gt)), None)
    high = next((mark.le for mark in marks if isinstance(mark, Le)), None)
    return "integer" if low is None or high is None else f"integer {low}-{high}"


def parts_of(annotation: Any) -> list[type[BaseModel]]:
    """The structures that an annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [part for each in get_args(annotation) for part in parts_of(each)]
