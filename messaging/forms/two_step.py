"""The forms of two-step verification."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

#: Longer than any code with the blanks that people put into it.
LONGEST_CODE = 40


class CodeForm(forms.Form):
    """A code of an authenticator app, or a recovery code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=LONGEST_CODE,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )


class AppCodeForm(CodeForm):
    """The code that a new authenticator app shows."""

    code = forms.CharField(
        label=_("Code from the app"),
        max_length=LONGEST_CODE,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )
