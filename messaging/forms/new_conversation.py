"""The form of a new conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from messaging.models import DidNumber
from messaging.policy import Action
from messaging.services.times.parser import LONGEST_TYPED

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


class NewConversationForm(forms.Form):
    """Own number, recipient, text."""

    sender = forms.ModelChoiceField(
        label=_("From"), queryset=DidNumber.objects.none(), empty_label=None
    )
    phone = forms.CharField(label=_("To"), max_length=64)
    content = forms.CharField(label=_("Message"), strip=False)
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    schedule = forms.BooleanField(required=False)
    when = forms.CharField(label=_("Send at"), max_length=LONGEST_TYPED, required=False)
    cancel_if_they_write = forms.BooleanField(required=False)
    client_id = forms.CharField(max_length=100, required=False)
    last_seen_id = forms.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
    dials = forms.CharField(max_length=20, required=False)
    is_sure = forms.BooleanField(label=_("The number is right"), required=False)

    def __init__(self, *args: Any, user: AbstractBaseUser | AnonymousUser, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["sender"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  (for the type checker)
        field.queryset = DidNumber.objects.allowing(user, Action.REPLY).active()
