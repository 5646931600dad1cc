"""Search over the whole history; each test holds on SQLite and on PostgreSQL."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection

from messaging.db.search_index import create_search_indexes
from messaging.models import Contact, Conversation, Message, Note
from messaging.services.contacts.contacts import edit_contact, write_memo
from messaging.services.conversations.notes import add_note
from messaging.services.privacy.redaction import redact_message
from messaging.services.search import index_scan, indexing, search
from messaging.services.search.indexing import index_waiting
from messaging.services.search.search import matching_conversations
from messaging.services.search.snippets import Hit
from tests.factories import NOW, make_conversation, make_did, make_inbound, make_outbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


#: Not saved: who may see everything.
BOSS = User(pk=0, is_staff=True, is_active=True)


def found(text, *, rows=None, user=BOSS, page_size=40, before_id=None):
    everything = Conversation.objects.all() if rows is None else rows
    return search.search(
        text=text, conversations=everything, user=user, page_size=page_size, before_id=before_id
    )


def noted(conversation, content, *, at=NOW):
    note, _new = add_note(conversation=conversation, author=make_user(), content=content, at=at)
    return note


def test_a_word_finds_the_newest_text_that_holds_it_and_says_where():
    make_inbound(content="Thursday at ten?")
    newest = make_inbound(content="or on thursday at noon?")

    hits = found("thurs").hits

    assert hits == [
        Hit(
            conversation_id=newest.conversation_id,
            message_id=newest.pk,
            parts=[("or on ", False), ("thurs", True), ("day at noon?", False)],
        )
    ]


def test_our_own_texts_are_found_too():
    message = make_outbound(content="Your invoice is ready")

    assert [hit.message_id for hit in found("invoice").hits] == [message.pk]


def test_two_chinese_signs_are_found_in_the_middle_of_a_text():
    message = make_inbound(content="请问我的发票什么时候可以开？")

    assert [hit.message_id for hit in found("发票").hits] == [message.pk]
    assert found("票发").hits == []


@pytest.mark.parametrize(
    ("content", "inside", "absent"),
    [
        ("ขอบคุณมากครับ", "มาก", "มกา"),
        ("ขอบคุณมากครับ", "คุณ", "คิณ"),
        ("ຂອບໃຈຫຼາຍໆ", "ໃຈ", "ຈໃ"),
        ("ကျေးဇူးတင်ပါတယ်", "တင်", "တုင်"),
        ("សូមអរគុណច្រើន", "អរគុណ", "អរគិណ"),
    ],
    ids=["Thai", "a Thai vowel", "Lao", "Burmese", "Khmer"],
)
def test_words_are_found_inside_a_run_without_spaces(content, inside, absent):
    message = make_inbound(content=content)

    assert [hit.message_id for hit in found(inside).hits] == [message.pk]
    assert found(absent).hits == []


@pytest.mark.parametrize(
    ("content", "typed"),
    [
        ("شُكْرًا جزيلا", "شكرا"),
        ("شكرا جزيلا", "شُكْرًا"),
        ("مرحبا يا أحمد", "احمد"),
        ("مرحبا يا احمد", "أحمد"),
        ("موعد في المدرسة", "المدرسه"),
        ("שָׁלוֹם לכולם", "שלום"),
        ("שלום לכולם", "שָׁלוֹם"),
    ],
    ids=[
        "Arabic marks in the text",
        "Arabic marks in the query",
        "hamza in the text",
        "hamza in the query",
        "teh marbuta",
        "niqqud in the text",
        "niqqud in the query",
    ],
)
def test_arabic_and_hebrew_are_found_with_and_without_marks(content, typed):
    message = make_inbound(content=content)

    assert [hit.message_id for hit in found(typed).hits] == [message.pk]


def test_a_text_with_the_very_reference_comes_before_newer_ones_with_its_parts():
    exact = make_inbound(content="Where is AB-1234/56?", phone="34600000001")
    longer = make_inbound(content="AB-1234/567 as well", phone="34600000002")
    parts = make_inbound(content="56 of 1234 ab", phone="34600000003")
    make_conversation(phone="34600000004", name="AB 1234 56")

    hits = found("AB-1234/56").hits

    assert [hit.message_id for hit in hits] == [exact.pk, None, parts.pk, longer.pk]
    assert hits[0].parts == [("Where is ", False), ("AB-1234/56", True), ("?", False)]


def test_a_conversation_with_the_very_reference_comes_once_on_all_pages():
    for number in range(5):
        make_inbound(content=f"AB-1234/56 and AB 1234 56{number}", phone=f"3460000000{number}")

    first = found("AB-1234/56", page_size=2)
    second = found("AB-1234/56", page_size=2, before_id=first.before_id)
    third = found("AB-1234/56", page_size=2, before_id=second.before_id)

    places = [hit.conversation_id for page in (first, second, third) for hit in page.hits]
    assert len(places) == len(set(places)) == 5
    assert third.before_id is None


def test_all_words_must_be_in_one_text():
    make_inbound(content="red apples")
    make_inbound(content="green pears")

    assert found("red pears").hits == []


@pytest.mark.parametrize("typed", ["612345", "+34 612-345", "5678", "34612345678"])
def test_a_part_of_a_number_finds_the_contact_however_it_is_typed(typed):
    conversation = make_conversation(phone="34612345678")
    make_conversation(phone="447700900123")

    assert [hit.conversation_id for hit in found(typed).hits] == [conversation.pk]


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("07911 123456", id="national"),
        pytest.param("0044 7911 123456", id="00 for the plus"),
        pytest.param("07911123456", id="without spaces"),
        pytest.param("+44 (0)7911-123456", id="a zero in brackets"),
        pytest.param("(07911) 123", id="its beginning"),
    ],
)
def test_a_number_is_found_with_the_zeros_that_people_dial(typed):
    conversation = make_conversation(phone="447911123456")
    make_conversation(phone="447700900123")

    assert [hit.conversation_id for hit in found(typed).hits] == [conversation.pk]


def test_zeros_that_belong_to_the_number_are_found_too():
    conversation = make_conversation(phone="390612345678")

    assert [hit.conversation_id for hit in found("06 1234 5678").hits] == [conversation.pk]


@pytest.mark.parametrize("typed", ["00", "0034", "order 0345"])
def test_zeros_are_left_out_of_nothing_but_numbers_long_enough(typed):
    make_conversation(phone="34612345678")

    assert found(typed).hits == []


def test_a_name_is_found_without_its_accents_and_by_its_new_form_after_a_change():
    conversation = make_conversation(name="Elena Martínez")
    index_waiting()
    edit_contact(
        contact=conversation.contact,
        conversation=conversation,
        by=make_user(is_staff=True),
        at=NOW,
        name="Helena Muñoz",
    )

    assert [hit.conversation_id for hit in found("munoz").hits] == [conversation.pk]
    assert found("martinez").hits == []


def test_a_memo_is_found_and_shown_until_it_changes():
    conversation = make_conversation(name="Ana Ruiz")
    write_memo(conversation=conversation, text="Likes quiet mornings.\nHas a dog.")

    assert found("ana quiet").hits == [
        Hit(
            conversation.pk,
            parts=[("Likes ", False), ("quiet", True), (" mornings. Has a dog.", False)],
            is_of_memo=True,
        )
    ]

    write_memo(conversation=conversation, text="Likes evenings")

    assert found("quiet").hits == []


@pytest.mark.parametrize("typed", ["ana.ruiz@example.com", "example.com", "ruiz@"])
def test_an_e_mail_address_is_found_and_shown(typed):
    conversation = make_conversation(name="Ana")
    edit_contact(
        contact=conversation.contact,
        conversation=conversation,
        by=make_user(is_staff=True),
        at=NOW,
        email="ana.ruiz@example.com",
    )

    (hit,) = found(typed).hits

    assert (hit.conversation_id, hit.is_of_memo) == (conversation.pk, False)
    assert "".join(text for text, _is_match in hit.parts) == "ana.ruiz@example.com"


def test_a_name_that_fits_is_enough_whatever_stands_in_the_memo():
    conversation = make_conversation(name="Ana Ruiz")
    write_memo(conversation=conversation, text="Ana likes mornings")

    assert found("ana").hits == [Hit(conversation.pk)]


def test_a_hidden_text_is_no_longer_found():
    message = make_inbound(content="my card is 4111111111111111")
    index_waiting()

    redact_message(message=message, content="••••", by=make_user(), at=NOW)

    assert found("4111").hits == []


def test_only_the_conversations_that_may_be_seen_are_found():
    other = make_did("442071234567")
    make_inbound(did=other, content="secret plan")
    mine = make_inbound(content="our plan")

    rows = Conversation.objects.filter(did_number=mine.did_number)

    assert [hit.message_id for hit in found("plan", rows=rows).hits] == [mine.pk]


def test_pages_go_on_where_the_one_before_ended():
    messages = [make_inbound(phone=f"3460000000{n}", content="same word") for n in range(5)]

    first = found("word", page_size=3)
    second = found("word", page_size=3, before_id=first.before_id)

    assert [hit.message_id for hit in first.hits] == [m.pk for m in messages[:1:-1]]
    assert [hit.message_id for hit in second.hits] == [messages[1].pk, messages[0].pk]
    assert second.before_id is None


def test_nothing_typed_finds_nothing_and_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert found(" +!? ").hits == []


def test_a_filter_without_a_word_in_it_finds_nothing_rather_than_everything():
    make_inbound(content="Thursday")

    assert not matching_conversations(Conversation.objects.all(), text="'%_", user=BOSS).exists()


def test_what_the_api_filters_by_is_the_same_search():
    conversation = make_inbound(content="Thursday works").conversation
    make_inbound(phone="447700900123", content="Friday works")

    rows = matching_conversations(Conversation.objects.all(), text="thursday", user=BOSS)

    assert list(rows) == [conversation]


def test_indexing_is_done_once():
    make_inbound(content="Hello")

    assert (index_waiting(), index_waiting()) == (2, 0)  # a message and a contact


def test_a_text_that_cannot_be_indexed_holds_up_nothing_and_is_logged_once(monkeypatch, caplog):
    for content in ("a good one", "poison", "another good one"):
        message = make_inbound(content=content)
    index_waiting()
    Message.objects.update(search_text=None)

    def search_text_of(content):
        if content == "poison":
            raise ValueError("no words")
        return content

    monkeypatch.setattr(indexing, "search_text_of", search_text_of)

    assert [index_waiting(), index_waiting()] == [3, 0]
    assert list(Message.objects.order_by("id").values_list("search_text", flat=True)) == [
        "a good one",
        "",
        "another good one",
    ]
    assert caplog.messages == [f"Message {message.pk - 1} cannot be indexed"]


def test_a_remade_table_gets_its_index_back():
    """On SQLite Django remakes a table to alter it; its triggers are gone then."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER messaging_message_fts_learn")

    create_search_indexes(connection)
    message = make_inbound(content="Hello again")

    assert [hit.message_id for hit in found("again").hits] == [message.pk]


def test_deleting_rows_takes_them_out_of_the_index():
    message = make_outbound(content="to be pruned")
    index_waiting()
    message.status_changes.all().delete()
    Message.objects.filter(pk=message.pk).delete()

    assert found("pruned").hits == []


def test_a_saved_contact_is_indexed_again_only_when_what_it_is_found_by_was_saved():
    contact = make_conversation(name="Ana").contact
    index_waiting()
    contact.refresh_from_db()

    contact.language = "English"
    contact.save(update_fields=["language"])

    assert Contact.objects.get(pk=contact.pk).search_text == contact.search_text != ""


def test_conversation_stands_on_one_page_only():
    twice = make_inbound(phone="34600000001", content="word again")
    make_inbound(phone="34600000002", content="word between")
    newest = make_inbound(phone="34600000001", content="word")
    named = make_conversation(phone="34600000003", name="Word Smith")
    make_inbound(phone="34600000003", content="a word of mine")

    first = found("word", page_size=2)
    second = found("word", page_size=2, before_id=first.before_id)

    assert [hit.conversation_id for hit in first.hits] == [named.pk, newest.conversation_id]
    assert twice.conversation_id == newest.conversation_id
    assert [hit.conversation_id for hit in second.hits] == [
        Message.objects.get(content="word between").conversation_id
    ]


# Notes -----------------------------------------------------------------------------------------


def test_a_word_finds_the_newest_note_and_opens_the_thread_where_it_stands():
    before = make_inbound(content="Hello", at=NOW - timedelta(hours=1))
    noted(before.conversation, "asks for a refund", at=NOW - timedelta(minutes=2))
    newest = noted(before.conversation, "Refund is agreed", at=NOW)
    make_inbound(content="Thanks", at=NOW + timedelta(hours=1))

    hits = found("refund").hits

    assert hits == [
        Hit(
            conversation_id=before.conversation_id,
            message_id=before.pk,
            note_id=newest.pk,
            parts=[("Refund", True), (" is agreed", False)],
        )
    ]


def test_a_note_before_the_first_message_is_found_too():
    conversation = make_conversation()
    note = noted(conversation, "退款已同意")

    (hit,) = found("款已").hits

    assert (hit.conversation_id, hit.message_id, hit.note_id) == (conversation.pk, None, note.pk)


def test_all_words_must_be_in_one_note():
    conversation = make_inbound(content="red apples").conversation
    noted(conversation, "green pears")

    assert found("red pears").hits == []


def test_notes_of_conversations_that_may_not_be_seen_are_not_found():
    london, tom = make_did("442071234567"), make_user("tom")
    london.members.add(tom)
    noted(make_conversation(), "secret plan")
    mine = noted(make_conversation(london), "our plan")
    visible = Conversation.objects.visible_to(tom)

    assert [hit.note_id for hit in found("plan", rows=visible).hits] == [mine.pk]
    assert list(matching_conversations(visible, text="plan", user=BOSS)) == [mine.conversation]


def test_conversation_stands_on_one_page_only_whatever_in_it_fits():
    named = make_conversation(phone="34600000003", name="Word Smith")
    noted(named, "a word about Smith")
    both = make_inbound(phone="34600000001", content="word").conversation
    noted(both, "a word about them")
    rest = [make_inbound(phone=f"3461000000{n}", content="word of theirs") for n in range(4)]

    pages, before_id = [], None
    while not pages or before_id is not None:
        results = found("word", page_size=4, before_id=before_id)
        pages.append([hit.conversation_id for hit in results.hits])
        before_id = results.before_id

    others = [message.conversation_id for message in reversed(rest)]
    assert pages == [[named.pk, both.pk, *others[:2]], others[2:]]


def test_notes_leave_room_for_texts_and_come_newest_first():
    notes = [noted(make_conversation(phone=f"3460000000{n}"), "a word") for n in range(5)]
    text = make_inbound(phone="34612345678", content="word")

    hits = found("word", page_size=4).hits

    assert [hit.note_id for hit in hits] == [notes[4].pk, notes[3].pk, None]
    assert hits[2].message_id == text.pk


def test_notes_written_before_there_was_an_index_come_into_it():
    note = noted(make_conversation(), "an old word")
    Note.objects.filter(pk=note.pk).update(search_text=None)

    assert [hit.note_id for hit in found("old").hits] == [note.pk]


@pytest.fixture
def one_walk(monkeypatch):
    """PostgreSQL looks at all rows at once, however high their ids have become."""
    monkeypatch.setattr(index_scan, "FIRST_WALK", 2**62)


@pytest.mark.usefixtures("one_walk")
@pytest.mark.parametrize("count", [1, 3])
def test_search_costs_the_same_queries_at_any_number_of_notes(count, django_assert_num_queries):
    for number in range(count):
        noted(make_conversation(phone=f"3460000000{number}"), "a word")
    index_waiting()
    # What waits, contacts, memos and notes (PostgreSQL asks for the greatest id first), which of
    # them may be seen, what they say, texts.
    statements = {"sqlite": 7, "postgresql": 9}[connection.vendor]

    with django_assert_num_queries(statements):
        assert len(found("word").hits) == count


@pytest.mark.usefixtures("one_walk")
def test_search_without_notes_asks_one_short_question_more(django_assert_num_queries):
    make_inbound(content="a word")
    index_waiting()
    statements = {"sqlite": 7, "postgresql": 9}[connection.vendor]

    with django_assert_num_queries(statements):
        assert len(found("word").hits) == 1
