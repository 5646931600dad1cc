"""Rows are rendered once, and again when anything that they show is no longer true."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import Context
from django.utils import timezone, translation

from messaging.models import Contact, Conversation, Label
from messaging.services.inbox.pages import list_page
from messaging.services.inbox.query import ListQuery
from messaging.templatetags.list_rows import _slot, conversation_rows
from tests.factories import NOW, make_did, make_inbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def ana():
    return make_user(is_staff=True)


@pytest.fixture(autouse=True)
def nothing_kept():
    _slot.cache_clear()


def rows(user, *, at=NOW, **context):
    query = ListQuery.parse("open", {})
    page = list_page(query=query, user=user, at=at)
    return conversation_rows(Context({"view": "open", "query": query, "rows_page": page} | context))


def test_a_row_is_kept_while_nothing_changes(ana):
    make_inbound(at=NOW)

    first = rows(ana)
    again = rows(ana, at=NOW + timedelta(seconds=30))

    assert again == first
    assert (_slot.cache_info().misses, _slot.cache_info().hits) == (1, 1)


def test_a_row_grows_older(ana):
    make_inbound(at=NOW)
    rows(ana, at=NOW + timedelta(minutes=5))

    assert ">6m<" in rows(ana, at=NOW + timedelta(minutes=6))


def change_name(conversation):
    Contact.objects.filter(pk=conversation.contact_id).update(name="Elena")


def change_status(conversation):
    Conversation.objects.filter(pk=conversation.pk).update(
        snoozed_until=NOW + timedelta(days=1), last_preview="Elena"
    )


def add_label(conversation):
    conversation.labels.add(Label.objects.create(name="Elena"))


def write_again(conversation):
    make_inbound(content="Elena")


@pytest.mark.parametrize("change", [change_name, change_status, add_label, write_again])
def test_a_change_is_seen_at_once(ana, change):
    conversation = make_inbound().conversation
    before = rows(ana)

    change(conversation)

    assert "Elena" not in before
    assert "Elena" in rows(ana)


def test_everybody_gets_their_own_language_and_time(ana):
    make_inbound(at=NOW)
    at = NOW + timedelta(minutes=3)
    english = rows(ana, at=at)

    with translation.override("zh-hans"):
        assert "分钟" in rows(ana, at=at)
    with timezone.override(ZoneInfo("Asia/Shanghai")):
        assert "17:00" in rows(ana, at=at)
    assert rows(ana, at=at) == english


def test_the_open_row_and_the_number_s_name_are_shown_where_asked(ana):
    message = make_inbound()
    rows(ana)
    name = message.did_number.name
    only_number = rows(ana, shows_number=True)
    make_did("442071234567")

    assert 'aria-current="true"' in rows(ana, open_id=message.conversation_id)
    assert (name in only_number, name in rows(ana, shows_number=True)) == (False, True)
    assert 'aria-current="true"' not in rows(ana)
