"""API keys of everybody: whose they are, how far they reach, their limits; to be revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.validators import MaxValueValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.models import ApiKey, DidNumber
from messaging.models.api_key import MOST_PER_MINUTE
from messaging.services.access.api_keys import keys_seen_by, revoke_key

from .base import AdministratorAdmin, nothing, pill

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(ApiKey)
class ApiKeyAdmin(AdministratorAdmin[ApiKey]):
    """Keys are made on the page of settings, and never change but for their limit."""

    list_display = (
        "name",
        "beginning",
        "user",
        "state",
        "shown_scopes",
        "shown_numbers",
        "last_used_at",
        "expires_at",
    )
    list_filter = ()
    linked_by = ("user",)
    search_fields = ("name", "prefix", "user__username")
    fields = (
        "name",
        "beginning",
        "user",
        "state",
        "shown_scopes",
        "shown_numbers",
        "requests_per_minute",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    readonly_fields = tuple(name for name in fields if name != "requests_per_minute")
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        """Leave superusers' keys to superusers."""
        return keys_seen_by(request.user)  # type: ignore[arg-type]  # an administrator

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A key is shown on the page where it is made."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """A key that was revoked stays: the log names it."""
        return False

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Bound the limit as the API does."""
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "requests_per_minute":
            field.validators = [*field.validators, MaxValueValidator(MOST_PER_MINUTE)]
        return field

    @admin.action(description=gettext_lazy("Revoke selected keys"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """Revoke some keys for good."""
        keys = list(queryset.filter(revoked_at=None))
        for key in keys:
            revoke_key(key=key, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        words = ngettext("Revoked %(count)d key.", "Revoked %(count)d keys.", len(keys))
        messages.success(request, words % {"count": len(keys)})

    @admin.display(description=gettext_lazy("key"))
    def beginning(self, key: ApiKey) -> str:
        """Return enough of it to recognize it."""
        return f"{key.prefix}…"

    @admin.display(description=gettext_lazy("state"))
    def state(self, key: ApiKey) -> str:
        """Say whether it can be used."""
        if key.revoked_at is not None:
            return pill(_("Revoked"))
        return (
            pill(_("Expired")) if key.is_expired(at=timezone.now()) else pill(_("Active"), "good")
        )

    @admin.display(description=gettext_lazy("scopes"))
    def shown_scopes(self, key: ApiKey) -> str:
        """Name its scopes."""
        return ", ".join(key.scope_words)

    @admin.display(description=gettext_lazy("numbers"))
    def shown_numbers(self, key: ApiKey) -> str:
        """Name its numbers."""
        ids = key.number_ids
        if ids is None:
            return _("All")
        found = DidNumber.objects.filter(pk__in=ids).order_by("pk")
        return ", ".join(number.name for number in found) or nothing()
