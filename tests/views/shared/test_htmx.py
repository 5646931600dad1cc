"""What htmx is told in headers, and whose requests never pass its middleware."""

import json

import pytest
from django.test import Client
from django_htmx.middleware import HtmxMiddleware

from messaging.models import Message
from tests.factories import PHONE, make_conversation, make_did, make_user

HTMX = {"HX-Request": "true"}


@pytest.fixture
def staff(client: Client):
    client.force_login(make_user("ana", is_staff=True))
    return client


@pytest.mark.django_db
def test_answer_names_both_what_changed_and_what_is_said(staff):
    conversation = make_conversation()

    response = staff.post(f"/conversations/{conversation.pk}/close/", headers=HTMX)

    events = json.loads(response["HX-Trigger"])
    assert (response.status_code, response.content) == (204, b"")
    assert list(events) == ["thread-changed", "toasts"]
    assert events["thread-changed"] == {"conversation": conversation.pk}
    assert [toast["level"] for toast in events["toasts"]["toasts"]] == ["success"]


@pytest.mark.django_db
def test_new_message_leads_htmx_to_its_thread_without_a_body(staff):
    did = make_did()
    fields = {"sender": did.pk, "phone": f"+{PHONE}", "content": "Hello"}

    response = staff.post("/inbox/new/", fields, headers=HTMX)

    thread = f"/inbox/open/{Message.objects.get().conversation_id}/"
    assert (response.status_code, response["HX-Redirect"]) == (204, thread)
    assert "Location" not in response


@pytest.mark.parametrize("path", ["/healthz", "/webhooks/nxcloud/"])
def test_calls_of_machines_never_pass_the_middleware(path, client: Client, monkeypatch):
    def refuse(_self, request):
        raise AssertionError(f"{request.path} passed it")

    monkeypatch.setattr(HtmxMiddleware, "__call__", refuse)

    assert client.get(path).status_code in {200, 405}
    with pytest.raises(AssertionError, match="/sign-in/ passed it"):
        client.get("/sign-in/")
