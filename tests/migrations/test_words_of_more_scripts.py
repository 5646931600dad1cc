"""The migration that has texts indexed again whose scripts are cut into other words now."""

import importlib

import pytest

from messaging.models import Contact, Message
from messaging.services.search.indexing import index_waiting
from tests.factories import make_conversation, make_inbound
from tests.migrations.old_states import migrate

BEFORE = ("messaging", "0055_team_settings")
OLD_WORDS = {
    "ขอบคุณมาก": "ขอบคุณมาก",
    "สวัสดี Hello": "สวัสดี hello",
    "مَدرسة": "مَدرسة",
    "שָׁלוֹם": "שָׁלוֹם",
    "Hello, 你好 é": "hello 你好 好 e",
}


@pytest.mark.nightly
@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_only_what_holds_these_scripts_is_indexed_again(monkeypatch):
    module = importlib.import_module("messaging.migrations.0052_words_of_more_scripts")
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 2)
    ids = {content: make_inbound(content=content).pk for content in OLD_WORDS}
    make_conversation(phone="34600000001", name="สมชาย")
    index_waiting()
    try:
        migrate(BEFORE)
        for content, pk in ids.items():
            Message.objects.filter(pk=pk).update(search_text=OLD_WORDS[content])
    finally:
        migrate()

    waiting = set(Message.objects.filter(search_text=None).values_list("content", flat=True))
    assert waiting == set(OLD_WORDS) - {"Hello, 你好 é"}
    assert Contact.objects.filter(search_text=None).count() == 1
    assert index_waiting() == len(waiting) + 1
    assert Message.objects.get(pk=ids["مَدرسة"]).search_text == "مدرسه"
