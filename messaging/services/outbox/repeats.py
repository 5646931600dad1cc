"""The idempotency key: a message whose client_id its writer has used before is that message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from messaging.db.model_rows import any_of
from messaging.db.prepared import Statement, fetch
from messaging.models import Message
from messaging.services.content.digests import Wording, is_same, wording_of
from messaging.services.errors import ClientIdConflict
from messaging.sms_text import comparison_form, signed

from .schedule import was_changed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User

    from messaging.models import Conversation

    from .new_message import NewMessage

_FIND: Final = "SELECT id FROM messaging_message WHERE sent_by_id = %s AND client_id "


def known_messages(*, user: User | None, client_ids: Iterable[str | None]) -> dict[str, Message]:
    """Return the messages of a user that have one of some client_ids, by client_id."""
    wanted = sorted({client_id for client_id in client_ids if client_id})
    if not wanted or user is None:
        return {}
    text, values = any_of(wanted)
    found = [pk for (pk,) in fetch(Statement(_FIND + text, (user.pk, *values)))]
    if not found:
        return {}
    rows = Message.objects.select_related("conversation").filter(pk__in=found)
    return {row.client_id: row for row in rows if row.client_id}


def check_is_repeat(new: NewMessage, *, known: Message, conversation: Conversation) -> None:
    """Refuse a client_id that comes again with something else.

    Args:
        new: what came; its text is normalized.
        known: the message that has its client_id.
        conversation: where it was to go; one that does not exist has no message.

    Raises:
        ClientIdConflict: it says something else, to somebody else or at another time.
    """
    text = signed(new.content, known.signature)
    says_the_same = is_same(wording_of(known), Wording(comparison_form(text))) is not False
    is_repeat = says_the_same and known.send_at == new.send_at
    # One that a colleague changed while it waited cannot be compared: its program repeats what it
    # said first.
    if known.conversation_id != conversation.pk or not (is_repeat or was_changed(message=known)):
        raise ClientIdConflict(known)
