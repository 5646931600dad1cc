"""The migration that brings notes, memos and e-mail addresses into the search."""

import pytest
from django.utils import timezone

from messaging.models import Contact, Memo, Note
from messaging.services.search.indexing import index_waiting
from tests.factories import make_conversation, make_user
from tests.migrations.old_states import migrate

BEFORE = ("messaging", "0014_trouble_dealt_with")


@pytest.mark.nightly
@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_what_was_written_before_is_indexed_anew():
    known = make_conversation(phone="34600000001", name="Ana").contact_id
    noted = make_conversation(phone="34600000002", name="Tom")
    author = make_user()
    index_waiting()
    old = migrate(BEFORE)
    try:
        old.get_model("messaging", "Contact").objects.filter(pk=noted.contact_id).update(memo="VIP")
        old.get_model("messaging", "Note").objects.create(
            conversation_id=noted.pk, author_id=author.pk, content="Old", created_at=timezone.now()
        )
    finally:
        migrate()

    assert Contact.objects.get(pk=known).search_text is not None
    assert index_waiting() == 3
    assert Contact.objects.get(pk=noted.contact_id).search_text.startswith("tom ")
    assert Memo.objects.get().search_text.startswith("tom vip ")
    assert Note.objects.get().search_text == "old"
