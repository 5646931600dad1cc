"""Newest matches in batches: whatever way they are found, they are those that fit, newest first."""

from contextlib import closing

import pytest
from django.db import connection

from messaging.db.search_index import create_search_indexes
from messaging.models import Message
from messaging.services.search import index_scan
from messaging.services.search.index_scan import MESSAGES, Batch, newest_matches
from messaging.services.search.indexing import index_waiting
from messaging.services.search.tokenizer import fits, terms_of
from tests.factories import NOW, make_conversation

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(index_scan, "FIRST_BATCH", 2)
    monkeypatch.setattr(index_scan, "FIRST_WALK", 3)
    monkeypatch.setattr(index_scan, "MOST_MATCHES", 9)


@pytest.fixture
def texts(db):
    """Forty texts: "often" in every second, "seldom" in two, "和平" in every fourth."""
    conversation = make_conversation()
    for turn in range(40):
        words = ["plain"]
        words += ["often"] if turn % 2 else []
        words += ["seldom"] if turn in {4, 31} else []
        words += ["世界和平"] if turn % 4 == 0 else []
        Message.objects.create(
            conversation=conversation,
            did_number=conversation.did_number,
            direction="inbound",
            status="received",
            content=" ".join(words),
            created_at=NOW,
        )
    index_waiting()


def expected(query, *, before_id=2**62):
    rows = Message.objects.filter(pk__lt=before_id).order_by("-id")
    return [(row.pk, row.conversation_id) for row in rows if fits(row.search_text, terms_of(query))]


@pytest.mark.parametrize("ask_cost", [0, 10**9], ids=["index soon", "walk on"])
@pytest.mark.parametrize(
    "query", ["often", "of", "o", "seldom", "和平", "和", "plain often", "none"]
)
def test_batches_are_the_newest_texts_that_fit(texts, small_batches, monkeypatch, query, ask_cost):
    monkeypatch.setattr(index_scan, "ASK_COST", ask_cost)

    batches = list(newest_matches(MESSAGES, terms_of(query)))

    found = [match for batch in batches for match in batch.matches]
    assert found == expected(query)[:9]
    assert (batches[-1].next_id is None) == (len(expected(query)) <= 9)


@pytest.mark.parametrize("ask_cost", [0, 10**9], ids=["index soon", "walk on"])
def test_where_a_batch_ends_the_next_search_goes_on(texts, small_batches, monkeypatch, ask_cost):
    monkeypatch.setattr(index_scan, "ASK_COST", ask_cost)
    terms, found, before_id = terms_of("often"), [], None

    for _turn in range(40):
        with closing(newest_matches(MESSAGES, terms, before_id=before_id)) as batches:
            batch = next(batches)
        found += batch.matches
        before_id = batch.next_id
        if before_id is None:
            break

    assert found == expected("often")


def test_first_batch_of_a_frequent_word_is_all_that_is_asked(
    texts, small_batches, django_assert_max_num_queries
):
    newest_three = expected("plain")[:2]

    with (
        django_assert_max_num_queries(2),
        closing(newest_matches(MESSAGES, terms_of("plain"))) as batches,
    ):
        assert next(batches) == Batch(newest_three, next_id=newest_three[-1][0])


def test_nothing_is_found_where_there_are_no_texts():
    assert list(newest_matches(MESSAGES, terms_of("word"))) in ([], [Batch([], None)])


def test_index_of_an_older_make_is_made_again_with_what_it_held(texts):
    if connection.vendor == "postgresql":
        pytest.skip("its index has no settings")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE messaging_message_fts")
        cursor.execute(
            "CREATE VIRTUAL TABLE messaging_message_fts USING fts5(search_text,"
            " content='messaging_message', content_rowid='id', prefix='2 3')"
        )

    create_search_indexes(connection)

    with closing(newest_matches(MESSAGES, terms_of("seldom"))) as batches:
        assert next(batches).matches == expected("seldom")
