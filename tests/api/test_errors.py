"""Every error of the API has one form."""

import pytest
from rest_framework.test import APIClient

from tests.api.conftest import client_of, error_of
from tests.factories import make_user

MESSAGES = "/api/v1/messages/"
pytestmark = pytest.mark.django_db


def test_a_caller_without_a_token_is_told_to_sign_in():
    response = APIClient().get(MESSAGES)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api", Token'
    assert error_of(response) == {
        "code": "not_authenticated",
        "detail": "Authentication credentials were not provided.",
        "fields": {},
    }


def test_a_token_that_does_not_exist_lets_nobody_in():
    response = APIClient().get(MESSAGES, headers={"Authorization": "Token nonsense"})

    assert (response.status_code, response.json()["code"]) == (401, "authentication_failed")


def test_a_deactivated_user_is_refused(ana):
    client = client_of(ana)
    ana.is_active = False
    ana.save()

    assert client.get(MESSAGES).status_code == 401


def test_a_session_without_csrf_token_reads_but_does_not_write(ana):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(ana, backend="messaging.services.access.auth_backend.StaffBackend")

    response = client.post(MESSAGES, {})

    assert client.get(MESSAGES).status_code == 200
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")


@pytest.mark.parametrize(
    "path", ["nonsense/", "messages/1/", "messages/word/", "messages/1/nonsense/"]
)
def test_what_is_not_there_is_a_404_in_the_same_form(api, path):
    response = api.get(f"/api/v1/{path}")

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
    assert response.json()["fields"] == {}


@pytest.mark.parametrize("number", ["9" * 18, "9" * 40])
def test_an_id_beyond_all_bounds_is_a_404(api, number):
    assert api.get(f"{MESSAGES}{number}/").status_code == 404


def test_a_path_without_its_last_slash_is_led_on_when_read_and_explained_when_written(api):
    assert (
        api.get("/api/v1/messages?status=sent").headers["Location"]
        == "/api/v1/messages/?status=sent"
    )
    assert error_of(api.post("/api/v1/messages", {})) == {
        "code": "not_found",
        "detail": "Every path ends in a slash.",
        "fields": {},
    }


def test_a_method_that_is_not_offered_is_a_405(api):
    response = api.delete(MESSAGES)

    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "parse_error"),
        (b"\xff\xfe", "parse_error"),
        (b'{"sender": NaN}', "parse_error"),
        (b"[" * 100_000, "parse_error"),
        (b'{"content": "ab", "content": "cd"}', "parse_error"),
        (b"[]", "invalid"),
        (b"null", "invalid"),
        (b'"text"', "invalid"),
    ],
    ids=[
        "cut short",
        "not UTF-8",
        "NaN",
        "nested deeply",
        "a name twice",
        "list",
        "null",
        "string",
    ],
)
def test_a_body_that_is_no_object_is_a_clear_400(api, body, code):
    response = api.post(MESSAGES, body, content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (400, code)
    assert response.json()["detail"]


def test_a_form_is_refused_with_415(api):
    response = api.post(MESSAGES, "sender=1", content_type="application/x-www-form-urlencoded")

    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


def test_a_body_that_is_too_large_is_refused(api):
    body = b'{"content": "' + b"x" * 300_000 + b'"}'

    response = api.post(MESSAGES, body, content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_several_fields_are_named_together(api):
    response = api.post(MESSAGES, {"phone": "", "content": "Hi"})

    assert response.status_code == 400
    assert error_of(response) == {
        "code": "invalid",
        "detail": "These fields are invalid: sender, phone.",
        "fields": {
            "sender": ["This field is required."],
            "phone": ["This field may not be blank."],
        },
    }


@pytest.mark.parametrize(
    "query",
    [
        "cursor=nonsense",
        "cursor=cD1hYmM%3D",  # p=abc
        "cursor=cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk%3D",  # a number beyond 64 bits
        "page_size=0",
        "page_size=201",
        "page_size=00000000199999",
        "page_size=ten",
        "status=faild",
        "direction=up",
        "after=x",
        "after=-1",
        "after=99999999999999999999",
        "conversation=x",
        "number=abc",
        "client_id=%00",
    ],
)
def test_a_filter_that_cannot_be_used_is_a_400_that_names_it(api, query):
    response = api.get(f"{MESSAGES}?{query}")

    if query.startswith("cursor=cD05"):
        assert response.status_code in {200, 400}
        return
    assert response.status_code == 400
    assert list(response.json()["fields"]) == [query.partition("=")[0]]


def test_an_unknown_parameter_is_ignored(api):
    assert api.get(f"{MESSAGES}?unknown=1").status_code == 200


def test_the_root_names_every_resource(api):
    assert list(api.get("/api/v1/").json()) == [
        "messages",
        "conversations",
        "contacts",
        "contact-fields",
        "numbers",
        "changes",
        "pushes",
        "audit",
        "exports",
        "keys",
        "sending",
        "health",
        "reports/messages",
        "reports/responses",
        "reports/delivery",
        "reports/cost",
        "schema",
        "docs",
    ]


def test_another_user_is_another_caller():
    assert client_of(make_user()).get(MESSAGES).json() == {
        "next": None,
        "previous": None,
        "results": [],
    }
