from django.db import migrations
from django.db.models import F, OuterRef, Q, Subquery

from messaging.db.search_index import create_search_indexes

#: How many rows are written at once.
BATCH = 1000


def to_conversations(apps, schema_editor):
    """Give every conversation of a contact its memo, and its block.

    A block of an administrator goes on to hold for all numbers, and for conversations to come; that
    of anybody else, or of nobody who is known, holds where the contact has a conversation now.
    """
    alias = schema_editor.connection.alias
    contacts = apps.get_model("messaging", "Contact")._default_manager.using(alias)
    conversations = apps.get_model("messaging", "Conversation")._default_manager.using(alias)
    memos = apps.get_model("messaging", "Memo")._default_manager.using(alias)

    noted = conversations.exclude(contact__memo="").order_by("pk")
    batch = []
    for pk, memo in noted.values_list("pk", "contact__memo").iterator(chunk_size=BATCH):
        batch.append(memos.model(conversation_id=pk, content=memo))
        if len(batch) == BATCH:
            memos.bulk_create(batch)
            batch = []
    memos.bulk_create(batch)
    # The index knows the contact by the words of its memo no more.
    contacts.exclude(memo="").update(search_text=None)

    of_members = contacts.filter(blocked_at__isnull=False).exclude(
        Q(blocked_by__is_staff=True) | Q(blocked_by__is_superuser=True)
    )
    theirs = contacts.filter(pk=OuterRef("contact_id"))
    conversations.filter(contact__in=of_members).update(
        blocked_at=Subquery(theirs.values("blocked_at")),
        blocked_by_id=Subquery(theirs.values("blocked_by_id")),
    )
    contacts.filter(pk__in=list(of_members.values_list("pk", flat=True))).update(
        blocked_at=None, blocked_by=None
    )


def to_contacts(apps, schema_editor):
    """Put the memos of a contact's conversations into one, and block it where one is blocked."""
    alias = schema_editor.connection.alias
    contacts = apps.get_model("messaging", "Contact")._default_manager.using(alias)
    conversations = apps.get_model("messaging", "Conversation")._default_manager.using(alias)
    memos = apps.get_model("messaging", "Memo")._default_manager.using(alias)

    texts = {}
    rows = memos.order_by("pk").annotate(contact_id=F("conversation__contact_id"))
    for contact_id, content in rows.values_list("contact_id", "content"):
        known = texts.setdefault(contact_id, [])
        if content not in known:
            known.append(content)
    for contact_id, contents in texts.items():
        contacts.filter(pk=contact_id).update(memo="\n".join(contents), search_text=None)

    blocked = conversations.filter(blocked_at__isnull=False).order_by("-blocked_at")
    for contact_id, at, by in blocked.values_list("contact_id", "blocked_at", "blocked_by_id"):
        contacts.filter(pk=contact_id).update(blocked_at=at, blocked_by_id=by)


def create_indexes(apps, schema_editor):
    """See that the index hears of contacts that change, whatever a migration before has remade."""
    create_search_indexes(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0035_memo_and_block_of_a_number"),
    ]

    operations = [
        migrations.RunPython(create_indexes, migrations.RunPython.noop),
        migrations.RunPython(to_conversations, to_contacts),
    ]
