"""The form on which somebody shows once more who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .two_step import LONGEST_CODE

if TYPE_CHECKING:
    from collections.abc import Mapping

PASSWORD, CODE = "proof-password", "proof-code"


class ProofForm(forms.Form):
    """The present password, or a code of the authenticator app instead.

    Args:
        data: what was posted.
        has_password: the person has one.
        has_app: codes are taken too.
    """

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        required=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    code = forms.CharField(
        label=_("Code from the app"),
        required=False,
        max_length=LONGEST_CODE,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, has_password: bool, has_app: bool
    ) -> None:
        super().__init__(data, prefix="proof")
        if not has_password:
            del self.fields["password"]
        if not has_app:
            del self.fields["code"]
        elif has_password:
            self.fields["code"].label = _("Or a code from the app")
