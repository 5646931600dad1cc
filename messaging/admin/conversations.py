"""Conversations, to look things up; the work on them is done in the inbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import Conversation
from messaging.services.search.search import matching_conversations

from .base import ReadOnlyAdmin, SearchedAdmin, nothing

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(Conversation)
class ConversationAdmin(SearchedAdmin[Conversation], ReadOnlyAdmin[Conversation]):
    """One thread for each number and contact."""

    list_display = (
        "contact",
        "did_number",
        "status",
        "assignee",
        "last_preview",
        "last_activity_at",
    )
    list_select_related = ("contact", "did_number", "assignee")
    list_filter = ("status", "did_number", ("assignee", admin.RelatedOnlyFieldListFilter))
    linked_by = ("contact",)
    search_help_text = gettext_lazy(
        "Words in messages and notes, name, contact note, email, or part of the number."
    )
    fields = (
        "contact",
        "did_number",
        "status",
        "assignee",
        "labels",
        "snoozed_until",
        "needs_reply_since",
        "memo",
        "blocked_at",
        "blocked_by",
        "last_activity_at",
        "created_at",
        "all_messages",
    )
    readonly_fields = ("memo", "all_messages")

    def found(
        self, rows: QuerySet[Conversation], *, text: str, request: HttpRequest
    ) -> QuerySet[Conversation]:
        """Return the conversations that fit a text."""
        return matching_conversations(rows, text=text, user=request.user)  # type: ignore[arg-type]

    @admin.display(description=gettext_lazy("contact note"))
    def memo(self, conversation: Conversation) -> str:
        """Return what the number's members noted about the contact."""
        return conversation.memo or nothing()

    @admin.display(description=gettext_lazy("messages"))
    def all_messages(self, conversation: Conversation) -> str:
        """Link to the messages, and to the thread in the inbox."""
        return format_html(
            '<a href="{}?conversation__id__exact={}">{}</a> · <a href="/inbox/open/{}/">{}</a>',
            reverse("admin:messaging_message_changelist"),
            conversation.pk,
            _("Messages"),
            conversation.pk,
            _("Open in the inbox"),
        )
