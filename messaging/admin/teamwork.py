"""Labels and saved replies of the team."""

from __future__ import annotations

from django.contrib import admin
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy

from messaging.models import CannedReply, Label

from .base import AdministratorAdmin


@admin.register(Label)
class LabelAdmin(AdministratorAdmin[Label]):
    """Words on conversations."""

    list_display = ("name", "colour")
    search_fields = ("name",)
    history = ("conversations",)
    how_to_retire = gettext_lazy(
        "This label stands on conversations. Take it off them in the inbox before you delete it."
    )


@admin.register(CannedReply)
class CannedReplyAdmin(AdministratorAdmin[CannedReply]):
    """Texts to write again and again."""

    list_display = ("shortcut", "beginning", "did_number")
    list_select_related = ("did_number",)
    list_filter = ("did_number",)
    search_fields = ("shortcut", "content")

    @admin.display(description=gettext_lazy("text"))
    def beginning(self, reply: CannedReply) -> str:
        """Return the beginning of the text."""
        return Truncator(reply.content).chars(80)
