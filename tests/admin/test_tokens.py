"""Tokens in the admin: shown once, named by their beginning, each its owner's."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from rest_framework.authtoken.models import Token

from tests.admin.pages import BACKEND, page
from tests.factories import make_user, show_who

pytestmark = pytest.mark.django_db


def add_token(client: Client, user: User) -> str:
    """Make a token in the admin; return the page that answers."""
    response = client.post(reverse("admin:authtoken_tokenproxy_add"), {"user": user.pk})
    assert response.status_code == 200
    return response.content.decode()


def test_a_token_is_shown_whole_once_to_the_user_who_made_it(admin):
    ana = make_user("ana")

    made = add_token(admin, ana)

    key = Token.objects.get().key
    own_page = ("authtoken_tokenproxy_change", ana.pk)
    later = [page(admin, *own_page), page(admin, "authtoken_tokenproxy_changelist")]
    later += [page(admin, "authtoken_tokenproxy_history", ana.pk), add_token(admin, ana)]
    later += [page(admin, "auth_user_delete", ana.pk)]
    assert f'value="Authorization: Token {key}"' in made
    assert [text.count(key[:5]) for text in later] == [0] * 5
    assert f'<div class="readonly">{key[:4]}…</div>' in later[0]


def test_deleting_a_token_names_it_by_its_beginning(admin):
    ana = make_user("ana")
    key = Token.objects.create(user=ana).key
    address = reverse("admin:authtoken_tokenproxy_delete", args=[ana.pk])

    asked = admin.get(address).content.decode()
    said = admin.post(address, {"post": "yes"}, follow=True).content.decode()

    assert Token.objects.count() == 0
    assert [key[:5] in text for text in (asked, said)] == [False, False]
    assert f"{key[:4]}…" in said
    assert not LogEntry.objects.filter(object_repr__contains=key[:4]).exists()


def test_a_superusers_token_is_none_of_another_administrators_business(admin):
    above = make_user("above", is_superuser=True)
    refused = add_token(admin, above)
    made = Token.objects.count()
    token = Token.objects.create(user=above)

    listing = page(admin, "authtoken_tokenproxy_changelist")
    looked, deleted = (
        admin.get(reverse(f"admin:authtoken_tokenproxy_{view}", args=[above.pk]))
        for view in ("change", "delete")
    )
    admin.post(reverse("admin:authtoken_tokenproxy_delete", args=[above.pk]), {"post": "yes"})

    assert (made, list(Token.objects.all())) == (0, [token])
    assert "Select a valid choice" in refused
    assert "above" not in listing
    assert (looked.status_code, deleted.status_code) == (302, 403)


def test_a_superuser_makes_sees_and_deletes_a_superusers_token():
    top, above = (make_user(name, is_superuser=True) for name in ("top", "above"))
    client = Client()
    client.force_login(top, backend=BACKEND)
    show_who(client)

    made = add_token(client, above)

    assert f"Authorization: Token {Token.objects.get().key}" in made
    page(client, "authtoken_tokenproxy_change", above.pk)
    client.post(reverse("admin:authtoken_tokenproxy_delete", args=[above.pk]), {"post": "yes"})
    assert Token.objects.count() == 0
