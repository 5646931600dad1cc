"""Messages with everything that is known of them; nobody changes them here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from messaging.models import Message, StatusChange
from messaging.reasons import Owner
from messaging.services.search.admin_lookup import matching_messages
from messaging.status_words import status_words
from messaging.statuses import ATTENTION

from .base import ReadOnlyAdmin, SearchedAdmin, nothing, pill, when

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from messaging.models.message import MessageQuerySet

    GenericInline = admin.TabularInline[StatusChange, Message]
else:
    GenericInline = admin.TabularInline

PILLS: Final = {"ok": "good", "warn": "warn", "bad": "bad"}


class StatusChangeInline(GenericInline):
    """The states that the message went through."""

    model = StatusChange
    fields = ("at", "status", "words")
    readonly_fields = fields
    ordering = ("id",)
    extra = 0
    can_delete = False
    verbose_name_plural = gettext_lazy("status history")

    @admin.display(description=gettext_lazy("detail"))
    def words(self, change: StatusChange) -> str:
        """Return what is noted with it."""
        return change.detail

    def has_view_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """A user who sees the message sees its history."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """Nobody writes history."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """Nobody rewrites history."""
        return False


@admin.register(Message)
class MessageAdmin(SearchedAdmin[Message], ReadOnlyAdmin[Message]):
    """Both directions."""

    inlines = (StatusChangeInline,)
    list_display = ("made", "route", "excerpt", "state", "what_went_wrong")
    list_display_links = ("made",)
    list_select_related = ("did_number", "conversation__contact")
    list_filter = ("direction", "status", "did_number")
    linked_by = ("conversation",)
    search_help_text = gettext_lazy(
        "Words in the message (newest 2,000 matches), name, part of the number, or"
        " NXCloud’s full message ID."
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "route",
                    "content",
                    "state",
                    "what_went_wrong",
                    "created_at",
                    "full_record",
                )
            },
        ),
        (gettext_lazy("Context"), {"fields": ("thread", "sent_by", "client_id", "resend_of")}),
        (
            gettext_lazy("NXCloud"),
            {
                "fields": (
                    "provider_message_id",
                    "provider_code",
                    "provider_time",
                    "all_pushes",
                    "has_receipt",
                )
            },
        ),
        (
            gettext_lazy("Size and cost"),
            {"fields": ("encoding", "segments", "billed_segments", "price", "whole_cost")},
        ),
        (
            pgettext_lazy("section", "Sending"),
            {"fields": ("send_at", "queued_at", "attempt_started_at", "sent_at", "attempts")},
        ),
    )
    readonly_fields = (
        "route",
        "state",
        "what_went_wrong",
        "full_record",
        "thread",
        "all_pushes",
        "whole_cost",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """Let the index of uncommon states serve where the list is narrowed to one."""
        rows: MessageQuerySet = super().get_queryset(request)  # type: ignore[assignment]
        wanted = request.GET.get("status__exact")
        return rows.in_status(wanted) if wanted else rows

    def found(
        self, rows: QuerySet[Message], *, text: str, request: HttpRequest
    ) -> QuerySet[Message]:
        """Return the messages that fit a text."""
        return matching_messages(rows, text=text, user=request.user)  # type: ignore[arg-type]

    @admin.display(description=gettext_lazy("created"), ordering="pk")
    def made(self, message: Message) -> str:
        """Say when it was written or came."""
        return when(message.created_at)

    @admin.display(description=gettext_lazy("from → to"))
    def route(self, message: Message) -> str:
        """Say who wrote to whom."""
        ours, theirs = message.did_number.name, message.conversation.contact.display_name
        return f"{theirs} → {ours}" if message.is_inbound else f"{ours} → {theirs}"

    @admin.display(description=gettext_lazy("message text"))
    def excerpt(self, message: Message) -> str:
        """Return the beginning of the text."""
        return format_html('<span dir="auto">{}</span>', Truncator(message.content).chars(80))

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, message: Message) -> str:
        """Return the status in words."""
        shown = status_words(message.status)
        return pill(str(shown.label), PILLS.get(shown.tone, ""))

    @admin.display(description=gettext_lazy("error"))
    def what_went_wrong(self, message: Message) -> str:
        """Say what went wrong and who can fix it."""
        reason = message.error_reason
        if reason is None:
            return nothing()
        if message.status not in ATTENTION or reason.owner == Owner.NOBODY:
            return reason.words()
        who = _("Who can fix it: %(who)s") % {"who": reason.owner_label}
        return format_html("{}<br>{}", reason.words(), who)

    @admin.display(description=gettext_lazy("message record"))
    def full_record(self, message: Message) -> str:
        """Link to all that happened to it, and to what helps."""
        address = reverse("message-record", args=[message.pk])
        words = _("What happened, and who can fix it")
        return format_html('<a href="{}">{}</a>', address, words)

    @admin.display(description=gettext_lazy("conversation"))
    def thread(self, message: Message) -> str:
        """Link to the thread in the inbox."""
        return format_html(
            '<a href="/inbox/open/{}/?around={}">{}</a>',
            message.conversation_id,
            message.pk,
            message.conversation,
        )

    @admin.display(description=gettext_lazy("pushes"))
    def all_pushes(self, message: Message) -> str:
        """Link to the raw pushes about this message."""
        address = reverse("admin:messaging_push_changelist")
        count = message.pushes.count()
        return format_html('<a href="{}?message__id__exact={}">{}</a>', address, message.pk, count)

    @admin.display(description=gettext_lazy("cost"))
    def whole_cost(self, message: Message) -> str:
        """Return unit price times billed segments."""
        return nothing() if message.cost is None else str(message.cost)
