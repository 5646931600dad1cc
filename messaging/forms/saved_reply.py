"""What staff type when they save a reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import CannedReply, DidNumber
from messaging.policy import Action
from messaging.services.content.variables import in_braces, unknown_in, variable_names
from messaging.services.conversations.saved_replies import is_taken, taken
from messaging.sms_text import is_blank

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    ReplyModelForm = forms.ModelForm[CannedReply]
else:
    ReplyModelForm = forms.ModelForm


def check_variables(content: str) -> str:
    """Return a text that can be seen and whose variables can all be filled.

    Raises:
        ValidationError: it names one that does not exist, or nothing of it can be seen.
    """
    if is_blank(content):
        raise ValidationError(_("This text has no visible characters."))
    if unknown := unknown_in(content):
        raise ValidationError(
            _("%(unknown)s isn’t a variable. Use one of: %(known)s. For a plain brace, type {{."),
            params={"unknown": in_braces(unknown), "known": in_braces(variable_names())},
        )
    return content


class SavedReplyForm(ReplyModelForm):
    """A reply's shortcut, text and number; a new one, or one's own, can be private."""

    is_private = forms.BooleanField(label=gettext_lazy("Only for me"), required=False)

    class Meta:
        model = CannedReply
        fields = ("shortcut", "content", "did_number")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        """Offer the numbers that the user may see."""
        super().__init__(*args, **kwargs)
        self.user = user
        number: forms.ModelChoiceField[DidNumber] = self.fields["did_number"]  # type: ignore[assignment]
        number.queryset = DidNumber.objects.allowing(user, Action.CREATE_SHARED)
        number.empty_label = _("All numbers")
        number.widget.attrs["class"] = "input"
        self.initial["is_private"] = self.instance.owner_id is not None
        if self.instance.pk and self.instance.owner_id is None:
            del self.fields["is_private"]  # it would be gone for everybody else

    def clean_content(self) -> str:
        """Return the text, if every name in it can be filled."""
        return check_variables(self.cleaned_data["content"])

    def clean(self) -> dict[str, Any]:
        """Refuse a shortcut that exists."""
        data = super().clean() or self.cleaned_data
        owner = self.user if data.get("is_private") else None
        self.instance.owner = owner
        shortcut = data.get("shortcut")
        if shortcut and is_taken(shortcut=shortcut, owner=owner, but=self.instance.pk):
            self.add_error("shortcut", taken(shortcut))
        return data
