"""Money 金额: whole fen (分), CNY only. Yuan exist only where people read."""

from __future__ import annotations


def yuan(fen: int) -> str:
    """An amount for people: `1,234.50`; a minus sign in front when negative."""
    sign, rest = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{rest // 100:,}.{rest % 100:02d}"


def share_centi(part: int, whole: int) -> int | None:
    """`part` of `whole` in hundredths of a percent, rounded half up; no ratio of nothing."""
    if whole == 0:
        return None
    return (part * 20_000 + whole) // (2 * whole)
