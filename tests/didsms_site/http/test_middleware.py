import json

import pytest
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from didsms_site.http.middleware import CONTENT_SECURITY_POLICY, DatabaseAwayMiddleware


@pytest.fixture
def middleware() -> DatabaseAwayMiddleware:
    return DatabaseAwayMiddleware(lambda request: HttpResponse("unused"))


def test_every_page_forbids_inline_scripts_and_styles(client: Client):
    response = client.get("/no-such-page/")

    assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("error", [OperationalError("secret"), InterfaceError("secret")], ids=repr)
def test_a_page_without_its_database_answers_calmly(
    middleware: DatabaseAwayMiddleware, rf: RequestFactory, error: Exception
):
    response = middleware.process_exception(rf.get("/inbox/"), error)

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "The database isn’t responding." in response.content.decode()
    assert "secret" not in response.content.decode()


def test_the_api_without_its_database_answers_in_json(
    middleware: DatabaseAwayMiddleware, rf: RequestFactory
):
    response = middleware.process_exception(rf.get("/api/v1/messages/"), OperationalError("x"))

    assert response.status_code == 503
    assert json.loads(response.content) == {
        "code": "database_away",
        "detail": "The database does not answer at the moment. Try again shortly.",
        "fields": {},
        "request_id": "",
    }


def test_other_mistakes_are_not_blamed_on_the_database(
    middleware: DatabaseAwayMiddleware, rf: RequestFactory
):
    assert middleware.process_exception(rf.get("/inbox/"), ValueError("ours")) is None


@pytest.mark.parametrize(
    ("error", "status"),
    [(OperationalError("away"), 503), (ZeroDivisionError("ours"), 500)],
    ids=["the database", "a mistake of ours"],
)
@pytest.mark.parametrize("path", ["/", "/api/v1/messages/"])
def test_what_fails_outside_a_view_gets_a_page_or_json_too(
    client: Client, monkeypatch, path: str, error: Exception, status: int
):
    def fail(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr(AuthenticationMiddleware, "process_request", fail)
    client.raise_request_exception = False

    response = client.get(path)

    assert response.status_code == status
    is_json = response.headers["Content-Type"] == "application/json"
    assert is_json is path.startswith("/api/")


def test_a_host_that_nobody_configured_is_named_in_the_form_of_errors(client: Client):
    api = client.get("/api/v1/messages/", headers={"Host": "other.example"})
    page = client.get("/inbox/open/", headers={"Host": "other.example"})

    assert (api.status_code, api.json()["code"]) == (400, "bad_request")
    assert "ALLOWED_HOSTS" in api.json()["detail"]
    assert page.status_code == 400
    assert "We couldn’t process this request" in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "referer", "page"),
    [
        ({"next": "/inbox/open/7/"}, "", "/inbox/open/7/"),
        ({}, "http://testserver/inbox/mine/7/?q=x", "/inbox/mine/7/"),
        ({}, "http://elsewhere.example/inbox/open/7/", "/"),
        ({"next": "//elsewhere.example/"}, "", "/"),
    ],
    ids=["the form's", "where it stood", "a stranger's page", "a stranger's address"],
)
def test_who_sends_a_form_without_a_session_comes_back_to_a_page(
    client: Client, fields: dict[str, str], referer: str, page: str
):
    response = client.post("/conversations/7/close/", fields, headers={"Referer": referer})

    assert (response.status_code, response.url) == (302, f"/accounts/login/?next={page}")


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
@pytest.mark.parametrize("path", ["/", "/api/v1/messages/"])
def test_a_database_that_is_silent_is_one_line_in_the_log(
    client: Client, monkeypatch, caplog, path: str, error: type[Exception]
):
    def fail(*_arguments: object) -> None:
        raise error("could not connect\nIs the server running?") from ValueError("the cause")

    monkeypatch.setattr(AuthenticationMiddleware, "process_request", fail)
    client.raise_request_exception = False

    assert client.get(path).status_code == 503

    lines = [(line.name, line.getMessage(), line.exc_info) for line in caplog.records]
    assert lines == [
        (
            "didsms_site.http.middleware",
            f"The database did not answer: {error.__name__}: could not connect",
            None,
        )
    ]


MULTIPART = "multipart/form-data; boundary=x"
FILE = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n%s\r\n--x--\r\n'


@pytest.mark.parametrize("kind", [MULTIPART, "application/x-www-form-urlencoded", "text/plain"])
@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/", "/admin/", "/no-such-page/", "/i18n/setlang/", "/metrics"]
)
def test_a_body_beyond_all_forms_is_refused_before_it_is_read(
    client: Client, settings, path: str, kind: str
):
    body = b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)

    response = client.generic("POST", path, body, content_type=kind)

    assert response.status_code == 413
    assert "That’s too much at once" in response.content.decode()


def test_the_api_refuses_a_long_body_in_the_form_of_its_errors(client: Client, settings):
    body = b"x" * (settings.API_MAX_BODY_BYTES + 1)

    response = client.generic("POST", "/api/v1/messages/", body, content_type=MULTIPART)

    assert response.status_code == 413
    assert response.json() == {
        "code": "too_large",
        "detail": "The request body is too large.",
        "fields": {},
        "request_id": response.headers["X-Request-ID"],
    }


def test_no_file_of_a_form_is_stored(rf: RequestFactory, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    before = set(tmp_path.iterdir())

    request = rf.generic("POST", "/", FILE % (b"y" * 500_000), content_type=MULTIPART)

    assert (dict(request.POST), dict(request.FILES)) == ({}, {})
    assert set(tmp_path.iterdir()) == before


def test_the_file_of_an_import_is_kept_in_memory(rf: RequestFactory, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    before = set(tmp_path.iterdir())

    request = rf.generic("POST", "/imports/new/", FILE % (b"y" * 5_000_000), content_type=MULTIPART)

    assert [file.size for file in request.FILES.values()] == [5_000_000]
    assert set(tmp_path.iterdir()) == before


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_api_is_not_redirected_to_https_but_refused_over_http(client, settings, method):
    settings.SECURE_SSL_REDIRECT = True

    refused = getattr(client, method)("/api/v1/messages/")
    assert (refused.status_code, refused.json()["code"]) == (403, "https_required")
    assert getattr(client, method)("/api/v1/messages/", secure=True).json()["code"] != (
        "https_required"
    )
    assert client.get("/inbox/").headers["Location"].startswith("https://")
