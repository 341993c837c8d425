"""The types of a fact's fields: codes, dates, times, months, fen, minutes, text, digests.

Strict where pydantic is lenient: no number stands for a date, no text for a number, no 1.0 for 1. What does not fit is
said by PydanticCustomError: a ValueError would be kept with its traceback, where no collector sees it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from xiyuan_ledger.canonical import INTEGER_MAX, NotCanonicalError, check_plain, normal

CODE_PATTERN = r"^[\w.\-]{1,64}$"
TEXT_LENGTH_MAX = 2_000
LIST_LENGTH_MAX = 5_000


def _only_iso_text(value: Any) -> Any:
    """A date may come as a date or as `YYYY-MM-DD`; pydantic alone would take a timestamp as well."""
    if type(value) is date or (isinstance(value, str) and len(value) == 10 and value[4] == "-"):
        return value
    raise PydanticCustomError("day_form", "a date is written YYYY-MM-DD")


def _only_local_text(value: Any) -> Any:
    """A time may come as a naive datetime or as ISO text without offset, to the second."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and len(value) >= 16 and value[4] == "-" and value[10] == "T":
        return value
    raise PydanticCustomError("time_form", "a time is written YYYY-MM-DDTHH:MM, in Asia/Shanghai")


def _local_to_the_second(value: datetime) -> datetime:
    if value.tzinfo is not None:
        raise PydanticCustomError("time_offset", "a time carries no offset: it is local, in Asia/Shanghai")
    if value.microsecond:
        raise PydanticCustomError("time_seconds", "a time is given to the second")
    return value


def _instant_in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise PydanticCustomError("instant_offset", "an instant needs its offset, such as Z or +08:00")
    return value.astimezone(UTC)


def _nul_free(value: str) -> str:
    if "\0" in value:
        raise PydanticCustomError("nul_character", "text carries a NUL character")
    return normal(value)


def _plain(value: Any) -> Any:
    """Free-form JSON; what it cannot carry is said without keeping the exception, and with it the whole stack."""
    try:
        return check_plain(value)
    except NotCanonicalError as error:
        found = str(error)
    raise PydanticCustomError("not_canonical", "{found}", {"found": found})


Code = Annotated[str, StringConstraints(strict=True, pattern=CODE_PATTERN), AfterValidator(normal)]
Text = Annotated[
    str, StringConstraints(strict=True, min_length=1, max_length=TEXT_LENGTH_MAX), AfterValidator(_nul_free)
]
Digest = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{64}$")]
EventId = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]
Month = Annotated[str, StringConstraints(strict=True, pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Day = Annotated[date, BeforeValidator(_only_iso_text)]
LocalTime = Annotated[datetime, BeforeValidator(_only_local_text), AfterValidator(_local_to_the_second)]
Instant = Annotated[datetime, AfterValidator(_instant_in_utc)]
Whole = Annotated[int, Field(strict=True, ge=-INTEGER_MAX, le=INTEGER_MAX)]
Fen = Annotated[int, Field(strict=True, gt=0, le=INTEGER_MAX)]
FenOrNone = Annotated[int, Field(strict=True, ge=0, le=INTEGER_MAX)]
Minutes = Annotated[int, Field(strict=True, ge=1, le=1440)]
Count = Annotated[int, Field(strict=True, ge=0, le=INTEGER_MAX)]
Positive = Annotated[int, Field(strict=True, ge=1, le=INTEGER_MAX)]
Year = Annotated[int, Field(strict=True, ge=1900, le=2999)]
Flag = Annotated[bool, Field(strict=True)]
People = Annotated[tuple[Code, ...], Field(max_length=LIST_LENGTH_MAX)]
Codes = Annotated[tuple[Code, ...], Field(min_length=1, max_length=50)]
Parameters = Annotated[dict[str, Any], AfterValidator(_plain)]

Level = Literal["junior", "intermediate", "senior"]
Channel = Literal["government", "member", "social"]
Grade = Literal["excellent", "good", "pass", "fail"]
Category = Literal[
    "staff",
    "training",
    "activity",
    "venue",
    "equipment",
    "subsidy",
    "reimbursement",
    "purchase",
    "admin",
    "tax",
    "other",
]
