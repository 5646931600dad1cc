"""Raw pushes: what came, what became of it and why; a second try after a fix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from messaging.models import Push
from messaging.push_labels import flag_label, reason_label
from messaging.services.receiving.replay import replay_pushes

from .base import NumberSearchAdmin, ReadOnlyAdmin, nothing, pill, when

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

TONES: Final = {"applied": "good", "quarantined": "bad", "orphan": "warn"}


class ReasonFilter(admin.AllValuesFieldListFilter):
    """Offers the reasons in words."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Return what can be chosen."""
        for choice in super().choices(changelist):
            yield {**choice, "display": reason_label(str(choice["display"])) or choice["display"]}


@admin.register(Push)
class PushAdmin(NumberSearchAdmin[Push], ReadOnlyAdmin[Push]):
    """Every authentic call to our webhook."""

    change_form_template = "admin/messaging/push/change_form.html"
    actions = ("replay_selected",)
    list_display = (
        "came",
        "kind",
        "result",
        "why_in_short",
        "ours",
        "other_side",
    )
    list_select_related = ("did_number",)
    list_filter = ("outcome", ("reason", ReasonFilter), "kind", "is_signed", "did_number")
    linked_by = ("message",)
    search_fields = ("provider_message_id", "phone_key")
    search_help_text = gettext_lazy("NXCloud’s message ID, or the contact’s number.")
    fieldsets = (
        (None, {"fields": ("received_at", "kind", "result", "why", "all_flags", "its_message")}),
        (
            gettext_lazy("Raw push"),
            {
                "fields": (
                    "body",
                    "hexadecimal",
                    "content_type",
                    "is_signed",
                    "action",
                    "remote_addr",
                )
            },
        ),
        (
            gettext_lazy("Parsed fields"),
            {"fields": ("provider_message_id", "did_number", "phone_key", "replayed_at")},
        ),
    )
    readonly_fields = ("result", "why", "all_flags", "its_message", "body", "hexadecimal")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Push]:
        """Leave the bodies out of the list."""
        return super().get_queryset(request).defer("raw_body")

    def get_urls(self) -> list[URLPattern]:
        """Add the button of one push."""
        replay = self.admin_site.admin_view(require_POST(self.replay))
        return [path("<int:pk>/replay/", replay, name="messaging_push_replay"), *super().get_urls()]

    def replay(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Evaluate one push again."""
        self._replay(request, [pk])
        return HttpResponseRedirect(reverse("admin:messaging_push_change", args=[pk]))

    @admin.action(description=gettext_lazy("Replay the selected pushes"), permissions=["view"])
    def replay_selected(self, request: HttpRequest, pushes: QuerySet[Push]) -> None:
        """Evaluate the selected pushes again."""
        self._replay(request, list(pushes.order_by("pk").values_list("pk", flat=True)))

    def _replay(self, request: HttpRequest, keys: list[int]) -> None:
        outcomes = replay_pushes(pushes=keys, at=timezone.now(), by=request.user)  # type: ignore[arg-type]
        if not outcomes:
            messages.info(request, _("Nothing was replayed: pushes are never processed twice."))
            return
        labels = {word.value: str(word.label) for word in Push.Outcome}
        said = ", ".join(f"{count} × {labels[word]}" for word, count in outcomes.items())
        level = messages.SUCCESS if set(outcomes) <= {"applied", "duplicate"} else messages.WARNING
        messages.add_message(request, level, _("Replayed: %(what)s.") % {"what": said})

    @admin.display(description=gettext_lazy("received"), ordering="received_at")
    def came(self, push: Push) -> str:
        """Say when it came."""
        return when(push.received_at)

    @admin.display(description=gettext_lazy("number"))
    def ours(self, push: Push) -> str:
        """Return our number's name."""
        return push.did_number.name if push.did_number else nothing()

    @admin.display(description=gettext_lazy("outcome"), ordering="outcome")
    def result(self, push: Push) -> str:
        """Return the outcome in words."""
        return pill(push.get_outcome_display(), TONES.get(push.outcome, ""))

    @admin.display(description=gettext_lazy("contact"))
    def other_side(self, push: Push) -> str:
        """Return the other side's number."""
        return push.phone_key or nothing()

    @admin.display(description=gettext_lazy("reason"))
    def why(self, push: Push) -> str:
        """Return the reason, with what can be done; the word itself is for engineers."""
        if not push.reason:
            return nothing()
        word = f"{push.reason} {push.exception}" if push.exception else push.reason
        return _explained(word, reason_label(push.reason))

    @admin.display(description=gettext_lazy("reason"), ordering="reason")
    def why_in_short(self, push: Push) -> str:
        """Return the reason in words, the word itself where the pointer rests."""
        if not push.reason:
            return nothing()
        words = reason_label(push.reason) or push.reason
        return format_html('<span title="{}">{}</span>', push.reason, words)

    @admin.display(description=gettext_lazy("flags"))
    def all_flags(self, push: Push) -> str:
        """Return what was noted."""
        lines = ((_explained(flag, flag_label(flag)),) for flag in push.flags)
        return format_html_join(mark_safe("<br>"), "{}", lines) or nothing()

    @admin.display(description=gettext_lazy("message"))
    def its_message(self, push: Push) -> str:
        """Link to the message."""
        if push.message_id is None:
            return nothing()
        address = reverse("admin:messaging_message_change", args=[push.message_id])
        return format_html('<a href="{}">{}</a>', address, push.message)

    @admin.display(description=gettext_lazy("body"))
    def body(self, push: Push) -> str:
        """Return the body as text."""
        return format_html('<pre class="raw" tabindex="0" dir="auto">{}</pre>', push.body_text)

    @admin.display(description=gettext_lazy("first bytes"))
    def hexadecimal(self, push: Push) -> str:
        """Return the first bytes in hexadecimal, as a hex editor shows them."""
        return format_html('<pre class="raw" tabindex="0">{}</pre>', push.hex_lines)


def _explained(word: str, meaning: str) -> str:
    return format_html("{} <code>{}</code>", meaning, word)
