"""Every list and every row of the admin: they open, at a fixed cost, and lose nothing."""

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.urls import reverse

from messaging.models import DidNumber, Message
from tests.admin.pages import page
from tests.factories import make_did, make_inbound

pytestmark = pytest.mark.django_db

MODELS = [
    "messaging_didnumber",
    "messaging_contact",
    "messaging_conversation",
    "messaging_message",
    "messaging_push",
    "messaging_optout",
    "messaging_circuitbreakertrip",
    "messaging_workersighting",
    "messaging_rejectedrequestcount",
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
        "messaging_circuitbreakertrip",
    ],
)
def test_what_happened_is_never_deleted(admin, everything, model):
    from django.apps import apps

    row = apps.get_model(*model.split("_")).objects.all()[0]

    assert admin.post(reverse(f"admin:{model}_delete", args=[row.pk])).status_code == 403


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


@pytest.mark.parametrize("key", ["9" * 30, "a\0b", "x", "-1"])
def test_an_action_on_what_no_row_can_be_is_a_bad_request(admin, rf, boss, key):
    request = rf.get("/")
    request.user = boss
    asked = [
        (reverse(f"admin:messaging_{model._meta.model_name}_changelist"), action)
        for model, its_admin in site._registry.items()
        for action in its_admin.get_actions(request)
    ]
    assert len(asked) > 1

    for address, action in asked:
        answer = admin.post(address, {"action": action, "_selected_action": [key]})

        assert (address, answer.status_code) == (address, 400)
