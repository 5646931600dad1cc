"""The form of a contact."""

from __future__ import annotations

from django import forms

from messaging.models import Contact


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]
    """What staff know of a contact."""

    class Meta:
        model = Contact
        fields = ("name", "email", "language", "memo")
