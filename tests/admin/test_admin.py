"""The admin: who enters, what it shows, what it does, what it refuses to lose."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.admin import site
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from rest_framework.authtoken.models import Token

from messaging.admin.push_labels import FLAGS, REASONS
from messaging.admin.refusal_labels import REFUSALS
from messaging.models import (
    CannedReply,
    DidNumber,
    Label,
    Message,
    OptOut,
    Push,
    RefusedPushCount,
    StaffSettings,
    WorkerSighting,
)
from messaging.reasons import Reason
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.services.history.message_status import note_status
from messaging.services.receiving.record import record_push
from messaging.services.sending.circuit_breaker import current_pause, pause_queue
from tests.factories import (
    NOW,
    inbound_envelope,
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
)

pytestmark = pytest.mark.django_db
BACKEND = "messaging.services.access.auth_backend.StaffBackend"


@pytest.fixture
def boss() -> User:
    return make_user("boss", is_staff=True)


@pytest.fixture
def admin(boss) -> Client:
    """The browser of an administrator who is no superuser."""
    client = Client()
    client.force_login(boss, backend=BACKEND)
    return client


def page(client: Client, name: str, *args: object, query: str = "") -> str:
    response = client.get(reverse(f"admin:{name}", args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def everything(boss) -> None:
    """A row of each kind."""
    now = timezone.now()
    did = make_did(members=(make_user("ana"),))
    make_inbound(did)
    message = make_outbound(
        make_conversation(did),
        user=boss,
        status="failed",
        provider_code="12002",
        error_code="12002",
    )
    record_opt_out(conversation=message.conversation, at=now)
    record_push(envelope=inbound_envelope(did="34911000000", at=now))
    pause_queue(reason=Reason("1102"), message=message, at=now)
    WorkerSighting.objects.create(name="w", started_at=now, seen_at=now)
    Label.objects.create(name="VIP")
    CannedReply.objects.create(shortcut="hours", content="9 to 18")
    Token.objects.create(user=boss)


MODELS = [
    "messaging_didnumber",
    "messaging_contact",
    "messaging_conversation",
    "messaging_message",
    "messaging_push",
    "messaging_optout",
    "messaging_queuepause",
    "messaging_workersighting",
    "messaging_refusedpushcount",
    "messaging_label",
    "messaging_cannedreply",
    "auth_user",
    "authtoken_tokenproxy",
]


@pytest.mark.parametrize("model", MODELS)
def test_every_list_opens_and_can_be_searched(admin, everything, model):
    page(admin, f"{model}_changelist")
    page(admin, f"{model}_changelist", query="?q=612")


def test_every_row_opens(admin, everything):
    for model in MODELS:
        listing = page(admin, f"{model}_changelist")
        for link in {part.split('"')[0] for part in listing.split('href="')[1:]}:
            if "/change/" in link and "?" not in link:
                assert admin.get(link).status_code == 200, link


@pytest.mark.parametrize("model", ["messaging_didnumber", "messaging_label", "auth_user"])
def test_what_can_be_added_has_a_form(admin, model):
    page(admin, f"{model}_add")


def test_the_admin_is_for_administrators(client, boss):
    member = Client()
    member.force_login(make_user(), backend=BACKEND)
    superuser = Client()
    superuser.force_login(make_user(is_superuser=True), backend=BACKEND)

    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == (
        "/accounts/login/?next=/admin/"
    )
    assert member.get("/admin/", follow=True).status_code == 403
    assert superuser.get("/admin/").status_code == 200


def test_the_first_page_says_what_is_wrong_and_who_can_fix_it(admin):
    make_did()
    make_did("34911000000", label="Sales")
    make_inbound(make_did(), at=timezone.now() - timedelta(hours=2))
    pause_queue(
        reason=Reason("1102"),
        message=None,
        at=timezone.now(),
    )
    record_push(envelope=inbound_envelope(did="442079460000"))

    text = page(admin, "index")

    for words in (
        "Sending is paused",
        "The balance of the NXCloud account is used up: top it up at NXCloud.",
        "Who can fix it: An administrator",
        "No worker is running: nothing is being sent.",
        "1 push couldn’t be processed.",
        "Last push 2\xa0hours ago",
        "No pushes yet",
    ):
        assert words in text


def test_a_paused_queue_is_resumed_from_the_first_page(admin, boss):
    pause = pause_queue(reason=Reason("1"), message=None, at=NOW)

    assert admin.get(reverse("admin:resume_sending")).status_code == 405
    admin.post(reverse("admin:resume_sending"))

    pause.refresh_from_db()
    assert current_pause() is None
    assert pause.ended_by == boss


def number_form(**changes):
    return {
        "number": "+86 150 8888 8888",
        "label": "Front desk",
        "is_active": "on",
        "max_per_second": "10",
        "help_reply": "",
    } | changes


def test_a_number_is_added_in_any_spelling_and_offers_what_waited_for_it(admin):
    push = record_push(envelope=inbound_envelope())

    response = admin.post(reverse("admin:messaging_didnumber_add"), number_form(), follow=True)

    number = DidNumber.objects.get()
    assert number.number == "8615088888888"
    assert "1 push came before you added this number" in response.content.decode()
    admin.post(reverse("admin:messaging_didnumber_replay", args=[number.pk]))
    push.refresh_from_db()
    assert push.outcome == "applied"
    assert Message.objects.get().did_number == number


def test_a_number_that_cannot_be_one_is_refused_in_its_field(admin):
    response = admin.post(reverse("admin:messaging_didnumber_add"), number_form(number="+34 612"))

    assert response.context["adminform"].form.errors == {
        "number": ["This number is too short. Is the country code missing?"]
    }


def test_the_number_itself_stays_when_the_rest_changes(admin):
    number = make_did()

    admin.post(
        reverse("admin:messaging_didnumber_change", args=[number.pk]),
        number_form(number="34911000000", label="New"),
    )

    number.refresh_from_db()
    assert (number.number, number.label) == ("8615088888888", "New")


def test_signature_of_a_number_is_kept_as_it_is_sent(admin):
    number = make_did()
    url = reverse("admin:messaging_didnumber_change", args=[number.pk])

    admin.post(url, number_form(signature=" Ana's Bakery \r\nReply STOP to end\r\n"))
    number.refresh_from_db()
    assert number.signature == "Ana's Bakery \nReply STOP to end"

    refused = admin.post(url, number_form(signature="x" * 161))
    assert list(refused.context["adminform"].form.errors) == ["signature"]


def test_opt_out_keywords_of_a_number_are_typed_one_per_line(admin):
    number = make_did(opt_out_keywords=["n", "fin"])
    url = reverse("admin:messaging_didnumber_change", args=[number.pk])
    shown = admin.get(url).context["adminform"].form["opt_out_keywords"].value()

    admin.post(url, number_form(opt_out_keywords=f"{shown}\r\n Basta ya，STOP\r\n"))

    number.refresh_from_db()
    assert (shown, number.opt_out_keywords) == ("n\nfin", ["n", "fin", "basta ya"])


def test_a_word_that_opts_back_in_is_refused_as_an_opt_out_keyword(admin):
    number = make_did()

    response = admin.post(
        reverse("admin:messaging_didnumber_change", args=[number.pk]),
        number_form(opt_out_keywords="fin\nStart"),
    )

    assert response.context["adminform"].form.errors == {
        "opt_out_keywords": [
            "“start” already has another meaning: it opts back in, or asks for help."
        ]
    }


def test_a_numbers_page_shows_the_webhook_to_register(admin, settings):
    settings.PUBLIC_BASE_URL = "https://sms.example.com"

    text = page(admin, "messaging_didnumber_change", make_did().pk)

    assert 'value="https://sms.example.com/webhooks/nxcloud/test-webhook-token/"' in text
    assert 'value="https://sms.example.com/webhooks/nxcloud/"' in text
    assert "No pushes for this number yet." in text


def test_a_token_with_signs_of_addresses_is_shown_quoted(admin, settings):
    settings.PUBLIC_BASE_URL = "https://sms.example.com"
    settings.WEBHOOK_TOKEN = "q3J5/wXv+K0d?tq8#QzF%1A=="

    text = page(admin, "messaging_didnumber_change", make_did().pk)

    quoted = "q3J5/wXv%2BK0d%3Ftq8%23QzF%251A%3D%3D"
    assert f'value="https://sms.example.com/webhooks/nxcloud/{quoted}/"' in text


def test_a_test_message_goes_through_the_queue_and_shows_its_state(admin, boss):
    number = make_did()
    address = reverse("admin:messaging_didnumber_test_message", args=[number.pk])

    response = admin.post(address, {"phone": "+34 612 345 678", "content": "Test."}, follow=True)

    message = Message.objects.get()
    assert (message.status, message.sent_by, message.did_number) == ("queued", boss, number)
    text = response.content.decode()
    assert "Queued" in text
    assert "data-look-again" in text


def test_a_test_message_that_cannot_go_says_why_in_its_field(admin):
    number = make_did(is_active=True)
    record_opt_out(conversation=make_conversation(number), at=NOW)
    address = reverse("admin:messaging_didnumber_test_message", args=[number.pk])

    bad = admin.post(address, {"phone": "12", "content": "Test."})
    stopped = admin.post(address, {"phone": "34612345678", "content": "Test."})

    assert list(bad.context["form"].errors) == ["phone"]
    assert list(stopped.context["form"].errors) == ["phone"]
    assert Message.objects.count() == 0


def test_a_test_message_asks_which_of_two_numbers_is_meant(admin):
    number = make_did("14155550100")
    address = reverse("admin:messaging_didnumber_test_message", args=[number.pk])
    given = {"phone": "(479) 555-0123", "content": "Test."}

    asked = admin.post(address, given)
    page = asked.content.decode()
    before = Message.objects.count()
    admin.post(address, given | {"dials": "+14795550123"})

    assert list(asked.context["form"].errors) == ["phone"]
    assert '<button class="button" name="dials" value="+14795550123">' in page
    assert '<button class="button" name="dials" value="+4795550123">' in page
    assert before == 0
    assert Message.objects.get().conversation.contact.phone == "14795550123"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("2025550123", "Start with + and the country code."),
        ("+49 30 123456 #78", "“#78” can’t be part of a phone number."),
    ],
)
def test_our_number_that_is_not_clear_is_not_added(admin, number, words):
    page = admin.post(
        reverse("admin:messaging_didnumber_add"), {"number": number, "max_per_second": 10}
    ).content.decode()

    assert words in page
    assert not DidNumber.objects.exists()


@pytest.mark.parametrize(
    "text", ["0086 150 8888 8888", "+86 150-8888", "tel:+8615088888888", "(0)150 8888 8888"]
)
def test_our_number_is_found_in_every_spelling(admin, text):
    number = make_did()

    page = admin.get(reverse("admin:messaging_didnumber_changelist"), {"q": text})

    assert [row.pk for row in page.context["cl"].result_list] == [number.pk]


def test_rows_with_history_cannot_be_deleted_and_say_what_to_do_instead(admin, everything):
    ana, boss = User.objects.get(username="ana"), User.objects.get(username="boss")
    rows = [
        ("messaging_didnumber", DidNumber.objects.get().pk, "Deactivate it instead"),
        ("messaging_contact", Message.objects.all()[0].conversation.contact_id, "You can block"),
    ]
    for model, pk, words in rows:
        assert words in page(admin, f"{model}_change", pk)
        refused = admin.post(reverse(f"admin:{model}_delete", args=[pk]), follow=True)
        assert refused.redirect_chain == [(reverse(f"admin:{model}_change", args=[pk]), 302)]
        assert refused.content.decode().count(words) == 2  # also as a message
    admin.post(reverse("admin:auth_user_delete", args=[boss.pk]))
    assert User.objects.filter(pk=boss.pk).exists()
    assert admin.get(reverse("admin:auth_user_delete", args=[ana.pk])).status_code == 200


@pytest.mark.parametrize(
    "model",
    [
        "messaging_message",
        "messaging_push",
        "messaging_conversation",
        "messaging_optout",
        "messaging_queuepause",
    ],
)
def test_what_happened_is_never_deleted(admin, everything, model):
    from django.apps import apps

    row = apps.get_model(*model.split("_")).objects.all()[0]

    assert admin.post(reverse(f"admin:{model}_delete", args=[row.pk])).status_code == 403


def test_a_number_without_history_can_be_deleted(admin):
    number = make_did()

    admin.post(reverse("admin:messaging_didnumber_delete", args=[number.pk]), {"post": "yes"})

    assert DidNumber.objects.count() == 0


def test_a_messages_page_says_who_can_fix_what_went_wrong(admin, everything):
    message = Message.objects.get(status="failed")

    text = page(admin, "messaging_message_change", message.pk)

    assert "The sending number doesn’t belong to this account." in text
    assert "Who can fix it: An administrator" in text
    assert f"message__id__exact={message.pk}" in text


def test_pushes_are_filtered_and_replayed_together(admin):
    pushes = [record_push(envelope=inbound_envelope(content=str(n))) for n in range(2)]
    make_did()
    listing = page(admin, "messaging_push_changelist", query="?outcome__exact=quarantined")
    assert "2 pushes" in listing

    response = admin.post(
        reverse("admin:messaging_push_changelist"),
        {"action": "replay_selected", "_selected_action": [push.pk for push in pushes]},
        follow=True,
    )

    assert "Replayed: 2 × Processed." in response.content.decode()
    assert set(Push.objects.values_list("outcome", flat=True)) == {"applied"}


def test_a_pushs_page_shows_text_and_bytes_without_believing_them(admin):
    push = Push.objects.create(
        received_at=NOW,
        raw_body=b"<script>alert(1)</script>\x00\xff",
        outcome="quarantined",
        reason="not_json",
    )

    text = page(admin, "messaging_push_change", push.pk)

    assert "&lt;script&gt;alert(1)&lt;/script&gt;\ufffd" in text
    assert "<script>alert" not in text
    assert "0000  3c 73 63 72 69 70 74 3e" in text


def test_an_opt_out_ends_with_a_reason_and_not_without(admin, boss):
    opt_out = record_opt_out(conversation=make_conversation(), at=NOW)
    address = reverse("admin:messaging_optout_change", args=[opt_out.pk])

    admin.post(address, {"end_reason": ""})
    opt_out.refresh_from_db()
    assert opt_out.ended_at is None

    admin.post(address, {"end_reason": "They called and asked."})
    opt_out.refresh_from_db()
    assert (opt_out.end_reason, opt_out.ended_by) == ("They called and asked.", boss)
    assert OptOut.objects.in_force().count() == 0


def user_form(**changes):
    return {"username": "ana", "is_active": "on", "did_numbers": []} | changes


def test_a_persons_page_ticks_the_numbers_they_answer(admin):
    ana, did = make_user("ana"), make_did()

    admin.post(reverse("admin:auth_user_change", args=[ana.pk]), user_form(did_numbers=[did.pk]))
    assert list(ana.did_numbers.all()) == [did]

    admin.post(reverse("admin:auth_user_change", args=[ana.pk]), user_form())
    assert list(ana.did_numbers.all()) == []


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

    made = add_token(client, above)

    assert f"Authorization: Token {Token.objects.get().key}" in made
    page(client, "authtoken_tokenproxy_change", above.pk)
    client.post(reverse("admin:authtoken_tokenproxy_delete", args=[above.pk]), {"post": "yes"})
    assert Token.objects.count() == 0


@pytest.mark.parametrize(
    ("model", "queries"),
    [
        ("messaging_didnumber", 3),
        ("messaging_message", 4),
        ("messaging_push", 5),
        ("messaging_conversation", 5),
        ("messaging_contact", 3),
    ],
)
@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_queries_at_any_length(
    admin, model, queries, rows, django_assert_num_queries
):
    for number in range(rows):
        make_inbound(make_did(f"3491100000{number}"), f"3461234567{number}")

    with django_assert_num_queries(queries):
        page(admin, f"{model}_changelist")


def words_in_code(*patterns: str) -> set[str]:
    """Return the words that the code of pushes gives in one of some ways."""
    sources = [
        path.read_text("utf-8")
        for folder in ("nxcloud", "services", "views")
        for path in (settings.BASE_DIR / "messaging" / folder).rglob("*.py")
    ]
    return {word for text in sources for one in patterns for word in re.findall(one, text)}


def test_every_reason_of_a_push_has_its_words():
    reasons = words_in_code(
        r'UnusablePush\("(\w+)"\)',
        r'Effect\([^)]*reason="(\w+)"',
        r'_(?:inbound|receipt)\(sender, recipient, "(\w+)"',
        r'reason or "(\w+)"',
        r'"reason": "(\w+)"',
        r'"signed_action" if envelope.is_signed else "(\w+)"',
    )

    assert {"signed_action", "to_is_ours", "matched_later", "id_conflict"} < reasons
    assert reasons - set(REASONS) == set()


def test_every_reason_of_a_refused_call_has_its_words():
    reasons = words_in_code(
        r'_Refused\(\d+, "(\w+)"\)', r'NotAuthentic\("(\w+)"\)', r'count_refusal\("(\w+)"\)'
    )
    bodies = (settings.BASE_DIR / "didsms_site" / "server" / "bodies.py").read_text("utf-8")
    reasons |= set(re.findall(r'BodyRefused\(\d+, "(\w+)"\)', bodies))

    assert {"wrong_path_secret", "unsigned_json", "bad_sign", "too_large"} < reasons
    assert reasons - set(REFUSALS) == set()


def test_refused_calls_are_counted_under_words_with_the_word_for_engineers_beside_them(admin):
    last_at = datetime(2026, 11, 22, 9, 0, 5, tzinfo=UTC)
    for reason in ("bad_sign", "of_another_version"):
        row = RefusedPushCount.objects.create(
            day=last_at.date(), reason=reason, count=3, last_at=last_at
        )

    listing = page(admin, "messaging_refusedpushcount_changelist")
    own = page(admin, "messaging_refusedpushcount_change", row.pk)

    said = '<span title="{}">{}</span>'
    assert (
        said.format("bad_sign", "Its signature was wrong. Compare the access secrets.") in listing
    )
    assert ">Its signature was wrong. Compare the access secrets.</a>" in listing  # the filter
    assert re.findall(r"field-day.*?<a [^>]*>([^<]+)</a>", listing) == ["22 Nov 2026"] * 2
    assert re.findall(r'field-last_at nowrap">([^<]+)<', listing) == ["22 Nov 2026, 09:00:05"] * 2
    assert said.format("of_another_version", "of_another_version") in own


def test_every_flag_of_a_push_has_its_words():
    flags = words_in_code(
        r'flags\.append\("(\w+)"', r'flags=\("(\w+)",\)', r'flags = \("(\w+)",\)', r'\["(no_\w+)"\]'
    ) | {"long_type", "long_status"}

    assert {"contradiction", "previous_secret", "no_content", "unreadable_time"} < flags
    assert flags - set(FLAGS) == set()


def make_push(**changes):
    return Push.objects.create(
        **{
            "received_at": NOW,
            "raw_body": b"{}",
            "kind": "inbound",
            "outcome": "applied",
            "reason": "signed_action",
        }
        | changes
    )


def test_pushes_are_explained_in_words_with_the_word_for_engineers_beside_them(admin):
    push = make_push(flags=["previous_secret", "of_another_version"])
    failed = make_push(reason="exception", exception="TypeError", outcome="quarantined")

    listing = page(admin, "messaging_push_changelist")
    own = page(admin, "messaging_push_change", push.pk)

    said = '<span title="{}">{}</span>'
    assert said.format("signed_action", "Identified by its signed header.") in listing
    assert said.format("exception", "An internal didsms error; see its log.") in listing
    its_page = page(admin, "messaging_push_change", failed.pk)
    assert "see its log. <code>exception TypeError</code>" in its_page
    assert f">Push {push.pk} (Inbound message, Processed)<" in own.replace("\n", "").replace(
        "  ", ""
    )
    assert "Identified by its signed header. <code>signed_action</code>" in own
    assert "It was signed with the previous secret. <code>previous_secret</code><br>" in own
    assert " <code>of_another_version</code>" in own


def test_pushes_are_narrowed_to_a_reason_in_words(admin):
    make_push()
    make_push(reason="matched_later")

    text = page(admin, "messaging_push_changelist", query="?reason=matched_later")

    assert "1 push\n" in text
    (offered,) = re.findall(r'(?s)<details data-filter-title="reason"(.*?)</details>', text)
    assert re.findall(r">([^<>]+)</a>", offered) == [
        "All",
        "Matched to its message later.",
        "Identified by its signed header.",
    ]


def test_the_admin_is_in_the_readers_language(admin, boss):
    StaffSettings.objects.create(user=boss, language="zh-hans")
    did = make_did()
    message = make_outbound(
        make_conversation(did),
        user=boss,
        status="failed",
        provider_code="9006",
        error_code="9006",
        error_facts={"words": "No such number"},
    )
    note_status(message=message, at=NOW, reason=Reason("changed", {"by": "boss"}))
    inbound = make_inbound(did)
    push = make_push(message=inbound)
    opt_out = record_opt_out(conversation=message.conversation, at=NOW)
    pause_queue(
        reason=Reason("busy"),
        message=None,
        at=timezone.now(),
    )

    its_page = page(admin, "messaging_message_change", message.pk)
    its_push = page(admin, "messaging_push_change", push.pk)

    assert f"发出的短信 {message.pk}（发送失败）" in its_page
    assert "接收号码不是电话号码。“No such number”" in its_page
    assert "由 boss 更改。" in its_page
    assert f"推送 {push.pk}（收到的短信，已处理）" in its_push
    assert f">收到的短信 {inbound.pk}</a>" in its_push
    assert "由签名头识别。 <code>signed_action</code>" in its_push
    assert "的退订" in page(admin, "messaging_optout_change", opt_out.pk)
    for name in ("index", "messaging_queuepause_changelist"):
        assert "NXCloud 繁忙，将会重试。" in page(admin, name)
    contacts = page(admin, "messaging_contact_changelist")
    assert "Display name" not in contacts
    assert "姓名" in contacts


def test_saved_reply_that_nobody_can_see_is_refused(admin):
    address = reverse("admin:messaging_cannedreply_add")

    refused = admin.post(address, {"shortcut": "hi", "content": "\u200b\ufe0f"})

    assert refused.status_code == 200
    assert "This text has no visible characters." in refused.content.decode()


def test_saved_reply_with_a_misspelt_variable_is_refused(admin):
    address = reverse("admin:messaging_cannedreply_add")

    refused = admin.post(address, {"shortcut": "hi", "content": "{our_number} {contact_nam}"})

    assert refused.status_code == 200
    page = refused.content.decode()
    assert "{contact_nam} isn’t a variable. Use one of: {contact_name}, " in page
    assert not CannedReply.objects.exists()
    content = "Hi {contact_name|there} from {our_number}, only {{price}"
    admin.post(address, {"shortcut": "hi", "content": content})
    assert CannedReply.objects.get().content == content


def test_labels_that_only_capitals_tell_apart_are_refused(admin):
    vip = Label.objects.create(name="VIP")
    address = reverse("admin:messaging_label_add")

    refused = admin.post(address, {"name": "vip", "colour": 0})
    renamed = admin.post(
        reverse("admin:messaging_label_change", args=[vip.pk]), {"name": "Vip", "colour": 1}
    )

    assert refused.context["adminform"].form.errors == {
        "__all__": ["A label with this name already exists (case doesn’t matter)."]
    }
    assert renamed.status_code == 302
    assert list(Label.objects.values_list("name", "colour")) == [("Vip", 1)]


def test_a_section_about_sending_is_not_named_like_a_message_on_its_way(admin, boss):
    StaffSettings.objects.create(user=boss, language="zh-hans")
    did = make_did()
    message = make_outbound(make_conversation(did), user=boss, status="sending")

    numbers_page = page(admin, "messaging_didnumber_change", did.pk)
    its_page = page(admin, "messaging_message_change", message.pk)

    def sections(text):
        return [
            title.strip() for title in re.findall(r"<h2[^>]*fieldset-heading[^>]*>([^<]+)", text)
        ]

    assert sections(numbers_page) == ["由谁回复", "发送", "关键词"]
    assert sections(its_page) == ["归属", "NXCloud", "条数和费用", "发送"]
    assert '<span class="pill ">正在发送</span>' in its_page
    assert ">名称:</label>" in numbers_page
