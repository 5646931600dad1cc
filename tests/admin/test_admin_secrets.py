"""What the admin must not give away: a question that may be asked is an answer."""

import re

import pytest
from django.contrib.admin import site
from django.test import Client
from rest_framework.authtoken.models import Token

from messaging.models import Draft, StaffSession
from tests.factories import make_did, make_inbound, make_user

pytestmark = pytest.mark.django_db

USERS, TOKENS = "/admin/auth/user/", "/admin/authtoken/tokenproxy/"
CONVERSATIONS, MESSAGES = "/admin/messaging/conversation/", "/admin/messaging/message/"
NUMBERS = "/admin/messaging/didnumber/"


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_user("boss", is_staff=True))
    return client


@pytest.fixture
def secrets(admin) -> dict[str, str]:
    """What an administrator who is no superuser must not find out."""
    ana = make_user("ana")
    did = make_did(members=(ana,))
    conversation = make_inbound(did).conversation
    Draft.objects.create(user=ana, conversation=conversation, reply="not sent yet")
    return {
        "key": Token.objects.create(user=ana).key,
        "hash": ana.password,
        "session": StaffSession.objects.get().session_key,
        "draft": "not sent yet",
    }


@pytest.mark.parametrize(
    ("path", "lookup"),
    [
        (TOKENS, "key__startswith"),
        (TOKENS, "pk__startswith"),
        (TOKENS, "key"),
        (TOKENS, "user__password__startswith"),
        (TOKENS, "user__auth_token__key__startswith"),
        (USERS, "password__startswith"),
        (USERS, "auth_token__key__startswith"),
        (USERS, "auth_token__startswith"),
        (USERS, "auth_token"),
        (USERS, "auth_token__pk__startswith"),
        (USERS, "drafts__reply__contains"),
        (USERS, "drafts__isnull"),
        (USERS, "did_numbers__members__password__startswith"),
        (USERS, "email_verified"),
        (USERS, "is_superuser__exact"),
        (CONVERSATIONS, "drafts__reply__contains"),
        (CONVERSATIONS, "drafts__note__contains"),
        (CONVERSATIONS, "assignee__password__startswith"),
        (CONVERSATIONS, "assignee__auth_token__key__startswith"),
        (CONVERSATIONS, "memo__contains"),
        (MESSAGES, "search_text__contains"),
        (MESSAGES, "content__contains"),
        (MESSAGES, "sent_by__password__startswith"),
        (NUMBERS, "members__password__startswith"),
        (NUMBERS, "people_count"),
    ],
)
def test_a_list_answers_only_what_its_filters_offer(admin, secrets, path, lookup):
    answers = {admin.get(path, {lookup: value}).status_code for value in ("a", "b", "True")}

    assert answers == {400}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (USERS, {"is_active__exact": "1"}),
        (USERS, {"did_numbers__id__exact": "1"}),
        (USERS, {"did_numbers__isnull": "True"}),
        (CONVERSATIONS, {"status__exact": "open"}),
        (CONVERSATIONS, {"assignee__id__exact": "1"}),
        (CONVERSATIONS, {"assignee__isnull": "True"}),
        (MESSAGES, {"status__exact": "queued"}),
        (MESSAGES, {"did_number__id__exact": "1"}),
        (MESSAGES, {"conversation__id__exact": "1"}),
        (CONVERSATIONS, {"contact__id__exact": "1"}),
        ("/admin/messaging/push/", {"message__id__exact": "1"}),
        ("/admin/messaging/push/", {"outcome__exact": "quarantined"}),
        ("/admin/messaging/push/", {"reason": "matched_later"}),
        ("/admin/messaging/optout/", {"state": "over"}),
        ("/admin/messaging/circuitbreakertrip/", {"code__exact": "1102"}),
        ("/admin/messaging/rejectedrequestcount/", {"reason": "signature"}),
        (USERS, {"q": "ana", "o": "1", "p": "1"}),
    ],
)
def test_what_the_filters_offer_is_answered(admin, secrets, path, query):
    assert admin.get(path, query).status_code in {200, 302}


@pytest.mark.parametrize(
    "query", ["", "_popup=1", "_popup=1&_to_field=key", "_to_field=key", "q=a"]
)
def test_no_list_of_tokens_holds_a_key(admin, secrets, query):
    response = admin.get(f"{TOKENS}?{query}")

    assert secrets["key"] not in response.content.decode()


@pytest.mark.parametrize("field", ["password", "email", "is_superuser"])
def test_no_field_of_a_person_can_be_asked_for_as_a_key(admin, secrets, field):
    assert admin.get(f"{USERS}?_popup=1&_to_field={field}").status_code == 400


def test_every_list_is_closed(rf):
    """A model that is registered later is closed too, without anybody thinking of it."""
    request = rf.get("/")
    for model_admin in site._registry.values():
        for field in model_admin.model._meta.get_fields():
            lookup = f"{field.name}__startswith"
            assert not model_admin.lookup_allowed(lookup, "a", request), (model_admin, lookup)
        assert not model_admin.lookup_allowed("pk__startswith", "a", request), model_admin


@pytest.mark.parametrize("path", ["", "{pk}/change/", "{pk}/password/", "{pk}/delete/", "add/"])
def test_no_page_about_a_person_shows_anything_of_a_password(admin, secrets, path):
    pk = Token.objects.get().user_id

    html = admin.get(USERS + path.format(pk=pk)).content.decode()

    assert not re.search(r"argon2|salt|\bhash\b|algorithm", html, re.IGNORECASE)
    assert not [name for name, value in secrets.items() if value in html]
