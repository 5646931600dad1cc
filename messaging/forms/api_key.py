"""The form for a new API key."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy, pgettext_lazy

from messaging.models import DidNumber, is_administrator
from messaging.models.api_key import LONGEST_KEY_NAME
from messaging.services.access.api_keys import NewKey
from messaging.services.access.scopes import MEANING, OF_ADMINISTRATORS, Scope

if TYPE_CHECKING:
    from datetime import datetime

#: How long a key lasts; "" for ever.
_DAYS: Final = (30, 90, 365)
USUAL_DAYS: Final = 90


class NewKeyForm(forms.Form):
    """What a key is for, where, and for how long."""

    name = forms.CharField(
        label=pgettext_lazy("API key", "Name"),
        max_length=LONGEST_KEY_NAME,
        help_text=gettext_lazy("The program that will use it."),
    )
    owner = forms.ModelChoiceField(
        label=gettext_lazy("Owner"), queryset=User.objects.none(), required=False, empty_label=None
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one scope.")},
    )
    numbers = forms.MultipleChoiceField(
        label=gettext_lazy("Only on these numbers"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None selected: every number of its owner, now and later."),
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Expires after"), coerce=int, empty_value=None, required=False
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        """Offer what the user may give.

        Args:
            data: what was posted, if anything was.
            user: who creates the key.
        """
        super().__init__(data, initial={"days": USUAL_DAYS, "owner": user.pk})
        fields: dict[str, Any] = self.fields
        is_boss = is_administrator(user)
        offered = [scope for scope in Scope if is_boss or scope not in OF_ADMINISTRATORS]
        fields["scopes"].choices = [(scope.value, MEANING[scope]) for scope in offered]
        numbers = DidNumber.objects.visible_to(user)
        fields["numbers"].choices = [(number.number, str(number)) for number in numbers]
        fields["days"].choices = [
            *(
                (days, ngettext_lazy("%(count)d day", "%(count)d days", days) % {"count": days})
                for days in _DAYS
            ),
            ("", _("Never")),
        ]
        owners = User.objects.filter(pk=user.pk)
        if is_boss:
            services = User.objects.filter(staff_access__is_service_account=True, is_active=True)
            owners |= services if user.is_superuser else services.exclude(is_superuser=True)
        fields["owner"].queryset = owners.distinct().order_by("username")
        for name in ("name", "owner", "days"):
            fields[name].widget.attrs["class"] = "input"
        self._user = user

    def wanted(self, *, at: datetime) -> NewKey:
        """Return the key that is asked for; the form is valid."""
        given = self.cleaned_data
        return NewKey(
            name=given["name"],
            scopes=given["scopes"],
            numbers=given["numbers"],
            expires_at=at + timedelta(days=given["days"]) if given["days"] else None,
        )

    def owner_of_key(self) -> User:
        """Return whose it is to be; the form is valid."""
        owner: User | None = self.cleaned_data["owner"]
        return owner or self._user
