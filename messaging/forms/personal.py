"""The forms of the personal settings, and of asking for a link."""

from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from messaging.models import StaffSettings

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

EMAIL_CHOICES = [
    ("", _("Never")),
    (5, _("5 minutes")),
    (15, _("15 minutes")),
    (30, _("30 minutes")),
    (60, _("1 hour")),
    (240, _("4 hours")),
]


def zone_choices() -> list[tuple[str, str | _StrPromise]]:
    """Return the time zones of the world by region, the browser's own first."""
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name or name == "UTC")
    kept = [
        name
        for name in names
        if not name.startswith(("Etc/", "SystemV/", "US/", "posix/", "right/"))
    ]
    return [("", _("Same as browser")), *((name, name.replace("_", " ")) for name in kept)]


class PersonalSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """What somebody may choose for themselves."""

    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    email_after_minutes = forms.TypedChoiceField(
        label=_("Email me about unanswered messages after"),
        help_text=_("Includes mentions and assignments I haven’t seen by then."),
        choices=EMAIL_CHOICES,
        coerce=int,
        empty_value=None,
        required=False,
    )

    class Meta:
        model = StaffSettings
        fields = (
            "send_key",
            "theme",
            "language",
            "time_zone",
            "date_order",
            "clock",
            "has_shortcuts",
            "has_notifications",
            "email_after_minutes",
        )
        labels = {
            "send_key": pgettext_lazy("section", "Sending"),
            "theme": _("Theme"),
            "date_order": _("Date format"),
            "clock": _("Time format"),
            "has_shortcuts": _("Single-key shortcuts"),
            "has_notifications": _("Browser notifications"),
        }
        help_texts = {
            "has_shortcuts": _("j and k move, r replies, e closes; ? shows all of them."),
            "has_notifications": _(
                "For new messages in your conversations, and in unassigned ones on your numbers."
            ),
        }
        widgets = {"send_key": forms.RadioSelect, "theme": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            ("", _("Same as browser")),
            *settings.LANGUAGES,
        ]
        self.fields["time_zone"].choices = zone_choices()  # type: ignore[attr-defined]
        for name in ("language", "time_zone", "date_order", "clock", "email_after_minutes"):
            self.fields[name].widget.attrs["class"] = "input"


class LinkRequestForm(forms.Form):
    """The email address to which a link to choose a password goes."""

    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
