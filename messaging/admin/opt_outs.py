"""Opt-outs: who asked us to stop, with the proof; ended with a reason, never deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from messaging.models import OptOut
from messaging.services.contacts.opt_outs import end_opt_out

from .base import NumberSearchAdmin, nothing, pill

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    OptOutModelForm = forms.ModelForm[OptOut]
else:
    OptOutModelForm = forms.ModelForm


class EndOptOutForm(OptOutModelForm):
    """Ending an opt-out takes a reason."""

    class Meta:
        model = OptOut
        fields = ("end_reason",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for the reason."""
        super().__init__(*args, **kwargs)
        if "end_reason" in self.fields:
            self.fields["end_reason"].required = True
            self.fields["end_reason"].help_text = _("Saving opts this contact back in.")


class StateFilter(admin.SimpleListFilter):
    """In force or over."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both."""
        return [("in-force", pgettext("period", "Active")), ("over", _("Ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OptOut]) -> QuerySet[OptOut]:
        """Keep what was chosen."""
        if self.value() not in {"in-force", "over"}:
            return queryset
        return queryset.filter(ended_at__isnull=self.value() == "in-force")


@admin.register(OptOut)
class OptOutAdmin(NumberSearchAdmin[OptOut]):
    """Those in force and those that ended."""

    form = EndOptOutForm
    list_display = ("contact", "scope", "state", "created_at", "ended_at", "why")
    list_select_related = ("contact", "did_number")
    list_filter = (StateFilter, "did_number")
    search_fields = ("contact__name", "contact__phone_key")
    fields = (
        "contact",
        "scope",
        "state",
        "created_at",
        "created_by",
        "proof",
        "ended_at",
        "ended_by",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[OptOut]:
        """Read with each the numbers that it does not cover."""
        return super().get_queryset(request).prefetch_related("allowed_numbers")

    def get_readonly_fields(
        self, request: HttpRequest, obj: OptOut | None = None
    ) -> tuple[str, ...]:
        """Leave only the reason to be written, while it is in force."""
        return tuple(name for name in self.get_fields(request, obj) if name != "end_reason")

    def get_fields(self, request: HttpRequest, obj: OptOut | None = None) -> tuple[str, ...]:
        """Ask for the reason while it is in force, show it afterwards."""
        in_force = obj is not None and obj.ended_at is None
        return (*self.fields, "end_reason" if in_force else "why")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Opt-outs are recorded in the inbox, or by the contact."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: OptOut | None = None) -> bool:
        """Only one in force can be ended."""
        in_force = obj is None or obj.ended_at is None
        return in_force and super().has_change_permission(request, obj)

    def has_history(self, obj: OptOut) -> bool:
        """An opt-out is a proof; it stays."""
        return True

    def save_model(self, request: HttpRequest, obj: OptOut, form: Any, change: bool) -> None:
        """End it, with its event in every conversation that it covers."""
        end_opt_out(
            opt_out=obj,
            reason=form.cleaned_data["end_reason"],
            at=timezone.now(),
            by=request.user,  # type: ignore[arg-type]
        )

    @admin.display(description=gettext_lazy("why it ended"))
    def why(self, opt_out: OptOut) -> str:
        """Say why it ended."""
        return opt_out.why_it_ended or nothing()

    @admin.display(description=gettext_lazy("number"))
    def scope(self, opt_out: OptOut) -> str:
        """Say which of our numbers it covers."""
        if opt_out.did_number:
            return str(opt_out.did_number)
        allowed = ", ".join(str(number) for number in opt_out.allowed_numbers.all())
        if allowed:
            return _("All numbers except %(numbers)s") % {"numbers": allowed}
        return _("All numbers")

    @admin.display(description=gettext_lazy("state"))
    def state(self, opt_out: OptOut) -> str:
        """Say whether it is in force."""
        return pill(_("Ended")) if opt_out.ended_at else pill(pgettext("period", "Active"), "warn")

    @admin.display(description=gettext_lazy("message that asked"))
    def proof(self, opt_out: OptOut) -> str:
        """Link to the message that asked for it."""
        if opt_out.message is None:
            return nothing()
        address = reverse("admin:messaging_message_change", args=[opt_out.message.pk])
        return format_html('<a href="{}" dir="auto">{}</a>', address, opt_out.message.content[:80])
