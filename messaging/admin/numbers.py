"""DID numbers: members, rate, how to register the webhook, a test message, pushes that waited."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import Count, QuerySet
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from messaging.models import DidNumber, Message, rights_of
from messaging.policy import TABLE, Action
from messaging.services.dialing.number_errors import named
from messaging.services.errors import InvalidInput, InvalidNumber
from messaging.services.operations.last_push import with_last_heard
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.outbox.recipients import start_conversation
from messaging.services.receiving.replay import replay_pushes, replayable_pushes_of
from messaging.services.team.members import colleagues_of
from messaging.services.times.relative_times import ago
from messaging.statuses import WAITING, Status

from .base import NumberSearchAdmin, pill
from .number_forms import DidNumberForm, TestMessageForm
from .number_keeping import keeping_page
from .role_fields import write_roles
from .takeover import AsksWhoTakesOver, Leaving

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern


@admin.register(DidNumber)
class DidNumberAdmin(AsksWhoTakesOver[DidNumber], NumberSearchAdmin[DidNumber]):
    """Our numbers."""

    form = DidNumberForm
    change_form_template = "admin/messaging/didnumber/change_form.html"
    list_display = ("formatted_number", "label", "activity", "people", "max_per_second", "heard")
    list_filter = ("is_active",)
    search_fields = ("number", "label")
    ordering = ("-is_active", "label", "number")
    history = ("conversations", "pushes", "messages", "opt_outs", "legal_holds")
    how_to_retire = gettext_lazy(
        "This number has history, so it can’t be deleted. Deactivate it instead; it still"
        " receives but no longer sends."
    )
    fieldsets = (
        (None, {"fields": ("number", "label", "is_active")}),
        (pgettext_lazy("section", "Sending"), {"fields": ("signature", "max_per_second")}),
        (gettext_lazy("Keywords"), {"fields": ("help_reply", "opt_out_keywords")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[DidNumber]:
        """Add what the list shows."""
        numbers = super().get_queryset(request).annotate(people_count=Count("members"))
        return with_last_heard(numbers)

    def get_fieldsets(self, request: HttpRequest, obj: DidNumber | None = None) -> Any:
        """Add the members: Django lets no form name a relation whose rows hold more than it."""
        first, *others = super().get_fieldsets(request, obj)
        return (first, (_("Members"), {"fields": ("members",)}), *others)

    def get_form(
        self,
        request: HttpRequest,
        obj: DidNumber | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Leave the members to the form's own field."""
        fields = flatten_fieldsets(self.get_fieldsets(request, obj))
        kwargs["fields"] = [name for name in fields if name != "members"]
        return super().get_form(request, obj, change, **kwargs)

    def leaving(self, form: Any) -> list[Leaving]:
        """Return the members who can no longer reply here once the form is saved."""
        roles = form.roles() if "members" in form.cleaned_data else {}
        kept = [key for key, role in roles.items() if role in TABLE[Action.REPLY]]
        able = colleagues_of(did_number=form.instance, action=Action.REPLY)
        return [
            Leaving(user, [form.instance])
            for user in able
            if user.pk not in kept and not rights_of(user).allows_everywhere(Action.REPLY)
        ]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Keep the members with their roles."""
        if "members" in form.cleaned_data:
            write_roles(roles=form.roles(), did_number=form.instance)
        super().save_related(request, form, formsets, change)

    def get_readonly_fields(
        self, request: HttpRequest, obj: DidNumber | None = None
    ) -> tuple[str, ...]:
        """Fix the number once it is there: everything that was exchanged belongs to it."""
        return ("number",) if obj else ()

    @admin.display(description=gettext_lazy("number"), ordering="number")
    def formatted_number(self, number: DidNumber) -> str:
        """Return the number as people write it."""
        return number.formatted

    @admin.display(description=gettext_lazy("state"), ordering="is_active")
    def activity(self, number: DidNumber) -> str:
        """Say whether it sends."""
        return pill(_("Active"), "good") if number.is_active else pill(_("Inactive"))

    @admin.display(description=gettext_lazy("members"))
    def people(self, number: DidNumber) -> str:
        """Count the members."""
        return str(getattr(number, "people_count", 0))

    @admin.display(description=gettext_lazy("last push"))
    def heard(self, number: DidNumber) -> str:
        """Say when NXCloud last reached us about it."""
        at = getattr(number, "last_heard_at", None)
        if at is None:
            return pill(_("Never yet"), "warn")
        return format_html("<span>{}</span>", ago(at, at=timezone.now()))

    def get_urls(self) -> list[URLPattern]:
        """Add the test message, the replay, and how long texts are kept."""
        keeping = self.admin_site.admin_view(partial(keeping_page, admin=self))
        test = self.admin_site.admin_view(self.test_message)
        replay = self.admin_site.admin_view(require_POST(self.replay))
        return [
            path("<int:pk>/test-message/", test, name="messaging_didnumber_test_message"),
            path("<int:pk>/replay/", replay, name="messaging_didnumber_replay"),
            path("<int:pk>/keeping/", keeping, name="messaging_didnumber_keeping"),
            *super().get_urls(),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Add how to register the webhook, and the pushes that waited for this number."""
        context: dict[str, Any] = {"webhook": webhook_addresses(request)}
        if request.method == "GET" and object_id and object_id.isdigit():
            number = self.get_object(request, object_id)
            if number is not None:
                context["waiting_pushes"] = len(replayable_pushes_of(did_number=number))
                context["last_heard_at"] = getattr(number, "last_heard_at", None)
        return super().changeform_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )

    def response_add(
        self, request: HttpRequest, obj: DidNumber, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Lead on to the number's page, where the webhook and the waiting pushes are shown."""
        response = super().response_add(request, obj, post_url_continue)
        if "_addanother" in request.POST or "_popup" in request.POST:
            return response
        return HttpResponseRedirect(reverse("admin:messaging_didnumber_change", args=[obj.pk]))

    def replay(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Evaluate again the pushes that came before the number was ours."""
        number = get_object_or_404(DidNumber, pk=pk)
        outcomes = replay_pushes(
            pushes=replayable_pushes_of(did_number=number),
            at=timezone.now(),
            by=request.user,  # type: ignore[arg-type]
        )
        applied = outcomes.get("applied", 0)
        others = sum(outcomes.values()) - applied
        messages.success(
            request,
            _("Pushes processed: %(applied)d. Not processed: %(others)d.")
            % {"applied": applied, "others": others},
        )
        return HttpResponseRedirect(reverse("admin:messaging_didnumber_change", args=[pk]))

    def test_message(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queue a real message from this number and show what becomes of it."""
        number = get_object_or_404(DidNumber, pk=pk)
        text = _("Test from %(name)s.") % {"name": number.name}
        form = TestMessageForm(request.POST or None, initial={"content": text})
        if request.method == "POST" and form.is_valid():
            message = self._queue_test(request, number, form)
            if message is not None:
                return HttpResponseRedirect(f"{request.path}?message={message.pk}")
        shown = request.GET.get("message", "")
        message = (
            Message.objects.filter(pk=int(shown), did_number=number)
            .select_related("conversation__contact")
            .prefetch_related("status_changes")
            .first()
            if shown.isascii() and shown.isdigit() and len(shown) < 19
            else None
        )
        moving = {*WAITING, Status.SENDING, Status.SENT}
        context = {
            **self.admin_site.each_context(request),
            "title": _("Send test message"),
            "subtitle": str(number),
            "opts": self.opts,
            "original": number,
            "form": form,
            "message": message,
            "may_change_yet": message is not None and message.status in moving,
        }
        return TemplateResponse(request, "admin/messaging/didnumber/test_message.html", context)

    def _queue_test(
        self, request: HttpRequest, number: DidNumber, form: TestMessageForm
    ) -> Message | None:
        now = timezone.now()
        try:
            conversation = start_conversation(
                did_number=number,
                phone=request.POST.get("dials") or form.cleaned_data["phone"],
                at=now,
            )
            message, _new = queue_message(
                NewMessage(content=form.cleaned_data["content"]),
                conversation=conversation,
                user=request.user,  # type: ignore[arg-type]
                at=now,
            )
        except InvalidNumber as error:
            form.add_error("phone", error.user_message)
            form.readings = tuple(map(named, error.problem.readings))
            return None
        except InvalidInput as error:
            form.add_error(error.field if error.field in form.fields else None, error.user_message)
            return None
        return message


def webhook_addresses(request: HttpRequest) -> dict[str, str]:
    """Return the push addresses to register: with the secret, and bare for signed JSON."""
    origin = settings.PUBLIC_BASE_URL or f"{request.scheme}://{request.get_host()}"
    signed = f"{origin}/webhooks/nxcloud/"
    token = quote(settings.WEBHOOK_TOKEN, errors="replace")
    return {"signed": signed, "any": f"{signed}{token}/" if token else ""}
