"""What somebody says about a file to import: what it holds, and what its columns mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import DidNumber, ImportJob
from messaging.phone_numbers import all_regions, home_region
from messaging.services.dialing.regions import country_name
from messaging.services.imports.columns import MEANINGS, PHONE
from messaging.services.imports.decoding import ENCODINGS
from messaging.services.imports.jobs import Reading, may_import, numbers_to_import_to
from messaging.services.imports.table import SEPARATORS

if TYPE_CHECKING:
    from django.contrib.auth.models import User

#: For the choice of no number.
ALL: Final = ""
_SEPARATOR_NAMES: Final = {
    ",": gettext_lazy("Comma"),
    ";": gettext_lazy("Semicolon"),
    "\t": gettext_lazy("Tab"),
    "|": gettext_lazy("Vertical bar"),
}


class UploadForm(forms.Form):
    """A file, and where what it holds goes."""

    kind = forms.ChoiceField(label=gettext_lazy("What does the file hold?"))
    number = forms.ChoiceField(label=gettext_lazy("Our number"), required=False)
    is_private = forms.BooleanField(label=gettext_lazy("Only for me"), required=False)
    file = forms.FileField(label=gettext_lazy("File"), allow_empty_file=True)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        """Offer what the user may import, and to which numbers."""
        super().__init__(*args, **kwargs)
        self._user = user
        kinds = [
            each
            for each in ImportJob.Kind
            if numbers_to_import_to(user, kind=each) or may_import(user, kind=each, did_number=None)
        ]
        self.fields["kind"] = forms.ChoiceField(
            label=self.fields["kind"].label,
            choices=[(each.value, each.label) for each in kinds],
            initial=kinds[0].value if kinds else None,
            widget=forms.RadioSelect,
        )
        self._numbers = DidNumber.objects.visible_to(user).order_by("pk")
        choices = [(ALL, _("All numbers")), *((str(row.pk), str(row)) for row in self._numbers)]
        self.fields["number"] = forms.ChoiceField(
            label=self.fields["number"].label,
            choices=choices,
            required=False,
            initial=choices[1][0] if len(choices) > 1 else ALL,
            widget=forms.Select(attrs={"class": "input"}),
        )

    def clean(self) -> dict[str, Any]:
        """Refuse a number to which this person may not import such a file."""
        data = super().clean() or self.cleaned_data
        kind, key = data.get("kind"), data.get("number")
        number = next((row for row in self._numbers if str(row.pk) == key), None)
        data["did_number"] = number
        if kind == ImportJob.Kind.CONTACTS and number is None and not self.errors:
            self.add_error("number", _("Contacts belong to one number. Choose it."))
        elif kind and not may_import(self._user, kind=kind, did_number=number):
            self.add_error("number", _("Your role on this number doesn’t allow this."))
        return data


class ColumnsForm(forms.Form):
    """What each column of a file means, and how the file is read."""

    has_header = forms.BooleanField(
        label=gettext_lazy("The first row holds the names of the columns"), required=False
    )
    encoding = forms.ChoiceField(
        label=gettext_lazy("Encoding"),
        choices=list(ENCODINGS.items()),
        widget=forms.Select(attrs={"class": "input"}),
    )
    separator = forms.ChoiceField(
        label=gettext_lazy("Separator"),
        choices=[(each, _SEPARATOR_NAMES[each]) for each in SEPARATORS],
        required=False,
        widget=forms.Select(attrs={"class": "input"}),
    )
    region = forms.ChoiceField(
        label=gettext_lazy("Numbers without a country code are from"),
        required=False,
        widget=forms.Select(attrs={"class": "input"}),
    )
    fills_only = forms.BooleanField(
        label=gettext_lazy("Keep what contacts have; fill in only what is empty"), required=False
    )

    def __init__(self, *args: Any, job: ImportJob, **kwargs: Any) -> None:
        """Show how the file was read."""
        super().__init__(*args, **kwargs)
        self._job = job
        self.initial = {
            **self.initial,
            "has_header": job.has_header,
            "encoding": job.encoding,
            "separator": job.separator,
            "region": job.region,
            "fills_only": job.fills_only,
        }
        choices = [(word, str(label)) for word, label in MEANINGS[job.kind].items()]
        for index, meaning in enumerate(job.columns):
            self.fields[f"column_{index}"] = forms.ChoiceField(
                choices=choices,
                initial=meaning,
                required=False,
                widget=forms.Select(attrs={"class": "input", "aria-label": self._called(index)}),
            )
        if not job.separator:
            del self.fields["separator"], self.fields["has_header"], self.fields["encoding"]
        if PHONE in MEANINGS[job.kind]:
            region: forms.ChoiceField = self.fields["region"]  # type: ignore[assignment]
            region.choices = _regions(job)
        else:
            del self.fields["region"]
        if job.kind != ImportJob.Kind.CONTACTS:
            del self.fields["fills_only"]

    def _called(self, index: int) -> str:
        return self._job.header[index] or _("Column %(number)d") % {"number": index + 1}

    def columns(self, rows: list[list[str]]) -> list[dict[str, Any]]:
        """Return each column with its name, its first cells and its choice."""
        return [
            {
                "name": self._called(index),
                "cells": [row[index] for row in rows if row[index]][:3],
                "field": self[f"column_{index}"],
            }
            for index in range(len(self._job.columns))
        ]

    def reading(self) -> Reading:
        """Return what was said; the form is valid."""
        data = self.cleaned_data
        return Reading(
            columns=[data[f"column_{index}"] for index in range(len(self._job.columns))],
            has_header=data.get("has_header", self._job.has_header),
            encoding=data.get("encoding", ""),
            separator=data.get("separator", ""),
            region=data.get("region", ""),
            fills_only=data.get("fills_only", False),
        )


def _regions(job: ImportJob) -> list[tuple[str, str]]:
    """Return countries by name, that of our number first; none is chosen for anybody."""
    own = home_region(job.did_number.number) if job.did_number is not None else ""
    named = sorted((country_name(code), code) for code in all_regions() if code != own)
    first = [(own, country_name(own))] if own else []
    nobody = ("", _("No country: such numbers are left out if unclear"))
    return [nobody, *first, *((code, name) for name, code in named if name)]
