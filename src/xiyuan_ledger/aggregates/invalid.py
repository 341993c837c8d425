"""What a malformed entry is told: which field, what was found, what it should be, in both languages.

Values of personal fields are never repeated.
"""

from __future__ import annotations

from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError

from xiyuan_ledger.canonical import DEPTH_MAX
from xiyuan_ledger.errors import InvalidEntry

FOUND_LENGTH_MAX = 80
PERSONAL = "personal"
MISFITS_MAX = 20
"""How many parameters at fault are told, of those that are."""

_EXPECTED: dict[str, tuple[str, str]] = {
    "int_type": ("a whole number", "整数"),
    "int_from_float": ("a whole number", "整数"),
    "bool_type": ("true or false", "true 或 false"),
    "string_type": ("text", "文本"),
    "string_unicode": ("text of whole characters", "完整字符的文本"),
    "tuple_type": ("a list", "列表"),
    "dict_type": ("an object with named values", "带名称的对象"),
    "model_type": ("an object with named values", "带名称的对象"),
    "literal_error": ("one of {expected}", "下列之一: {expected}"),
    "greater_than": ("more than {gt}", "大于 {gt}"),
    "greater_than_equal": ("at least {ge}", "不小于 {ge}"),
    "less_than": ("less than {lt}", "小于 {lt}"),
    "less_than_equal": ("at most {le}", "不大于 {le}"),
    "string_too_long": ("at most {max_length} characters", "最多 {max_length} 个字符"),
    "string_too_short": ("text that is not empty", "非空文本"),
    "too_long": ("at most {max_length} entries", "最多 {max_length} 项"),
    "too_short": ("at least {min_length} entry", "至少 {min_length} 项"),
    "string_pattern_mismatch": ("text of the form {pattern}", "符合 {pattern} 的文本"),
    "date_from_datetime_parsing": ("a date that exists, written YYYY-MM-DD", "存在的日期, 格式 YYYY-MM-DD"),
    "date_parsing": ("a date that exists, written YYYY-MM-DD", "存在的日期, 格式 YYYY-MM-DD"),
    "datetime_parsing": ("a time that exists, written YYYY-MM-DDTHH:MM", "存在的时间, 格式 YYYY-MM-DDTHH:MM"),
    "datetime_from_date_parsing": ("a time that exists, written YYYY-MM-DDTHH:MM", "存在的时间, 格式 YYYY-MM-DDTHH:MM"),
}
_FORMS: dict[str, tuple[str, str]] = {
    r"^[\w.\-]{1,64}$": (
        "a code of 1 to 64 letters, digits, `.`, `_` or `-`",
        "1 至 64 位编码, 只含字母、汉字、数字和 . _ -",
    ),
    r"^\d{4}-(0[1-9]|1[0-2])$": ("a month, written YYYY-MM", "月份, 格式 YYYY-MM"),
    r"^[0-9a-f]{64}$": ("a SHA-256 digest of 64 lower-case hex digits", "64 位小写十六进制 SHA-256 摘要"),
}
_WRITTEN: tuple[tuple[str, tuple[str, str]], ...] = (
    ("date", ("a date, written YYYY-MM-DD", "日期, 格式 YYYY-MM-DD")),
    ("offset: it is local", ("a local time in Asia/Shanghai without offset", "上海当地时间, 不带时区")),
    ("time", ("a time, written YYYY-MM-DDTHH:MM", "时间, 格式 YYYY-MM-DDTHH:MM")),
    (
        "instant",
        ("an instant with its offset, such as 2013-06-30T23:59:59+08:00", "带时区的时刻, 如 2013-06-30T23:59:59+08:00"),
    ),
    ("NUL", ("text without NUL characters", "不含 NUL 字符的文本")),
    ("nested deeper", ("values nested at most {depth} levels deep", "嵌套不超过 {depth} 层")),
    ("integer beyond", ("whole numbers below 2^53", "小于 2^53 的整数")),
    ("surrogate pair", ("text of whole characters", "完整字符的文本")),
    ("use integers and text", ("values of whole numbers and text only", "只含整数和文本的值")),
)

_SAID_WHOLE = frozenset({"adds_up"})
"""Kinds of complaint whose words say everything: parts that do not sum to their whole."""


class Complaint(NamedTuple):
    """What a fact's schema finds wrong: where, of which kind, and what should stand there in English and Chinese."""

    loc: tuple[int | str, ...]
    kind: str
    expected: tuple[str, str]


class Misfit(NamedTuple):
    """What is wrong with a policy's parameters: the first place, and everything in words of both languages."""

    where: str
    english: str
    chinese: str


def complaints(error: ValidationError) -> list[Complaint]:
    """Everything that is wrong with an entry, field by field."""
    found: list[dict[str, Any]] = [dict(each) for each in error.errors(include_url=False)]
    return [Complaint(each["loc"] or ("",), each["type"], _expected(each)) for each in found]


def _expected(error: dict[str, Any]) -> tuple[str, str]:
    """What should stand there, in English and Chinese."""
    context = error.get("ctx", {})
    if error["type"] == "string_pattern_mismatch" and context["pattern"] in _FORMS:
        return _FORMS[context["pattern"]]
    if error["type"] in _EXPECTED:
        english, chinese = _EXPECTED[error["type"]]
        return english.format(**context), chinese.format(**context)
    for word, (english, chinese) in _WRITTEN:
        if word in error["msg"]:
            return english.format(depth=DEPTH_MAX), chinese.format(depth=DEPTH_MAX)
    return error["msg"], str(context.get("zh", error["msg"]))


def _found(error: dict[str, Any]) -> str:
    if PERSONAL in error["loc"]:
        return "…"
    try:
        text = repr(error["input"])
    except RecursionError:
        return "…"
    return text if len(text) <= FOUND_LENGTH_MAX else text[: FOUND_LENGTH_MAX - 1] + "…"


def invalid_entry(fact_type: str, error: ValidationError) -> InvalidEntry:
    """The refusal of an entry that does not fit its fact's schema: names the first field at fault, counts the rest."""
    errors = error.errors(include_url=False)
    first: dict[str, Any] = dict(errors[0])
    field = ".".join(str(part) for part in first["loc"]) or fact_type
    more = len(errors) - 1
    if first["type"] == "missing":
        return InvalidEntry("field-missing", field=field, type=fact_type, more=more)
    if first["type"] == "extra_forbidden":
        return InvalidEntry("field-unknown", field=field, type=fact_type, more=more)
    english, chinese = _expected(first)
    return InvalidEntry(
        "field-invalid",
        field=field,
        type=fact_type,
        found=_found(first),
        expected=english,
        expected_zh=chinese,
        more=more,
    )


def misfit(schema: type[BaseModel], error: ValidationError, *, last: str | None = None) -> Misfit:
    """Every parameter that does not fit a policy's schema; of an unknown one, those that there are.

    The field `last` is named only where no other is at fault.
    """
    errors: list[dict[str, Any]] = [dict(each) for each in error.errors(include_url=False)]
    first, *others = [each for each in errors if each["loc"] != (last,)] or errors
    told = [_misfit(schema, first), *(_misfit(schema, each) for each in others[: MISFITS_MAX - 1])]
    english = [told[0].english, *(f"{each.where}: {each.english}" for each in told[1:])]
    chinese = [told[0].chinese, *(f"{each.where}: {each.chinese}" for each in told[1:])]
    if (more := len(others) + 1 - len(told)) > 0:
        english.append(f"and {more} more")
        chinese.append(f"另有 {more} 处")
    return Misfit(told[0].where, "; ".join(english), "; ".join(chinese))


def _misfit(schema: type[BaseModel], error: dict[str, Any]) -> Misfit:
    """One parameter that does not fit."""
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        known = ", ".join(_known(schema, error["loc"][:-1])) or "-"
        return Misfit(where, f"no such parameter; known: {known}", f"没有此参数; 可用参数: {known}")
    if error["type"] == "missing":
        return Misfit(where, "it is missing", "未填写")
    english, chinese = _expected(error)
    if error["type"] in _SAID_WHOLE:
        return Misfit(where, english, chinese)
    found = _found(error)
    return Misfit(where, f"it is {found}, but must be {english}", f"现为 {found}, 应为 {chinese}")


def _known(schema: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """The names of the fields at a place inside a schema."""
    at: Any = schema
    for part in path:
        if isinstance(part, str) and part in getattr(at, "model_fields", {}):
            at = _model_in(at.model_fields[part].annotation)
    return [field.alias or name for name, field in getattr(at, "model_fields", {}).items()]


def _model_in(annotation: Any) -> Any:
    """The structure that an annotation speaks of, within lists and alternatives too."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _model_in(each)) is not None), None)
