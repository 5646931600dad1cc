"""People in the admin: their numbers, their names, and who may change whom."""

import re

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse

from messaging.models import SecondFactor
from tests.admin.pages import BACKEND, page
from tests.factories import (
    make_did,
    make_user,
)

pytestmark = pytest.mark.django_db


def user_form(**changes):
    return {"username": "ana", "is_active": "on", "did_numbers": []} | changes


def test_a_persons_page_ticks_the_numbers_they_answer(admin):
    ana, did = make_user("ana"), make_did()

    admin.post(reverse("admin:auth_user_change", args=[ana.pk]), user_form(did_numbers=[did.pk]))
    assert list(ana.did_numbers.all()) == [did]

    admin.post(reverse("admin:auth_user_change", args=[ana.pk]), user_form())
    assert list(ana.did_numbers.all()) == []


@pytest.mark.parametrize("key", ["9" * 19, "9" * 5000, "-1", "a\0b", "²"], ids=lambda key: key[:8])
def test_what_is_no_number_of_ours_is_refused_at_its_boxes(admin, key):
    ana, did = make_user("ana"), make_did()
    pages = [
        (reverse("admin:auth_user_change", args=[ana.pk]), user_form(did_numbers=[key])),
        (reverse("admin:messaging_didnumber_change", args=[did.pk]), {"members": [key]}),
    ]

    for address, form in pages:
        answer = admin.post(address, form)

        assert answer.status_code == 200
        assert "is not a valid value" in answer.content.decode()


@pytest.mark.parametrize(("is_staff", "has_end"), [("on", True), ("", False)])
def test_the_time_of_a_new_administrator_to_set_up_a_second_step_begins(admin, is_staff, has_end):
    ana = make_user("ana", is_staff=not has_end)

    admin.post(
        reverse("admin:auth_user_change", args=[ana.pk]),
        user_form(everywhere="", is_staff=is_staff),
    )

    ends = SecondFactor.objects.filter(user=ana, grace_ends_at__isnull=False)
    assert (User.objects.get(pk=ana.pk).is_staff, ends.exists()) == (has_end, has_end)


def test_names_are_written_as_their_script_has_them(admin, boss):
    User.objects.filter(pk=boss.pk).update(first_name="伟", last_name="张")
    make_user("ana", first_name="Ana", last_name="Ruiz")
    make_user("nameless")

    text = page(admin, "auth_user_changelist")

    assert '<span class="who">张伟</span>' in text
    assert re.findall(r'<td class="field-full_name">(.*?)</td>', text) == ["Ana Ruiz", "张伟", "–"]


def test_an_administrator_makes_no_superuser_and_changes_none(admin):
    ana = make_user("ana")
    above = make_user("above", is_superuser=True)

    admin.post(
        reverse("admin:auth_user_change", args=[ana.pk]),
        user_form(is_superuser="on", is_staff="on"),
    )
    refused = admin.post(reverse("admin:auth_user_change", args=[above.pk]), user_form())
    password = admin.get(f"/admin/auth/user/{above.pk}/password/")

    ana.refresh_from_db()
    assert (ana.is_staff, ana.is_superuser) == (True, False)
    assert (refused.status_code, password.status_code) == (403, 403)


@pytest.mark.parametrize("name", ["me", "none", "None"])
def test_a_user_name_that_means_somebody_else_in_filters_is_refused(admin, name):
    ana = make_user("ana")
    password = {"password1": "a good pass phrase", "password2": "a good pass phrase"}

    added = admin.post(reverse("admin:auth_user_add"), {"username": name, **password})
    renamed = admin.post(reverse("admin:auth_user_change", args=[ana.pk]), user_form(username=name))

    said = {"username": [f"{name} has another meaning in filters. Choose another name."]}
    assert [one.context["adminform"].form.errors for one in (added, renamed)] == [said, said]
    assert set(User.objects.values_list("username", flat=True)) == {"ana", "boss"}


def test_a_person_who_has_such_a_name_already_can_still_be_changed(admin):
    somebody = make_user("me")

    admin.post(
        reverse("admin:auth_user_change", args=[somebody.pk]),
        {"username": "me", "first_name": "Mercedes"},
    )

    somebody.refresh_from_db()
    assert (somebody.first_name, somebody.is_active) == ("Mercedes", False)


@pytest.mark.parametrize("field", ["is_active", "is_staff"])
def test_nobody_shuts_themselves_out_of_the_admin(field):
    top = make_user("top", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(top, backend=BACKEND)
    form = user_form(username="top", is_staff="on")
    del form[field]

    response = client.post(reverse("admin:auth_user_change", args=[top.pk]), form)

    top.refresh_from_db()
    assert list(response.context["adminform"].form.errors) == [field]
    assert (top.is_active, top.is_staff, top.is_superuser) == (True, True, True)


def test_a_superuser_without_the_tick_for_administrators_may_save_their_own_page():
    top = make_user("top", is_superuser=True)
    client = Client()
    client.force_login(top, backend=BACKEND)

    client.post(
        reverse("admin:auth_user_change", args=[top.pk]),
        user_form(username="top", first_name="Ana"),
    )

    top.refresh_from_db()
    assert (top.first_name, top.is_active, top.is_superuser) == ("Ana", True, True)


def test_the_last_active_superuser_is_not_made_inactive_by_another_either(boss):
    top = make_user("top", is_superuser=True)
    make_user("left", is_superuser=True, is_active=False)
    model_admin = site._registry[User]
    request = RequestFactory().post("/")
    # As seen by somebody who may change superusers while their own account loses that.
    request.user = User(pk=boss.pk, is_superuser=True)
    form_of = model_admin.get_form(request, top, change=True)

    alone = form_of({"username": "top"}, instance=User.objects.get(pk=top.pk))
    said = dict(alone.errors)
    make_user("second", is_superuser=True)
    with_another = form_of({"username": "top"}, instance=User.objects.get(pk=top.pk))

    assert said == {
        "is_active": [
            "This is the last active superuser. Create another first: manage.py createsuperuser."
        ]
    }
    assert dict(with_another.errors) == {}


def test_a_superusers_page_is_there_to_read_for_another_administrator(admin):
    above = make_user("above", is_superuser=True)
    make_did(label="Front desk", members=(above,))

    text = page(admin, "auth_user_change", above.pk)

    assert re.findall(r'(?s)field-answered.*?class="readonly">(.*?)</div>', text) == ["Front desk"]
    assert 'name="_save"' not in text
    assert above.password not in text
