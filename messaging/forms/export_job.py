"""What somebody wants to export, and how it is written."""

from __future__ import annotations

from typing import Final

from django import forms
from django.utils.translation import gettext_lazy

from messaging.models import ExportJob
from messaging.services.exports.tables import TABLES

NAMES: Final = {
    "conversations": gettext_lazy("Conversations"),
    "contacts": gettext_lazy("Contacts"),
    "messages": gettext_lazy("Messages"),
    "notes": gettext_lazy("Internal notes"),
    "opt_outs": gettext_lazy("Opt-outs"),
}


class ExportForm(forms.Form):
    """The tables and the format of an export."""

    tables = forms.MultipleChoiceField(
        label=gettext_lazy("What to export"),
        choices=[(name, NAMES[name]) for name in TABLES],
        initial=list(TABLES),
        widget=forms.CheckboxSelectMultiple,
    )
    format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=ExportJob.Format.choices,
        initial=ExportJob.Format.CSV,
        widget=forms.RadioSelect,
    )
