"""Fields of query parameters, read as strictly as the description says."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

#: Ids of rows.
LARGEST_ID: Final = 2**63 - 1
_TRUTH: Final = {
    "true": True, "false": False, "1": True, "0": False, "True": True, "False": False,
}  # fmt: skip


@extend_schema_field({"type": "string", "enum": list(_TRUTH)})
class QueryFlagField(serializers.BooleanField):
    """A truth value in an address; True and False as Python writes them."""

    def to_internal_value(self, data: Any) -> bool:
        """Return it."""
        if data not in _TRUTH:
            raise serializers.ValidationError(_("Use true or false."))
        return _TRUTH[data]


class QueryIdField(serializers.IntegerField):
    """The id of a row in an address, or 0 for the one before all: digits and nothing else."""

    def __init__(self, **kwargs: Any) -> None:
        """Take what a column can hold."""
        super().__init__(min_value=0, max_value=LARGEST_ID, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        """Return it."""
        if not (isinstance(data, str) and data.isascii() and data.isdigit()):
            self.fail("invalid")
        return int(super().to_internal_value(data))
