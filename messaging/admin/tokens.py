"""Tokens for the REST API: one per person, shown in full once, to the user who made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.authtoken.admin import TokenAdmin
from rest_framework.authtoken.models import Token, TokenProxy

from didsms_site.http.client_address import client_address
from messaging.models import is_administrator
from messaging.services.access.attempt_limits import take
from messaging.services.access.security_log import record_security_event
from messaging.services.access.sign_in_limits import token_creation
from messaging.views.account.proof import ask_for_proof
from messaging.views.account.sign_in import too_many_attempts

from .base import AdministratorAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

admin.site.unregister(TokenProxy)


def _beginning(token: Token) -> str:
    return f"{token.key[:4]}…"


# The admin names a row by its text in titles, questions and messages; a token's text is its key.
Token.__str__ = _beginning  # type: ignore[assignment, method-assign]


@admin.register(TokenProxy)
class ApiTokenAdmin(AdministratorAdmin[TokenProxy], TokenAdmin):
    """A user who holds a token acts as its person; deleting it ends that at once."""

    list_display = ("user", "beginning", "created")
    list_display_links = ("user",)
    list_filter = ()
    fields = ("user", "beginning", "created")

    def get_queryset(self, request: HttpRequest) -> QuerySet[TokenProxy]:
        """Leave superusers' tokens to superusers."""
        tokens: QuerySet[TokenProxy] = super().get_queryset(request)
        return tokens if _is_superuser(request) else tokens.filter(user__is_superuser=False)

    def get_fields(self, request: HttpRequest, obj: TokenProxy | None = None) -> tuple[str, ...]:
        """Ask only for the person."""
        return self.fields if obj else ("user",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer no superuser to who is none."""
        if not _is_superuser(request):
            kwargs["queryset"] = User.objects.filter(is_superuser=False)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: TokenProxy | None = None) -> bool:
        """A token stays as it is, with its person."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: TokenProxy | None = None) -> bool:
        """Let administrators take a token away."""
        return is_administrator(request.user) and obj is not None

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Bound how many tokens one administrator makes: nobody needs many in a short time."""
        if request.method == "POST" and self.has_add_permission(request):
            if asked := ask_for_proof(request):
                return asked
            seconds = take(token_creation(user=_editor(request)), at=timezone.now())
            if seconds:
                _record(request, "token_creation_locked_out", is_refusal=True)
                return too_many_attempts(request, seconds)
        return super().add_view(request, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: TokenProxy, form: Any, change: bool) -> None:
        """Make the token and write down for whom; the token itself is nobody's business."""
        super().save_model(request, obj, form, change)
        _record(request, "token_created", token_of=obj.user.get_username())

    def delete_model(self, request: HttpRequest, obj: TokenProxy) -> None:
        """Take the token away and write that down."""
        owner = obj.user.get_username()
        super().delete_model(request, obj)
        _record(request, "token_deleted", token_of=owner)

    def response_add(
        self, request: HttpRequest, obj: TokenProxy, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the key in this answer and nowhere else: it is kept in no message or session."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("New API token"),
            "subtitle": str(obj.user),
            "opts": self.opts,
            "token": obj,
        }
        return TemplateResponse(request, "admin/authtoken/tokenproxy/made.html", context)

    def log_addition(self, request: HttpRequest, obj: TokenProxy, message: Any) -> Any:
        """Keep even a token's beginning out of the admin's history."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """See log_addition."""

    @admin.display(description=gettext_lazy("API token"))
    def beginning(self, token: TokenProxy) -> str:
        """Return enough of it to recognize it."""
        return _beginning(token)


def _editor(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]
    return user


def _record(request: HttpRequest, event: str, *, is_refusal: bool = False, **facts: str) -> None:
    record_security_event(
        event,
        user=_editor(request),
        address=client_address(request),
        is_refusal=is_refusal,
        **facts,
    )


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser
