"""Tokens for the REST API: one a person, shown whole only on its own page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy
from rest_framework.authtoken.admin import TokenAdmin
from rest_framework.authtoken.models import TokenProxy

from messaging.models import is_administrator

from .base import AdministratorAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest

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

    @admin.display(description=gettext_lazy("token"))
    def beginning(self, token: TokenProxy) -> str:
        """Return enough of it to recognise it."""
        return f"{token.key[:6]}…"

    @admin.display(description=gettext_lazy("HTTP header"))
    def header(self, token: TokenProxy) -> str:
        """Return the header to send."""
        return format_html("<code>Authorization: Token {}</code>", token.key)
