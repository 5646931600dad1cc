"""Labels and saved replies of the team."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy

from messaging.forms.saved_reply import check_variables
from messaging.models import CannedReply, Label
from messaging.services.content.variables import in_braces, variable_names
from messaging.services.conversations.saved_replies import is_taken, taken

from .base import AdministratorAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    CannedReplyModelForm = forms.ModelForm[CannedReply]
else:
    CannedReplyModelForm = forms.ModelForm


@admin.register(Label)
class LabelAdmin(AdministratorAdmin[Label]):
    """Words on conversations."""

    list_display = ("name", "color")
    search_fields = ("name",)
    history = ("conversations",)
    how_to_retire = gettext_lazy(
        "This label is in use. Remove it from its conversations before deleting it."
    )


class CannedReplyForm(CannedReplyModelForm):
    """Refuses a misspelled variable before somebody wants to send it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what the text can hold."""
        super().__init__(*args, **kwargs)
        if "content" in self.fields:
            self.fields["content"].help_text = gettext(
                "Variables: %(known)s. {contact_name|there} becomes “there” when the name is"
                " missing. For a plain brace, type {{."
            ) % {"known": in_braces(variable_names())}

    def clean_content(self) -> str:
        """Return the text, if every name in it can be filled."""
        return check_variables(self.cleaned_data["content"])

    def clean_shortcut(self) -> str:
        """Return the shortcut, if no other reply has it."""
        shortcut: str = self.cleaned_data["shortcut"]
        if is_taken(shortcut=shortcut, owner=self.instance.owner, but=self.instance.pk):
            raise ValidationError(taken(shortcut))
        return shortcut


@admin.register(CannedReply)
class CannedReplyAdmin(AdministratorAdmin[CannedReply]):
    """Texts to write again and again."""

    form = CannedReplyForm
    list_display = ("shortcut", "beginning", "did_number")
    list_select_related = ("did_number",)
    list_filter = ("did_number",)
    search_fields = ("shortcut", "content")
    fields = ("shortcut", "content", "did_number")

    def get_queryset(self, request: HttpRequest) -> QuerySet[CannedReply]:
        """Leave out what others keep private."""
        return (
            super()
            .get_queryset(request)
            .filter(Q(owner__isnull=True) | Q(owner_id=request.user.pk))
        )

    @admin.display(description=gettext_lazy("message text"))
    def beginning(self, reply: CannedReply) -> str:
        """Return the beginning of the text."""
        return Truncator(reply.content).chars(80)
