"""The admin site: who enters, in which language, and what its first page says."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging.models import (
    StaffSettings,
)
from messaging.reasons import Reason
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.services.history.message_status import note_status
from messaging.services.receiving.record import record_push
from messaging.services.sending.circuit_breaker import current_trip, open_breaker
from tests.admin.pages import BACKEND, make_push, page
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
    open_breaker(
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
    pause = open_breaker(reason=Reason("1"), message=None, at=NOW)

    assert admin.get(reverse("admin:resume_sending")).status_code == 405
    admin.post(reverse("admin:resume_sending"))

    pause.refresh_from_db()
    assert current_trip() is None
    assert pause.ended_by == boss


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
    open_breaker(
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
    for name in ("index", "messaging_circuitbreakertrip_changelist"):
        assert "NXCloud 繁忙，将会重试。" in page(admin, name)
    contacts = page(admin, "messaging_contact_changelist")
    assert "Display name" not in contacts
    assert "姓名" in contacts


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

    assert sections(numbers_page) == ["成员", "发送", "关键词"]
    assert sections(its_page) == ["归属", "NXCloud", "条数和费用", "发送"]
    assert '<span class="pill ">正在发送</span>' in its_page
    assert ">名称:</label>" in numbers_page
