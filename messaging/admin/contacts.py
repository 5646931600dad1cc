"""Contacts: who is on the other side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from messaging.models import Contact, Conversation
from messaging.services.contacts.contacts import spread
from messaging.services.search.admin_lookup import matching_contacts

from .base import SearchedAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(Contact)
class ContactAdmin(SearchedAdmin[Contact]):
    """People and services; they come by writing or by being written to."""

    list_display = ("called", "formatted_phone", "threads", "is_blocked", "created_at")
    search_help_text = gettext_lazy("Name, contact note, email, or part of the number.")
    ordering = ("-id",)
    fields = ("formatted_phone", "name", "email", "language", "is_blocked", "created_at")
    readonly_fields = ("formatted_phone", "is_blocked", "created_at")
    history = ("conversations", "opt_outs", "legal_holds")
    how_to_retire = gettext_lazy(
        "This contact has history, so it can’t be deleted. You can block an unwanted"
        " sender in the inbox."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        """Add what the list shows."""
        threads = Conversation.objects.order_by().filter(contact_id=OuterRef("pk"))
        # A subquery: joined, all contacts would be counted to show a page of them.
        count = threads.values("contact_id").annotate(count=Count("pk")).values("count")
        return super().get_queryset(request).annotate(threads_count=Coalesce(Subquery(count), 0))

    def found(
        self, rows: QuerySet[Contact], *, text: str, request: HttpRequest
    ) -> QuerySet[Contact]:
        """Return the contacts that fit a text."""
        return matching_contacts(rows, text=text, user=request.user)  # type: ignore[arg-type]

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        """Save, for all numbers of a person."""
        super().save_model(request, obj, form, change)
        spread(contact=obj, by=request.user, at=timezone.now())  # type: ignore[arg-type]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds a contact by hand: writing to one makes it."""
        return False

    @admin.display(description=gettext_lazy("name"))
    def called(self, contact: Contact) -> str:
        """Return the name, else the number."""
        return contact.display_name

    @admin.display(description=gettext_lazy("number"), ordering="phone_key")
    def formatted_phone(self, contact: Contact) -> str:
        """Return the number as people write it."""
        return contact.formatted

    @admin.display(description=gettext_lazy("conversations"))
    def threads(self, contact: Contact) -> str:
        """Link to the contact's conversations."""
        address = reverse("admin:messaging_conversation_changelist")
        count = getattr(contact, "threads_count", 0)
        return format_html('<a href="{}?contact__id__exact={}">{}</a>', address, contact.pk, count)

    @admin.display(description=gettext_lazy("blocked on all numbers"), boolean=True)
    def is_blocked(self, contact: Contact) -> bool:
        """Tell whether an administrator blocked this sender on all numbers."""
        return contact.is_blocked
