"""Labels and saved replies of the team."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy

from messaging.models import CannedReply, Label
from messaging.services.canned import VARIABLES, in_braces, unknown_in
from messaging.sms_text import is_blank

from .base import AdministratorAdmin

if TYPE_CHECKING:
    CannedReplyModelForm = forms.ModelForm[CannedReply]
else:
    CannedReplyModelForm = forms.ModelForm


@admin.register(Label)
class LabelAdmin(AdministratorAdmin[Label]):
    """Words on conversations."""

    list_display = ("name", "colour")
    search_fields = ("name",)
    history = ("conversations",)
    how_to_retire = gettext_lazy(
        "This label stands on conversations. Take it off them in the inbox before you delete it."
    )


class CannedReplyForm(CannedReplyModelForm):
    """Refuses a misspelt variable before somebody wants to send it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what can stand in the text."""
        super().__init__(*args, **kwargs)
        if "content" in self.fields:
            self.fields["content"].help_text = gettext(
                "Variables: %(known)s. {contact_name|there} becomes “there” when the name is"
                " missing. For a plain brace, type {{."
            ) % {"known": in_braces(VARIABLES)}

    def clean_content(self) -> str:
        """Return the text, if every name in it can be filled."""
        content: str = self.cleaned_data["content"]
        if is_blank(content):
            raise ValidationError(gettext("Nothing of this text can be seen."))
        if unknown := unknown_in(content):
            raise ValidationError(
                gettext(
                    "%(unknown)s cannot be filled. What can be filled: %(known)s. For a plain"
                    " brace, type {{."
                ),
                params={"unknown": in_braces(unknown), "known": in_braces(VARIABLES)},
            )
        return content


@admin.register(CannedReply)
class CannedReplyAdmin(AdministratorAdmin[CannedReply]):
    """Texts to write again and again."""

    form = CannedReplyForm
    list_display = ("shortcut", "beginning", "did_number")
    list_select_related = ("did_number",)
    list_filter = ("did_number",)
    search_fields = ("shortcut", "content")

    @admin.display(description=gettext_lazy("text"))
    def beginning(self, reply: CannedReply) -> str:
        """Return the beginning of the text."""
        return Truncator(reply.content).chars(80)
