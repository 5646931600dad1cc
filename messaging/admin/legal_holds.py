"""All legal holds, to read; they are placed on the page of a contact or a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import LegalHold

from .base import ReadOnlyAdmin, pill

if TYPE_CHECKING:
    from django.utils.safestring import SafeString


@admin.register(LegalHold)
class LegalHoldAdmin(ReadOnlyAdmin[LegalHold]):
    """What may not be deleted, and since when."""

    list_display = ("what", "state", "reason", "placed_at", "placed_by", "lifted_at", "lifted_by")
    list_select_related = ("contact", "did_number", "placed_by", "lifted_by")
    list_filter = (("lifted_at", admin.EmptyFieldListFilter),)
    fields = ("what", "reason", "placed_at", "placed_by", "lifted_at", "lifted_by")

    @admin.display(description=gettext_lazy("on"))
    def what(self, hold: LegalHold) -> str:
        """Return whom or what it protects."""
        return str(hold.contact or hold.did_number)

    @admin.display(description=gettext_lazy("state"))
    def state(self, hold: LegalHold) -> SafeString:
        """Say whether it is in force."""
        return pill(_("Active"), "warn") if hold.lifted_at is None else pill(_("Ended"))
