"""The addresses of the thread, the composer and everything that is done to a conversation."""

from django.urls import URLPattern, path

from messaging.views.shared import typed_times
from messaging.views.shared.dialed_number import dialed_number

from . import (
    attendance,
    composer,
    contact_actions,
    conversation_actions,
    exports,
    message_actions,
    note_actions,
    page,
    record,
)
from .new_message import new_conversation, saved_replies

urlpatterns: list[URLPattern] = [
    path("inbox/new/", new_conversation, name="new-conversation"),
    path("inbox/parts/saved-replies/", saved_replies, name="saved-replies"),
    path("inbox/parts/dialed/", dialed_number, name="dialed-number"),
    path("inbox/parts/thread/<int:conversation_id>/", page.thread_part, name="thread-part"),
    path("inbox/parts/thread/<int:conversation_id>/older/", page.older_part, name="older-part"),
    path(
        "inbox/parts/composer/<int:conversation_id>/time/",
        typed_times.for_conversation,
        name="understood-time",
    ),
    path("conversations/<int:conversation_id>/print/", exports.printed, name="conversation-print"),
    path("conversations/<int:conversation_id>/export/", exports.as_csv, name="conversation-csv"),
    *(
        path(f"conversations/<int:conversation_id>/{name}/", view, name=f"conversation-{name}")
        for name, view in {
            "reply": composer.reply,
            "note": composer.note,
            "draft": composer.draft,
            "presence": attendance.presence,
            "read": attendance.read,
            "unread": attendance.unread,
            "assign": conversation_actions.assign,
            "close": conversation_actions.close,
            "reopen": conversation_actions.reopen,
            "snooze": conversation_actions.snooze,
            "settle": conversation_actions.settle,
            "labels": conversation_actions.labels,
            "contact": contact_actions.contact,
            "opt-out": contact_actions.opt_out,
            "opt-in": contact_actions.opt_in,
            "no-opt-out": contact_actions.no_opt_out,
            "block": contact_actions.block,
            "unblock": contact_actions.unblock,
            "undo": conversation_actions.take_back,
        }.items()
    ),
    path("notes/<int:note_id>/edit/", note_actions.edit, name="note-edit"),
    path("notes/<int:note_id>/delete/", note_actions.delete, name="note-delete"),
    path("messages/<int:message_id>/", message_actions.details, name="message"),
    path("messages/<int:message_id>/record/", record.record, name="message-record"),
    path("messages/<int:message_id>/record/share/", record.share, name="message-share"),
    *(
        path(f"messages/<int:message_id>/{name}/", view, name=f"message-{name}")
        for name, view in {
            "cancel": message_actions.cancel,
            "resend": message_actions.resend,
            "send-now": message_actions.send_now,
            "reschedule": message_actions.change_schedule,
            "redact": message_actions.redact,
            "dealt-with": message_actions.dealt_with,
        }.items()
    ),
]
