"""个人信息: what is known of a person by name. It is sealed on its way in: a fact holds commitments in its place."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from xiyuan_ledger.aggregates.fact import Part
from xiyuan_ledger.codes import Digest, Text

COMMITMENTS = "commitments"
"""The field in which a fact holds what stands in the place of personal data; nobody enters it."""
ERASED = "personal-erased"
"""The tag under which the streams of erased persons are found."""
Commitments = Annotated[tuple[Digest, ...], Field(min_length=1, max_length=50)]


class Personal(Part):
    """个人信息: sealed under the subject's own key; never part of a stored fact."""

    name: Text | None = None
    id_number: Text | None = None
    phone: Text | None = None
    address: Text | None = None
    guardian: Text | None = None

    def given(self) -> dict[str, str]:
        """The fields that were filled, by name."""
        return {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}

    def __repr__(self) -> str:
        """Which fields were given, and never what: it must not come into a log by way of a traceback."""
        return f"Personal({', '.join(self.given())})"

    __str__ = __repr__
