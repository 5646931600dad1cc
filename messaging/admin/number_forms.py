"""The forms of a DID number: what it is and does, and its test message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy

from messaging.models import DidNumber, Membership
from messaging.number_readings import number_to_dial
from messaging.services.content.keywords import own_keywords
from messaging.services.content.text import kept_signature
from messaging.services.dialing.number_errors import NamedNumber, explain
from messaging.services.errors import InvalidInput
from messaging.sms_text import is_blank
from messaging.typed_numbers import InvalidPhoneNumber

from .role_fields import RolesField

if TYPE_CHECKING:
    DidNumberModelForm = forms.ModelForm[DidNumber]
else:
    DidNumberModelForm = forms.ModelForm


#: What people put between keywords.
_BETWEEN_KEYWORDS: Final = re.compile(r"[\n,，、;；]")


class KeywordsField(forms.CharField):
    """Keywords, one per line."""

    def __init__(self, **kwargs: Any) -> None:
        """Offer a few lines."""
        super().__init__(
            required=False,
            widget=forms.Textarea(attrs={"rows": 3, "dir": "auto", "spellcheck": "false"}),
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        """Write kept keywords as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """Return the keywords as they are kept."""
        try:
            return own_keywords(_BETWEEN_KEYWORDS.split(super().clean(value)))
        except InvalidInput as error:
            raise forms.ValidationError(error.user_message) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare lines."""
        return super().has_changed(self.prepare_value(initial), data)


class DidNumberForm(DidNumberModelForm):
    """Reads the number in any spelling; members are people to tick, each with a role."""

    members = RolesField(
        label=gettext_lazy("Members"),
        queryset=User.objects.all(),
        required=False,
        help_text=gettext_lazy(
            "Colleagues on this number. Viewers only read; administrators see every number anyway."
        ),
    )

    number = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=64,
        help_text=gettext_lazy("With the country code, for example +86 150 8888 8888."),
    )

    opt_out_keywords = KeywordsField(
        label=gettext_lazy("Opt-out keywords"),
        help_text=gettext_lazy(
            "A message that is exactly one of these opts out, in addition to STOP and the like."
            " One per line."
        ),
    )

    class Meta:
        model = DidNumber
        fields = (
            "number",
            "label",
            "is_active",
            "max_per_second",
            "signature",
            "help_reply",
            "opt_out_keywords",
        )
        widgets = {"signature": forms.Textarea(attrs={"rows": 2, "dir": "auto"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the people who can sign in."""
        super().__init__(*args, **kwargs)
        if "members" in self.fields:
            people = User.objects.filter(is_active=True).order_by("username")
            if self.instance.pk:
                people = (people | User.objects.filter(did_numbers=self.instance)).distinct()
            field: Any = self.fields["members"]
            field.queryset = people
            if self.instance.pk:
                rows = Membership.objects.filter(didnumber=self.instance)
                field.show(dict(rows.values_list("user_id", "role")))
                self.initial["members"] = field.initial

    def roles(self) -> dict[int, str]:
        """Return the role of each member by the person's key; the form is valid."""
        field: Any = self.fields["members"]
        return field.roles_of(self.cleaned_data["members"])  # type: ignore[no-any-return]

    def clean_help_reply(self) -> str:
        """Return the text; one that nobody can see is none, so the default is sent."""
        text: str = self.cleaned_data["help_reply"]
        return "" if is_blank(text) else text

    def clean_signature(self) -> str:
        """Return the signature as it is kept."""
        return kept_signature(self.cleaned_data["signature"])

    def clean_number(self) -> str:
        """Return the digits."""
        try:
            return number_to_dial(self.cleaned_data["number"])
        except InvalidPhoneNumber as error:
            raise forms.ValidationError(explain(error)) from error


class TestMessageForm(forms.Form):
    """Where the test message goes and what it says.

    Attributes:
        readings: the numbers that may be meant where the recipient is not clear.
    """

    readings: tuple[NamedNumber, ...] = ()

    phone = forms.CharField(
        label=gettext_lazy("Recipient"),
        max_length=64,
        help_text=gettext_lazy("A phone you have with you, with country code."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    content = forms.CharField(
        label=gettext_lazy("Message text"), widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )
