"""Tokens for the REST API: one a person, shown whole only on its own page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.authtoken.admin import TokenAdmin
from rest_framework.authtoken.models import TokenProxy

from messaging.models import is_administrator

from .base import AdministratorAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

admin.site.unregister(TokenProxy)


@admin.register(TokenProxy)
class ApiTokenAdmin(AdministratorAdmin[TokenProxy], TokenAdmin):
    """Whoever holds a token acts as its person; deleting it ends that at once."""

    list_display = ("user", "beginning", "created")
    list_display_links = ("user",)
    list_filter = ()
    fields = ("user", "header", "created")
    readonly_fields = ("header", "created")

    def get_readonly_fields(
        self, request: HttpRequest, obj: TokenProxy | None = None
    ) -> tuple[str, ...]:
        """Keep a token with its person."""
        return ("user", "header", "created") if obj else ("header", "created")

    def has_delete_permission(self, request: HttpRequest, obj: TokenProxy | None = None) -> bool:
        """Let administrators take a token away."""
        return is_administrator(request.user) and obj is not None

    def response_add(
        self, request: HttpRequest, obj: TokenProxy, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Lead to the token's page; the usual line would name the token wherever it is shown."""
        messages.success(request, _("The token is ready. Hand it over in a safe way."))
        address = reverse("admin:authtoken_tokenproxy_change", args=[obj.user_id])
        return HttpResponseRedirect(address)

    def log_addition(self, request: HttpRequest, obj: TokenProxy, message: Any) -> Any:
        """Keep the token out of the admin's history, which names what was added."""

    def log_change(self, request: HttpRequest, obj: TokenProxy, message: Any) -> Any:
        """See log_addition."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """See log_addition."""

    @admin.display(description=gettext_lazy("token"))
    def beginning(self, token: TokenProxy) -> str:
        """Return enough of it to recognise it."""
        return f"{token.key[:6]}…"

    @admin.display(description=gettext_lazy("HTTP header"))
    def header(self, token: TokenProxy) -> str:
        """Return the header to send."""
        return format_html("<code>Authorization: Token {}</code>", token.key)
