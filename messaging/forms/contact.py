"""The form of a contact."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from messaging.models import Contact
from messaging.models.memo import LONGEST_MEMO


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]
    """What staff know of a contact; the memo is the conversation's."""

    memo = forms.CharField(label=_("Contact note"), required=False, max_length=LONGEST_MEMO)

    class Meta:
        model = Contact
        fields = ("name", "email", "language")
