"""The admin site: who may enter, how sections are grouped, the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from didsms_site import __version__
from messaging.models import DidNumber, HealthAlarm, is_administrator
from messaging.services.operations.config_checks import flaws
from messaging.services.operations.database_checks import checks_of_database
from messaging.services.operations.health import check_everything, checks_of_disk
from messaging.services.operations.number_health import health_of_numbers
from messaging.services.operations.provider_answers import provider_answers
from messaging.services.sending.circuit_breaker import close_breaker
from messaging.services.sending.queue_state import queue_state

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern, URLResolver

#: The sections by what people come for, with the models in each.
GROUPS: Final = (
    (gettext_lazy("Numbers and colleagues"), ("DidNumber", "User", "ApiKey", "TokenProxy")),
    (gettext_lazy("Reports"), ("BusinessHours", "Closure", "Budget")),
    (gettext_lazy("Messages"), ("Conversation", "Message", "Contact", "OptOut")),
    (
        gettext_lazy("NXCloud"),
        ("Push", "RejectedRequestCount", "CircuitBreakerTrip", "WorkerSighting"),
    ),
    (gettext_lazy("Inbox"), ("Label", "CannedReply", "ContactField", "TeamSettings")),
    (gettext_lazy("Operations"), ("AuditEntry", "LegalHold", "BackupRun")),
)


class DidsmsAdminSite(admin.AdminSite):
    """Our admin."""

    site_header = "didsms"
    site_title = "didsms"
    index_title = gettext_lazy("Administration")
    index_template = "admin/dashboard.html"
    empty_value_display = "–"

    def has_permission(self, request: HttpRequest) -> bool:
        """Let administrators in: staff or superusers who are active."""
        return is_administrator(request.user)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send people to the one page for signing in; who may not enter is told so."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        target = request.GET.get("next") or reverse("admin:index")
        if self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        return redirect_to_login(target, settings.LOGIN_URL)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add the button that resumes sending, and the page of all checks."""
        resume = self.admin_view(require_POST(self.resume_sending))
        return [
            path("resume-sending/", resume, name="resume_sending"),
            path("system-health/", self.admin_view(self.system_health), name="system_health"),
            *super().get_urls(),
        ]

    def system_health(self, request: HttpRequest) -> HttpResponse:
        """Look at everything, from outside too."""
        found = {
            **self.each_context(request),
            "title": _("System health"),
            "checks": check_everything(at=timezone.now()),
            "flaws": flaws(),
            "answers": provider_answers(at=timezone.now()),
            "version": __version__,
        }
        return TemplateResponse(request, "admin/system_health.html", found)

    def resume_sending(self, request: HttpRequest) -> HttpResponse:
        """Close the circuit breaker."""
        if close_breaker(at=timezone.now(), by=request.user):  # type: ignore[arg-type]
            messages.success(request, _("Sending resumed."))
        else:
            messages.info(request, _("Sending wasn’t paused."))
        return HttpResponseRedirect(reverse("admin:index"))

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show the state of things, then the sections."""
        now = timezone.now()
        database, migrations, *others = checks_of_database(at=now)
        found = {
            "checks": [database, migrations, *checks_of_disk(), *others],
            "queue": queue_state(),
            "numbers": health_of_numbers(numbers=DidNumber.objects.all(), at=now),
            "alarms": HealthAlarm.objects.open().select_related("did_number"),
            "flaws": flaws(),
            "now": now,
        }
        return super().index(request, {**found, **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Group the sections by what people come for rather than by Django's apps."""
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        models = {model["object_name"]: model for app in apps for model in app["models"]}
        groups: list[dict[str, Any]] = [
            {
                "name": name,
                "app_label": f"group{number}",
                "app_url": reverse("admin:index"),
                "has_module_perms": True,
                "models": [models.pop(model) for model in names if model in models],
            }
            for number, (name, names) in enumerate(GROUPS)
        ]
        groups[-1]["models"] += list(models.values())
        return [group for group in groups if group["models"]]
