"""The form of a contact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from messaging.models import Contact, DidNumber
from messaging.models.memo import LONGEST_MEMO
from messaging.policy import Action

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]
    """What staff know of a contact; the memo is the conversation's."""

    memo = forms.CharField(label=_("Contact note"), required=False, max_length=LONGEST_MEMO)

    class Meta:
        model = Contact
        fields = ("name", "email", "language")


class NewContactForm(ContactForm):
    """A contact to add, and to which number of ours."""

    number = forms.ModelChoiceField(
        label=_("Our number"), queryset=DidNumber.objects.none(), empty_label=None
    )
    phone = forms.CharField(label=_("Phone number"), max_length=64)

    def __init__(self, *args: Any, user: AbstractBaseUser | AnonymousUser, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["memo"]
        field = self.fields["number"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  (for the type checker)
        field.queryset = DidNumber.objects.allowing(user, Action.EDIT_CONTACTS).order_by("pk")
