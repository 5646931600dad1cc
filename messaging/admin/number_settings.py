"""Business hours, closures and budgets of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import Budget, BusinessHours, Closure
from messaging.services.reports.budgets import keep_budgets
from messaging.services.reports.business_hours import format_spans, has_holidays, parse_spans
from messaging.services.reports.catch_up import catch_up
from messaging.services.reports.question import is_zone

from .base import AdministratorAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest

    BusinessHoursModelForm = forms.ModelForm[BusinessHours]
else:
    BusinessHoursModelForm = forms.ModelForm

DAYS: Final = tuple(f"day_{number}" for number in range(7))


def _hours_field(day: int) -> forms.CharField:
    example = gettext_lazy("For example 09:00-12:30, 13:30-18:00. Empty: closed.")
    return forms.CharField(
        label=WEEKDAYS[day], required=False, max_length=100, help_text="" if day else example
    )


class BusinessHoursForm(BusinessHoursModelForm):
    """Hours as people write them, a line for each day."""

    class Meta:
        model = BusinessHours
        fields = ("did_number", "zone", "holidays_of")

    day_0 = _hours_field(0)
    day_1 = _hours_field(1)
    day_2 = _hours_field(2)
    day_3 = _hours_field(3)
    day_4 = _hours_field(4)
    day_5 = _hours_field(5)
    day_6 = _hours_field(6)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the hours of each day as they are."""
        super().__init__(*args, **kwargs)
        self.fields["zone"].initial = settings.TIME_ZONE
        for number, name in enumerate(DAYS):
            self.fields[name].initial = format_spans(self.instance.week[number])

    def clean_zone(self) -> str:
        """Return the zone, if there is one of this name."""
        zone: str = self.cleaned_data["zone"]
        if not is_zone(zone):
            raise ValidationError(_("Unknown time zone."))
        return zone

    def clean_holidays_of(self) -> str:
        """Return the country's code, if its holidays are known."""
        code: str = self.cleaned_data["holidays_of"].strip().upper()
        if code and not has_holidays(code):
            raise ValidationError(_("The public holidays of this country or region aren’t known."))
        return code

    def clean(self) -> dict[str, Any]:
        """Read the hours of each day."""
        data = super().clean() or self.cleaned_data
        week = []
        for name in DAYS:
            try:
                week.append([list(span) for span in parse_spans(data.get(name) or "")])
            except ValueError:
                self.add_error(name, _("Enter hours as 09:00-12:30, 13:30-18:00."))
        if len(week) == len(DAYS):
            self.instance.week = week
        return data


class _CountsBefore:
    """Counts what was answered until now with the hours that held until now."""

    def save_model(self, *args: Any, **kwargs: Any) -> None:
        """Count, then save."""
        catch_up()
        super().save_model(*args, **kwargs)  # type: ignore[misc]

    def delete_model(self, *args: Any, **kwargs: Any) -> None:
        """Count, then delete."""
        catch_up()
        super().delete_model(*args, **kwargs)  # type: ignore[misc]

    def delete_queryset(self, *args: Any, **kwargs: Any) -> None:
        """Count, then delete."""
        catch_up()
        super().delete_queryset(*args, **kwargs)  # type: ignore[misc]


@admin.register(BusinessHours)
class BusinessHoursAdmin(_CountsBefore, AdministratorAdmin[BusinessHours]):
    """When each number is answered."""

    form = BusinessHoursForm
    list_display = ("did_number", "zone", "holidays_of")
    list_select_related = ("did_number",)

    def get_fieldsets(
        self, request: HttpRequest, obj: BusinessHours | None = None
    ) -> list[tuple[Any, Any]]:
        """Put the days beside each other; only times within them count as waiting."""
        note = gettext_lazy(
            "Response times count only these hours. What was answered before stays as it was"
            " recorded."
        )
        return [
            (None, {"fields": ("did_number", "zone")}),
            (gettext_lazy("Hours"), {"fields": DAYS, "description": note}),
            (gettext_lazy("Holidays"), {"fields": ("holidays_of",)}),
        ]


@admin.register(Closure)
class ClosureAdmin(_CountsBefore, AdministratorAdmin[Closure]):
    """Days on which nobody answers."""

    list_display = ("first", "last", "name", "did_number")
    list_select_related = ("did_number",)
    fields = ("did_number", "first", "last", "name")


@admin.register(Budget)
class BudgetAdmin(AdministratorAdmin[Budget]):
    """What a number may cost in a month."""

    list_display = ("did_number", "amount", "stops_sending")
    list_select_related = ("did_number",)
    fields = ("did_number", "amount", "stops_sending")

    def save_model(self, *args: Any, **kwargs: Any) -> None:
        """Save; a higher budget lets the number send at once."""
        super().save_model(*args, **kwargs)
        keep_budgets(at=timezone.now())

    def delete_model(self, *args: Any, **kwargs: Any) -> None:
        """Delete; the number may send again."""
        super().delete_model(*args, **kwargs)
        keep_budgets(at=timezone.now())

    def delete_queryset(self, *args: Any, **kwargs: Any) -> None:
        """Delete several."""
        super().delete_queryset(*args, **kwargs)
        keep_budgets(at=timezone.now())
