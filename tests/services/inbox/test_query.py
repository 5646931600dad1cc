"""A list's address says everything that the list holds: no field is lost on the way."""

import re
from dataclasses import fields, replace

import pytest

from messaging.models import Label
from messaging.services.inbox.query import WAITING, ListQuery
from tests.factories import make_did, make_user

#: A value for each field that is not its usual one; who adds a field adds one here.
SAMPLES = {
    "view": "closed",
    "text": "late order",
    "sort": WAITING,
    "assignee": "ana",
    "number": 7,
    "label": 3,
    "is_unread": True,
    "needs_reply": True,
}
#: Where a page begins is no part of what the list holds.
PAGES = {"before", "before_hit"}
PLAIN = ListQuery(view="open")


def test_every_field_has_a_sample():
    assert {field.name for field in fields(ListQuery)} == SAMPLES.keys() | PAGES


@pytest.mark.parametrize("name", SAMPLES)
def test_field_comes_back_from_the_address(name):
    query = replace(PLAIN, **{name: SAMPLES[name]})

    assert query != PLAIN
    assert ListQuery.parse(query.view, dict(query.params())) == query


def test_all_fields_together_come_back_from_the_address():
    query = ListQuery(**SAMPLES)

    assert ListQuery.parse(query.view, dict(query.params())) == query


@pytest.mark.parametrize("view", ["open", "needs-reply"])
@pytest.mark.parametrize("sort", ["newest", WAITING])
def test_order_comes_back_whatever_is_usual_in_the_view(view, sort):
    query = ListQuery(view=view, sort=sort)

    assert ListQuery.parse(view, dict(query.params())) == query


@pytest.mark.parametrize("name", sorted(SAMPLES.keys() - {"view", "text", "sort"}))
def test_filter_is_counted(name):
    assert replace(PLAIN, **{name: SAMPLES[name]}).filter_count == 1


@pytest.mark.django_db
def test_form_of_the_filters_sends_every_field_again(client):
    """A person who changes one filter keeps the others."""
    client.force_login(make_user("ana", is_staff=True))
    make_did(id=7)
    make_did("447700900123", label="London")
    Label.objects.create(name="VIP")
    query = ListQuery(**SAMPLES)

    page = client.get(f"/inbox/{query.view}/{query.query_string}").content.decode()

    form = next(form for form in page.split("<form") if 'name="sort"' in form)
    names = set(re.findall(r'name="(\w+)"', form))
    assert {name for name, _value in query.params()} <= names
