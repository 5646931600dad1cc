"""The description of the API and the page made from it."""

import warnings

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from tests.api.conftest import error_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_the_schema_is_valid_and_made_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the validator's own dependencies
        GENERATOR_STATS.reset()
        schema = SchemaGenerator().get_schema(request=None, public=True)
        validate_schema(schema)

    assert not GENERATOR_STATS
    assert list(schema["paths"]) == [
        "/api/v1/audit/",
        "/api/v1/audit/{id}/",
        "/api/v1/changes/",
        "/api/v1/contact-fields/",
        "/api/v1/contacts/",
        "/api/v1/contacts/{id}/",
        "/api/v1/contacts/{id}/erase/",
        "/api/v1/contacts/{id}/export/",
        "/api/v1/contacts/{id}/merge/",
        "/api/v1/contacts/{id}/separate/",
        "/api/v1/conversations/",
        "/api/v1/conversations/{id}/",
        "/api/v1/conversations/{id}/messages/",
        "/api/v1/conversations/{id}/notes/",
        "/api/v1/exports/",
        "/api/v1/exports/{id}/",
        "/api/v1/exports/{id}/{table}/",
        "/api/v1/health/",
        "/api/v1/keys/",
        "/api/v1/keys/{id}/",
        "/api/v1/messages/",
        "/api/v1/messages/{id}/",
        "/api/v1/messages/{id}/cancel/",
        "/api/v1/messages/{id}/record/",
        "/api/v1/messages/{id}/redact/",
        "/api/v1/messages/{id}/resend/",
        "/api/v1/messages/bulk/",
        "/api/v1/messages/estimate/",
        "/api/v1/numbers/",
        "/api/v1/numbers/{id}/",
        "/api/v1/pushes/",
        "/api/v1/pushes/{id}/",
        "/api/v1/pushes/{id}/replay/",
        "/api/v1/reports/cost/",
        "/api/v1/reports/delivery/",
        "/api/v1/reports/messages/",
        "/api/v1/reports/responses/",
        "/api/v1/sending/",
        "/api/v1/sending/resume/",
    ]


def test_the_schema_comes_as_json_unless_somebody_asks_for_yaml(api):
    assert api.get("/api/v1/schema/").json()["openapi"].startswith("3.")
    yaml = api.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi"})
    assert yaml.content.startswith(b"openapi: 3.")


def test_every_operation_names_the_one_form_of_errors(api):
    schema = api.get("/api/v1/schema/").json()

    operations = [one for path in schema["paths"].values() for one in path.values()]
    forms = {
        str(one["responses"]["4XX"]["content"]["application/json"]["schema"]) for one in operations
    }
    assert forms == {"{'$ref': '#/components/schemas/Error'}"}


def test_the_readable_page_names_every_path(client, ana):
    client.force_login(ana, backend="messaging.services.access.auth_backend.StaffBackend")

    page = client.get("/api/v1/docs/").content.decode()

    for path in ("/api/v1/messages/{id}/resend/", "/api/v1/sending/resume/", "client_id"):
        assert path in page
    assert "//" not in page.split("<main")[0].replace("http://testserver", "")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_who_writes_to_the_readable_page_gets_the_apis_error(ana, method):
    client = APIClient(enforce_csrf_checks=True)
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=ana).key}")

    response = getattr(client, method)("/api/v1/docs/")

    assert (response.status_code, error_of(response)) == (
        405,
        {
            "code": "method_not_allowed",
            "detail": f'Method "{method.upper()}" not allowed.',
            "fields": {},
        },
    )
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_the_readable_page_asks_to_sign_in_first(client):
    response = client.get("/api/v1/docs/")

    assert response.headers["Location"] == "/accounts/login/?next=/api/v1/docs/"


@pytest.mark.parametrize(
    ("public", "shown"),
    [
        ("https://sms.example.com", "https://sms.example.com/api/v1/"),
        ("", "http://testserver/api/v1/"),
    ],
)
def test_the_readable_page_names_the_address_that_the_world_sees(client, settings, public, shown):
    settings.PUBLIC_BASE_URL = public
    client.force_login(make_user("ana"))

    html = client.get("/api/v1/docs/").content.decode()

    assert shown in html


def test_operations_name_the_scope_that_a_key_needs():
    schema = SchemaGenerator().get_schema(request=None, public=True)

    sending = schema["paths"]["/api/v1/messages/"]["post"]
    assert sending["x-scope"] == "messages:send"
    assert {"keyAuth": []} in sending["security"]
    assert schema["components"]["securitySchemes"]["keyAuth"]["scheme"] == "bearer"
    assert "x-scope" in schema["paths"]["/api/v1/keys/{id}/"]["delete"]
