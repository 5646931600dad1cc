"""Whatever is asked for below /api/, the answer is JSON in the form that the description names."""

import pytest
from rest_framework.test import APIClient

from tests.api.conftest import error_of

pytestmark = pytest.mark.django_db

LISTS = ("messages", "conversations", "contacts", "numbers", "pushes", "audit", "keys")
ODD = {
    "letters": "abc",
    "negative": "-1",
    "huge": "9" * 30,
    "NUL": "%00",
    "newline": "%0A",
    "a digit and a newline": "1%0A",
    "digits of another script": "%D9%A1",
    "not UTF-8": "%FF%FE",
    "slash": "%2F",
    "two slashes": "/",
    "dots": "..%2F..",
    "markup": "%3Cscript%3E",
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("odd", ODD.values(), ids=list(ODD))
def test_an_odd_id_is_not_found_in_json(admin_api, name, odd):
    for path in (f"/api/v1/{name}/{odd}/", f"/api/v1/{name}/{odd}", f"/api/v1/{name}/{odd}/x/"):
        response = admin_api.get(path, follow=True)

        assert (response.status_code, error_of(response)["code"]) == (404, "not_found"), path


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v2/messages/", "/api/v1//messages/", "/api/%0A", "/api/v1/%0A/"]
)
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_nothing_is_at_any_other_address_for_anybody(path, method):
    response = getattr(APIClient(), method)(path)

    assert (response.status_code, error_of(response)["code"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["put", "delete", "trace"])
def test_a_method_that_is_not_there_names_those_that_are(api, method):
    response = api.generic(method.upper(), "/api/v1/messages/")

    assert (response.status_code, error_of(response)["code"]) == (405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_a_form_that_the_api_does_not_speak_is_refused_in_json(api):
    response = api.get("/api/v1/messages/", headers={"Accept": "text/html"})

    assert (response.status_code, error_of(response)["code"]) == (406, "not_acceptable")


def test_an_address_with_too_many_parameters_is_refused_in_json(api):
    response = api.get("/api/v1/messages/?" + "x=1&" * 1200)

    assert (response.status_code, error_of(response)["code"]) == (400, "bad_request")


def test_a_host_that_nobody_configured_is_refused_in_json(api):
    response = api.get("/api/v1/messages/", headers={"Host": "evil.example"})

    assert (response.status_code, error_of(response)["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("messages", ["status", "direction", "after", "number", "phone", "client_id", "page_size"]),
        ("conversations", ["status", "assignee", "label", "q", "unread", "needs_reply", "cursor"]),
        ("contacts", ["phone", "q"]),
        ("numbers", ["is_active"]),
        ("pushes", ["outcome", "kind", "reason", "is_signed", "message"]),
        ("audit", ["action", "actor", "object_type", "after"]),
        ("reports/messages", ["from", "to", "tz", "number", "format"]),
    ],
)
def test_an_empty_filter_is_refused_rather_than_ignored(admin_api, path, names):
    for name in names:
        response = admin_api.get(f"/api/v1/{path}/?{name}=")

        assert (response.status_code, list(error_of(response)["fields"])) == (400, [name])


@pytest.mark.parametrize("flag", ["true", "True", "1", "false", "False", "0"])
def test_a_truth_value_in_an_address_is_written_in_one_of_six_ways(api, flag):
    assert api.get(f"/api/v1/conversations/?unread={flag}").status_code == 200


@pytest.mark.parametrize("flag", ["yes", "on", "t", "2", "TRUE", "null"])
def test_any_other_truth_value_is_refused(api, flag):
    response = api.get(f"/api/v1/conversations/?unread={flag}")

    assert error_of(response)["fields"] == {"unread": ["Use true or false."]}


@pytest.mark.parametrize("text", ["1_0", " 1", "+1", "1.0", "١", "-1", str(2**63)])
def test_an_id_in_an_address_is_made_of_digits(api, text):
    response = api.get("/api/v1/messages/", {"conversation": text})

    assert (response.status_code, list(error_of(response)["fields"])) == (400, ["conversation"])


def test_the_format_in_the_address_wins_over_what_is_accepted(admin_api):
    json_anyway = {"Accept": "application/json"}

    csv = admin_api.get("/api/v1/reports/messages/?format=csv", headers=json_anyway)
    other = admin_api.get("/api/v1/reports/messages/?format=xml", headers={"Accept": "text/csv"})

    assert csv.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert error_of(other)["fields"] == {"format": ["Use one of: json, csv."]}


def test_an_error_is_json_even_where_csv_was_asked_for(api):
    response = api.get("/api/v1/reports/messages/?by=moon", headers={"Accept": "text/csv"})

    assert (response.status_code, list(error_of(response)["fields"])) == (400, ["by"])


def test_what_a_report_can_be_asked_is_no_table(api):
    response = api.options("/api/v1/reports/messages/", headers={"Accept": "text/csv"})

    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
